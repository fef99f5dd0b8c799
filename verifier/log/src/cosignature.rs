//! C2SP tlog-cosignature: what a witness signs under a checkpoint.
//!
//! ```text
//! cosignature/v1
//! time 1679315147
//! example.com/log42
//! 8
//! XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=
//! ```
//!
//! That is the message of an Ed25519 cosignature (type 0x04): two lines and the whole checkpoint
//! text. The signature line holds the time as 8 bytes big-endian, then 64 bytes of signature. An
//! ML-DSA-44 cosignature (type 0x06) is told apart by its length; nothing here verifies it.

use std::fmt;

use crate::note::{
    NoteError, SignatureLine, UnverifiedNote, is_valid_key_name, key_id, parse_vkey, write_vkey,
};
use crate::signature::{is_weak_key, verify_ed25519};

/// Signature type of a timestamped Ed25519 cosignature.
const ED25519_COSIGNATURE: u8 = 0x04;
/// Signature type of an ML-DSA-44 cosignature.
const ML_DSA_44_COSIGNATURE: u8 = 0x06;
/// Time and signature, without the key id.
const ED25519_BYTES: usize = 8 + 64;
const ML_DSA_44_BYTES: usize = 8 + 2420;
const ML_DSA_44_KEY_BYTES: usize = 1312;
/// C2SP bounds the time so that it fits a signed integer.
const TIME_MAX_S: u64 = (1 << 63) - 1;

/// Why a cosignature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CosignatureError {
    /// The key is of another form.
    #[error(transparent)]
    Key(#[from] NoteError),
    /// There is no line by this cosigner.
    #[error("no cosignature by {expected}")]
    NoCosignature {
        /// The cosigner's name.
        expected: String,
    },
    /// A line by this cosigner is not 72 bytes of time and signature, or does not verify.
    #[error("the cosignature of {name} does not verify")]
    BadCosignature {
        /// The cosigner's name.
        name: String,
    },
    /// ML-DSA-44 is recognised, but not verified by this version.
    #[error("the key of {name} is of ML-DSA-44, which is not verified here")]
    NotVerified {
        /// The cosigner's name.
        name: String,
    },
}

/// What a cosignature line is by its length. Who made it only a key can tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CosignatureForm {
    /// 8 bytes of time, 64 of Ed25519 signature.
    Ed25519,
    /// 8 bytes of time, 2,420 of ML-DSA-44 signature.
    MlDsa44,
}

impl CosignatureForm {
    /// The form of a line; `None` for a line that is no cosignature.
    pub fn of(line: &SignatureLine) -> Option<Self> {
        match line.signature.len() {
            ED25519_BYTES => Some(Self::Ed25519),
            ML_DSA_44_BYTES => Some(Self::MlDsa44),
            _ => None,
        }
    }
}

/// An Ed25519 cosigner (vkey type 0x04). Weak keys are refused.
///
/// The message does not name the cosigner, so one key must not serve two names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CosignerKey {
    name: String,
    /// Always that of name, type and key.
    id: u32,
    key: [u8; 32],
}

impl CosignerKey {
    /// From a name and an Ed25519 public key.
    ///
    /// # Errors
    /// [`NoteError::MalformedKey`] where the name is no key name or the key is weak: the person who gave them
    /// is at fault.
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self, NoteError> {
        if !is_valid_key_name(name) {
            return Err(NoteError::MalformedKey("not a key name"));
        }
        if is_weak_key(&key) {
            return Err(NoteError::MalformedKey("not a point of large order"));
        }
        Ok(Self {
            name: name.to_owned(),
            id: key_id(name, ED25519_COSIGNATURE, &key),
            key,
        })
    }

    /// Parses a vkey of type 0x04.
    ///
    /// # Errors
    /// [`CosignatureError::Key`] where the text is no vkey, or one of another type: the person who gave it is
    /// at fault. [`CosignatureError::NotVerified`] for a vkey of type 0x06, with which nothing is wrong but
    /// that this version cannot use it.
    pub fn parse(text: &str) -> Result<Self, CosignatureError> {
        let (name, signature_type, key) = parse_vkey(text)?;
        match (signature_type, <[u8; 32]>::try_from(key.as_slice())) {
            (ED25519_COSIGNATURE, Ok(key)) => Ok(Self::new(name, key)?),
            (ML_DSA_44_COSIGNATURE, _) if key.len() == ML_DSA_44_KEY_BYTES => {
                Err(CosignatureError::NotVerified {
                    name: name.to_owned(),
                })
            }
            _ => Err(NoteError::MalformedKey("not a cosigner's key (type 0x04, 32 bytes)").into()),
        }
    }

    /// The cosigner's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id, big-endian on the wire.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Verifies this cosigner's lines under a checkpoint note and gives the latest time, in
    /// seconds since the Unix epoch, at which it stood by it.
    ///
    /// The note's text is not looked at: open it as a checkpoint, too.
    ///
    /// # Errors
    /// [`CosignatureError::NoCosignature`] where no line is by this cosigner, which leaves the note as good
    /// as it was. [`CosignatureError::BadCosignature`] where one of its lines does not verify: the line is
    /// forged or damaged.
    pub fn verify(&self, note: &UnverifiedNote) -> Result<u64, CosignatureError> {
        let mut latest = None;
        for line in note.lines_of(&self.name, self.id) {
            let time_s = self.verify_line(note.danger_text(), line).ok_or_else(|| {
                CosignatureError::BadCosignature {
                    name: self.name.clone(),
                }
            })?;
            latest = latest.max(Some(time_s));
        }
        latest.ok_or_else(|| CosignatureError::NoCosignature {
            expected: self.name.clone(),
        })
    }

    fn verify_line(&self, text: &str, line: &SignatureLine) -> Option<u64> {
        let (time, signature) = line.signature.split_first_chunk()?;
        let time_s = u64::from_be_bytes(*time);
        let message = cosignature_message(text, time_s);
        let holds =
            time_s <= TIME_MAX_S && verify_ed25519(&self.key, message.as_bytes(), signature.try_into().ok()?);
        holds.then_some(time_s)
    }
}

impl fmt::Display for CosignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_vkey(f, &self.name, self.id, ED25519_COSIGNATURE, &self.key)
    }
}

/// The message of an Ed25519 cosignature over a checkpoint's text, final newline included.
pub fn cosignature_message(text: &str, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}
