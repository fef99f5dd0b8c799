//! Errors of the ledger, each saying who is at fault.

use verifier::fault::Fault;
use verifier::index::{LeafIndex, TreeSize};

use crate::cosigning::QuorumTooOld;
use crate::freeze::LogFrozen;
use crate::store::StoreError;

/// Why a submission has no receipt.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The document or its context is refused. The submitter or the signer is at fault.
    #[error("{fault}")]
    Refused {
        /// What is wrong, where.
        fault: Fault,
        /// The `refused` entry that was logged for it.
        refused_entry: Option<LeafIndex>,
        /// The entry of which this is a damaged copy: most likely its members were re-ordered.
        known_index: Option<LeafIndex>,
    },
    /// The queue is full, sequencing is paused or stopping, or storage cannot be read. Nothing new was
    /// logged for this submission; sending it again is safe.
    #[error("the log takes no entries now: {reason}")]
    Unavailable {
        /// Why no entries are taken, for the log and the answer.
        reason: &'static str,
        /// When to try again, seconds.
        retry_after_s: u64,
    },
    /// The log fails closed, and its witnesses are behind. Nothing new was logged for this submission; sending it again is safe, and
    /// a document that the log has is answered with its entry.
    #[error("the log takes no entries now: {0}")]
    QuorumTooOld(#[from] QuorumTooOld),
    /// The log has ended. Nothing was logged for this submission, and nothing will be; a document that the log has is answered with its
    /// entry.
    #[error(transparent)]
    Frozen(#[from] LogFrozen),
    /// The store answered "perhaps": the process stops, and the entry may or may not be in the log.
    /// Sending it again is safe: a known document is answered with its entry.
    #[error("the outcome is unknown, the server stops")]
    Unknown,
}

/// Why something could not be read. Ours or the storage's fault, never "not found".
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The store failed.
    #[error("storage failed: {0}")]
    Storage(String),
    /// What is stored does not hash to what is signed.
    #[error("{what} does not match the signed log: expected {expected}, found {found}")]
    Corrupt {
        /// Which object.
        what: String,
        /// What the signed log says.
        expected: String,
        /// What the store gave.
        found: String,
    },
    /// The caller is gone: the rest of the work was left undone.
    #[error("nobody waits for the answer any more")]
    Abandoned,
    /// Beyond the published head: the caller asks for the future.
    #[error("{what} {asked} is beyond the published tree size {size}")]
    Beyond {
        /// What was asked for.
        what: &'static str,
        /// The index or size that was asked for.
        asked: u64,
        /// Published tree size.
        size: u64,
    },
}

/// Why the log was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No log in there.
    #[error("no log was ever created here")]
    NoLog,
    /// Any doubt, named: wrong key, wrong origin, root mismatch, store behind the high-water file,
    /// damaged data.
    #[error("refused to start: {0}")]
    Refused(String),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be read or written.
    #[error("{0}")]
    Io(String),
}

impl ReadError {
    /// Something in the store is not what the signed log says.
    pub fn corrupt(
        what: impl Into<String>,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) -> Self {
        Self::Corrupt {
            what: what.into(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    /// An index or a size that the tree does not reach yet.
    pub fn beyond(what: &'static str, asked: u64, size: TreeSize) -> Self {
        Self::Beyond {
            what,
            asked,
            size: size.value(),
        }
    }
}
