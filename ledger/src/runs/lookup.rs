//! Where a lookup of rows goes: to the runs of the index, or to the rows of the store.
//!
//! The rule: the rows of a space that runs hold, too ([`Space::is_in_runs`](crate::rows::Space::is_in_runs)), are found in the runs that
//! the newest index.root names for the entries that it covers, and in the store for all behind them. All other rows are in the
//! store. Once an index.root is published the store need not keep the rows that it covers
//! ([`release_rows`](crate::store::StoreUpkeep::release_rows)), so that no lookup may ask the store for them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use verifier::index::{LeafIndex, TreeSize};
use verifier::runs::{IndexKey, RunList};

use super::RunParts;
use super::kept::KeptParts;
use super::search::{KeyWindow, RunSearch};
use crate::error::ReadError;
use crate::rows::RowKey;
use crate::store::{LogStore, LookupOrder, READ_LIMIT_MAX, StoreError};

/// Answers every lookup of rows of one log.
#[derive(Debug)]
pub(crate) struct RowLookup {
    store: Arc<dyn LogStore>,
    /// The runs of the newest index.root; `None` before the first.
    named: RwLock<Option<Arc<RunList>>>,
    /// Below this size the store may not have the rows that runs hold.
    released: AtomicU64,
    /// Whether another process writes to the store, and releases rows.
    is_followed: bool,
    kept: KeptParts,
}

impl RowLookup {
    /// The lookups of a store, which may have no such rows below `released`.
    pub(crate) fn new(store: Arc<dyn LogStore>, released: TreeSize) -> Self {
        Self {
            store,
            named: RwLock::default(),
            released: AtomicU64::new(released.value()),
            is_followed: false,
            kept: KeptParts::default(),
        }
    }

    /// The lookups of a store to which another process writes.
    pub(crate) fn of_followed(store: Arc<dyn LogStore>) -> Self {
        Self {
            is_followed: true,
            ..Self::new(store, TreeSize::new(0))
        }
    }

    /// Answers from these runs from now on, all of which are in the store. They cover more than those before.
    pub(crate) fn name(&self, list: RunList) {
        *self.named.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(list));
    }

    /// How many entries they cover.
    pub(crate) fn covered(&self) -> TreeSize {
        self.named().map_or(TreeSize::new(0), |list| list.covered())
    }

    /// Below this size the store may not have such rows.
    pub(crate) fn released(&self) -> Result<TreeSize, StoreError> {
        if self.is_followed {
            return Ok(self
                .store
                .head()?
                .map_or(TreeSize::new(0), |log| log.rows_released));
        }
        Ok(TreeSize::new(self.released.load(Ordering::Acquire)))
    }

    /// Lets the store drop the rows that runs answer.
    pub(crate) fn release_covered(&self) -> Result<(), StoreError> {
        let covered = self.covered();
        // First, so that a lookup whose runs are older notices.
        self.released.fetch_max(covered.value(), Ordering::AcqRel);
        self.store.release_rows(covered)
    }

    /// Entries of a key in `from..to`, in order, each once, at most `limit` and at most [`READ_LIMIT_MAX`].
    ///
    /// An entry in a run is found by 16 bytes of its key: it may share those and not carry the key. The caller, who reads the entry in any
    /// case, drops it ([`is_of_subject`](crate::reader::is_of_subject)).
    pub(crate) fn rows(
        &self,
        key: &RowKey,
        (from, to): (LeafIndex, LeafIndex),
        order: LookupOrder,
        limit: usize,
    ) -> Result<Vec<LeafIndex>, ReadError> {
        let limit = limit.min(READ_LIMIT_MAX);
        if !key.space.is_in_runs() {
            return Ok(self.store.rows(key, from, to, order, limit)?);
        }
        self.in_newest(|list| self.found(key, list, (from, to), order, limit))
    }

    /// Reads with the runs of the newest index.root, and again where newer ones covered rows that were released while the store was read.
    fn in_newest<T>(&self, read: impl Fn(Option<&RunList>) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let mut before = None;
        loop {
            let named = self.named();
            let covered = named.as_ref().map_or(TreeSize::new(0), |list| list.covered());
            let found = read(named.as_deref())?;
            let released = self.released()?;
            if released <= covered {
                return Ok(found);
            }
            if before.replace(covered) == Some(covered) {
                return Err(ReadError::Storage(format!(
                    "the rows below {released} are in runs, and those that are named reach to {covered}"
                )));
            }
        }
    }

    /// The first entry of each key below `to`, at most [`READ_LIMIT_MAX`] keys; as [`rows`](Self::rows).
    pub(crate) fn first_rows(
        &self,
        keys: &[RowKey],
        to: LeafIndex,
    ) -> Result<Vec<Option<LeafIndex>>, ReadError> {
        if !keys.iter().any(|key| key.space.is_in_runs()) {
            return Ok(self.store.first_rows(keys, to)?);
        }
        self.in_newest(|list| self.found_first(keys, list, to))
    }

    fn found_first(
        &self,
        keys: &[RowKey],
        list: Option<&RunList>,
        to: LeafIndex,
    ) -> Result<Vec<Option<LeafIndex>>, ReadError> {
        let first_in_runs = |key: &RowKey| {
            if !key.space.is_in_runs() {
                return Ok(None);
            }
            let window = KeyWindow {
                key: IndexKey::of_hash(&key.key),
                from: LeafIndex::ZERO,
                to,
                order: LookupOrder::Ascending,
                limit: 1,
            };
            Ok(self.in_runs(list, window)?.first().copied())
        };
        let in_runs: Vec<Option<LeafIndex>> =
            keys.iter().map(first_in_runs).collect::<Result<_, ReadError>>()?;
        let others = keys.iter().zip(&in_runs).filter(|(_, found)| found.is_none());
        let others: Vec<RowKey> = others.map(|(key, _)| *key).collect();
        let mut stored = self.store.first_rows(&others, to)?.into_iter();
        let first = |found: Option<LeafIndex>| found.or_else(|| stored.next().flatten());
        Ok(in_runs.into_iter().map(first).collect())
    }

    fn named(&self) -> Option<Arc<RunList>> {
        // A poisoned lock only says that another thread panicked; the list is whole at any time.
        self.named.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn found(
        &self,
        key: &RowKey,
        list: Option<&RunList>,
        (from, to): (LeafIndex, LeafIndex),
        order: LookupOrder,
        limit: usize,
    ) -> Result<Vec<LeafIndex>, ReadError> {
        let behind = list.map_or(LeafIndex::ZERO, |list| list.covered().next_index());
        let in_runs = KeyWindow {
            key: IndexKey::of_hash(&key.key),
            from,
            to: to.min(behind),
            order,
            limit,
        };
        let stored = |limit| self.store.rows(key, from.max(behind), to, order, limit);
        let mut found = match order {
            LookupOrder::Ascending => self.in_runs(list, in_runs)?,
            LookupOrder::Descending => stored(limit)?,
        };
        let limit = limit.saturating_sub(found.len());
        if limit > 0 {
            found.extend(match order {
                LookupOrder::Ascending => stored(limit)?,
                LookupOrder::Descending => self.in_runs(list, KeyWindow { limit, ..in_runs })?,
            });
        }
        Ok(found)
    }

    fn in_runs(&self, list: Option<&RunList>, window: KeyWindow) -> Result<Vec<LeafIndex>, ReadError> {
        let mut runs: Vec<_> = list.map_or(&[][..], RunList::runs).to_vec();
        if window.order == LookupOrder::Descending {
            runs.reverse();
        }
        let mut found = Vec::new();
        for run in runs {
            let limit = window.limit.saturating_sub(found.len());
            let from = window.from.max(run.range.begin().next_index());
            let to = window.to.min(run.range.end().next_index());
            if from < to && limit > 0 {
                let window = KeyWindow {
                    from,
                    to,
                    limit,
                    ..window
                };
                let parts = RunParts::new(self.store.as_ref(), run);
                found.extend(RunSearch::new(parts, &self.kept, window).indices()?);
            }
        }
        Ok(found)
    }
}
