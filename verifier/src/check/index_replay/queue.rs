//! The rows of entries that no index.root covers yet, in the order of the log.

use std::collections::VecDeque;
use std::vec;

use super::limits::RowLimits;
use super::space::{RowSpace, RowSpaceError};
use super::spilled::{RowBytes, SpilledRows};
use crate::index::TreeSize;
use crate::runs::IndexRow;

/// First in, first out: each row is taken once, however the index.root entries cut the log into runs.
#[derive(Debug, Default)]
pub(super) struct RowQueue {
    /// The oldest: a block that was read from the file.
    block: vec::IntoIter<RowBytes>,
    /// Behind the block.
    spilled: Option<SpilledRows>,
    /// The newest.
    newest: VecDeque<RowBytes>,
}

impl RowQueue {
    /// Puts a row behind all others.
    pub(super) fn push(
        &mut self,
        row: &IndexRow,
        limits: &RowLimits,
        space: &mut dyn RowSpace,
    ) -> Result<(), RowSpaceError> {
        self.newest.push_back(row.to_bytes());
        if self.newest.len() < limits.queue {
            return Ok(());
        }
        let mut spilled = match self.spilled.take() {
            Some(spilled) => spilled,
            None => SpilledRows::create(space, limits)?,
        };
        // Full blocks only, since more can follow.
        while self.newest.len() >= limits.block {
            let block: Vec<RowBytes> = self.newest.drain(..limits.block).collect();
            spilled.append(&block)?;
        }
        self.spilled = Some(spilled);
        Ok(())
    }

    /// Takes all rows, oldest first, unless there are more than `max`.
    pub(super) fn take_all(&mut self, max: usize) -> Result<Option<Vec<RowBytes>>, RowSpaceError> {
        let mut rows: Vec<RowBytes> = Vec::new();
        loop {
            self.refill()?;
            rows.extend(self.block.by_ref());
            if rows.len() > max {
                return Ok(None);
            }
            if self.spilled.is_none() {
                break;
            }
        }
        rows.extend(self.newest.drain(..));
        Ok((rows.len() <= max).then_some(rows))
    }

    /// Rows that an earlier replay had not taken yet, oldest first.
    pub(super) fn of_rows(rows: Vec<RowBytes>) -> Self {
        Self {
            block: rows.into_iter(),
            ..Self::default()
        }
    }

    /// Takes the oldest row, if its entry is below `end`.
    pub(super) fn next_below(&mut self, end: TreeSize) -> Result<Option<IndexRow>, RowSpaceError> {
        self.refill()?;
        let oldest = self.block.as_slice().first().or_else(|| self.newest.front());
        let oldest = oldest.and_then(IndexRow::from_bytes);
        let Some(row) = oldest.filter(|row| end.contains(row.index())) else {
            return Ok(None);
        };
        if self.block.next().is_none() {
            self.newest.pop_front();
        }
        Ok(Some(row))
    }

    /// Reads the next block once the one in front was taken. A file that was read is dropped.
    fn refill(&mut self) -> Result<(), RowSpaceError> {
        if self.block.as_slice().is_empty()
            && let Some(spilled) = &mut self.spilled
        {
            match spilled.next_block()? {
                Some(block) => self.block = block.into_iter(),
                None => self.spilled = None,
            }
        }
        Ok(())
    }
}
