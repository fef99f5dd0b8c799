//! Entries and heads: reads that span several values.

use super::layout::{self, BUNDLE_ENTRIES};
use super::{RocksStore, Scan};
use crate::families::Family;
use ledger::store::{READ_LIMIT_MAX, StoreError, StoredHead};
use std::ops::ControlFlow;
use tlog::index::{LeafIndex, TimestampMs, TreeSize};
use tlog::tile::decode_bundle;

/// The entries of one stored fragment, which must begin with entry `expected`.
pub(crate) fn fragment<'a>(key: &[u8], sealed: &'a [u8], expected: u64) -> Result<Vec<&'a [u8]>, StoreError> {
    let what = || layout::object(Family::Entries, key);
    let first = layout::fragment_index(key)?;
    if first != expected {
        return Err(StoreError::damaged(
            what(),
            format!("it begins with entry {first}, expected {expected}"),
        ));
    }
    let entries = decode_bundle(layout::open(Family::Entries, key, sealed)?)
        .ok_or_else(|| StoreError::damaged(what(), "it is not a bundle of entries"))?;
    let end = first.saturating_add(u64::try_from(entries.len()).unwrap_or(u64::MAX));
    if entries.is_empty()
        || end
            > (first / BUNDLE_ENTRIES)
                .saturating_add(1)
                .saturating_mul(BUNDLE_ENTRIES)
    {
        return Err(StoreError::damaged(what(), "it does not fit its bundle"));
    }
    Ok(entries)
}

impl RocksStore {
    pub(crate) fn read_entries(&self, from: LeafIndex, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let limit = limit.min(READ_LIMIT_MAX);
        // Read before the scan: what was committed by then must be found by it.
        let size = self.committed_head()?.map_or(0, |head| head.tree.size.value());
        let end = from
            .value()
            .saturating_add(u64::try_from(limit).unwrap_or(u64::MAX));
        let bundle_start = from.value().saturating_sub(from.value() % BUNDLE_ENTRIES);
        let mut found = Vec::new();
        let mut next = bundle_start;
        let key = layout::fragment_key(bundle_start);
        self.engine.scan(
            Family::Entries,
            Scan {
                from: &key,
                ..Scan::ALL
            },
            &mut |key, sealed| {
                for entry in fragment(key, sealed, next)? {
                    if (from.value()..end).contains(&next) {
                        found.push(entry.to_vec());
                    }
                    next = next.saturating_add(1);
                }
                Ok(if next < end {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                })
            },
        )?;
        if next < end.min(size) {
            return Err(StoreError::damaged(
                layout::object(Family::Entries, &layout::fragment_key(next)),
                format!("the entries from {next} on are missing; the log has {size}"),
            ));
        }
        Ok(found)
    }

    pub(crate) fn heads_down_from(
        &self,
        upto: TreeSize,
        limit: usize,
    ) -> Result<Vec<StoredHead>, StoreError> {
        let limit = limit.min(READ_LIMIT_MAX);
        let mut found = Vec::new();
        if limit == 0 {
            return Ok(found);
        }
        let to = upto.value().checked_add(1).map(layout::number_key);
        let scan = Scan {
            to: to.as_ref().map(<[u8; 8]>::as_slice),
            descending: true,
            ..Scan::ALL
        };
        self.engine.scan(Family::Heads, scan, &mut |key, sealed| {
            found.push(head_of(key, sealed)?);
            Ok(if found.len() < limit {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
        Ok(found)
    }

    /// The first head with at least this size.
    fn head_from(&self, size: u64) -> Result<Option<StoredHead>, StoreError> {
        let mut found = None;
        let from = layout::number_key(size);
        self.engine.scan(
            Family::Heads,
            Scan {
                from: &from,
                ..Scan::ALL
            },
            &mut |key, sealed| {
                found = Some(head_of(key, sealed)?);
                Ok(ControlFlow::Break(()))
            },
        )?;
        Ok(found)
    }

    /// Heads are kept by size alone: time never falls with size, so the newest one not after a time is found
    /// by halving the sizes, in at most 64 steps of two seeks. A key by time for every head would cost every
    /// commit, and could contradict the head it points at.
    pub(crate) fn newest_head_not_after(&self, at: TimestampMs) -> Result<Option<StoredHead>, StoreError> {
        let Some(last) = self.heads_down_from(TreeSize::new(u64::MAX), 1)?.pop() else {
            return Ok(None);
        };
        if last.head.time <= at {
            return Ok(Some(last));
        }
        // `high` is later than `at`; nothing above `found` and below `low` is undecided.
        let mut high = last.head.tree.size.value();
        let mut low = 0;
        let mut found = None;
        while low < high {
            let middle = low.saturating_add(high.saturating_sub(low) / 2);
            match self.head_from(middle)? {
                Some(stored) if stored.head.time <= at => {
                    low = stored.head.tree.size.value().saturating_add(1);
                    found = Some(stored);
                }
                _ => high = middle,
            }
        }
        Ok(found)
    }
}

fn head_of(key: &[u8], sealed: &[u8]) -> Result<StoredHead, StoreError> {
    let size = TreeSize::new(layout::key_number(Family::Heads, key)?);
    layout::decode_stored_head(size, layout::open(Family::Heads, key, sealed)?)
}
