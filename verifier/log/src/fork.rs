//! Two checkpoints that contradict each other, in one file (`schemas/fork.md`).
//!
//! ```text
//! evidence-ledger/fork/v1
//!
//! log.example/one          the first note: origin, size and root,
//! 1203                     an empty line, and the signature lines
//! BIE5dw6o…
//!
//! — log.example/one …
//!
//! log.example/one          the second note, behind one more empty line
//! …
//! ```
//!
//! Whether they contradict each other is for those who open the file: it says nothing by itself.

use crate::note::NOTE_BYTES_MAX;

/// The first line of every such file.
pub const FORK_FILE_START: &str = "evidence-ledger/fork/v1\n\n";
/// The largest file: two notes, the line in front of them and the one between them.
pub const FORK_FILE_BYTES_MAX: usize = 2 * NOTE_BYTES_MAX + FORK_FILE_START.len() + 1;

/// Why bytes are no such file: the one who wrote them is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForkFileError {
    /// Larger than two notes may be.
    #[error("it has {found} bytes, more than two notes may have ({FORK_FILE_BYTES_MAX})")]
    TooLarge {
        /// Its length.
        found: usize,
    },
    /// Another file, or damaged.
    #[error("it is not UTF-8")]
    NotText,
    /// Another file.
    #[error("it does not begin with the line \"evidence-ledger/fork/v1\" and an empty line")]
    OtherFile,
    /// Not two notes.
    #[error("it has {found} parts between empty lines, expected the text and the signatures of two notes")]
    Parts {
        /// How many.
        found: usize,
    },
}

/// Two notes. Neither was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForkFile {
    first: String,
    second: String,
}

impl ForkFile {
    /// Of two notes, each with its final newline.
    pub fn new(first: impl Into<String>, second: impl Into<String>) -> Self {
        Self {
            first: first.into(),
            second: second.into(),
        }
    }

    /// The note that was there first.
    pub fn first(&self) -> &str {
        &self.first
    }

    /// The other one.
    pub fn second(&self) -> &str {
        &self.second
    }

    /// Reads a file. A checkpoint has one empty line, in front of its signatures.
    ///
    /// # Errors
    /// [`ForkFileError`] where it does not have two notes in this form.
    pub fn parse(bytes: &[u8]) -> Result<Self, ForkFileError> {
        if bytes.len() > FORK_FILE_BYTES_MAX {
            return Err(ForkFileError::TooLarge { found: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ForkFileError::NotText)?;
        let notes = text
            .strip_prefix(FORK_FILE_START)
            .ok_or(ForkFileError::OtherFile)?;
        let parts: Vec<&str> = notes.split("\n\n").collect();
        match parts.as_slice() {
            [first, first_lines, second, second_lines] => Ok(Self {
                first: format!("{first}\n\n{first_lines}\n"),
                second: format!("{second}\n\n{second_lines}"),
            }),
            _ => Err(ForkFileError::Parts { found: parts.len() }),
        }
    }

    /// The file.
    pub fn encode(&self) -> String {
        format!("{FORK_FILE_START}{}\n{}", self.first, self.second)
    }
}
