//! The rows of a stored run, in order.

use std::ops::Deref;

use verifier::runs::{IndexRow, PageTree, RunDescriptor, RunHash};

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
    /// The tree that the pages give; `None` once it was compared.
    check: Option<PageTree>,
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
            check: Some(PageTree::new()),
            blocks: run.descriptor.pages.div_ceil(BLOCK_PAGES),
            next: 0,
            rows: Vec::new().into_iter(),
        }
    }

    fn read(&mut self) -> Result<(), ReadError> {
        let Some(check) = &mut self.check else {
            return Ok(());
        };
        let range = self.run.range;
        let end = self.blocks.min(self.next.saturating_add(BLOCKS_AT_ONCE));
        let keys: Vec<_> = (self.next..end).map(block_part).collect();
        let mut rows = Vec::new();
        for (block, number) in self.store.run_parts(range, &keys)?.into_iter().zip(self.next..) {
            let damaged = |found: &str| {
                ReadError::corrupt(
                    format!("block {number} of {}", stored_run(range)),
                    "64 pages",
                    found,
                )
            };
            let block = block.ok_or_else(|| damaged("nothing"))?;
            let mut rest = block.as_slice();
            while !rest.is_empty() {
                let (_, page, behind) = read_page(rest).ok_or_else(|| damaged("a page that is cut short"))?;
                check
                    .push(page, &mut rows)
                    .map_err(|fault| damaged(&fault.to_string()))?;
                rest = behind;
            }
        }
        self.next = end;
        self.rows = rows.into_iter();
        Ok(())
    }

    fn compare(&mut self) -> Result<(), ReadError> {
        let Some(check) = self.check.take() else {
            return Ok(());
        };
        let (pages, root) = check.finish();
        if (pages, root) == (self.run.pages, self.run.root) {
            return Ok(());
        }
        let of = |pages: u64, root: RunHash| format!("{pages} pages with the root {root}");
        Err(ReadError::corrupt(
            stored_run(self.run.range),
            of(self.run.pages, self.run.root),
            of(pages, root),
        ))
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
