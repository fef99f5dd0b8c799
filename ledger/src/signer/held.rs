//! The keys of a log that this process holds, and the signed note of a head.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use verifier::checkpoint::{Checkpoint, TreeHead, checkpoint_text};
use verifier::cosignature::CosignerKey;
use verifier::key_history::{KeyHistory, LogVerifierKey};
use verifier::note::{SignatureLine, UnverifiedNote, VerifierKey};

use super::ml_dsa::ML_DSA_44;
use super::note_key::NoteKeyLine;
use super::{CheckpointSigner, ED25519, KeyError, LogKey, MlDsaKey};
use crate::store::Head;

/// What a key file in a directory of keys ends with.
const KEY_FILE: &str = "key";
/// Most key files of one log.
const FILES_MAX: usize = 64;

/// Why a head cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A key that signs the heads of the log is not here: the operator has to bring its file.
    #[error(
        "{key} signs the heads of this log, and its private key is not here: put its file into the directory of the log's keys"
    )]
    NotHeld {
        /// The key's label.
        key: String,
    },
    /// A key made no signature that its public key verifies: the key, or the machine, is at fault.
    #[error("the log's own signature by {key} does not verify: {reason}")]
    Bad {
        /// The key's label.
        key: String,
        /// What its verification answered.
        reason: String,
    },
}

#[derive(Clone)]
enum HeldKey {
    Ed25519(Arc<dyn CheckpointSigner>),
    MlDsa44(Arc<MlDsaKey>),
}

impl HeldKey {
    fn read(path: &Path) -> Result<Self, KeyError> {
        let line = NoteKeyLine::read_any(path)?;
        match line.signature_type {
            ED25519 => Ok(Self::Ed25519(Arc::new(LogKey::of_line(&line)?))),
            ML_DSA_44 => Ok(Self::MlDsa44(Arc::new(MlDsaKey::of_line(&line)?))),
            _ => Err(KeyError::Malformed(
                "not a key of a log (type 0x01, Ed25519, or 0x06, ML-DSA-44)",
            )),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Ed25519(key) => key.verifier_key().name(),
            Self::MlDsa44(key) => key.cosigner_key().name(),
        }
    }

    fn is(&self, key: &LogVerifierKey) -> bool {
        match (self, key) {
            (Self::Ed25519(held), LogVerifierKey::Ed25519(key)) => held.verifier_key() == key,
            (Self::MlDsa44(held), LogVerifierKey::MlDsa44(key)) => held.cosigner_key() == key,
            (Self::Ed25519(_), LogVerifierKey::MlDsa44(_))
            | (Self::MlDsa44(_), LogVerifierKey::Ed25519(_)) => false,
        }
    }
}

/// The private keys of one log, of which those in force sign each head.
pub struct HeldKeys {
    origin: String,
    keys: RwLock<Vec<HeldKey>>,
    /// Where files of further keys are, which may come while the log is served.
    dir: Option<PathBuf>,
}

/// One Ed25519 key, with which every log begins.
impl<S: CheckpointSigner> From<Arc<S>> for HeldKeys {
    fn from(key: Arc<S>) -> Self {
        Self {
            origin: key.verifier_key().name().to_owned(),
            keys: RwLock::new(vec![HeldKey::Ed25519(key)]),
            dir: None,
        }
    }
}

impl HeldKeys {
    /// Reads the file of the key that the log began with, and those in the directory of keys that were made later. The first file may
    /// be gone once its key is retired; the directory may be missing. What is no key of this log there is left out, and named in the
    /// diagnostics: whether a key in force is missing is found when the log is opened.
    ///
    /// # Errors
    /// [`KeyError::Io`] where the first file or the directory cannot be read, [`KeyError::Malformed`] where the first file is no key of
    /// a log, where there is no key at all, or where the directory has more than 64 keys.
    pub fn read(first: &Path, dir: &Path) -> Result<Self, KeyError> {
        let mut keys = read_dir(dir)?;
        if first.exists() || keys.is_empty() {
            keys.insert(0, HeldKey::read(first)?);
        }
        let origin = keys.first().map(|key| key.name().to_owned()).unwrap_or_default();
        keys.retain(|key| {
            let is_of_log = key.name() == origin;
            if !is_of_log {
                tracing::warn!(key = key.name(), %origin, "a key file is of another log, and is left out");
            }
            is_of_log
        });
        Ok(Self {
            origin,
            keys: RwLock::new(keys),
            dir: Some(dir.to_owned()),
        })
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The public halves of the Ed25519 keys, the one that the log began with first, where it is still here.
    pub fn ed25519_keys(&self) -> Vec<VerifierKey> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let ed25519 = keys.iter().filter_map(|key| match key {
            HeldKey::Ed25519(key) => Some(key.verifier_key().clone()),
            HeldKey::MlDsa44(_) => None,
        });
        ed25519.collect()
    }

    /// The signature of an Ed25519 key over a message that is no checkpoint; `None` where its private half is not here.
    pub fn counter_sign(&self, key: &VerifierKey, message: &[u8]) -> Option<[u8; 64]> {
        match self.find(&LogVerifierKey::Ed25519(key.clone()))? {
            HeldKey::Ed25519(held) => Some(held.sign(message)),
            HeldKey::MlDsa44(_) => None,
        }
    }

    /// Whether the private key is here. A file that came into the directory since the start is found.
    pub fn holds(&self, key: &LogVerifierKey) -> bool {
        if self.find(key).is_some() {
            return true;
        }
        let Some(dir) = &self.dir else { return false };
        match read_dir(dir) {
            Ok(found) => {
                let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
                keys.extend(found.into_iter().find(|held| held.is(key)));
            }
            Err(error) => tracing::warn!(%error, "the directory of the log's keys cannot be read"),
        }
        self.find(key).is_some()
    }

    fn find(&self, key: &LogVerifierKey) -> Option<HeldKey> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|held| held.is(key)).cloned()
    }

    /// Signs a committed head with every key in force, and checks each signature as anyone will: with the published key. The
    /// signature by the [oldest](KeyHistory::oldest) Ed25519 key, which is stored, and the whole note.
    ///
    /// # Errors
    /// [`SignError`]: such a head MUST NOT be published.
    pub(crate) fn sign_head(&self, keys: &KeyHistory, head: &Head) -> Result<([u8; 64], String), SignError> {
        let text = checkpoint_text(&self.origin, &head.tree);
        let oldest = keys.oldest(head.tree.size);
        let mut stored = None;
        let mut note = format!("{text}\n");
        for key in keys.in_force(head.tree.size) {
            let line = self.line(key, &text, head)?;
            if key.as_ed25519() == Some(oldest) {
                stored = <[u8; 64]>::try_from(line.signature.as_slice()).ok();
            }
            note.push_str(&line.to_string());
        }
        let stored = stored.ok_or_else(|| SignError::NotHeld { key: oldest.label() })?;
        for key in keys.in_force(head.tree.size) {
            check_line(&note, key, &head.tree).map_err(|reason| SignError::Bad {
                key: key.label(),
                reason,
            })?;
        }
        Ok((stored, note))
    }

    /// The lines under a head of the past by keys that signed it and are here still, without the one that is stored with it.
    pub(crate) fn lines_but_oldest(&self, keys: &KeyHistory, head: &Head) -> Vec<SignatureLine> {
        let text = checkpoint_text(&self.origin, &head.tree);
        let oldest = keys.oldest(head.tree.size);
        let others = keys
            .in_force(head.tree.size)
            .filter(|key| key.as_ed25519() != Some(oldest));
        others
            .filter_map(|key| self.line(key, &text, head).ok())
            .collect()
    }

    fn line(&self, key: &LogVerifierKey, text: &str, head: &Head) -> Result<SignatureLine, SignError> {
        let private = self
            .find(key)
            .ok_or_else(|| SignError::NotHeld { key: key.label() })?;
        match private {
            HeldKey::Ed25519(log_key) => Ok(ed25519_line(
                log_key.verifier_key(),
                &log_key.sign(text.as_bytes()),
            )),
            // The time of the head: it is signed, and the same whenever the head is signed again.
            HeldKey::MlDsa44(second_key) => {
                let line = second_key.sign(text, head.time.value() / 1000);
                line.ok_or_else(|| SignError::Bad {
                    key: key.label(),
                    reason: "it signs no such head".to_owned(),
                })
            }
        }
    }
}

impl std::fmt::Debug for HeldKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeldKeys")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

fn ed25519_line(key: &VerifierKey, signature: &[u8; 64]) -> SignatureLine {
    SignatureLine {
        name: key.name().to_owned(),
        id: key.id(),
        signature: signature.to_vec(),
    }
}

/// What is wrong with the line of a key under a note of this head.
fn check_line(note: &str, key: &LogVerifierKey, tree: &TreeHead) -> Result<(), String> {
    match key {
        LogVerifierKey::Ed25519(key) => match Checkpoint::open(note.as_bytes(), key) {
            Ok(opened) if opened.head() == tree => Ok(()),
            Ok(_) => Err("it is of another head".to_owned()),
            Err(error) => Err(error.to_string()),
        },
        LogVerifierKey::MlDsa44(key) => check_second_line(note, key),
    }
}

fn check_second_line(note: &str, key: &CosignerKey) -> Result<(), String> {
    let note = UnverifiedNote::parse(note.as_bytes()).map_err(|error| error.to_string())?;
    key.verify(&note).map(drop).map_err(|error| error.to_string())
}

/// The keys in a directory that can be read; none where it is missing.
fn read_dir(dir: &Path) -> Result<Vec<HeldKey>, KeyError> {
    let failed = |source| KeyError::Io {
        path: dir.display().to_string(),
        source,
    };
    let files = match fs::read_dir(dir) {
        Ok(files) => files,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths = Vec::new();
    for file in files {
        let path = file.map_err(failed)?.path();
        // Reading anything but a file may never end.
        if path.extension().is_some_and(|ending| ending == KEY_FILE) && path.is_file() {
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            return Err(KeyError::Malformed(
                "the directory of the log's keys has more than 64 key files",
            ));
        }
    }
    paths.sort();
    let read = |path: &PathBuf| match HeldKey::read(path) {
        Ok(key) => Some(key),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "a key file cannot be used, and is left out");
            None
        }
    };
    Ok(paths.iter().filter_map(read).collect())
}
