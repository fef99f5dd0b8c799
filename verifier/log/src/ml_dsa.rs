//! ML-DSA-44 (FIPS 204), pure and with an empty context: signatures that hold although a quantum computer breaks
//! Ed25519. Verification alone; no private key is known here.
//!
//! Any 1,312 bytes are a key, in its one spelling (Algorithm 23). Of a signature FIPS 204 itself refuses other
//! spellings: coefficients beyond their bound, hints out of order, and padding that is not zero (Algorithms 8, 21
//! and 27).

use std::fmt;
use std::sync::Arc;

use ml_dsa::{KeyInit as _, MlDsa44, Signature, Verifier as _, VerifyingKey};

/// Length of a public key, in bytes.
pub const KEY_BYTES: usize = 1312;
/// Length of a signature, in bytes.
pub const SIGNATURE_BYTES: usize = 2420;

/// An ML-DSA-44 public key, expanded once (Algorithm 32), which takes some 26 KB; clones share it.
#[derive(Clone)]
pub struct MlDsaPublicKey(Arc<ExpandedKey>);

struct ExpandedKey {
    bytes: [u8; KEY_BYTES],
    expanded: VerifyingKey<MlDsa44>,
}

impl MlDsaPublicKey {
    /// Reads a key; `None` for anything but [`KEY_BYTES`] bytes.
    pub fn from_bytes(key: &[u8]) -> Option<Self> {
        let bytes = key.try_into().ok()?;
        let expanded = VerifyingKey::new_from_slice(key).ok()?;
        Some(Self(Arc::new(ExpandedKey { bytes, expanded })))
    }

    /// The bytes that were read.
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0.bytes
    }

    /// Verifies a signature over `message`. False on any failure, a signature of another length among them.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::try_from(signature)
            .is_ok_and(|signature| self.0.expanded.verify(message, &signature).is_ok())
    }
}

impl PartialEq for MlDsaPublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for MlDsaPublicKey {}

impl fmt::Debug for MlDsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MlDsaPublicKey").finish_non_exhaustive()
    }
}
