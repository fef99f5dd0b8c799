//! The second path: what the store holds after a commit, hashed and folded by other code.
//!
//! Integration computes the root from leaf hashes in memory, through our own frontier. Here entries and
//! tiles come from the store, and every root over them from `rs_merkle`. A difference is a broken disk, a
//! broken store or a broken frontier; in each case the head must not be signed.

use std::collections::{BTreeMap, BTreeSet};

use verifier::hash::{NodeHash, RootHash, leaf_hash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::oracle;
use verifier::tile::{TILE_WIDTH, TileCoord, tile_width};

use crate::integrate::read_tiles;
use crate::store::{Integration, LogStore, READ_LIMIT_MAX, StoreError, read};

/// Checks a committed batch. Its entries are read as lists of at most [`READ_LIMIT_MAX`], its tiles and those
/// of the right edge as one.
pub(crate) fn verify(store: &dyn LogStore, batch: &Integration) -> Result<(), StoreError> {
    let written = batch.tiles.iter().map(|(coord, _)| *coord);
    let tiles = Tiles::load(store, batch.head.tree.size, written)?;
    verify_entries(store, &tiles, batch)?;
    verify_documents(store, batch)?;
    verify_full_tiles(&tiles, batch)?;
    let root = tiles.root()?;
    expect(|| "the recomputed root".to_owned(), root, batch.head.tree.root)
}

/// Every entry as stored hashes to its place in the stored tiles.
fn verify_entries(store: &dyn LogStore, tiles: &Tiles, batch: &Integration) -> Result<(), StoreError> {
    let indices = read::indices(batch.first, batch.entries.len());
    for indices in indices.chunks(READ_LIMIT_MAX) {
        let stored = store.entries(indices)?;
        let mut stored = stored.iter();
        for index in indices {
            let bytes = stored.next().and_then(Option::as_ref);
            let bytes = bytes.ok_or_else(|| StoreError::damaged(format!("entry {index}"), "missing"))?;
            let leaf = NodeHash::from(leaf_hash(bytes));
            expect(|| format!("leaf {index}"), leaf, tiles.hash(0, index.value())?)?;
        }
    }
    Ok(())
}

/// What is stored with every entry is what was written.
fn verify_documents(store: &dyn LogStore, batch: &Integration) -> Result<(), StoreError> {
    let indices = read::indices(batch.first, batch.entries.len());
    let mut left = indices.as_slice();
    let mut written = batch.entries.iter();
    while let Some(index) = left.first() {
        let list = left.get(..READ_LIMIT_MAX).unwrap_or(left);
        let documents = store.documents(list)?;
        left = left.get(documents.len().max(1)..).unwrap_or_default();
        if documents.is_empty() {
            return Err(StoreError::damaged(document_name(*index), "missing"));
        }
        for ((index, stored), written) in list.iter().zip(documents).zip(&mut written) {
            let stored = stored.ok_or_else(|| StoreError::damaged(document_name(*index), "missing"))?;
            if stored.evidence != written.evidence || stored.context != written.context {
                return Err(StoreError::damaged(document_name(*index), "not what was written"));
            }
        }
    }
    Ok(())
}

fn document_name(index: LeafIndex) -> String {
    format!("the document of entry {index}")
}

/// Every tile that the batch filled folds to its hash in the level above.
fn verify_full_tiles(tiles: &Tiles, batch: &Integration) -> Result<(), StoreError> {
    for (coord, _) in &batch.tiles {
        if tile_width(*coord, tiles.size) != TILE_WIDTH {
            continue;
        }
        let folded = NodeHash::from(oracle::root_of(tiles.tile(*coord)?));
        let above = tiles.hash(coord.level.saturating_add(1), coord.index)?;
        expect(|| format!("tile {}/{}", coord.level, coord.index), folded, above)?;
    }
    Ok(())
}

/// The root of a stored tree of `size` from its right edge alone, through `rs_merkle`. For start-up.
pub(crate) fn root_from_right_edge(store: &dyn LogStore, size: TreeSize) -> Result<RootHash, StoreError> {
    Tiles::load(store, size, std::iter::empty())?.root()
}

/// Stored tiles, each read once.
struct Tiles {
    size: TreeSize,
    read: BTreeMap<TileCoord, Vec<NodeHash>>,
}

impl Tiles {
    /// Reads the right edge of a tree, and further tiles of it.
    fn load(
        store: &dyn LogStore,
        size: TreeSize,
        further: impl Iterator<Item = TileCoord>,
    ) -> Result<Self, StoreError> {
        let mut coords: BTreeSet<TileCoord> = further.collect();
        coords.extend(right_edge(size));
        let read = read_tiles(store, size, coords)?;
        Ok(Self { size, read })
    }

    fn tile(&self, coord: TileCoord) -> Result<&[NodeHash], StoreError> {
        let tile = self.read.get(&coord).map(Vec::as_slice);
        tile.ok_or_else(|| {
            let what = format!("tile {}/{}", coord.level, coord.index);
            StoreError::damaged(what, "not written with the entries below it")
        })
    }

    /// The hash at a position of a level.
    fn hash(&self, level: u8, position: u64) -> Result<NodeHash, StoreError> {
        let width = u64::from(TILE_WIDTH);
        let coord = TileCoord {
            level,
            index: position / width,
        };
        let offset = usize::try_from(position % width).unwrap_or(usize::MAX);
        self.tile(coord)?
            .get(offset)
            .copied()
            .ok_or_else(|| StoreError::damaged(format!("tile {level}/{}", coord.index), "too short"))
    }

    /// Each level's partial tile, followed by the root of everything to its right, is a list of subtrees
    /// of which all but the last are complete and of one height: its RFC 6962 root is that of the leaves.
    fn root(&self) -> Result<RootHash, StoreError> {
        let mut rest: Option<NodeHash> = None;
        for coord in right_edge(self.size) {
            let mut hashes = if tile_width(coord, self.size) == 0 {
                Vec::new()
            } else {
                self.tile(coord)?.to_vec()
            };
            hashes.extend(rest);
            if !hashes.is_empty() {
                rest = Some(NodeHash::from(oracle::root_of(&hashes)));
            }
        }
        Ok(rest.map_or_else(|| oracle::root_of(&[]), RootHash::from))
    }
}

/// The last tile of each level, from the leaves up; the last one of a level may have no hash yet.
fn right_edge(size: TreeSize) -> impl Iterator<Item = TileCoord> {
    let above = |tile: &TileCoord| {
        let level = tile.level.saturating_add(1);
        let index = tile.index / u64::from(TILE_WIDTH);
        (tile.index > 0).then_some(TileCoord { level, index })
    };
    let index = size.value() / u64::from(TILE_WIDTH);
    std::iter::successors(Some(TileCoord { level: 0, index }), above)
}

fn expect<T: PartialEq + Copy + std::fmt::Display>(
    what: impl FnOnce() -> String,
    found: T,
    expected: T,
) -> Result<(), StoreError> {
    if found == expected {
        return Ok(());
    }
    let detail = format!("found {found}, expected {expected}");
    Err(StoreError::damaged(what(), detail))
}
