//! The runs of a log, and the joins that are under way.
//!
//! Joins go on a few rows at a time, so that a long one keeps no newer run from being built and named. While one is under way the
//! newer runs are joined by the same rule among themselves, and the newest, smallest join goes first: otherwise runs would pile up
//! behind a long one (`schemas/index.md` §3).

use std::sync::Arc;

use verifier::index::TreeSize;
use verifier::runs::{RunDescriptor, RunRange, runs_to_join, runs_to_join_when_quiet};

use super::join::{Join, JoinStep};
use crate::error::ReadError;
use crate::store::{LogStore, StoredRun};

/// Complete runs that follow each other.
pub(super) struct RunStack {
    store: Arc<dyn LogStore>,
    begin: TreeSize,
    /// Oldest first.
    runs: Vec<StoredRun>,
    /// Oldest first; each is of runs behind those of the one in front.
    joins: Vec<Join>,
    /// Runs that were joined since they were last asked for.
    replaced: Vec<RunRange>,
}

impl RunStack {
    /// Runs that follow each other, the first of which begins at a size.
    pub(super) fn new(store: &Arc<dyn LogStore>, begin: TreeSize, runs: Vec<StoredRun>) -> Self {
        Self {
            store: Arc::clone(store),
            begin,
            runs,
            joins: Vec::new(),
            replaced: Vec::new(),
        }
    }

    /// The size up to which entries are in a run.
    pub(super) fn end(&self) -> TreeSize {
        let last = self.runs.last();
        last.map_or(self.begin, |run| run.descriptor.range.end())
    }

    /// The complete runs.
    pub(super) fn descriptors(&self) -> Vec<RunDescriptor> {
        self.runs.iter().map(|run| run.descriptor).collect()
    }

    /// Whether a run is one of these, or was until lately.
    pub(super) fn holds(&self, range: RunRange) -> bool {
        self.runs.iter().any(|run| run.descriptor.range == range) || self.replaced.contains(&range)
    }

    /// Takes the run that follows, and begins to join what the rule says.
    pub(super) fn push(&mut self, run: StoredRun) -> Result<(), ReadError> {
        self.runs.push(run);
        self.plan()
    }

    /// Whether a join is under way.
    pub(super) fn is_joining(&self) -> bool {
        !self.joins.is_empty()
    }

    /// Goes on with the newest join, by up to `rows` rows; whether one was finished.
    pub(super) fn advance(&mut self, rows: usize) -> Result<bool, ReadError> {
        let Some(join) = self.joins.pop() else {
            return Ok(false);
        };
        match join.advance(rows)? {
            JoinStep::Pending(join) => {
                self.joins.push(*join);
                Ok(false)
            }
            JoinStep::Done(run) => {
                self.replace(run);
                self.plan()?;
                Ok(true)
            }
        }
    }

    /// Begins the join that the rule says of a quiet log, unless some runs are being joined; whether there was one.
    pub(super) fn join_when_quiet(&mut self) -> Result<bool, ReadError> {
        let rows: Vec<u64> = self.runs.iter().map(|run| run.rows).collect();
        let joined = runs_to_join_when_quiet(&rows).and_then(|first| self.runs.get(first..));
        let Some(joined) = joined.filter(|_| self.joins.is_empty()) else {
            return Ok(false);
        };
        self.joins.extend(Join::start(&self.store, joined)?);
        Ok(true)
    }

    /// Begins to join all runs, unless some are being joined.
    pub(super) fn join_all(&mut self) -> Result<(), ReadError> {
        if self.joins.is_empty() && self.runs.len() > 1 {
            self.joins.extend(Join::start(&self.store, &self.runs)?);
        }
        Ok(())
    }

    /// Leaves off every join, after one that failed: it is begun again with the next run.
    pub(super) fn leave_off(&mut self) {
        self.joins.clear();
    }

    /// The runs that others took the place of since the last call.
    pub(super) fn take_replaced(&mut self) -> Vec<RunRange> {
        std::mem::take(&mut self.replaced)
    }

    /// The one run that all were joined to; `None` where there are more, or none.
    pub(super) fn into_whole(self) -> Option<StoredRun> {
        match self.runs.as_slice() {
            [run] => Some(*run),
            _ => None,
        }
    }

    /// Begins the join that the rule says of the runs behind those that are being joined.
    fn plan(&mut self) -> Result<(), ReadError> {
        let begin = self.joins.last().map_or(self.begin, |join| join.range().end());
        let first = self
            .runs
            .partition_point(|run| run.descriptor.range.begin() < begin);
        let free = self.runs.get(first..).unwrap_or_default();
        let rows: Vec<u64> = free.iter().map(|run| run.rows).collect();
        if let Some(joined) = runs_to_join(&rows).and_then(|first| free.get(first..)) {
            self.joins.extend(Join::start(&self.store, joined)?);
        }
        Ok(())
    }

    fn replace(&mut self, joined: StoredRun) {
        let range = joined.descriptor.range;
        let first = self
            .runs
            .partition_point(|run| run.descriptor.range.begin() < range.begin());
        let end = self
            .runs
            .partition_point(|run| run.descriptor.range.end() <= range.end());
        let old = self.runs.splice(first..end, [joined]);
        self.replaced.extend(old.map(|run| run.descriptor.range));
    }
}
