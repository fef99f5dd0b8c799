//! Strict Ed25519 verification: the one place where signatures are checked.
//!
//! RFC 8032 leaves room in which verifiers differ: keys of small order, under which a signature
//! holds for any message, and points written in more than one way. What one verifier accepts and
//! another refuses is no evidence, so all of that is refused here.

use std::fmt;

use ed25519_dalek::{Signature, VerifyingKey};

use crate::hash::write_hex;

/// An Ed25519 public key to trust: a point in its one spelling, not of small order. It is
/// decompressed once, which costs about a fifth of a verification.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads 32 bytes; `None` for what [`is_weak_key`] refuses.
    pub fn from_bytes(key: &[u8; 32]) -> Option<Self> {
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
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0
            .verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
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

/// Whether the y coordinate (little-endian, without the sign bit) is below 2^255 − 19.
fn is_canonical(key: &[u8; 32]) -> bool {
    let [lowest, middle @ .., highest] = key;
    highest & 0x7f != 0x7f || middle.iter().any(|&byte| byte != 0xff) || *lowest < 0xed
}
