//! The rows that are not merged yet, in memory.

use super::segments::SegmentSpan;
use ledger::row_table::{FoundIndices, RowTable};
use ledger::rows::{Row, RowKey};
use ledger::store::StoreError;
use std::collections::VecDeque;
use std::sync::OnceLock;

/// Rows that are not merged.
#[derive(Debug, Default)]
pub(super) struct PendingRows {
    table: RowTable,
    /// In order, for `fsck`, of a store in which nothing changes.
    sorted: OnceLock<Vec<Row>>,
    /// The segments that are not merged, oldest first.
    pub(super) segments: VecDeque<SegmentSpan>,
    /// Why the index of a store that was opened to look at cannot be used.
    pub(super) damage: Option<StoreError>,
}

impl PendingRows {
    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.table.count()
    }

    /// Adds the rows of a segment, which is newer than all that are here.
    pub(super) fn add(&mut self, first: u64, rows: &[Row]) {
        self.sorted.take();
        self.segments.push_back(SegmentSpan::new(first, rows));
        for row in rows {
            self.table.add(row);
        }
    }

    /// Takes the oldest segment away, whose rows these are.
    pub(super) fn remove_oldest(&mut self, rows: &[Row]) {
        self.sorted.take();
        self.segments.pop_front();
        for row in rows {
            self.table.remove(row);
        }
    }

    /// The entries of a key.
    pub(super) fn of_key(&self, key: &RowKey) -> FoundIndices<'_> {
        self.table.of_key(key)
    }

    /// The rows behind one, or from the first on, sorted, at most `limit`.
    pub(super) fn after(&self, after: Option<&Row>, limit: usize) -> Vec<Row> {
        let sorted = self.sorted.get_or_init(|| {
            let mut rows: Vec<Row> = self.table.iter().collect();
            rows.sort_unstable();
            rows
        });
        let begin = after.map_or(0, |after| sorted.partition_point(|row| row <= after));
        sorted.iter().skip(begin).take(limit).copied().collect()
    }
}
