//! C2SP tlog-cosignature: what a witness signs of a checkpoint, and what a log signs with its ML-DSA key.
//!
//! A line holds the time as 8 bytes big-endian, then the signature. There are two kinds, each with its own message:
//!
//! | type | signature | message | what it covers |
//! | --- | --- | --- | --- |
//! | 0x04 | Ed25519, 64 bytes | [`cosignature_message`] | time, the whole text of the checkpoint |
//! | 0x06 | ML-DSA-44, 2,420 bytes | [`subtree_message`] | cosigner's name, time, origin, size, root |
//!
//! Who signs and who verifies take the message from one place, [`CosignerKey::message`].

mod key;
mod message;
mod verified;

pub use key::CosignerKey;
pub use message::{cosignature_message, subtree_message};
pub use verified::Cosignature;

use crate::ml_dsa;
use crate::note::{NoteError, SignatureLine};

/// Bytes of the time in front of a signature.
const TIME_BYTES: usize = 8;
/// C2SP bounds the time so that it fits a signed integer.
const TIME_MAX_S: u64 = (1 << 63) - 1;

/// Why a cosignature does not count, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CosignatureError {
    /// The key is malformed, or of a type that no cosigner has.
    #[error(transparent)]
    Key(#[from] NoteError),
    /// There is no line by this cosigner.
    #[error("no cosignature by {expected}")]
    NoCosignature {
        /// The cosigner's name.
        expected: String,
    },
    /// More than one line by this cosigner where one is expected: the one who wrote the lines is at fault.
    #[error("more than one cosignature by {name}, expected one")]
    Repeated {
        /// The cosigner's name.
        name: String,
    },
    /// A line by this cosigner is forged or damaged.
    #[error("the cosignature of {name} does not hold: {reason}")]
    BadCosignature {
        /// The cosigner's name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The time says nothing about a checkpoint: the cosigner is at fault.
    #[error("the cosignature of {name} has the time {time_s}, expected 1 to 2^63 - 1 seconds")]
    BadTime {
        /// The cosigner's name.
        name: String,
        /// Seconds since the Unix epoch.
        time_s: u64,
    },
    /// A text that an ML-DSA-44 cosignature does not cover as a whole: the note's author is at fault.
    #[error("an ML-DSA-44 cosignature by {name} does not cover this text: {reason}")]
    NotCovered {
        /// The cosigner's name.
        name: String,
        /// What is in the text.
        reason: String,
    },
}

/// What a cosignature line is by its length. Who made it only a key can show.
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
        [Self::Ed25519, Self::MlDsa44]
            .into_iter()
            .find(|form| line.signature.len() == TIME_BYTES.saturating_add(form.signature_bytes()))
    }

    /// Length of the signature alone, in bytes.
    pub fn signature_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 64,
            Self::MlDsa44 => ml_dsa::SIGNATURE_BYTES,
        }
    }

    /// The type byte in vkeys, key ids and key files.
    pub const fn signature_type(self) -> u8 {
        match self {
            Self::Ed25519 => 0x04,
            Self::MlDsa44 => 0x06,
        }
    }

    /// The form with this type byte.
    fn of_type(signature_type: u8) -> Option<Self> {
        [Self::Ed25519, Self::MlDsa44]
            .into_iter()
            .find(|form| form.signature_type() == signature_type)
    }
}
