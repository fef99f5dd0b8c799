//! What the index of a log is when the log is opened.

use std::sync::Arc;

use verifier::index::TreeSize;
use verifier::runs::RunRange;

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
    /// The runs that it names, and those behind them that were built and not named yet.
    pub(super) runs: Vec<StoredRun>,
    /// Complete runs that are needed no more.
    pub(super) unused: Vec<RunRange>,
}

impl StartedIndex {
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
        let mut stored = store.runs()?;
        let covered = named.as_ref().map_or(0, |root| root.list.covered().value());
        let mut runs = Vec::new();
        for descriptor in named.iter().flat_map(|root| root.list.runs()) {
            let found = stored.iter().position(|run| run.descriptor == *descriptor);
            let run = if let Some(place) = found {
                stored.swap_remove(place)
            } else {
                tracing::warn!(run = %descriptor.range, "a run of the index is missing or differs; it is built again");
                clear(store, &mut stored, descriptor.range)?;
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
        go_on(&mut runs, &mut stored, reader.published().head.tree.size);
        let unused = stored.iter().map(|run| run.descriptor.range).collect();
        Ok(Self { named, runs, unused })
    }
}

/// Drops every run inside of a range. A run that is named stands in no other run's range.
fn clear(store: &Arc<dyn LogStore>, stored: &mut Vec<StoredRun>, range: RunRange) -> Result<(), OpenError> {
    let (inside, rest): (Vec<_>, Vec<_>) = stored.drain(..).partition(|run| {
        let found = run.descriptor.range;
        range.begin() <= found.begin() && found.end() <= range.end()
    });
    *stored = rest;
    for run in inside {
        store.drop_run(run.descriptor.range)?;
    }
    Ok(())
}

/// Takes stored runs that follow the named ones, the longest first.
fn go_on(runs: &mut Vec<StoredRun>, stored: &mut Vec<StoredRun>, size: TreeSize) {
    loop {
        let end = runs
            .last()
            .map_or(TreeSize::new(0), |run| run.descriptor.range.end());
        let follows =
            |run: &StoredRun| run.descriptor.range.begin() == end && run.descriptor.range.end() <= size;
        let longest = stored
            .iter()
            .enumerate()
            .filter(|(_, run)| follows(run))
            .max_by_key(|(_, run)| run.descriptor.range.end());
        let Some((place, _)) = longest else {
            return;
        };
        runs.push(stored.swap_remove(place));
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
