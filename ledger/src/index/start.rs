//! What the index of a log is when the log is opened.

use std::sync::Arc;

use verifier::index::TreeSize;
use verifier::runs::{RunList, RunRange};

use super::build::{ENTRIES_MAX, build};
use super::root::IndexRoot;
use super::stack::RunStack;
use crate::error::{OpenError, ReadError};
use crate::reader::Reader;
use crate::store::{LogStore, StoredRun};

/// Rows that are joined in one call; nobody waits for the time in between.
const ROWS_AT_ONCE: usize = 1 << 20;

/// The runs that a log goes on with.
pub(crate) struct StartedIndex {
    /// The newest index.root.
    pub(super) named: Option<IndexRoot>,
    /// The runs that it names.
    pub(super) runs: Vec<StoredRun>,
}

impl StartedIndex {
    /// The list of its runs; `None` where no index.root names any.
    pub(crate) fn list(&self) -> Option<&RunList> {
        self.named.as_ref().map(|root| &root.list)
    }

    /// Finds the runs of the newest index.root. Those that are missing, or are not what it says, are built again from entries:
    /// `progress(done, total)` is called in entries after each part of that.
    ///
    /// # Errors
    /// [`OpenError::Refused`] where the entries give another run than the index.root says: the store or the log was changed.
    /// [`OpenError::Store`] where the store failed.
    pub(crate) fn find(
        reader: &Reader,
        store: &Arc<dyn LogStore>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, OpenError> {
        store.drop_unfinished_runs()?;
        let named = reader.newest_index_root().map_err(|error| refused(&error))?;
        let list = named.as_ref().map_or(&[][..], |root| root.list.runs());
        let (kept, rest): (Vec<_>, Vec<_>) = store
            .runs()?
            .into_iter()
            .partition(|run| list.contains(&run.descriptor));
        // Nobody vouches for a run that no index.root names, and nobody makes a proof from it yet, or any more.
        for run in rest {
            store.drop_run(run.descriptor.range)?;
        }
        let covered = named.as_ref().map_or(0, |root| root.list.covered().value());
        let mut runs = Vec::with_capacity(list.len());
        for descriptor in list {
            let found = kept.iter().find(|run| run.descriptor == *descriptor);
            let run = if let Some(run) = found {
                *run
            } else {
                tracing::warn!(run = %descriptor.range, "a run of the index is missing or differs; it is built again");
                rebuild(reader, store, descriptor.range, &mut |done| {
                    progress(done, covered);
                })
                .map_err(|error| refused(&error))?
            };
            if run.descriptor != *descriptor {
                return Err(OpenError::Refused(format!(
                    "the entries of the run {} give {} pages and the root {}, the newest index.root says {} and {}",
                    descriptor.range,
                    run.descriptor.pages,
                    run.descriptor.root,
                    descriptor.pages,
                    descriptor.root
                )));
            }
            runs.push(run);
        }
        Ok(Self { named, runs })
    }
}

/// Builds one run from entries, in memory that does not grow with it. `progress` is given the size of the log up to which that is done.
fn rebuild(
    reader: &Reader,
    store: &Arc<dyn LogStore>,
    range: RunRange,
    progress: &mut dyn FnMut(u64),
) -> Result<StoredRun, ReadError> {
    let mut stack = RunStack::new(store, range.begin(), Vec::new());
    while let Some(rest) = RunRange::new(stack.end(), range.end()) {
        let end = rest
            .begin()
            .value()
            .saturating_add(ENTRIES_MAX)
            .min(rest.end().value());
        if let Some(next) = RunRange::new(rest.begin(), TreeSize::new(end)) {
            stack.push(build(reader, store, next)?)?;
        }
        finish_joins(&mut stack)?;
        progress(end);
    }
    stack.join_all()?;
    finish_joins(&mut stack)?;
    for part in stack.take_replaced() {
        store.drop_run(part)?;
    }
    stack
        .into_whole()
        .ok_or_else(|| ReadError::corrupt(format!("the run {range}"), "entries", "none"))
}

fn finish_joins(stack: &mut RunStack) -> Result<(), ReadError> {
    while stack.is_joining() {
        stack.advance(ROWS_AT_ONCE)?;
    }
    Ok(())
}

fn refused(error: &ReadError) -> OpenError {
    OpenError::Refused(format!("the index: {error}"))
}
