//! Index rows, both ways.
//!
//! Every row that an entry demands is looked up and counted. Those that runs hold, too, may be missing below the size that the store says. If the store holds just as many rows as were
//! found, it holds no others: both are sets. Only where the counts differ is each stored row held against
//! the entry it points at, to name the ones that are too many.

use super::entry::EntryExaminer;
use super::{FsckReport, codes};
use crate::rows::Row;
use crate::store::{LogStore, LookupOrder, READ_LIMIT_MAX, RowPage, StoreError, read};
use lru::LruCache;
use std::num::NonZeroUsize;
use verifier::entry::Entry;
use verifier::hash::{Hex, leaf_hash};
use verifier::index::{LeafIndex, TreeSize};

/// Entries whose rows are remembered while stored rows are held against them: 32 rows each, some 2 MiB.
const ENTRIES_REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1_023);

/// Counts the rows that entries demand.
pub(super) struct RowCheck<'a> {
    store: &'a dyn LogStore,
    /// Below this size rows may be missing that runs hold, too; `None` where nobody knows it.
    released: Option<TreeSize>,
    found: u64,
    /// The index cannot be read. Said once, not once for every row.
    damaged: bool,
}

impl<'a> RowCheck<'a> {
    pub(super) fn new(store: &'a dyn LogStore, released: Option<TreeSize>) -> Self {
        Self {
            store,
            released,
            found: 0,
            damaged: false,
        }
    }

    /// Looks up the rows of an entry; `None` where they could not be recomputed.
    pub(super) fn expect(
        &mut self,
        index: LeafIndex,
        rows: Option<&[Row]>,
        report: &mut FsckReport,
    ) -> Result<(), StoreError> {
        for row in rows.unwrap_or_default() {
            if self.damaged {
                return Ok(());
            }
            let next = LeafIndex::new(index.value().saturating_add(1));
            let read = self.store.rows(&row.key, index, next, LookupOrder::Ascending, 1);
            match report.sound(codes::ROWS_DAMAGED, read)? {
                Some(found) if found.is_empty() && self.may_be_missing(row) => {}
                Some(found) if found.is_empty() => {
                    report.add(codes::ROW_MISSING, name(row), format!("entry {index} demands it"));
                }
                Some(_) => self.found = self.found.saturating_add(1),
                None => self.damaged = true,
            }
        }
        Ok(())
    }

    fn may_be_missing(&self, row: &Row) -> bool {
        row.key.space.is_in_runs() && self.released.is_none_or(|released| released.contains(row.index))
    }

    /// Counts the stored rows, and names those that no entry below `size` demands.
    pub(super) fn finish(
        &mut self,
        examiner: &EntryExaminer<'a>,
        size: TreeSize,
        report: &mut FsckReport,
    ) -> Result<(), StoreError> {
        if self.damaged {
            return Ok(());
        }
        let mut stored: usize = 0;
        let counted = each_page(self.store, |page| {
            stored = stored
                .saturating_add(page.rows.len())
                .saturating_add(page.malformed.len());
            Ok(())
        });
        let is_counted = report.sound(codes::ROWS_DAMAGED, counted)?.is_some();
        if !is_counted || u64::try_from(stored).ok() == Some(self.found) {
            return Ok(());
        }
        let mut demands = Demands {
            store: self.store,
            examiner,
            known: LruCache::new(ENTRIES_REMEMBERED),
        };
        let scanned = each_page(self.store, |page| {
            for name in page.malformed {
                report.add(
                    codes::ROW_EXTRA,
                    name,
                    "it is not of the form that this version writes",
                );
            }
            for row in page.rows {
                if !size.contains(row.index) {
                    let detail = format!("it points beyond the head of size {size}");
                    report.add(codes::ROW_EXTRA, name(&row), detail);
                } else if demands
                    .of(row.index)?
                    .is_some_and(|rows| rows.binary_search(&row).is_err())
                {
                    let detail = format!("entry {} does not demand it", row.index);
                    report.add(codes::ROW_EXTRA, name(&row), detail);
                }
            }
            Ok(())
        });
        report.sound(codes::ROWS_DAMAGED, scanned).map(drop)
    }
}

/// Walks over all stored rows.
fn each_page(
    store: &dyn LogStore,
    mut visit: impl FnMut(RowPage) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = store.scan_rows(after.as_ref(), READ_LIMIT_MAX)?;
        after = page
            .rows
            .last()
            .copied()
            .filter(|_| page.rows.len() == READ_LIMIT_MAX);
        visit(page)?;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// The rows of entries, recomputed when asked for.
struct Demands<'a, 'b> {
    store: &'a dyn LogStore,
    examiner: &'b EntryExaminer<'a>,
    known: LruCache<LeafIndex, Option<Vec<Row>>>,
}

impl Demands<'_, '_> {
    /// `None` where the entry is itself at fault, which the walk has reported.
    fn of(&mut self, index: LeafIndex) -> Result<Option<&[Row]>, StoreError> {
        let (store, examiner) = (self.store, self.examiner);
        let rows = self.known.try_get_or_insert(index, || {
            let bytes = match read::entry(store, index) {
                Ok(bytes) => bytes,
                Err(StoreError::Damaged { .. }) => None,
                Err(error) => return Err(error),
            };
            bytes.map_or(Ok(None), |bytes| {
                let document = read::document(store, index);
                Ok(examiner
                    .examine(index, Entry::decode(&bytes), &leaf_hash(&bytes), document)?
                    .rows)
            })
        })?;
        Ok(rows.as_deref())
    }
}

/// `row <hex>`: tag, key, index.
fn name(row: &Row) -> String {
    format!("row {}", Hex(&row.to_bytes()))
}
