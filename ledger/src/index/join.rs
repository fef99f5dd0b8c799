//! One join: several runs that follow each other become one, a few rows at a time.

use std::sync::Arc;

use verifier::runs::{MergedRows, RunRange};

use super::stored_rows::StoredRows;
use super::writer::NewRun;
use crate::error::ReadError;
use crate::store::{LogStore, StoredRun};

/// A join under way. It holds one page of each run, and the parts that are not in the store yet.
pub(super) struct Join {
    range: RunRange,
    /// Rows of the runs that are joined.
    expected: u64,
    rows: MergedRows<StoredRows<Arc<dyn LogStore>>>,
    new: NewRun,
    written: u64,
}

impl Join {
    /// Begins to join runs that follow each other; `None` where there are none.
    pub(super) fn start(store: &Arc<dyn LogStore>, runs: &[StoredRun]) -> Result<Option<Self>, ReadError> {
        let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
            return Ok(None);
        };
        let Some(range) = RunRange::new(first.descriptor.range.begin(), last.descriptor.range.end()) else {
            return Ok(None);
        };
        let rows = runs
            .iter()
            .map(|run| StoredRows::new(Arc::clone(store), run))
            .collect();
        Ok(Some(Self {
            range,
            expected: runs.iter().fold(0, |sum, run| sum.saturating_add(run.rows)),
            rows: MergedRows::new(rows)?,
            new: NewRun::start(store, range),
            written: 0,
        }))
    }

    /// The entries of the joined run.
    pub(super) fn range(&self) -> RunRange {
        self.range
    }

    /// Joins up to `budget` rows more.
    pub(super) fn advance(mut self, budget: usize) -> Result<JoinStep, ReadError> {
        for _ in 0..budget {
            let Some(row) = self.rows.next().transpose()? else {
                return self.finish().map(JoinStep::Done);
            };
            self.new.push(row)?;
            self.written = self.written.saturating_add(1);
        }
        Ok(JoinStep::Pending(Box::new(self)))
    }

    fn finish(self) -> Result<StoredRun, ReadError> {
        if self.written != self.expected {
            return Err(ReadError::corrupt(
                format!("the parts of the run {}", self.range),
                format!("{} rows", self.expected),
                format!("{} rows", self.written),
            ));
        }
        self.new.finish()
    }
}

/// How far a join is.
pub(super) enum JoinStep {
    /// Rows are left.
    Pending(Box<Join>),
    /// The joined run, which is durable.
    Done(StoredRun),
}
