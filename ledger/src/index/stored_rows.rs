//! The rows of a stored run, in order.

use std::ops::Deref;

use verifier::runs::{IndexRow, RunBuilder, RunDescriptor, rows_of_page};

use crate::error::ReadError;
use crate::runs::part::{BLOCK_PAGES, block_part, read_page};
use crate::runs::stored_run;
use crate::store::{LogStore, RunStore as _, StoredRun};

/// Blocks that are read together: some 40 KB.
const BLOCKS_AT_ONCE: u64 = 8;

/// Reads a run from its first row to its last, and ends with an error where they do not give its root: what is made of them must not
/// be named before all were read.
pub(super) struct StoredRows<S> {
    store: S,
    run: RunDescriptor,
    /// The run that the rows give; `None` once it was compared.
    check: Option<RunBuilder<()>>,
    blocks: u64,
    /// The next block to read.
    next: u64,
    /// Rows of the blocks that were read.
    rows: std::vec::IntoIter<IndexRow>,
}

impl<S: Deref<Target: LogStore>> StoredRows<S> {
    pub(super) fn new(store: S, run: &StoredRun) -> Self {
        Self {
            store,
            run: run.descriptor,
            check: Some(RunBuilder::new(run.descriptor.range, ())),
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
            .run_parts(self.run.range, &keys)?
            .into_iter()
            .zip(self.next..)
        {
            let damaged = |found: &str| {
                ReadError::corrupt(
                    format!("block {number} of {}", stored_run(self.run.range)),
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
        for row in &rows {
            self.check
                .as_mut()
                .map_or(Ok(()), |check| check.push(*row))
                .map_err(|fault| self.differs(&fault))?;
        }
        self.rows = rows.into_iter();
        Ok(())
    }

    fn compare(&mut self) -> Result<(), ReadError> {
        let Some(check) = self.check.take() else {
            return Ok(());
        };
        let (found, ()) = check.finish().map_err(|fault| self.differs(&fault))?;
        if found != self.run {
            return Err(self.differs(&format_args!(
                "{} pages with the root {}",
                found.pages, found.root
            )));
        }
        Ok(())
    }

    fn differs(&self, found: &dyn std::fmt::Display) -> ReadError {
        ReadError::corrupt(
            stored_run(self.run.range),
            format!(
                "rows that give {} pages with the root {}",
                self.run.pages, self.run.root
            ),
            found,
        )
    }
}

impl<S: Deref<Target: LogStore>> Iterator for StoredRows<S> {
    type Item = Result<IndexRow, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            if self.next >= self.blocks {
                return self.compare().err().map(Err);
            }
            if let Err(error) = self.read() {
                self.next = self.blocks;
                self.check = None;
                return Some(Err(error));
            }
        }
    }
}
