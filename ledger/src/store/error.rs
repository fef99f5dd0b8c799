//! How a store fails.

use verifier::index::TreeSize;
use verifier::runs::RunRange;

/// Outcome of a failed commit. The three differ in what the caller may do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The head is not the expected one; nothing was written.
    #[error("the head is {found:?}, expected {expected:?}")]
    Conflict {
        /// Expected; `None`: no log.
        expected: Option<TreeSize>,
        /// Found; `None`: no log.
        found: Option<TreeSize>,
    },
    /// Certainly nothing was written; a retry is safe.
    #[error("nothing was written: {0}")]
    NotApplied(String),
    /// It may have been applied: the process MUST stop and reload.
    #[error("the outcome of the write is unknown: {0}")]
    Unknown(String),
}

/// A failed read or an unusable store. Never "not found".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The engine failed.
    #[error("storage failed: {0}")]
    Engine(String),
    /// Another process writes to the log: nobody is at fault but who started this one.
    #[error("another ledgerd has this log open: {}", path.display())]
    InUse {
        /// The directory that it holds.
        path: std::path::PathBuf,
    },
    /// What is stored is not of the form that this version writes.
    #[error("{what} is damaged: {detail}")]
    Damaged {
        /// Which object.
        what: String,
        /// What is wrong with the object.
        detail: String,
    },
    /// One call asked for more than a call may. The caller is at fault.
    #[error("{asked} items were asked for in one call, at most {max} are answered")]
    TooMany {
        /// Items that were asked for.
        asked: usize,
        /// Items that one call may ask for.
        max: usize,
    },
    /// A sorted run that is complete takes no more parts. The caller is at fault, and may drop the run.
    #[error("run {range} is complete and does not change")]
    RunComplete {
        /// The entries of the run.
        range: RunRange,
    },
    /// Another on-disk format.
    #[error("on-disk format {found}, this version reads {expected}")]
    Format {
        /// The format that this version reads.
        expected: u32,
        /// The format of the stored log.
        found: u32,
    },
}

impl StoreError {
    /// A damaged object, named.
    pub fn damaged(what: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Damaged {
            what: what.into(),
            detail: detail.into(),
        }
    }
}
