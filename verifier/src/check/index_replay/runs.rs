//! Computing the runs of every index.root again, from rows of the entries.

use super::limits::RowLimits;
use super::queue::RowQueue;
use super::sort::RowSorter;
use super::space::{MemorySpace, RowSpace, RowSpaceError};
use super::spilled::{KeptRows, RowBytes, RowKeeper};
use crate::runs::{IndexRow, MergedRows, RunBuilder, RunDescriptor, RunList, RunRange};

/// A run of an index.root is not the one that the entries give. The one who wrote the log is at fault.
#[derive(Debug, thiserror::Error)]
#[error(
    "its run {} has {}, and the entries give {}",
    found.range, pages_of(found), pages_of(expected)
)]
pub(super) struct RunFault {
    expected: RunDescriptor,
    found: RunDescriptor,
}

fn pages_of(run: &RunDescriptor) -> String {
    let plural = if run.pages == 1 { "" } else { "s" };
    format!("{} page{plural} with the root {}", run.pages, run.root)
}

/// Why a list was not found right.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListError {
    /// It is wrong.
    #[error(transparent)]
    False(#[from] RunFault),
    /// It was not computed.
    #[error(transparent)]
    Space(#[from] RowSpaceError),
}

/// A run as it was computed here.
#[derive(Debug)]
pub(super) struct ComputedRun {
    pub(super) descriptor: RunDescriptor,
    pub(super) rows: KeptRows,
}

/// The runs of the newest list, and the rows that wait for the next one.
#[derive(Debug)]
pub(super) struct RunReplay {
    pub(super) limits: RowLimits,
    pub(super) space: Box<dyn RowSpace>,
    pub(super) queue: RowQueue,
    /// In the order of the log, without gaps.
    pub(super) runs: Vec<ComputedRun>,
    /// Rows of these runs that are in memory.
    rows_in_memory: u64,
    /// How many runs were computed.
    computed: u64,
}

impl Default for RunReplay {
    fn default() -> Self {
        Self::new(Box::new(MemorySpace), RowLimits::default())
    }
}

impl RunReplay {
    pub(super) fn new(space: Box<dyn RowSpace>, limits: RowLimits) -> Self {
        Self {
            limits,
            space,
            queue: RowQueue::default(),
            runs: Vec::new(),
            rows_in_memory: 0,
            computed: 0,
        }
    }

    /// Goes on with the runs of the newest list, whose rows are in files, and with the rows that wait.
    pub(super) fn resume(
        space: Box<dyn RowSpace>,
        limits: RowLimits,
        runs: Vec<ComputedRun>,
        waiting: Vec<RowBytes>,
    ) -> Self {
        Self {
            runs,
            queue: RowQueue::of_rows(waiting),
            ..Self::new(space, limits)
        }
    }

    /// How many runs were computed.
    pub(super) fn computed(&self) -> u64 {
        self.computed
    }

    /// Takes the rows of the next entry.
    pub(super) fn take_rows(&mut self, rows: &[IndexRow]) -> Result<(), RowSpaceError> {
        for row in rows {
            self.queue.push(row, &self.limits, self.space.as_mut())?;
        }
        Ok(())
    }

    /// Compares each run of a list with the one that the entries give. The list may follow the one before.
    pub(super) fn check(&mut self, list: &RunList) -> Result<(), ListError> {
        let mut before = std::mem::take(&mut self.runs).into_iter().peekable();
        for found in list.runs() {
            let mut parts = Vec::new();
            while let Some(part) = before.next_if(|part| part.descriptor.range.end() <= found.range.end()) {
                parts.push(part);
            }
            let run = match parts.pop_if(|part| part.descriptor.range == found.range) {
                // It was computed for an earlier list. Every part ends in it, so that it was the only one.
                Some(unchanged) => unchanged,
                None => self.join(found.range, parts)?,
            };
            if run.descriptor != *found {
                let fault = RunFault {
                    expected: run.descriptor,
                    found: *found,
                };
                return Err(fault.into());
            }
            self.runs.push(run);
        }
        Ok(())
    }

    /// Computes a run from the earlier ones that it joins, and the rows of the entries behind them.
    fn join(&mut self, range: RunRange, parts: Vec<ComputedRun>) -> Result<ComputedRun, RowSpaceError> {
        let mut sorter = RowSorter::default();
        while let Some(row) = self.queue.next_below(range.end())? {
            sorter.push(&row, &self.limits, self.space.as_mut())?;
        }
        let freed: u64 = parts.iter().map(|part| part.rows.rows_in_memory()).sum();
        let mut sources = sorter.finish();
        sources.extend(parts.into_iter().map(|part| part.rows));
        let rows = sources.iter().map(KeptRows::rows).sum();
        // The parts are in memory up to the end.
        let mut keeper = if self.rows_in_memory.saturating_add(rows) <= self.limits.runs {
            RowKeeper::in_memory(rows)
        } else {
            RowKeeper::in_file(self.space.as_mut(), &self.limits)?
        };
        let mut builder = RunBuilder::new(range, ());
        for row in MergedRows::new(sources.into_iter().map(KeptRows::into_rows).collect())? {
            let row = row?;
            builder.push(row).map_err(RowSpaceError::Order)?;
            keeper.push(&row)?;
        }
        let (descriptor, ()) = builder.finish().map_err(RowSpaceError::Order)?;
        let rows = keeper.finish()?;
        self.rows_in_memory = self
            .rows_in_memory
            .saturating_add(rows.rows_in_memory())
            .saturating_sub(freed);
        self.computed = self.computed.saturating_add(1);
        Ok(ComputedRun { descriptor, rows })
    }
}
