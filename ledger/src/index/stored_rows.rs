//! The rows of a stored run, in order.

use std::sync::Arc;

use verifier::runs::{IndexRow, RunRange, rows_of_page};

use super::part::{BLOCK_PAGES, block_part, read_page};
use crate::error::ReadError;
use crate::store::{LogStore, StoredRun};

/// Blocks that are read together: some 40 KB.
const BLOCKS_AT_ONCE: u64 = 8;

/// Reads a run from its first row to its last.
pub(super) struct StoredRows {
    store: Arc<dyn LogStore>,
    range: RunRange,
    blocks: u64,
    /// The next block to read.
    next: u64,
    /// Rows of the blocks that were read.
    rows: std::vec::IntoIter<IndexRow>,
}

impl StoredRows {
    pub(super) fn new(store: &Arc<dyn LogStore>, run: &StoredRun) -> Self {
        Self {
            store: Arc::clone(store),
            range: run.descriptor.range,
            blocks: run.descriptor.pages.div_ceil(BLOCK_PAGES),
            next: 0,
            rows: Vec::new().into_iter(),
        }
    }

    fn read(&mut self) -> Result<(), ReadError> {
        let end = self.blocks.min(self.next.saturating_add(BLOCKS_AT_ONCE));
        let keys: Vec<_> = (self.next..end).map(block_part).collect();
        let mut rows = Vec::new();
        for (block, number) in self
            .store
            .run_parts(self.range, &keys)?
            .into_iter()
            .zip(self.next..)
        {
            let damaged = |found: &str| {
                ReadError::corrupt(
                    format!("block {number} of the run {}", self.range),
                    "64 pages",
                    found,
                )
            };
            let block = block.ok_or_else(|| damaged("nothing"))?;
            let mut rest = block.as_slice();
            while !rest.is_empty() {
                let (_, page, behind) = read_page(rest).ok_or_else(|| damaged("a page that is cut short"))?;
                rows.extend(rows_of_page(page).map_err(|fault| damaged(&fault.to_string()))?);
                rest = behind;
            }
        }
        self.next = end;
        self.rows = rows.into_iter();
        Ok(())
    }
}

impl Iterator for StoredRows {
    type Item = Result<IndexRow, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            if self.next >= self.blocks {
                return None;
            }
            if let Err(error) = self.read() {
                self.next = self.blocks;
                return Some(Err(error));
            }
        }
    }
}
