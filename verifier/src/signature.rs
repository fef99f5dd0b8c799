//! Strict Ed25519 verification: the one place where signatures are checked.
//!
//! RFC 8032 leaves room in which verifiers differ: keys of small order, under which a signature
//! holds for any message, and points written in more than one way. What one verifier accepts and
//! another refuses is no evidence, so all of that is refused here.

use ed25519_dalek::{Signature, VerifyingKey};

/// Verifies an Ed25519 signature over `message`.
///
/// False on any failure, among them: a key that [`is_weak_key`], `R` of small order or not
/// canonical, `s` not below the group order.
pub fn verify_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    is_canonical(key)
        && VerifyingKey::from_bytes(key).is_ok_and(|key| {
            key.verify_strict(message, &Signature::from_bytes(signature))
                .is_ok()
        })
}

/// Whether the bytes are no key to trust: a point of small order, a point written with a
/// coordinate that is not reduced, or no point at all.
pub fn is_weak_key(key: &[u8; 32]) -> bool {
    !is_canonical(key) || VerifyingKey::from_bytes(key).map_or(true, |key| key.is_weak())
}

/// Whether the y coordinate (little-endian, without the sign bit) is below 2^255 − 19.
fn is_canonical(key: &[u8; 32]) -> bool {
    let [lowest, middle @ .., highest] = key;
    highest & 0x7f != 0x7f || middle.iter().any(|&byte| byte != 0xff) || *lowest < 0xed
}
