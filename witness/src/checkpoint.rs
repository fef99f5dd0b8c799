//! Checkpoints of logs of others, and those that were cosigned.

use std::fmt::Write as _;

use verifier::base64::encode_standard;
use verifier::checkpoint::{CheckpointError, CheckpointLines, TreeHead};
use verifier::cosignature::{CosignatureError, CosignerKey};
use verifier::hash::{Hex, sha256};
use verifier::note::{NoteError, SignatureLine, UnverifiedNote};

/// Longest text of a checkpoint, in bytes. It is kept as a note with the lines of its log and of the witness, which must
/// not grow beyond what a note may have ([`verifier::note::NOTE_BYTES_MAX`]).
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// `SHA-256(origin)`: by this a log is found in the store and in the monitoring path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OriginHash([u8; 32]);

impl OriginHash {
    /// Of a log's name.
    pub fn of(origin: &str) -> Self {
        Self(sha256(origin.as_bytes()))
    }

    /// Reads 64 lower-case hex digits; anything else is `None`.
    pub fn parse_hex(text: &str) -> Option<Self> {
        verifier::hash::decode_hex(text).map(Self)
    }

    /// From the key of a stored row.
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for OriginHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

/// The text of a checkpoint of any log (C2SP tlog-checkpoint): origin, size, root and extension lines. Nothing says
/// that the log signed it.
///
/// Wider than [`verifier::checkpoint::Checkpoint`], which refuses extension lines: a log of others may have them, and an
/// Ed25519 cosignature is over the whole text, so that it means with them what it means without.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckpointText {
    text: String,
    origin: String,
    head: TreeHead,
}

impl CheckpointText {
    /// Reads the text of a note, with its final newline. That the empty tree has its one root is not checked.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] with the rule that the text breaks: its author is at fault.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(CheckpointError::Malformed("a text of more than 64 KiB"));
        }
        let lines = CheckpointLines::parse(text)?;
        Ok(Self {
            text: text.to_owned(),
            origin: lines.origin.to_owned(),
            head: lines.head,
        })
    }

    /// The signed bytes, final newline included.
    pub fn text(&self) -> &str {
        &self.text
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

/// Why a stored note is none that this witness cosigned: the store is damaged, or of another witness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotWitnessed {
    /// Not a note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A checkpoint of another log than the one that it is stored for.
    #[error("it is of another log")]
    OtherLog,
    /// The cosignature of this witness is missing, or does not verify.
    #[error(transparent)]
    Cosignature(#[from] CosignatureError),
}

/// A checkpoint under which this witness put its cosignature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessedCheckpoint {
    checkpoint: CheckpointText,
    log_lines: Vec<SignatureLine>,
    cosignatures: Vec<SignatureLine>,
    time_s: u64,
}

impl WitnessedCheckpoint {
    /// A checkpoint with the lines by which its log signed it, and those by which the witness did at `time_s`, in seconds
    /// since the Unix epoch.
    pub(crate) fn new(
        checkpoint: CheckpointText,
        log_lines: Vec<SignatureLine>,
        cosignatures: Vec<SignatureLine>,
        time_s: u64,
    ) -> Self {
        Self {
            checkpoint,
            log_lines,
            cosignatures,
            time_s,
        }
    }

    /// Reads a note that [`note`](Self::note) wrote. It is believed only for the cosignature, which no damage and no
    /// other program can make.
    ///
    /// # Errors
    /// [`NotWitnessed`]: the note was damaged, or is none that the holder of `key` cosigned.
    pub fn open(note: &[u8], key: &CosignerKey) -> Result<Self, NotWitnessed> {
        let note = UnverifiedNote::parse(note)?;
        let time_s = key.verify(&note)?;
        let checkpoint = CheckpointText::parse(note.danger_text())?;
        let lines = note.lines().iter().cloned();
        // Its second key has another id under the same name.
        let (cosignatures, log_lines) = lines.partition(|line| line.name == key.name());
        Ok(Self::new(checkpoint, log_lines, cosignatures, time_s))
    }

    /// What was cosigned.
    pub fn checkpoint(&self) -> &CheckpointText {
        &self.checkpoint
    }

    /// When, in seconds since the Unix epoch.
    pub fn time_s(&self) -> u64 {
        self.time_s
    }

    /// The witness's lines, each with its newline: the body of an answer.
    pub fn cosignature_lines(&self) -> String {
        lines(&self.cosignatures)
    }

    /// The whole note: the log's lines, then the witness's.
    pub fn note(&self) -> String {
        let signed = signed_note(&self.checkpoint, &self.log_lines);
        format!("{signed}{}", lines(&self.cosignatures))
    }
}

/// A checkpoint as a note, with the lines by which its log signed it.
pub(crate) fn signed_note(checkpoint: &CheckpointText, log_lines: &[SignatureLine]) -> String {
    format!("{}\n{}", checkpoint.text(), lines(log_lines))
}

fn lines(lines: &[SignatureLine]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a string does not fail.
        let _ = write!(text, "{line}");
        text
    })
}

/// A root as checkpoints spell it, for people who compare two.
pub(crate) fn spelled_root(head: &TreeHead) -> String {
    encode_standard(head.root.as_bytes())
}
