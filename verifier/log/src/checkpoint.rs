//! C2SP tlog-checkpoint: a signed tree head.
//!
//! ```text
//! example.com/log42
//! 8
//! XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=
//! ```
//!
//! Three lines, each ended by a newline: origin, size, root. Extension lines are refused: not
//! every kind of cosignature covers them, and no auditor compares them.

use crate::base64::{decode_standard_array, encode_standard};
use crate::hash::{RootHash, empty_root};
use crate::index::{TreeSize, parse_decimal};
use crate::note::{NoteError, SignatureLine, UnverifiedNote, VerifierKey, is_valid_key_name};

/// Longest origin, in bytes: ML-DSA cosignatures count it in one byte.
pub const ORIGIN_BYTES_MAX: usize = 255;

/// Why a checkpoint was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The note does not open.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is not a checkpoint.
    #[error("malformed checkpoint: {0}")]
    Malformed(&'static str),
    /// Another log: the wrong file or the wrong key.
    #[error("the checkpoint is of {found}, expected {expected}")]
    WrongOrigin {
        /// The key's.
        expected: String,
        /// The text's.
        found: String,
    },
}

/// A size and a root. Nothing says by itself that any log has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TreeHead {
    /// Number of entries.
    pub size: TreeSize,
    /// Root over all of them.
    pub root: RootHash,
}

/// A checkpoint that a key of its log was seen to have signed; [`Checkpoint::open`] and
/// [`LogKeys::open`](crate::log_keys::LogKeys::open) make one, and nothing else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    origin: String,
    head: TreeHead,
}

impl Checkpoint {
    /// Opens a note with the log's key; the key's name must be the origin.
    ///
    /// # Errors
    /// [`CheckpointError::Note`] where the note is malformed, or the key did not sign it;
    /// [`CheckpointError::Malformed`] where it signed something else than a checkpoint. The note's author is
    /// at fault, or the note was damaged on the way. [`CheckpointError::WrongOrigin`] where it is of another
    /// log than the key: the caller brought the wrong one of the two.
    pub fn open(note: &[u8], key: &VerifierKey) -> Result<Self, CheckpointError> {
        let note = UnverifiedNote::parse(note)?;
        note.verify(key)?;
        Self::of_verified(&note, key.name())
    }

    /// The checkpoint in a note that a key of the log `name` was seen to have signed.
    pub(crate) fn of_verified(note: &UnverifiedNote, name: &str) -> Result<Self, CheckpointError> {
        let (origin, head) = parse_checkpoint_text(note.danger_text())?;
        if origin != name {
            return Err(CheckpointError::WrongOrigin {
                expected: name.to_owned(),
                found: origin.to_owned(),
            });
        }
        Ok(Self {
            origin: origin.to_owned(),
            head,
        })
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Size and root.
    pub fn head(&self) -> &TreeHead {
        &self.head
    }
}

/// The signed text: three lines, each ended by a newline.
pub fn checkpoint_text(origin: &str, head: &TreeHead) -> String {
    format!(
        "{origin}\n{}\n{}\n",
        head.size,
        encode_standard(head.root.as_bytes())
    )
}

/// The whole note from text and an Ed25519 signature over the text's bytes.
pub fn signed_checkpoint(text: &str, key: &VerifierKey, signature: &[u8; 64]) -> String {
    let line = SignatureLine {
        name: key.name().to_owned(),
        id: key.id(),
        signature: signature.to_vec(),
    };
    format!("{text}\n{line}")
}

/// Whether the name may be an origin: a valid key name (non-empty, no spaces, plus signs or
/// control characters) of at most [`ORIGIN_BYTES_MAX`] bytes.
pub fn is_valid_origin(origin: &str) -> bool {
    origin.len() <= ORIGIN_BYTES_MAX && is_valid_key_name(origin)
}

/// The lines of the checkpoint of any log (C2SP tlog-checkpoint). Those of this project's logs are held to more: an origin that may
/// name a key, the one root of the empty tree, and no extension lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckpointLines<'a> {
    /// The first line, not empty.
    pub origin: &'a str,
    /// Size and root. That the empty tree has its one root is not checked.
    pub head: TreeHead,
    /// Whether lines follow, each of which is not empty.
    pub has_extensions: bool,
}

impl<'a> CheckpointLines<'a> {
    /// Reads the text of a note, with its final newline.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] with the rule that the text breaks: its author is at fault.
    pub fn parse(text: &'a str) -> Result<Self, CheckpointError> {
        let malformed = CheckpointError::Malformed;
        let body = text.strip_suffix('\n').ok_or(malformed("no final newline"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(malformed("fewer than three lines"));
        };
        if origin.is_empty() {
            return Err(malformed("an empty origin"));
        }
        let size = parse_decimal(size).ok_or(malformed("the size is not a decimal without leading zeros"))?;
        let root =
            decode_standard_array(root).ok_or(malformed("the root is not canonical base64 of 32 bytes"))?;
        let mut extensions = lines.peekable();
        let has_extensions = extensions.peek().is_some();
        if extensions.any(str::is_empty) {
            return Err(malformed("an empty extension line"));
        }
        Ok(Self {
            origin,
            head: TreeHead {
                size: TreeSize::new(size),
                root: RootHash::from_bytes(root),
            },
            has_extensions,
        })
    }
}

/// Origin and head of the text of a checkpoint of one of this project's logs.
pub(crate) fn parse_checkpoint_text(text: &str) -> Result<(&str, TreeHead), CheckpointError> {
    let malformed = CheckpointError::Malformed;
    let CheckpointLines {
        origin,
        head,
        has_extensions,
    } = CheckpointLines::parse(text)?;
    if has_extensions {
        return Err(malformed("extension lines below the three of a checkpoint"));
    }
    if !is_valid_origin(origin) {
        return Err(malformed("not an origin"));
    }
    if head.size == TreeSize::new(0) && head.root != empty_root() {
        return Err(malformed("size 0 with a root that is not that of the empty tree"));
    }
    Ok((origin, head))
}
