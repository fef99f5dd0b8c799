//! One item, one head and a range of entries out of the lists that a store answers.

use super::{HeadQuery, LogStore, READ_LIMIT_MAX, StoreError, StoredDocument, StoredHead};
use verifier::index::LeafIndex;
use verifier::tile::TileCoord;

pub(crate) fn tile(store: &dyn LogStore, coord: TileCoord) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(store.tiles(&[coord])?.pop().flatten())
}

pub(crate) fn entry(store: &dyn LogStore, index: LeafIndex) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(store.entries(&[index])?.pop().flatten())
}

/// What is stored with one entry.
pub(crate) fn document(store: &dyn LogStore, index: LeafIndex) -> Result<Option<StoredDocument>, StoreError> {
    Ok(store.documents(&[index])?.pop().flatten())
}

/// The newest head that a query describes.
pub(crate) fn newest(store: &dyn LogStore, query: HeadQuery) -> Result<Option<StoredHead>, StoreError> {
    Ok(store.heads(query, 1)?.pop())
}

/// Entries from `from` on, at most `count` and at most [`READ_LIMIT_MAX`], up to the first that is not there.
pub(crate) fn entries(
    store: &dyn LogStore,
    from: LeafIndex,
    count: usize,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let indices = indices(from, count.min(READ_LIMIT_MAX));
    Ok(store
        .entries(&indices)?
        .into_iter()
        .map_while(|entry| entry)
        .collect())
}

/// `count` indices from `from` on, fewer at the end of the numbers.
pub(crate) fn indices(from: LeafIndex, count: usize) -> Vec<LeafIndex> {
    std::iter::successors(Some(from), |index| index.next())
        .take(count)
        .collect()
}
