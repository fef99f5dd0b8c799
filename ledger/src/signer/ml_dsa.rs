//! The second key of a log or a witness: ML-DSA-44 (FIPS 204), which signs each head as a cosignature under the name of the first.

use std::path::Path;

use ml_dsa::{ExpandedSigningKey, MlDsa44, Seed, SignatureEncoding as _};
use verifier::cosignature::{CosignatureForm, CosignerKey};
use verifier::ml_dsa::MlDsaPublicKey;
use verifier::note::SignatureLine;
use zeroize::Zeroizing;

use super::note_key::{self, NoteKeyLine};
use super::{KeyError, random_seed};

/// Signature type of an ML-DSA-44 cosignature (C2SP signed-note).
pub(super) const ML_DSA_44: u8 = CosignatureForm::MlDsa44.signature_type();

/// An ML-DSA-44 key of a log or a witness, held in this process.
pub struct MlDsaKey {
    /// FIPS 204's ξ, of which the key is made.
    seed: Zeroizing<[u8; 32]>,
    key: ExpandedSigningKey<MlDsa44>,
    cosigner: CosignerKey,
}

impl MlDsaKey {
    /// From a seed (FIPS 204 Algorithm 6) and a name: the log's origin, or the witness's name.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] where the origin is no key name of at most 255 bytes.
    pub fn from_seed(origin: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        let key = ExpandedSigningKey::from_seed(&Seed::from(seed));
        let cosigner = MlDsaPublicKey::from_bytes(&key.verifying_key().encode())
            .and_then(|public| CosignerKey::new_ml_dsa(origin, public).ok())
            .ok_or(KeyError::Malformed("the origin is no key name"))?;
        Ok(Self {
            seed: Zeroizing::new(seed),
            key,
            cosigner,
        })
    }

    /// A fresh one from the operating system's randomness.
    ///
    /// # Errors
    /// [`KeyError::Randomness`] where the operating system gives none; otherwise as
    /// [`from_seed`](Self::from_seed).
    pub fn generate(origin: &str) -> Result<Self, KeyError> {
        Self::from_seed(origin, random_seed()?)
    }

    /// Reads a note signer key file of type 0x06.
    ///
    /// # Errors
    /// [`KeyError::Io`] where the file cannot be read, [`KeyError::Malformed`] where it is not one line with
    /// such a key: the person who named the file is at fault.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        Self::of_line(&NoteKeyLine::read(
            path,
            ML_DSA_44,
            "not an ML-DSA-44 key (type 0x06)",
        )?)
    }

    pub(super) fn of_line(line: &NoteKeyLine) -> Result<Self, KeyError> {
        let key = Self::from_seed(&line.name, *line.seed)?;
        line.expect_id(key.cosigner.id())?;
        Ok(key)
    }

    /// Writes a new file, mode 0600.
    ///
    /// # Errors
    /// [`KeyError::Io`] where the file exists or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let (name, id) = (self.cosigner.name(), self.cosigner.id());
        note_key::write(path, name, id, ML_DSA_44, &self.seed)
    }

    /// The key to hand to verifiers; its text is the vkey.
    pub fn cosigner_key(&self) -> &CosignerKey {
        &self.cosigner
    }

    /// The line under a checkpoint's text, as of a time in seconds since the Unix epoch. Deterministic (FIPS 204 §3.4), so that a
    /// head that is signed again gets the same bytes; `None` for a time or a text that has no such line.
    pub fn sign(&self, text: &str, time_s: u64) -> Option<SignatureLine> {
        let message = self.cosigner.message(text, time_s).ok()?;
        let signature = self.key.sign_deterministic(&message, &[]).ok()?;
        self.cosigner.line(time_s, &signature.to_bytes()).ok()
    }
}

impl std::fmt::Debug for MlDsaKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MlDsaKey({})", self.cosigner.label())
    }
}
