//! Lists of tiles, entries and documents; heads: reads that span several values.

use super::layout::{self, BUNDLE_ENTRIES};
use super::{KeyScan, RocksStore};
use crate::families::Family;
use ledger::store::{
    DOCUMENTS_BYTES_MAX, READ_LIMIT_MAX, StoreError, StoredDocument, StoredHead, within_limit,
};
use std::ops::ControlFlow;
use std::sync::Arc;
use tlog::index::{LeafIndex, TimestampMs, TreeSize};
use tlog::tile::{TileCoord, decode_bundle};

/// Bundles asked for together: of 256 entries of 4 KiB, 1 MiB each at most, they take 32 MiB.
const BUNDLES_AT_ONCE: usize = 32;
/// Documents asked for together: of 1 MiB each, they take 64 MiB for a moment.
const DOCUMENTS_AT_ONCE: usize = 64;

/// The entries of one stored fragment, which must begin with entry `expected`.
pub(crate) fn fragment<'a>(key: &[u8], sealed: &'a [u8], expected: u64) -> Result<Vec<&'a [u8]>, StoreError> {
    let first = layout::fragment_index(key)?;
    if first != expected {
        return Err(StoreError::damaged(
            layout::object(Family::Entries, key),
            format!("it begins with entry {first}, expected {expected}"),
        ));
    }
    bundle_entries(key, layout::open(Family::Entries, key, sealed)?, first)
}

/// The entries of a fragment that begins with entry `first`, from its value without the checksum.
fn bundle_entries<'a>(key: &[u8], value: &'a [u8], first: u64) -> Result<Vec<&'a [u8]>, StoreError> {
    let what = || layout::object(Family::Entries, key);
    let entries =
        decode_bundle(value).ok_or_else(|| StoreError::damaged(what(), "it is not a bundle of entries"))?;
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
    pub(crate) fn read_tiles(&self, coords: &[TileCoord]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        within_limit(coords)?;
        let keys: Vec<_> = coords.iter().map(|coord| layout::tile_key(*coord)).collect();
        let sealed = self.engine.get_all(Family::Tiles, &keys)?;
        let opened = keys.iter().zip(sealed).map(|(key, sealed)| match sealed {
            Some(sealed) => layout::open(Family::Tiles, key, &sealed).map(|tile| Some(tile.to_vec())),
            None => Ok(None),
        });
        opened.collect()
    }

    /// Entries are stored in bundles, of which all but the last few are one value: neighbours in the list that
    /// share a bundle cost one value together, and all bundles are asked for at once.
    pub(crate) fn read_entries(&self, indices: &[LeafIndex]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        within_limit(indices)?;
        // Read before the entries: what was committed by then must be found.
        let size = self
            .committed_head()?
            .map(|head| head.tree.size)
            .unwrap_or_default();
        let groups: Vec<(u64, &[LeafIndex])> = indices
            .chunk_by(|one, other| bundle_start(*one) == bundle_start(*other))
            .filter_map(|group| Some((bundle_start(*group.first()?), group)))
            .collect();
        let is_full = |start: u64| start.saturating_add(BUNDLE_ENTRIES) <= size.value();
        let mut found = Vec::with_capacity(indices.len());
        for groups in groups.chunks(BUNDLES_AT_ONCE) {
            let full = groups
                .iter()
                .map(|(start, _)| *start)
                .filter(|start| is_full(*start));
            let mut bundles = self.full_bundles(&full.collect::<Vec<_>>())?.into_iter();
            for (start, group) in groups {
                let bundle = if is_full(*start) {
                    bundles.next().flatten()
                } else {
                    None
                };
                if let Some(bundle) = &bundle {
                    let entries = bundle_entries(&layout::fragment_key(*start), bundle, *start)?;
                    found.extend(group.iter().map(|index| entry_of(&entries, *start, *index)));
                } else {
                    found.extend(self.read_fragments(*start, group)?);
                }
                let read = found
                    .get(found.len().saturating_sub(group.len())..)
                    .unwrap_or_default();
                require_all(group, read, size)?;
            }
        }
        Ok(found)
    }

    /// The bundles that begin with these entries, in the order of the list and each without its checksum, which holds; those that
    /// were not read lately are read together. `None` for one that is not stored under that name.
    fn full_bundles(&self, starts: &[u64]) -> Result<Vec<Option<Arc<Vec<u8>>>>, StoreError> {
        let mut bundles: Vec<Option<Arc<Vec<u8>>>> =
            starts.iter().map(|start| self.bundles.get(*start)).collect();
        let unread = || starts.iter().zip(&bundles).filter(|(_, kept)| kept.is_none());
        let keys: Vec<_> = unread().map(|(start, _)| layout::fragment_key(*start)).collect();
        let mut read = keys.iter().zip(self.engine.get_all(Family::Entries, &keys)?);
        for (start, bundle) in starts.iter().zip(&mut bundles).filter(|(_, kept)| kept.is_none()) {
            let Some((key, Some(sealed))) = read.next() else {
                continue;
            };
            let opened = Arc::new(layout::open(Family::Entries, key, &sealed)?.to_vec());
            let entries = bundle_entries(key, &opened, *start)?.len();
            if u64::try_from(entries) == Ok(BUNDLE_ENTRIES) {
                self.bundles.keep(*start, &opened);
            }
            *bundle = Some(opened);
        }
        Ok(bundles)
    }

    /// Entries of a bundle that is not full yet: it is stored as one fragment a batch. From the last fragment down to the one that holds
    /// the first of them, so that the newest entry, which every commit reads back, costs one fragment and not the whole bundle.
    fn read_fragments(&self, start: u64, indices: &[LeafIndex]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let values = || indices.iter().map(|index| index.value());
        let first = values().min().unwrap_or(start);
        let last = values().max().unwrap_or(start);
        let (from, to) = (
            layout::fragment_key(start),
            layout::fragment_key(last.saturating_add(1)),
        );
        let scan = KeyScan {
            from: &from,
            to: Some(&to),
            descending: true,
            ..KeyScan::ALL
        };
        let mut found = vec![None; indices.len()];
        let mut above = None;
        self.engine.scan(Family::Entries, scan, &mut |key, sealed| {
            let at = layout::fragment_index(key)?;
            let entries = bundle_entries(key, layout::open(Family::Entries, key, sealed)?, at)?;
            let end = at.saturating_add(u64::try_from(entries.len()).unwrap_or(u64::MAX));
            if let Some(above) = above.filter(|above| *above != end) {
                return Err(StoreError::damaged(
                    layout::object(Family::Entries, key),
                    format!("it holds the entries up to {end}, expected up to {above}"),
                ));
            }
            for (found, index) in found.iter_mut().zip(indices) {
                if found.is_none() {
                    *found = entry_of(&entries, at, *index);
                }
            }
            above = Some(at);
            Ok(if at > first {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
        Ok(found)
    }

    pub(crate) fn read_documents(
        &self,
        indices: &[LeafIndex],
    ) -> Result<Vec<Option<StoredDocument>>, StoreError> {
        within_limit(indices)?;
        let mut documents = Vec::with_capacity(indices.len());
        let mut bytes: usize = 0;
        for indices in indices.chunks(DOCUMENTS_AT_ONCE) {
            let keys: Vec<_> = indices
                .iter()
                .map(|index| layout::number_key(index.value()))
                .collect();
            let sealed = self.engine.get_all(Family::Documents, &keys)?;
            for ((index, key), sealed) in indices.iter().zip(&keys).zip(sealed) {
                let document = match sealed {
                    Some(sealed) => Some(layout::decode_document(
                        *index,
                        layout::open(Family::Documents, key, &sealed)?,
                    )?),
                    None => self.document_again(*index)?,
                };
                bytes = bytes.saturating_add(document.as_ref().map_or(0, StoredDocument::bytes));
                documents.push(document);
                if bytes >= DOCUMENTS_BYTES_MAX {
                    return Ok(documents);
                }
            }
        }
        Ok(documents)
    }

    /// Looks again for what was not found, which may have been committed since: below the head it must be there.
    fn document_again(&self, index: LeafIndex) -> Result<Option<StoredDocument>, StoreError> {
        let head = self.committed_head()?;
        if head.is_none_or(|head| !head.tree.size.contains(index)) {
            return Ok(None);
        }
        let key = layout::number_key(index.value());
        match self.value(Family::Documents, &key)? {
            Some(value) => layout::decode_document(index, &value).map(Some),
            None => Err(StoreError::damaged(
                layout::object(Family::Documents, &key),
                "they are missing",
            )),
        }
    }

    pub(crate) fn head_of_size(&self, size: TreeSize) -> Result<Option<StoredHead>, StoreError> {
        let value = self.value(Family::Heads, &layout::number_key(size.value()))?;
        value
            .map(|value| layout::decode_stored_head(size, &value))
            .transpose()
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
        let scan = KeyScan {
            to: to.as_ref().map(<[u8; 8]>::as_slice),
            descending: true,
            ..KeyScan::ALL
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
            KeyScan {
                from: &from,
                ..KeyScan::ALL
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

fn bundle_start(index: LeafIndex) -> u64 {
    index.value().saturating_sub(index.value() % BUNDLE_ENTRIES)
}

/// One of the entries that begin with entry `first`.
fn entry_of(entries: &[&[u8]], first: u64, index: LeafIndex) -> Option<Vec<u8>> {
    let offset = usize::try_from(index.value().checked_sub(first)?).ok()?;
    entries.get(offset).map(|entry| entry.to_vec())
}

/// Below the head no entry may be missing.
fn require_all(indices: &[LeafIndex], found: &[Option<Vec<u8>>], size: TreeSize) -> Result<(), StoreError> {
    let mut pairs = indices.iter().zip(found);
    match pairs.find(|(index, entry)| entry.is_none() && size.contains(**index)) {
        None => Ok(()),
        Some((index, _)) => Err(StoreError::damaged(
            layout::object(Family::Entries, &layout::fragment_key(index.value())),
            format!("entry {index} is missing; the log has {size}"),
        )),
    }
}
