//! The second path: what the store holds after a commit, hashed and folded by other code.
//!
//! Integration computes the root from leaf hashes in memory, through our own frontier. Here entries and
//! tiles come from the store, and every root over them from `rs_merkle`. A difference is a broken disk, a
//! broken store or a broken frontier; in each case the head must not be signed.

use std::collections::BTreeMap;

use verifier::hash::{NodeHash, RootHash, leaf_hash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::oracle;
use verifier::tile::{TILE_WIDTH, TileCoord, tile_width};

use crate::integrate::tile_hashes;
use crate::store::{Integration, LogStore, READ_LIMIT_MAX, StoreError, StoredEntry};

/// Checks a committed batch.
pub(crate) fn verify(store: &dyn LogStore, batch: &Integration) -> Result<(), StoreError> {
    let mut tiles = Tiles {
        store,
        size: batch.head.tree.size,
        read: BTreeMap::new(),
    };
    verify_entries(&mut tiles, batch)?;
    verify_full_tiles(&mut tiles, batch)?;
    let root = tiles.root()?;
    expect("the recomputed root", root, batch.head.tree.root)
}

/// Every entry as stored hashes to its place in the stored tiles, and what stands beside it is what was
/// written.
fn verify_entries(tiles: &mut Tiles<'_>, batch: &Integration) -> Result<(), StoreError> {
    let mut index = batch.first;
    for chunk in batch.entries.chunks(READ_LIMIT_MAX) {
        let stored = tiles.store.entries(index, chunk.len())?;
        if stored.len() != chunk.len() {
            let detail = format!("{} of {} entries", stored.len(), chunk.len());
            return Err(StoreError::damaged(format!("the batch at {index}"), detail));
        }
        for (bytes, written) in stored.iter().zip(chunk) {
            let leaf = NodeHash::from(leaf_hash(bytes));
            let place = tiles.hash(0, index.value())?;
            expect(&format!("leaf {index}"), leaf, place)?;
            verify_beside(tiles.store, index, written)?;
            index = LeafIndex::new(index.value().saturating_add(1));
        }
    }
    Ok(())
}

fn verify_beside(store: &dyn LogStore, index: LeafIndex, written: &StoredEntry) -> Result<(), StoreError> {
    let what = || format!("the document of entry {index}");
    let beside = store
        .beside(index)?
        .ok_or_else(|| StoreError::damaged(what(), "missing"))?;
    if beside.evidence == written.evidence && beside.context == written.context {
        Ok(())
    } else {
        Err(StoreError::damaged(what(), "not what was written"))
    }
}

/// Every tile that the batch filled folds to its hash in the level above.
fn verify_full_tiles(tiles: &mut Tiles<'_>, batch: &Integration) -> Result<(), StoreError> {
    for (coord, _) in &batch.tiles {
        if tile_width(*coord, tiles.size) != TILE_WIDTH {
            continue;
        }
        let folded = NodeHash::from(oracle::root_of(tiles.tile(*coord)?));
        let above = tiles.hash(coord.level.saturating_add(1), coord.index)?;
        expect(&format!("tile {}/{}", coord.level, coord.index), folded, above)?;
    }
    Ok(())
}

/// The root of a stored tree of `size` from its right edge alone, through `rs_merkle`. For start-up.
pub(crate) fn root_from_right_edge(store: &dyn LogStore, size: TreeSize) -> Result<RootHash, StoreError> {
    let mut tiles = Tiles {
        store,
        size,
        read: BTreeMap::new(),
    };
    tiles.root()
}

/// Stored tiles, each read once.
struct Tiles<'a> {
    store: &'a dyn LogStore,
    size: TreeSize,
    read: BTreeMap<TileCoord, Vec<NodeHash>>,
}

impl Tiles<'_> {
    /// The hashes of a tile that the size implies.
    fn tile(&mut self, coord: TileCoord) -> Result<&[NodeHash], StoreError> {
        if !self.read.contains_key(&coord) {
            let hashes = tile_hashes(self.store, coord, tile_width(coord, self.size))?;
            self.read.insert(coord, hashes);
        }
        Ok(self.read.get(&coord).map_or(&[], Vec::as_slice))
    }

    /// The hash at a position of a level.
    fn hash(&mut self, level: u8, position: u64) -> Result<NodeHash, StoreError> {
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
    fn root(&mut self) -> Result<RootHash, StoreError> {
        let mut rest: Option<NodeHash> = None;
        let mut level = 0;
        let mut count = self.size.value();
        loop {
            let coord = TileCoord {
                level,
                index: count / u64::from(TILE_WIDTH),
            };
            let mut hashes = if tile_width(coord, self.size) == 0 {
                Vec::new()
            } else {
                self.tile(coord)?.to_vec()
            };
            hashes.extend(rest);
            if !hashes.is_empty() {
                rest = Some(NodeHash::from(oracle::root_of(&hashes)));
            }
            count /= u64::from(TILE_WIDTH);
            if count == 0 {
                break;
            }
            level = level.saturating_add(1);
        }
        Ok(rest.map_or_else(|| oracle::root_of(&[]), RootHash::from))
    }
}

fn expect<T: PartialEq + Copy + std::fmt::Display>(
    what: &str,
    found: T,
    expected: T,
) -> Result<(), StoreError> {
    if found == expected {
        return Ok(());
    }
    let detail = format!("found {found}, expected {expected}");
    Err(StoreError::damaged(what, detail))
}
