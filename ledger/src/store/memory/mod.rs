//! The log in memory: the reference of what the contract means, and the store of tests.
//!
//! Same semantics as a durable store, minus durability: [`MemoryStore::reopen`] gives a second handle
//! on the same log, as opening the directory again would. With the feature `testing` every write step
//! can be made to fail, or to fail though it was persisted, and every read to fail or to be damaged.

#[cfg(feature = "testing")]
mod faults;
#[cfg(feature = "testing")]
pub use faults::{CommitFault, EraseStep, ReadFault, ReadObject, RunStep};
mod cosignatures;
mod runs;

use super::{
    CommitError, DOCUMENTS_BYTES_MAX, Head, HeadQuery, Integration, LogIdentity, LogStore, LookupOrder,
    OrderedErasure, READ_LIMIT_MAX, Remains, Removal, RowPage, StoreError, StoreUpkeep, StoredDocument,
    StoredHead, StoredLog, Upkeep, within_limit,
};
use crate::rows::{Row, RowKey};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};
use verifier::index::{LeafIndex, TreeSize};
use verifier::tile::TileCoord;

/// A log that lives as long as its handles.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    state: Arc<RwLock<MemoryState>>,
    #[cfg(feature = "testing")]
    faults: Arc<faults::InjectedFaults>,
}

#[derive(Debug, Default)]
struct MemoryState {
    identity: Option<LogIdentity>,
    heads: BTreeMap<TreeSize, StoredHead>,
    tiles: BTreeMap<TileCoord, Vec<u8>>,
    entries: Vec<Vec<u8>>,
    documents: Vec<StoredDocument>,
    rows: BTreeSet<Row>,
    erased_to: TreeSize,
    rows_released: TreeSize,
    /// First index and rows of the batches that are not merged yet, oldest first.
    segments: VecDeque<(LeafIndex, BTreeSet<Row>)>,
    runs: runs::MemoryRuns,
    cosignatures: BTreeMap<TreeSize, String>,
}

impl MemoryStore {
    /// An empty store: no log was created.
    pub fn new() -> Self {
        Self::default()
    }

    /// A second handle on the same log, without the faults injected into this one.
    #[must_use]
    pub fn reopen(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
            #[cfg(feature = "testing")]
            faults: Arc::default(),
        }
    }

    /// A poisoned lock means that a thread died half-way through a change: nothing is known any more.
    fn read(&self) -> Result<RwLockReadGuard<'_, MemoryState>, StoreError> {
        self.state
            .read()
            .map_err(|_| StoreError::Engine("a writer died".to_owned()))
    }

    fn write(&self) -> Result<RwLockWriteGuard<'_, MemoryState>, CommitError> {
        self.state
            .write()
            .map_err(|_| CommitError::NotApplied("a writer died".to_owned()))
    }

    fn change(&self) -> Result<RwLockWriteGuard<'_, MemoryState>, StoreError> {
        self.state
            .write()
            .map_err(|_| StoreError::Engine("a writer died".to_owned()))
    }
}

impl MemoryState {
    fn newest(&self) -> Option<&StoredHead> {
        self.heads.last_key_value().map(|(_, head)| head)
    }

    fn conflict(&self, expected: Option<&Head>) -> Result<(), CommitError> {
        let found = self.newest().map(|stored| &stored.head);
        if found == expected {
            return Ok(());
        }
        Err(CommitError::Conflict {
            expected: expected.map(|head| head.tree.size),
            found: found.map(|head| head.tree.size),
        })
    }

    fn check_tiles(&self, batch: &Integration) -> Result<(), CommitError> {
        for (coord, hashes) in &batch.tiles {
            if self
                .tiles
                .get(coord)
                .is_some_and(|before| !hashes.starts_with(before))
            {
                return Err(CommitError::NotApplied(format!(
                    "{coord:?} does not continue the stored tile"
                )));
            }
        }
        Ok(())
    }

    fn apply(&mut self, batch: &Integration) {
        if let Some((size, signature)) = &batch.signature
            && let Some(stored) = self.heads.get_mut(size)
        {
            stored.signature = Some(*signature);
        }
        for entry in &batch.entries {
            self.entries.push(entry.entry.clone());
            self.documents.push(StoredDocument {
                evidence: entry.evidence.clone(),
                context: entry.context.clone(),
                erased: None,
            });
        }
        self.tiles.extend(batch.tiles.iter().cloned());
        self.segments
            .push_back((batch.first, batch.rows.iter().copied().collect()));
        self.heads.insert(
            batch.head.tree.size,
            StoredHead {
                head: batch.head.clone(),
                signature: None,
            },
        );
    }

    fn put_remains(&mut self, remains: &[(LeafIndex, Remains)]) -> Result<(), StoreError> {
        let missing = |index| StoreError::Engine(format!("there is no entry {index} to erase"));
        if let Some((index, _)) = remains
            .iter()
            .find(|(index, _)| at(&self.documents, *index).is_none())
        {
            return Err(missing(index));
        }
        for (index, left) in remains {
            let place = usize::try_from(index.value()).ok();
            let document = place.and_then(|place| self.documents.get_mut(place));
            let document = document.ok_or_else(|| missing(index))?;
            if document.erased.is_none() {
                *document = StoredDocument {
                    erased: Some(left.clone()),
                    ..StoredDocument::default()
                };
            }
        }
        Ok(())
    }

    fn all_rows(&self) -> impl Iterator<Item = &BTreeSet<Row>> {
        std::iter::once(&self.rows).chain(self.segments.iter().map(|(_, rows)| rows))
    }
}

impl StoreUpkeep for MemoryStore {
    /// Drops all of them at once, so that a caller who asks for one all the same does not find it.
    fn release_rows(&self, below: TreeSize) -> Result<(), StoreError> {
        let mut state = self.change()?;
        state.rows_released = state.rows_released.max(below);
        let is_kept = |row: &Row| !row.key.space.is_in_runs() || !below.contains(row.index);
        state.rows.retain(is_kept);
        for (_, rows) in &mut state.segments {
            rows.retain(is_kept);
        }
        Ok(())
    }

    fn maintain(&self) -> Result<Upkeep, StoreError> {
        let mut state = self.change()?;
        if let Some((_, segment)) = state.segments.pop_front() {
            state.rows.extend(segment);
        }
        let unmerged = state
            .segments
            .front()
            .map(|(first, _)| TreeSize::new(first.value()));
        let newest = state.newest().map(|stored| stored.head.tree.size);
        Ok(Upkeep {
            indexed_to: unmerged.or(newest).unwrap_or_default(),
            is_pending: unmerged.is_some(),
        })
    }

    fn scan_rows(&self, after: Option<&Row>, limit: usize) -> Result<RowPage, StoreError> {
        #[cfg(feature = "testing")]
        self.faults.before_read(ReadObject::Rows)?;
        let limit = limit.min(READ_LIMIT_MAX);
        let range = (
            after.map_or(Bound::Unbounded, |row| Bound::Excluded(*row)),
            Bound::Unbounded,
        );
        let state = self.read()?;
        let first = state.all_rows().flat_map(|rows| rows.range(range).take(limit));
        let rows: BTreeSet<Row> = first.copied().collect();
        Ok(RowPage {
            rows: rows.into_iter().take(limit).collect(),
            malformed: Vec::new(),
        })
    }
}

impl LogStore for MemoryStore {
    fn head(&self) -> Result<Option<StoredLog>, StoreError> {
        #[cfg(feature = "testing")]
        self.faults.before_read(ReadObject::Head)?;
        let state = self.read()?;
        match (&state.identity, state.newest()) {
            (Some(identity), Some(newest)) => Ok(Some(StoredLog {
                identity: identity.clone(),
                newest: newest.clone(),
                erased_to: state.erased_to,
                rows_released: state.rows_released,
            })),
            (None, None) => Ok(None),
            _ => Err(StoreError::damaged(
                "log identity",
                "identity and heads disagree on whether there is a log",
            )),
        }
    }

    fn create(&self, identity: &LogIdentity, genesis: &Integration) -> Result<(), CommitError> {
        let mut state = self.write()?;
        state.conflict(None)?;
        genesis.check(None)?;
        #[cfg(feature = "testing")]
        self.faults.before_write()?;
        state.identity = Some(identity.clone());
        state.apply(genesis);
        #[cfg(feature = "testing")]
        self.faults.after_write()?;
        Ok(())
    }

    fn commit(&self, expected: &Head, batch: &Integration) -> Result<(), CommitError> {
        let mut state = self.write()?;
        state.conflict(Some(expected))?;
        batch.check(Some(expected))?;
        state.check_tiles(batch)?;
        #[cfg(feature = "testing")]
        self.faults.before_write()?;
        state.apply(batch);
        #[cfg(feature = "testing")]
        self.faults.after_write()?;
        Ok(())
    }

    fn tiles(&self, coords: &[TileCoord]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        within_limit(coords)?;
        let state = self.read()?;
        let tiles = coords.iter().map(|coord| state.tiles.get(coord).cloned());
        #[cfg(feature = "testing")]
        let tiles = self.faults.after_list(ReadObject::Tile, tiles)?;
        Ok(tiles.collect())
    }

    fn entries(&self, indices: &[LeafIndex]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        within_limit(indices)?;
        let state = self.read()?;
        let entries = indices.iter().map(|index| at(&state.entries, *index).cloned());
        #[cfg(feature = "testing")]
        let entries = self.faults.after_list(ReadObject::Entries, entries)?;
        Ok(entries.collect())
    }

    fn documents(&self, indices: &[LeafIndex]) -> Result<Vec<Option<StoredDocument>>, StoreError> {
        within_limit(indices)?;
        let state = self.read()?;
        let mut documents = Vec::with_capacity(indices.len());
        let mut bytes: usize = 0;
        for index in indices {
            let document = at(&state.documents, *index).cloned();
            bytes = bytes.saturating_add(document.as_ref().map_or(0, StoredDocument::bytes));
            documents.push(document);
            if bytes >= DOCUMENTS_BYTES_MAX {
                break;
            }
        }
        #[cfg(feature = "testing")]
        let documents = self.faults.after_documents(documents)?;
        Ok(documents)
    }

    fn rows(
        &self,
        key: &RowKey,
        from: LeafIndex,
        to: LeafIndex,
        order: LookupOrder,
        limit: usize,
    ) -> Result<Vec<LeafIndex>, StoreError> {
        #[cfg(feature = "testing")]
        self.faults.before_read(ReadObject::Rows)?;
        if from >= to {
            return Ok(Vec::new());
        }
        let range = (
            Bound::Included(Row {
                key: *key,
                index: from,
            }),
            Bound::Excluded(Row { key: *key, index: to }),
        );
        let state = self.read()?;
        let limit = limit.min(READ_LIMIT_MAX);
        let ranges = state
            .all_rows()
            .map(|rows| rows.range(range).map(|row| row.index));
        // The first of all are among the first of each: a seek costs what it returns, not what its key has.
        let found: BTreeSet<LeafIndex> = match order {
            LookupOrder::Ascending => ranges.flat_map(|rows| rows.take(limit)).collect(),
            LookupOrder::Descending => ranges.flat_map(|rows| rows.rev().take(limit)).collect(),
        };
        Ok(match order {
            LookupOrder::Ascending => found.into_iter().take(limit).collect(),
            LookupOrder::Descending => found.into_iter().rev().take(limit).collect(),
        })
    }

    fn heads(&self, query: HeadQuery, limit: usize) -> Result<Vec<StoredHead>, StoreError> {
        #[cfg(feature = "testing")]
        self.faults.before_read(ReadObject::Head)?;
        let state = self.read()?;
        let described = |stored: &&StoredHead| match query {
            HeadQuery::OfSize(size) => stored.head.tree.size == size,
            HeadQuery::UpToSize(size) => stored.head.tree.size <= size,
            HeadQuery::UpToTime(time) => stored.head.time <= time,
        };
        let heads = state.heads.values().rev().filter(described);
        Ok(heads.take(limit.min(READ_LIMIT_MAX)).cloned().collect())
    }

    fn erase(&self, erasure: &OrderedErasure) -> Result<Removal, StoreError> {
        #[cfg(feature = "testing")]
        self.faults.before_erase(EraseStep::Hide)?;
        self.change()?.put_remains(&erasure.remains)?;
        #[cfg(feature = "testing")]
        self.faults.before_erase(EraseStep::Remove)?;
        #[cfg(feature = "testing")]
        if let Some(by) = self.faults.removal_by() {
            return Ok(Removal::By(by));
        }
        let mut state = self.change()?;
        state.erased_to = state.erased_to.max(erasure.end().unwrap_or_default());
        Ok(Removal::Done)
    }
}

fn at<T>(list: &[T], index: LeafIndex) -> Option<&T> {
    list.get(usize::try_from(index.value()).ok()?)
}
