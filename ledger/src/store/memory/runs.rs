//! Sorted runs in memory.

use super::{MemoryState, MemoryStore};
#[cfg(feature = "testing")]
use super::{ReadObject, RunStep};
use crate::store::{RunPartKey, RunStore, StoreError, StoredRun, within_limit};
use std::collections::BTreeMap;
use verifier::index::TreeSize;
use verifier::runs::RunRange;

/// Runs by begin and end.
pub(super) type MemoryRuns = BTreeMap<(TreeSize, TreeSize), MemoryRun>;

/// One run, complete or not.
#[derive(Debug, Default)]
pub(super) struct MemoryRun {
    complete: Option<StoredRun>,
    parts: BTreeMap<RunPartKey, Vec<u8>>,
}

impl MemoryState {
    /// The run that may be written; none of its parts need be there.
    fn unfinished(&mut self, range: RunRange) -> Result<&mut MemoryRun, StoreError> {
        let run = self.runs.entry(place(range)).or_default();
        match run.complete {
            Some(_) => Err(StoreError::RunComplete { range }),
            None => Ok(run),
        }
    }
}

impl RunStore for MemoryStore {
    fn put_run_parts(&self, range: RunRange, parts: &[(RunPartKey, Vec<u8>)]) -> Result<(), StoreError> {
        #[cfg(feature = "testing")]
        self.faults.before_run(RunStep::Put)?;
        let mut state = self.change()?;
        state.unfinished(range)?.parts.extend(parts.iter().cloned());
        Ok(())
    }

    fn finish_run(&self, run: &StoredRun) -> Result<(), StoreError> {
        #[cfg(feature = "testing")]
        self.faults.before_run(RunStep::Finish)?;
        let range = run.descriptor.range;
        let mut state = self.change()?;
        let there = state.runs.get(&place(range)).and_then(|there| there.complete);
        if there != Some(*run) {
            state.unfinished(range)?.complete = Some(*run);
        }
        #[cfg(feature = "testing")]
        self.faults.before_run(RunStep::AnswerFinish)?;
        Ok(())
    }

    fn runs(&self) -> Result<Vec<StoredRun>, StoreError> {
        #[cfg(feature = "testing")]
        self.faults.before_read(ReadObject::Runs)?;
        let state = self.read()?;
        Ok(state.runs.values().filter_map(|run| run.complete).collect())
    }

    fn run_parts(&self, range: RunRange, parts: &[RunPartKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        within_limit(parts)?;
        let state = self.read()?;
        let run = state.runs.get(&place(range));
        let found = parts.iter().map(|part| run?.parts.get(part).cloned());
        #[cfg(feature = "testing")]
        let found = self.faults.after_list(ReadObject::RunPart, found)?;
        Ok(found.collect())
    }

    fn drop_run(&self, range: RunRange) -> Result<(), StoreError> {
        #[cfg(feature = "testing")]
        self.faults.before_run(RunStep::Drop)?;
        self.change()?.runs.remove(&place(range));
        Ok(())
    }

    fn drop_unfinished_runs(&self) -> Result<(), StoreError> {
        #[cfg(feature = "testing")]
        self.faults.before_run(RunStep::Drop)?;
        self.change()?.runs.retain(|_, run| run.complete.is_some());
        Ok(())
    }
}

fn place(range: RunRange) -> (TreeSize, TreeSize) {
    (range.begin(), range.end())
}
