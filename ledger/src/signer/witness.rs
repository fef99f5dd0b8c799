//! The key of a witness: it signs that it saw a checkpoint at a time (C2SP tlog-cosignature, type 0x04).

use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use verifier::cosignature::{CosignatureError, CosignatureForm, CosignerKey};
use verifier::note::SignatureLine;
use zeroize::Zeroizing;

use super::note_key::{self, NoteKeyLine};
use super::{KeyError, random_seed};

/// Signature type of a timestamped Ed25519 cosignature (C2SP signed-note).
const ED25519_COSIGNATURE: u8 = CosignatureForm::Ed25519.signature_type();

/// A witness's key held in this process. It never signs anything but cosignatures: the message of one begins with
/// `cosignature/v1`, which no checkpoint of a log with this key could be taken for.
pub struct WitnessKey {
    key: SigningKey,
    cosigner: CosignerKey,
}

impl WitnessKey {
    /// From a seed and the witness's name.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] where the name is no key name, or the seed gives a weak key.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(&Zeroizing::new(seed));
        let cosigner = CosignerKey::new(name, key.verifying_key().to_bytes())
            .map_err(|_| KeyError::Malformed("the name is no key name"))?;
        Ok(Self { key, cosigner })
    }

    /// A fresh one from the operating system's randomness.
    ///
    /// # Errors
    /// [`KeyError::Randomness`] where the operating system gives none; otherwise as
    /// [`from_seed`](Self::from_seed).
    pub fn generate(name: &str) -> Result<Self, KeyError> {
        Self::from_seed(name, random_seed()?)
    }

    /// Reads a note signer key file of type 0x04: the key of a log is refused.
    ///
    /// # Errors
    /// [`KeyError::Io`] where the file cannot be read, [`KeyError::Malformed`] where it is not one line with
    /// a witness's key: the person who named the file is at fault.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let line = NoteKeyLine::read(path, ED25519_COSIGNATURE, "not a witness's key (type 0x04)")?;
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
        note_key::write(path, name, id, ED25519_COSIGNATURE, self.key.as_bytes())
    }

    /// The key to hand to logs and their clients; its text is the vkey.
    pub fn cosigner_key(&self) -> &CosignerKey {
        &self.cosigner
    }

    /// The signature line over a checkpoint's text, final newline included, as of a time in seconds since the Unix
    /// epoch. Whether the checkpoint continues what was signed before is the caller's to know.
    ///
    /// # Errors
    /// [`CosignatureError::BadTime`] for a time that no cosignature of a checkpoint has.
    pub fn cosign(&self, text: &str, time_s: u64) -> Result<SignatureLine, CosignatureError> {
        let message = self.cosigner.message(text, time_s)?;
        self.cosigner.line(time_s, &self.key.sign(&message).to_bytes())
    }
}

impl std::fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WitnessKey({})", self.cosigner)
    }
}
