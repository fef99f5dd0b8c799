//! Keys and signing: the keys of the log's checkpoints, a witness's key, and signed evidence of our own and clawsig's rules.
//!
//! A key file holds one line: of a log key and a witness's key the C2SP note signer form
//! `PRIVATE+KEY+<name>+<hex8 key id>+<base64(type || seed)>`, of an evidence key the seed as 43
//! characters of base64url. Files are made new with mode 0600 and never overwritten; whatever held a
//! seed on its way is zeroized.

mod evidence;
mod file;
mod held;
mod ml_dsa;
mod note_key;
mod witness;

pub use evidence::EvidenceKey;
pub use held::{HeldKeys, SignError};
pub use ml_dsa::MlDsaKey;
pub use witness::WitnessKey;

use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use note_key::NoteKeyLine;
use verifier::note::VerifierKey;
use zeroize::Zeroizing;

/// Signs checkpoints with one Ed25519 key. The seam for keys that are held elsewhere.
pub trait CheckpointSigner: Send + Sync + 'static {
    /// The published key.
    fn verifier_key(&self) -> &VerifierKey;
    /// Ed25519 over the checkpoint text. MUST be deterministic (RFC 8032 §5.1.6): a head that is signed
    /// again after a restart must get the same bytes.
    fn sign(&self, text: &[u8]) -> [u8; 64];
}

/// Signature type of Ed25519 in a note key (C2SP signed-note).
const ED25519: u8 = 0x01;

/// A log key held in this process.
pub struct LogKey {
    key: SigningKey,
    vkey: VerifierKey,
}

impl LogKey {
    /// From a seed; the origin becomes the key's name.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] where the origin is no key name, or the seed gives a weak key.
    pub fn from_seed(origin: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(&Zeroizing::new(seed));
        let vkey = VerifierKey::new(origin, key.verifying_key().to_bytes())
            .map_err(|_| KeyError::Malformed("the origin is no key name"))?;
        Ok(Self { key, vkey })
    }

    /// A fresh one from the operating system's randomness.
    ///
    /// # Errors
    /// [`KeyError::Randomness`] where the operating system gives none; otherwise as
    /// [`from_seed`](Self::from_seed).
    pub fn generate(origin: &str) -> Result<Self, KeyError> {
        Self::from_seed(origin, random_seed()?)
    }

    /// Reads a note signer key file.
    ///
    /// # Errors
    /// [`KeyError::Io`] where the file cannot be read, [`KeyError::Malformed`] where it is not one line with
    /// a note signer key: the person who named the file is at fault.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        Self::of_line(&NoteKeyLine::read(
            path,
            ED25519,
            "not an Ed25519 note key (type 0x01)",
        )?)
    }

    fn of_line(line: &NoteKeyLine) -> Result<Self, KeyError> {
        let key = Self::from_seed(&line.name, *line.seed)?;
        line.expect_id(key.vkey.id())?;
        Ok(key)
    }

    /// Writes a new file, mode 0600.
    ///
    /// # Errors
    /// [`KeyError::Io`] where the file exists or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        note_key::write(
            path,
            self.vkey.name(),
            self.vkey.id(),
            ED25519,
            self.key.as_bytes(),
        )
    }
}

impl std::fmt::Debug for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogKey({})", self.vkey)
    }
}

impl CheckpointSigner for LogKey {
    fn verifier_key(&self) -> &VerifierKey {
        &self.vkey
    }

    fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.key.sign(text).to_bytes()
    }
}

fn random_seed() -> Result<[u8; 32], KeyError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| KeyError::Randomness(error.to_string()))?;
    Ok(seed)
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The content of the file, or the name of the key.
    #[error("not a key: {0}")]
    Malformed(&'static str),
    /// The operating system gives no randomness.
    #[error("no randomness: {0}")]
    Randomness(String),
    /// The payload cannot be signed: the caller is at fault.
    #[error("cannot sign: {0}")]
    Payload(String),
}
