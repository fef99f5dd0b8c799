//! Reading parts of one stored run.

use verifier::runs::RunDescriptor;

use crate::error::ReadError;
use crate::store::{LogStore, RunPartKey};

/// A run in a store, as an index.root describes it.
#[derive(Clone, Copy)]
pub(crate) struct RunParts<'a> {
    store: &'a dyn LogStore,
    pub(crate) run: RunDescriptor,
}

impl<'a> RunParts<'a> {
    pub(crate) fn new(store: &'a dyn LogStore, run: RunDescriptor) -> Self {
        Self { store, run }
    }

    /// A part; `None` where the store has none of this name.
    pub(crate) fn find(&self, key: RunPartKey) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.store.run_parts(self.run.range, &[key])?.pop().flatten())
    }

    /// A part that the run must have.
    pub(crate) fn part(&self, key: RunPartKey) -> Result<Vec<u8>, ReadError> {
        // Runs that no index.root names any more are dropped after some minutes: who asks again is answered from newer ones.
        self.find(key)?.ok_or_else(|| {
            ReadError::Storage(format!("the run {} is not in the store any more", self.run.range))
        })
    }

    /// A part of it is not what the run must have.
    pub(crate) fn damaged(&self, what: &str, number: u64) -> ReadError {
        ReadError::corrupt(
            super::stored_run(self.run.range),
            format!("{what} {number}"),
            "something else",
        )
    }
}
