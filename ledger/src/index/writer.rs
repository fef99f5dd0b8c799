//! Cutting a run into parts as it is built, and writing them to the store.

use std::sync::Arc;

use verifier::merkle::plan::NodeCoord;
use verifier::runs::{BuildError, BuiltPage, IndexRow, RunBuilder, RunHash, RunRange, RunSink};

use crate::error::ReadError;
use crate::runs::KeyFilter;
use crate::runs::part::{
    BLOCK_LEVEL, BLOCK_PAGES, FILTER_BLOCKS, GROUP, block_part, filter_part, hashes_part, separators_part,
    write_page, write_separator,
};
use crate::store::{LogStore, RunPartKey, StoreError, StoredRun};

/// Bytes of parts that are handed on together.
const PUT_BYTES: usize = 1 << 20;

/// Where the parts of a run go.
pub(super) trait PartSink {
    /// Why parts could not be taken.
    type Error;

    /// Takes some parts. Each comes once.
    fn take(&mut self, parts: &[(RunPartKey, Vec<u8>)]) -> Result<(), Self::Error>;
}

/// The store as the place for parts.
struct StorePuts {
    store: Arc<dyn LogStore>,
    range: RunRange,
}

impl PartSink for StorePuts {
    type Error = StoreError;

    fn take(&mut self, parts: &[(RunPartKey, Vec<u8>)]) -> Result<(), StoreError> {
        self.store.put_run_parts(self.range, parts)
    }
}

/// A run on its way to the store.
pub(super) struct NewRun {
    builder: RunBuilder<PartCutter<StorePuts>>,
    rows: u64,
}

impl NewRun {
    /// Starts a run. What an earlier attempt left of it is written over: the same entries give the same parts.
    pub(super) fn start(store: &Arc<dyn LogStore>, range: RunRange) -> Self {
        let puts = StorePuts {
            store: Arc::clone(store),
            range,
        };
        Self {
            builder: RunBuilder::new(range, PartCutter::new(puts)),
            rows: 0,
        }
    }

    /// Takes the next row.
    pub(super) fn push(&mut self, row: IndexRow) -> Result<(), ReadError> {
        self.rows = self.rows.saturating_add(1);
        self.builder.push(row).map_err(read_error)
    }

    /// Completes the run. On return it is durable.
    pub(super) fn finish(self) -> Result<StoredRun, ReadError> {
        let (descriptor, cutter) = self.builder.finish().map_err(read_error)?;
        let run = StoredRun {
            descriptor,
            rows: self.rows,
        };
        cutter.finish()?.store.finish_run(&run)?;
        Ok(run)
    }
}

/// Rows come sorted from entries, so that rows that are not sorted come from a store that changed them.
fn read_error(error: BuildError<StoreError>) -> ReadError {
    match error {
        BuildError::Sink(error) => error.into(),
        error => ReadError::corrupt("a stored run", "sorted rows of its own entries", error),
    }
}

/// A part that is being filled.
#[derive(Default)]
struct Part {
    key: RunPartKey,
    bytes: Vec<u8>,
}

/// Fills parts with the pages and hashes of a run, and hands them on.
pub(super) struct PartCutter<P> {
    parts: P,
    block: Part,
    separators: Part,
    filter: KeyFilter,
    /// The number of the newest block.
    newest: u64,
    /// By level, from 6 on.
    hashes: Vec<Part>,
    ready: Vec<(RunPartKey, Vec<u8>)>,
    ready_bytes: usize,
}

impl<P: PartSink> PartCutter<P> {
    pub(super) fn new(parts: P) -> Self {
        Self {
            parts,
            block: Part::default(),
            separators: Part::default(),
            filter: KeyFilter::default(),
            newest: 0,
            hashes: Vec::new(),
            ready: Vec::new(),
            ready_bytes: 0,
        }
    }

    /// Takes a part that is full. Parts are handed on some at a time.
    fn full(&mut self, part: Part) -> Result<(), P::Error> {
        if part.bytes.is_empty() {
            return Ok(());
        }
        self.ready_bytes = self.ready_bytes.saturating_add(part.bytes.len());
        self.ready.push((part.key, part.bytes));
        if self.ready_bytes >= PUT_BYTES {
            self.hand_on()
        } else {
            Ok(())
        }
    }

    /// Takes the filter of the newest blocks.
    fn full_filter(&mut self) -> Result<(), P::Error> {
        let part = Part {
            key: filter_part(self.newest),
            bytes: self.filter.take(),
        };
        self.full(part)
    }

    fn hand_on(&mut self) -> Result<(), P::Error> {
        self.parts.take(&self.ready)?;
        self.ready.clear();
        self.ready_bytes = 0;
        Ok(())
    }

    /// Hands the last parts on, and gives back where they went.
    pub(super) fn finish(mut self) -> Result<P, P::Error> {
        let block = std::mem::take(&mut self.block);
        let separators = std::mem::take(&mut self.separators);
        let hashes = std::mem::take(&mut self.hashes);
        self.full_filter()?;
        for part in [block, separators].into_iter().chain(hashes) {
            self.full(part)?;
        }
        self.hand_on()?;
        Ok(self.parts)
    }
}

impl<P: PartSink> RunSink for PartCutter<P> {
    type Error = P::Error;

    fn page(&mut self, page: BuiltPage<'_>) -> Result<(), P::Error> {
        let block = page.number / BLOCK_PAGES;
        if page.number.is_multiple_of(BLOCK_PAGES) {
            self.separators.key = separators_part(block);
            write_separator(&page.separator, &mut self.separators.bytes);
            if ends_group(block, GROUP) {
                let part = std::mem::take(&mut self.separators);
                self.full(part)?;
            }
        }
        self.block.key = block_part(block);
        self.newest = block;
        write_page(&page.separator, page.bytes, &mut self.block.bytes);
        for row in page.rows {
            self.filter.push(row.key());
        }
        if ends_group(page.number, BLOCK_PAGES) {
            let part = std::mem::take(&mut self.block);
            self.full(part)?;
            if ends_group(block, FILTER_BLOCKS) {
                self.full_filter()?;
            }
        }
        Ok(())
    }

    fn node(&mut self, node: NodeCoord, hash: RunHash) -> Result<(), P::Error> {
        let Some(above) = node.level.checked_sub(BLOCK_LEVEL).map(usize::from) else {
            return Ok(());
        };
        if self.hashes.len() <= above {
            self.hashes.resize_with(above.saturating_add(1), Part::default);
        }
        let Some(group) = self.hashes.get_mut(above) else {
            return Ok(());
        };
        group.key = hashes_part(node);
        group.bytes.extend_from_slice(hash.as_bytes());
        if ends_group(node.index, GROUP) {
            let part = std::mem::take(group);
            self.full(part)?;
        }
        Ok(())
    }
}

fn ends_group(number: u64, width: u64) -> bool {
    number.saturating_add(1).is_multiple_of(width)
}
