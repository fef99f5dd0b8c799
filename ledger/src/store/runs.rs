//! Storage for the sorted runs of the authenticated index: whole runs in parts, which can be made again from the log.

use super::StoreError;
use verifier::runs::{RunDescriptor, RunRange};

/// One run that is complete in the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoredRun {
    /// What an index.root says of it.
    pub descriptor: RunDescriptor,
    /// The number of its rows.
    pub rows: u64,
}

/// The name of a part of a run. What a part holds is the caller's business.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct RunPartKey {
    /// Which of the caller's lists of parts.
    pub part: u8,
    /// The place in this list.
    pub number: u64,
}

/// Where sorted runs are kept. The rules of the store say when a run is there, and what a crash leaves of it.
pub trait RunStore: Send + Sync + std::fmt::Debug + 'static {
    /// Puts parts of a run that is being written; a part that is there already is replaced. Nothing is durable yet, and the run
    /// is not listed.
    ///
    /// # Errors
    /// [`StoreError::RunComplete`] where the run is listed: nothing was put. Any other error where the storage failed: each
    /// part may be there or not, and the caller may put all of them again.
    fn put_run_parts(&self, range: RunRange, parts: &[(RunPartKey, Vec<u8>)]) -> Result<(), StoreError>;

    /// Completes a run: on return it and every part that was put before are durable, and it is listed.
    ///
    /// # Errors
    /// [`StoreError::RunComplete`] where the run is listed with another root or other numbers. Any other error where the
    /// storage failed: the run may be listed or not, and the caller may call again, or drop the run.
    fn finish_run(&self, run: &StoredRun) -> Result<(), StoreError>;

    /// The complete runs, ascending by begin, then end.
    ///
    /// # Errors
    /// As every read; one run that cannot be read fails the list.
    fn runs(&self) -> Result<Vec<StoredRun>, StoreError>;

    /// Parts of a run in the order of the list; `None` where there is no such part. At most
    /// [`READ_LIMIT_MAX`](super::READ_LIMIT_MAX).
    ///
    /// # Errors
    /// As every read, and [`StoreError::TooMany`]; that there is no such part or run is no error.
    fn run_parts(&self, range: RunRange, parts: &[RunPartKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// Takes a run and all its parts away, complete or not. That there is none is no error.
    ///
    /// # Errors
    /// Where the storage failed: the whole run is there, or nothing of it.
    fn drop_run(&self, range: RunRange) -> Result<(), StoreError>;

    /// Takes away the parts of every run that is not complete, as a crash leaves them. The caller writes no run meanwhile.
    ///
    /// # Errors
    /// Where the storage failed: some of them may be left, and the caller may call again.
    fn drop_unfinished_runs(&self) -> Result<(), StoreError>;
}
