//! Segments on their way into rows: in memory until they are merged, and on disk until the merged rows are durable.

use super::layout;
use crate::engine::Engine;
use crate::families::{Durability, Family};
use ledger::rows::Row;
use ledger::store::StoreError;
use tlog::index::TreeSize;

/// Merged rows whose segments still wait for a flush. Start-up reads at most these and the pending ones.
const UNFLUSHED_ROWS_MAX: usize = 1 << 19;

/// The entries of a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct SegmentSpan {
    pub(super) first: u64,
    /// The size of the log with the last of them.
    pub(super) end: u64,
}

impl SegmentSpan {
    /// Each entry of a batch has rows.
    pub(super) fn new(first: u64, rows: &[Row]) -> Self {
        let last = rows.iter().map(|row| row.index.value()).max();
        Self {
            first,
            end: last.map_or(first, |last| last.saturating_add(1)),
        }
    }
}

/// Segments whose rows are merged but perhaps not durable yet.
#[derive(Debug, Default)]
pub(super) struct Unflushed {
    segments: Vec<u64>,
    rows: usize,
    /// Below this size rows were left out.
    released: TreeSize,
}

impl Unflushed {
    /// A segment whose rows are merged, those that runs hold, too, below a size not among them.
    pub(super) fn add(&mut self, first: u64, rows: usize, left_out_below: TreeSize) {
        self.segments.push(first);
        self.rows = self.rows.saturating_add(rows);
        self.released = self.released.max(left_out_below);
    }

    /// Whether it is time to make them durable.
    pub(super) fn is_full(&self) -> bool {
        self.rows >= UNFLUSHED_ROWS_MAX
    }

    /// Makes the merged rows durable and deletes their segments, in this order.
    pub(super) fn settle(&mut self, engine: &Engine) -> Result<(), StoreError> {
        engine.flush(&[Family::Rows])?;
        let mut batch = engine.batch();
        for first in self.segments.drain(..) {
            batch.delete(Family::Segments, &layout::number_key(first))?;
        }
        self.rows = 0;
        let released = std::mem::take(&mut self.released);
        if released > recorded_release(engine)? {
            let key = layout::RELEASED_KEY;
            let sealed = layout::seal(Family::Meta, key, layout::encode_size(released));
            batch.put(Family::Meta, key, &sealed)?;
            return batch.write(Durability::Synced);
        }
        // Unlogged too: a segment that comes back after a crash is merged again, to the same rows.
        batch.write(Durability::Unlogged)
    }
}

/// Below which size rows were left out that runs hold, too, and their segments deleted.
pub(super) fn recorded_release(engine: &Engine) -> Result<TreeSize, StoreError> {
    let key = layout::RELEASED_KEY;
    let sealed = engine.get(Family::Meta, key)?;
    sealed.map_or(Ok(TreeSize::new(0)), |sealed| {
        layout::decode_size(key, layout::open(Family::Meta, key, &sealed)?)
    })
}

/// The rows of a segment on disk.
pub(super) fn segment(engine: &Engine, first: u64) -> Result<Vec<Row>, StoreError> {
    let key = layout::number_key(first);
    let what = || layout::object(Family::Segments, &key);
    let sealed = engine
        .get(Family::Segments, &key)?
        .ok_or_else(|| StoreError::damaged(what(), "it is missing"))?;
    layout::decode_segment(first, layout::open(Family::Segments, &key, &sealed)?)
}
