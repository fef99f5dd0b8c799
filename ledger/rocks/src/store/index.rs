//! Index rows: written as one sorted segment a batch, merged into single keys later.
//!
//! A batch of 1,024 receipts has some 16,000 rows. Writing them as keys in the commit would spread them over
//! the whole key space, pay the engine's per-key cost while everybody waits, and put every row through the
//! WAL. One segment is one key and one sequential value of 41 bytes a row.
//!
//! Segments that are not merged are also held in memory, sorted, so that a lookup is right at once: it
//! answers the union of both places. Merging writes the rows *unlogged*, since the segment on disk can make
//! them again; a segment is deleted only after the merged rows were flushed to synced files. A crash at any
//! point therefore leaves every row in a segment, in a row, or in both, and both is the same as one.
//!
//! Rows that sorted runs hold, too, are released by the caller once it answers from runs, which is some entries later. So once any were
//! released, segments wait for that, as long as there is memory for them, and are merged without these rows. Up to which size
//! that was done is written together with the deletion of the segments: before it, they still have all rows.

use super::KeyScan;
use super::layout;
use super::pending::PendingRows;
use super::segments::{Unflushed, recorded_release, segment};
use crate::engine::Engine;
use crate::families::{Durability, Family};
use ledger::rows::{ROW_BYTES, ROW_PREFIX_BYTES, Row, RowKey};
use ledger::store::{LookupOrder, READ_LIMIT_MAX, RowPage, StoreError, within_limit};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tlog::hash::Hex;
use tlog::index::{LeafIndex, TreeSize};

/// Rows held in memory until they are merged: at most some 64 bytes each in the table, which is then as full as it gets, so 28 MiB, or
/// 28,000 receipts. A commit that would go beyond it merges first.
const PENDING_ROWS_MAX: usize = 7 << 16;
/// Rows from which on segments are merged that wait for their rows to be released, so that commits need not do it: 1.5 s of 14,000 receipts
/// a second.
const WAITING_ROWS_MAX: usize = PENDING_ROWS_MAX / 4 * 3;
/// The index of one open store.
#[derive(Debug)]
pub(crate) struct Index {
    pending: RwLock<PendingRows>,
    /// Rows that runs hold, too, are released below this size; 0 while the caller has released none.
    released: AtomicU64,
    /// Below this size such rows were left out, durably or not.
    left_out: AtomicU64,
    /// Held while a segment is merged.
    merging: Mutex<Unflushed>,
}

impl Index {
    /// Reads the segments that are on disk. Damage is an error, or, in a store that is only looked at, an error
    /// of every later lookup.
    pub(crate) fn load(engine: &Engine, read_only: bool) -> Result<Self, StoreError> {
        let index = Self {
            pending: RwLock::default(),
            released: AtomicU64::new(0),
            left_out: AtomicU64::new(recorded_release(engine)?.value()),
            merging: Mutex::default(),
        };
        let mut firsts = Vec::new();
        engine.scan(Family::Segments, KeyScan::ALL, &mut |key, _| {
            firsts.push(layout::key_number(Family::Segments, key)?);
            Ok(ControlFlow::Continue(()))
        })?;
        for first in firsts {
            match segment(engine, first) {
                Ok(rows) => index.add(first, &rows)?,
                Err(error) if read_only => index.write()?.damage = Some(error),
                Err(error) => return Err(error),
            }
            if !read_only {
                index.make_room(engine, 0)?;
            }
        }
        Ok(index)
    }

    /// Adds the rows of a committed batch.
    pub(crate) fn add(&self, first: u64, rows: &[Row]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.write()?.add(first, rows);
        Ok(())
    }

    /// Merges until `rows` more fit into memory.
    pub(crate) fn make_room(&self, engine: &Engine, rows: usize) -> Result<(), StoreError> {
        while self.read()?.count().saturating_add(rows) > PENDING_ROWS_MAX {
            if !self.merge_one(engine)? {
                break;
            }
        }
        Ok(())
    }

    /// The first entry whose rows are not merged.
    pub(crate) fn first_unmerged(&self) -> Result<Option<u64>, StoreError> {
        Ok(self.read()?.segments.front().map(|segment| segment.first))
    }

    /// See [`ledger::store::StoreUpkeep::release_rows`].
    pub(crate) fn release(&self, below: TreeSize) {
        self.released.fetch_max(below.value(), Ordering::Relaxed);
    }

    /// Below which size rows may be missing that runs hold, too.
    pub(crate) fn left_out(&self) -> TreeSize {
        TreeSize::new(self.left_out.load(Ordering::Acquire))
    }

    /// Merges the oldest segment unless it waits for its rows to be released; whether another one can be merged.
    pub(crate) fn merge_next(&self, engine: &Engine) -> Result<bool, StoreError> {
        Ok(self.is_mergeable()? && self.merge_one(engine)? && self.is_mergeable()?)
    }

    fn is_mergeable(&self) -> Result<bool, StoreError> {
        let released = self.released.load(Ordering::Relaxed);
        let pending = self.read()?;
        let is_full = pending.count() > WAITING_ROWS_MAX;
        let oldest = pending.segments.front();
        Ok(oldest.is_some_and(|segment| released == 0 || segment.end <= released || is_full))
    }

    /// Merges the oldest segment; whether there was one.
    pub(crate) fn merge_one(&self, engine: &Engine) -> Result<bool, StoreError> {
        let mut unflushed = self.merging.lock().map_err(|_| died())?;
        let Some(first) = self.first_unmerged()? else {
            return Ok(false);
        };
        let released = TreeSize::new(self.released.load(Ordering::Relaxed));
        let is_released = |row: &Row| row.key.space.is_in_runs() && released.contains(row.index);
        let rows = segment(engine, first)?;
        let mut batch = engine.batch();
        let (left_out, kept): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| is_released(row));
        for row in kept {
            batch.put(Family::Rows, &row.to_bytes(), &[])?;
        }
        batch.write(Durability::Unlogged)?;
        let left_out_below = if left_out.is_empty() {
            TreeSize::new(0)
        } else {
            released
        };
        // First, so that nobody misses a row of which the head says nothing.
        self.left_out.fetch_max(left_out_below.value(), Ordering::AcqRel);
        self.write()?.remove_oldest(&rows);
        unflushed.add(first, rows.len(), left_out_below);
        if unflushed.is_full() {
            unflushed.settle(engine)?;
        }
        Ok(true)
    }

    /// Makes what was merged durable.
    pub(crate) fn settle(&self, engine: &Engine) -> Result<(), StoreError> {
        self.merging.lock().map_err(|_| died())?.settle(engine)
    }

    /// See [`ledger::store::LogStore::rows`]. Memory is read before disk: a row that is being merged is seen in
    /// one of the two, or in both.
    pub(crate) fn rows(
        &self,
        engine: &Engine,
        key: &RowKey,
        from: LeafIndex,
        to: LeafIndex,
        order: LookupOrder,
        limit: usize,
    ) -> Result<Vec<LeafIndex>, StoreError> {
        let limit = limit.min(READ_LIMIT_MAX);
        if from >= to || limit == 0 {
            return Ok(Vec::new());
        }
        let (first, end) = (
            Row {
                key: *key,
                index: from,
            },
            Row { key: *key, index: to },
        );
        let (mut found, are_all) = {
            let pending = self.read()?;
            let found = pending.of_key(key).within((from, to), order, limit);
            // Entries behind the first that waits to be merged have no row on disk.
            let oldest = pending.segments.front();
            (found, oldest.is_some_and(|oldest| oldest.first <= from.value()))
        };
        if are_all {
            return Ok(found);
        }
        let (from, to) = (first.to_bytes(), end.to_bytes());
        let scan = KeyScan {
            from: &from,
            to: Some(&to),
            descending: order == LookupOrder::Descending,
            one_prefix: true,
        };
        let mut left = limit;
        engine.scan(Family::Rows, scan, &mut |bytes, value| {
            found.push(merged_row(bytes, value)?.index);
            left = left.saturating_sub(1);
            Ok(if left > 0 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
        found.sort_unstable();
        found.dedup();
        if order == LookupOrder::Descending {
            found.reverse();
        }
        found.truncate(limit);
        Ok(found)
    }

    /// See [`ledger::store::LogStore::first_rows`]. As in [`Index::rows`], memory is read before disk.
    pub(crate) fn first_rows(
        &self,
        engine: &Engine,
        keys: &[RowKey],
        to: LeafIndex,
    ) -> Result<Vec<Option<LeafIndex>>, StoreError> {
        within_limit(keys)?;
        let mut found: Vec<Option<LeafIndex>> = {
            let pending = self.read()?;
            let first = |key| pending.of_key(key).first().filter(|index| *index < to);
            keys.iter().map(first).collect()
        };
        // In order, so that the engine goes through each of its files once.
        let mut sorted: Vec<(&RowKey, &mut Option<LeafIndex>)> = keys.iter().zip(&mut found).collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        let mut cursor = engine.prefix_cursor(Family::Rows)?;
        for (key, first) in sorted {
            let Some((bytes, value)) = cursor
                .as_mut()
                .map_or(Ok(None), |cursor| cursor.first(&key.to_bytes()))?
            else {
                continue;
            };
            let merged = merged_row(bytes, value)?.index;
            if merged < to && first.is_none_or(|pending| merged < pending) {
                *first = Some(merged);
            }
        }
        Ok(found)
    }

    /// See [`ledger::store::StoreUpkeep::scan_rows`]. As in [`Index::rows`], memory is read before disk.
    pub(crate) fn scan(
        &self,
        engine: &Engine,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<RowPage, StoreError> {
        let limit = limit.min(READ_LIMIT_MAX);
        if limit == 0 {
            return Ok(RowPage::default());
        }
        let mut rows = self.read()?.after(after, limit);
        let mut malformed: Vec<Vec<u8>> = Vec::new();
        let after = after.map(Row::to_bytes);
        let from = after.as_ref().map_or(&[][..], <[u8; ROW_BYTES]>::as_slice);
        let mut left = limit;
        let scan = KeyScan { from, ..KeyScan::ALL };
        engine.scan(Family::Rows, scan, &mut |bytes, value| {
            if !from.is_empty() && bytes == from {
                return Ok(ControlFlow::Continue(()));
            }
            let damaged = |detail: &str| StoreError::damaged(layout::object(Family::Rows, bytes), detail);
            match Row::from_bytes(bytes) {
                _ if !value.is_empty() => return Err(damaged("a row has a value")),
                Some(row) => {
                    rows.push(row);
                    left = left.saturating_sub(1);
                }
                None if malformed.len() < READ_LIMIT_MAX => malformed.push(bytes.to_vec()),
                None => return Err(damaged("too many keys before it are no rows")),
            }
            Ok(if left > 0 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
        rows.sort_unstable();
        rows.dedup();
        if rows.len() >= limit {
            rows.truncate(limit);
            // What lies after the last row belongs to the next page.
            let last = rows.last().map(Row::to_bytes);
            malformed.retain(|bytes| last.is_some_and(|last| bytes.as_slice() < last.as_slice()));
        }
        let malformed = malformed.iter().map(|bytes| format!("row {}", Hex(bytes)));
        Ok(RowPage {
            rows,
            malformed: malformed.collect(),
        })
    }

    fn read(&self) -> Result<RwLockReadGuard<'_, PendingRows>, StoreError> {
        let pending = self.pending.read().map_err(|_| died())?;
        match &pending.damage {
            Some(error) => Err(error.clone()),
            None => Ok(pending),
        }
    }

    fn write(&self) -> Result<RwLockWriteGuard<'_, PendingRows>, StoreError> {
        self.pending.write().map_err(|_| died())
    }
}

fn merged_row(bytes: &[u8], value: &[u8]) -> Result<Row, StoreError> {
    Row::from_bytes(bytes)
        .filter(|_| value.is_empty())
        .ok_or_else(|| {
            let key = bytes.get(..ROW_PREFIX_BYTES).unwrap_or(bytes);
            StoreError::damaged(layout::object(Family::Rows, key), "it is not a row")
        })
}

fn died() -> StoreError {
    StoreError::Engine("a writer died".to_owned())
}
