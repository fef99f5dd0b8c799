//! One join: several runs that follow each other become one, a few rows at a time.

use std::sync::Arc;

use verifier::runs::{MergedRows, RunRange};

use super::stored_rows::StoredRows;
use super::writer::NewRun;
use crate::error::ReadError;
use crate::store::{LogStore, StoredRun};

/// A join under way. It holds some blocks of each run, and the parts that are not in the store yet. The rows of each run are held against
/// its root before the joined one is complete.
pub(super) struct Join {
    range: RunRange,
    rows: MergedRows<StoredRows<Arc<dyn LogStore>>>,
    new: NewRun,
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
            rows: MergedRows::new(rows)?,
            new: NewRun::start(store, range),
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
                return self.new.finish().map(JoinStep::Done);
            };
            self.new.push(row)?;
        }
        Ok(JoinStep::Pending(Box::new(self)))
    }
}

/// How far a join is.
pub(super) enum JoinStep {
    /// Rows are left.
    Pending(Box<Join>),
    /// The joined run, which is durable.
    Done(StoredRun),
}
