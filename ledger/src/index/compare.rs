//! Whether the parts of a stored run are those that its rows give.

use verifier::runs::{BuildError, RunBuilder, RunRange};

use super::stored_rows::StoredRows;
use super::writer::{PartCutter, PartSink};
use crate::error::ReadError;
use crate::store::{LogStore, READ_LIMIT_MAX, RunPartKey, StoreError, StoredRun};

/// What a stored run is worth.
pub(crate) enum RunState {
    /// Proofs can be made from it.
    Whole,
    /// Something is missing or not what it should be.
    Damaged(String),
}

/// Builds a run again from its own rows, and compares pages, separators, hashes and root with what is stored. Whether the root is that of
/// the entries, the one who names it knows.
///
/// # Errors
/// Where the store failed to answer. A part that it finds damaged is no error.
pub(crate) fn compare_run(store: &dyn LogStore, run: &StoredRun) -> Result<RunState, StoreError> {
    match rebuilt(store, run) {
        Ok(()) => Ok(RunState::Whole),
        Err(CompareError::Damaged(what)) => Ok(RunState::Damaged(what)),
        Err(CompareError::Store(error)) => Err(error),
    }
}

fn rebuilt(store: &dyn LogStore, run: &StoredRun) -> Result<(), CompareError> {
    let range = run.descriptor.range;
    let mut builder = RunBuilder::new(range, PartCutter::new(StoredParts { store, range }));
    let mut rows = 0_u64;
    for row in StoredRows::new(store, run) {
        builder.push(row?)?;
        rows = rows.saturating_add(1);
    }
    // The root was compared with the last row.
    let (_, cutter) = builder.finish()?;
    cutter.finish()?;
    if rows != run.rows {
        return Err(CompareError::Damaged(format!(
            "it has {rows} rows, expected {}",
            run.rows
        )));
    }
    Ok(())
}

/// Why a run was not found whole.
enum CompareError {
    Damaged(String),
    Store(StoreError),
}

impl From<StoreError> for CompareError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged { .. } => Self::Damaged(error.to_string()),
            error => Self::Store(error),
        }
    }
}

impl From<ReadError> for CompareError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Storage(error) => Self::Store(StoreError::Engine(error)),
            error => Self::Damaged(error.to_string()),
        }
    }
}

impl From<BuildError<Self>> for CompareError {
    fn from(error: BuildError<Self>) -> Self {
        match error {
            BuildError::Sink(error) => error,
            BuildError::Unsorted { .. } => Self::Damaged("its rows are not sorted".to_owned()),
            _ => Self::Damaged("it has a row of an entry outside of it".to_owned()),
        }
    }
}

/// Compares parts with those in the store.
struct StoredParts<'a> {
    store: &'a dyn LogStore,
    range: RunRange,
}

impl PartSink for StoredParts<'_> {
    type Error = CompareError;

    fn take(&mut self, parts: &[(RunPartKey, Vec<u8>)]) -> Result<(), CompareError> {
        for parts in parts.chunks(READ_LIMIT_MAX) {
            let keys: Vec<RunPartKey> = parts.iter().map(|(key, _)| *key).collect();
            let found = self.store.run_parts(self.range, &keys)?;
            for ((key, expected), found) in parts.iter().zip(found) {
                let what = match found {
                    Some(found) if found == *expected => continue,
                    Some(_) => "is not what its rows give",
                    None => "is missing",
                };
                let RunPartKey { part, number } = key;
                return Err(CompareError::Damaged(format!(
                    "number {number} of its parts {part} {what}"
                )));
            }
        }
        Ok(())
    }
}
