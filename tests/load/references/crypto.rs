//! Signatures and hashes on one core.

use std::hint::black_box;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity as _, VartimeMultiscalarMul as _};
use harness::HarnessError;
use ledger::signer::EvidenceKey;
use sha2::{Digest as _, Sha512};
use verifier::hash::sha256;
use verifier::signature::PublicKey;

use super::per_second;
use crate::report;

/// Signatures that are verified together, as a batch of receipts has.
const BATCH: usize = 256;
const GATEWAYS: u8 = 50;
const BLOCK: usize = 1 << 20;

pub(super) fn run() -> Result<(), HarnessError> {
    let signed = signed()?;
    let mut turns = signed.iter().cycle();
    let strict = per_second(|| match turns.next() {
        Some(one) if black_box(one).holds() => Ok(1),
        _ => Err(HarnessError::unexpected("a signature that holds", "another")),
    })?;
    report::figure("reference_ed25519_strict", strict, "signatures/s/core");

    let batch = per_second(|| match batch_holds(black_box(&signed)) {
        Some(true) => Ok(u64::try_from(signed.len()).unwrap_or(0)),
        _ => Err(HarnessError::unexpected("signatures that hold", "another")),
    })?;
    report::figure("reference_ed25519_batch", batch, "signatures/s/core");

    let block = vec![7_u8; BLOCK];
    let mib = per_second(|| {
        black_box(sha256(black_box(&block)));
        Ok(1)
    })?;
    report::figure("reference_sha256", mib * 1.048_576, "MB/s/core");
    Ok(())
}

/// A signature as a gateway makes it: over the 43 letters of a hash.
struct Signed {
    public: PublicKey,
    /// The same key, decompressed.
    point: EdwardsPoint,
    message: [u8; 43],
    signature: [u8; 64],
}

impl Signed {
    fn holds(&self) -> bool {
        self.public.verify(&self.message, &self.signature)
    }
}

fn signed() -> Result<Vec<Signed>, HarnessError> {
    let mut all = Vec::with_capacity(BATCH);
    for (number, gateway) in (0..BATCH).zip((0..GATEWAYS).cycle()) {
        let key = EvidenceKey::from_seed([gateway.wrapping_add(100); 32])?;
        let mut message = [b'm'; 43];
        for (to, from) in message.iter_mut().zip(number.to_be_bytes()) {
            *to = from;
        }
        let public = PublicKey::from_bytes(key.did().public_key());
        let public = public.ok_or_else(|| HarnessError::unexpected("a sound key", "another"))?;
        let signature = key.sign(&message);
        all.push(Signed {
            point: point(public.as_bytes()).ok_or_else(|| HarnessError::unexpected("a point", "none"))?,
            public,
            message,
            signature,
        });
    }
    Ok(all)
}

/// Batch verification by the curve library's multiplication of many points: the sum of z(sB - R - hA) is zero. The ledger cannot use
/// it, since it accepts what strict verification refuses; it says how fast signatures could be verified at most. That of
/// `ed25519-dalek` itself is behind a feature, which would be built into the server, too.
fn batch_holds(signed: &[Signed]) -> Option<bool> {
    let mut scalars = vec![Scalar::ZERO];
    let mut points = vec![ED25519_BASEPOINT_POINT];
    for (number, one) in signed.iter().enumerate() {
        let (r, s) = one.signature.split_first_chunk::<32>()?;
        let s = Option::<Scalar>::from(Scalar::from_canonical_bytes(s.try_into().ok()?))?;
        let challenge = Sha512::new()
            .chain_update(r)
            .chain_update(one.public.as_bytes())
            .chain_update(one.message);
        let h = Scalar::from_bytes_mod_order_wide(&challenge.finalize().into());
        let z = coefficient(number, &one.signature);
        if let Some(base) = scalars.first_mut() {
            *base -= z * s;
        }
        scalars.extend([z, z * h]);
        points.extend([point(r)?, one.point]);
    }
    Some(
        EdwardsPoint::vartime_multiscalar_mul(&scalars, &points)
            .mul_by_cofactor()
            .is_identity(),
    )
}

fn point(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    CompressedEdwardsY(*bytes).decompress()
}

/// 128 bits that depend on the signature.
fn coefficient(number: usize, signature: &[u8; 64]) -> Scalar {
    let hash = sha256(&[number.to_be_bytes().as_slice(), signature].concat());
    let mut bits = [0; 16];
    for (to, from) in bits.iter_mut().zip(hash) {
        *to = from;
    }
    Scalar::from(u128::from_le_bytes(bits))
}
