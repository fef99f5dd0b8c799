//! Strict Ed25519 verification: the one place where signatures are checked.
//!
//! RFC 8032 leaves room in which verifiers differ: keys of small order, under which a signature
//! holds for any message, and points written in more than one way. What one verifier accepts and
//! another refuses is no evidence, so all of that is refused here.

mod known;

use std::cell::RefCell;
use std::fmt;
use std::num::NonZeroUsize;

use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::{EdwardsPoint, Scalar};
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use lru::LruCache;
use sha2::{Digest as _, Sha512};

use crate::hash::write_hex;

use known::ClaimMemory;
pub use known::remember_signatures;

/// Keys that each thread remembers decompressed: a log hears of the same gateways again and again. Some 60 KB.
const KEYS_MAX: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// The y coordinates of the eight points of small order (little-endian, without the sign bit): those of order 4, 1, 2, and 8.
const SMALL_ORDER_Y: [[u8; 32]; 5] = [
    [0; 32],
    [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
];

thread_local! {
    static KEYS: RefCell<LruCache<[u8; 32], PublicKey>> = RefCell::new(LruCache::new(KEYS_MAX));
}

/// An Ed25519 public key to trust: a point in its one spelling, not of small order. It is
/// decompressed once, which costs about a fifth of a verification.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads 32 bytes; `None` for what [`is_weak_key`] refuses.
    pub fn from_bytes(key: &[u8; 32]) -> Option<Self> {
        if let Some(known) = KEYS.with_borrow_mut(|keys| keys.get(key).copied()) {
            return Some(known);
        }
        let sound = Self::decompress(key)?;
        KEYS.with_borrow_mut(|keys| keys.put(*key, sound));
        Some(sound)
    }

    fn decompress(key: &[u8; 32]) -> Option<Self> {
        if !is_canonical(key) {
            return None;
        }
        let key = VerifyingKey::from_bytes(key).ok()?;
        (!key.is_weak()).then_some(Self(key))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Verifies a signature over `message`. False on any failure, among them: `R` of small order or
    /// not canonical, `s` not below the group order.
    ///
    /// This is `verify_strict` of the same library without decompressing `R`, a sixth of its time: its other check computes R as
    /// `sB - kA` and compares the 32 bytes, so that `R` is the one spelling of a point, and whether that is of small order can be
    /// told from them.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        !is_of_small_order(signature.r_bytes()) && self.0.verify(message, &signature).is_ok()
    }
}

/// A signature, and what it is to hold for.
#[derive(Clone, Copy, Debug)]
pub struct SignatureClaim<'a> {
    /// Whose it is.
    pub key: PublicKey,
    /// The bytes that were signed.
    pub message: &'a [u8],
    /// `R` and `s`.
    pub signature: &'a [u8; 64],
}

/// Verifies each of many signatures, by the rule of [`PublicKey::verify`] and without regard to the others.
///
/// `R = sB - kA` (RFC 8032 §5.1.7) is computed for each by itself, and compared with the bytes that the signature has. All are written
/// as bytes together, since that needs one inversion in the field, a tenth of a verification, for any number of points.
///
/// A claim that is known to hold ([`remember_signatures`]) is not computed again.
pub fn verify_each(claims: &[SignatureClaim<'_>]) -> Vec<bool> {
    let states: Vec<ClaimState> = claims.iter().map(ClaimState::of).collect();
    let points: Vec<EdwardsPoint> = states.iter().filter_map(ClaimState::point).collect();
    let mut written = EdwardsPoint::compress_batch_alloc(&points).into_iter();
    let mut holds = Vec::with_capacity(claims.len());
    for (claim, state) in claims.iter().zip(states) {
        let (r, _) = claim.halves();
        let is_r = |written: CompressedEdwardsY| written.as_bytes() == r && !is_of_small_order(r);
        holds.push(match state {
            ClaimState::Known => true,
            ClaimState::Refused => false,
            ClaimState::Computed(_, memory) => {
                let is_good = written.next().is_some_and(is_r);
                if is_good {
                    memory.keep();
                }
                is_good
            }
        });
    }
    holds
}

/// How far the verification of one of many claims is.
enum ClaimState {
    /// It held before.
    Known,
    /// It cannot hold: `s` is not below the group order.
    Refused,
    /// The `R` that it leads to.
    Computed(EdwardsPoint, ClaimMemory),
}

impl ClaimState {
    fn of(claim: &SignatureClaim<'_>) -> Self {
        let memory = ClaimMemory::of(claim);
        if memory.holds() {
            return Self::Known;
        }
        let computed = claim.computed_r();
        computed.map_or(Self::Refused, |point| Self::Computed(point, memory))
    }

    fn point(&self) -> Option<EdwardsPoint> {
        match self {
            Self::Computed(point, _) => Some(*point),
            Self::Known | Self::Refused => None,
        }
    }
}

impl SignatureClaim<'_> {
    /// Whether it holds, by the rule of [`PublicKey::verify`]; one that is known to hold ([`remember_signatures`]) is not computed again.
    pub fn holds(&self) -> bool {
        let memory = ClaimMemory::of(self);
        if memory.holds() {
            return true;
        }
        let is_good = self.key.verify(self.message, self.signature);
        if is_good {
            memory.keep();
        }
        is_good
    }

    /// `R` and `s`, as they are written.
    fn halves(&self) -> (&[u8; 32], &[u8; 32]) {
        let (halves, _) = self.signature.as_chunks::<32>();
        match halves {
            [r, s] => (r, s),
            _ => (&[0; 32], &[0; 32]),
        }
    }

    /// The `R` that the other parts of the claim lead to; `None` where `s` is not below the group order.
    fn computed_r(&self) -> Option<EdwardsPoint> {
        let (r, s) = self.halves();
        let s = Option::<Scalar>::from(Scalar::from_canonical_bytes(*s))?;
        let digest = Sha512::new()
            .chain_update(r)
            .chain_update(self.key.as_bytes())
            .chain_update(self.message)
            .finalize();
        let k = Scalar::from_bytes_mod_order_wide(&digest.into());
        let minus_a = -self.key.0.to_edwards();
        Some(EdwardsPoint::vartime_double_scalar_mul_basepoint(
            &k, &minus_a, &s,
        ))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey(")?;
        write_hex(self.as_bytes(), f)?;
        write!(f, ")")
    }
}

/// Verifies an Ed25519 signature over `message` under a key that is used once.
///
/// False on any failure, among them those of [`PublicKey::from_bytes`] and [`PublicKey::verify`].
pub fn verify_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    PublicKey::from_bytes(key).is_some_and(|key| key.verify(message, signature))
}

/// Whether the bytes are no key to trust: a point of small order, a point written with a
/// coordinate that is not reduced, or no point at all.
pub fn is_weak_key(key: &[u8; 32]) -> bool {
    PublicKey::from_bytes(key).is_none()
}

/// Whether a point in its one spelling is of small order.
fn is_of_small_order(point: &[u8; 32]) -> bool {
    let mut y = *point;
    let [.., highest] = &mut y;
    *highest &= 0x7f;
    SMALL_ORDER_Y.contains(&y)
}

/// Whether the y coordinate (little-endian, without the sign bit) is below 2^255 − 19.
fn is_canonical(key: &[u8; 32]) -> bool {
    let [lowest, middle @ .., highest] = key;
    highest & 0x7f != 0x7f || middle.iter().any(|&byte| byte != 0xff) || *lowest < 0xed
}
