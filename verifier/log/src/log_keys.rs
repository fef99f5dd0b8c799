//! The keys of one log, and what a verifier demands of its checkpoints.
//!
//! A log signs each checkpoint with two keys, each in a line of its own: Ed25519 over the note's text (type 0x01),
//! which every client of C2SP notes reads, and an ML-DSA-44 cosignature (type 0x06) under the log's own name, as C2SP
//! tlog-checkpoint recommends. A forger who has one of the keys, or has broken one of the schemes, makes no head that a
//! verifier of both takes. Logs that are older than their second key have the first line alone.

use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::cosignature::{CosignatureError, CosignatureForm, CosignerKey};
use crate::note::{NoteError, UnverifiedNote, VerifierKey};

/// One of the two lines of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogLine {
    /// Type 0x01, over the note's text.
    Ed25519,
    /// Type 0x06, a cosignature under the log's name.
    MlDsa44,
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed25519 => "Ed25519 line (type 0x01)",
            Self::MlDsa44 => "ML-DSA-44 line (type 0x06)",
        })
    }
}

/// Which lines of the log a checkpoint must have. A line that is there and does not hold is refused with either.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RequiredLines {
    /// One of them, whichever it is.
    Either,
    /// Both.
    Both,
}

/// Why a checkpoint is not taken for one of this log, or why keys are not those of one log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogKeysError {
    /// Keys that do not belong together: the person who gave them is at fault.
    #[error("not the second key of the log {log}: {reason}")]
    SecondKey {
        /// The first key's name.
        log: String,
        /// What is wrong with the second.
        reason: &'static str,
    },
    /// The note is malformed, or its text is no checkpoint of this log.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Both lines are demanded by a verifier that has no key for the second: its settings are at fault.
    #[error("both lines of the log {log} are demanded, but its ML-DSA-44 key is not known")]
    NoSecondKey {
        /// The log's name.
        log: String,
    },
    /// A demanded line is not there: the log, or a server in between, left it out.
    #[error("the checkpoint has no {line} by the log {log}")]
    Missing {
        /// Which.
        line: LogLine,
        /// The log's name.
        log: String,
    },
    /// No line by any key of the log: nothing is known of who wrote the note.
    #[error("the checkpoint has no line by a known key of the log {log}")]
    NoLine {
        /// The log's name.
        log: String,
    },
    /// A line that is there does not hold: the note is forged or damaged.
    #[error("the {line} by the log {log} does not hold: {reason}")]
    Bad {
        /// Which.
        line: LogLine,
        /// The log's name.
        log: String,
        /// What its verification answered.
        reason: String,
    },
}

/// The keys of one log: its Ed25519 key, and its ML-DSA-44 key of the same name if it has one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogKeys {
    ed25519: VerifierKey,
    /// Of the same name and of the form ML-DSA-44.
    ml_dsa: Option<CosignerKey>,
}

impl LogKeys {
    /// From the key of the first line (a vkey of type 0x01) and that of the second (type 0x06).
    ///
    /// # Errors
    /// [`LogKeysError::SecondKey`] where the second is not of ML-DSA-44 or has another name than the first: the
    /// person who gave the keys is at fault.
    pub fn new(ed25519: VerifierKey, ml_dsa: Option<CosignerKey>) -> Result<Self, LogKeysError> {
        let refused = |reason| LogKeysError::SecondKey {
            log: ed25519.name().to_owned(),
            reason,
        };
        if let Some(second) = &ml_dsa {
            if second.form() != CosignatureForm::MlDsa44 {
                return Err(refused("expected ML-DSA-44 (type 0x06)"));
            }
            if second.name() != ed25519.name() {
                return Err(refused("it has another name"));
            }
        }
        Ok(Self { ed25519, ml_dsa })
    }

    /// The log's name, its origin.
    pub fn name(&self) -> &str {
        self.ed25519.name()
    }

    /// The key of the first line.
    pub fn ed25519(&self) -> &VerifierKey {
        &self.ed25519
    }

    /// The key of the second line.
    pub fn ml_dsa(&self) -> Option<&CosignerKey> {
        self.ml_dsa.as_ref()
    }

    /// Opens a checkpoint that has the required lines; every line by one of the keys must hold.
    ///
    /// Success proves that holders of the keys signed this size and root for this origin. With
    /// [`RequiredLines::Either`] the rest of what [`Checkpoint::open`] proves follows from one key alone.
    ///
    /// # Errors
    /// [`LogKeysError::Bad`], [`LogKeysError::Missing`] and [`LogKeysError::NoLine`] name the line.
    /// [`LogKeysError::NoSecondKey`] where both lines are required and only one key is known.
    /// [`LogKeysError::Checkpoint`] where the note is malformed, or signed and no checkpoint of this log.
    pub fn open(&self, note: &[u8], required: RequiredLines) -> Result<Checkpoint, LogKeysError> {
        let note = UnverifiedNote::parse(note).map_err(CheckpointError::from)?;
        let has_first = self.has_first_line(&note)?;
        let has_second = self.has_second_line(&note)?;
        let missing = |line| LogKeysError::Missing {
            line,
            log: self.name().to_owned(),
        };
        match required {
            RequiredLines::Either if has_first || has_second => {}
            RequiredLines::Either => {
                return Err(LogKeysError::NoLine {
                    log: self.name().to_owned(),
                });
            }
            RequiredLines::Both if self.ml_dsa.is_none() => {
                return Err(LogKeysError::NoSecondKey {
                    log: self.name().to_owned(),
                });
            }
            RequiredLines::Both if !has_first => return Err(missing(LogLine::Ed25519)),
            RequiredLines::Both if !has_second => return Err(missing(LogLine::MlDsa44)),
            RequiredLines::Both => {}
        }
        Ok(Checkpoint::of_verified(&note, self.name())?)
    }

    fn has_first_line(&self, note: &UnverifiedNote) -> Result<bool, LogKeysError> {
        match note.verify(&self.ed25519) {
            Ok(()) => Ok(true),
            Err(NoteError::NoKnownSignature { .. }) => Ok(false),
            Err(error) => Err(self.bad(LogLine::Ed25519, error.to_string())),
        }
    }

    fn has_second_line(&self, note: &UnverifiedNote) -> Result<bool, LogKeysError> {
        match self.ml_dsa.as_ref().map(|key| key.verify(note)) {
            Some(Ok(_)) => Ok(true),
            None | Some(Err(CosignatureError::NoCosignature { .. })) => Ok(false),
            Some(Err(error)) => Err(self.bad(LogLine::MlDsa44, error.to_string())),
        }
    }

    fn bad(&self, line: LogLine, reason: String) -> LogKeysError {
        LogKeysError::Bad {
            line,
            log: self.name().to_owned(),
            reason,
        }
    }
}
