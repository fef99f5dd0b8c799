//! Pure: (right edge, leaf hashes of a batch) to tiles, root and the next right edge.
//!
//! The right edge keeps the partial tile of every level in memory, so that appending reads nothing.
//! Its root comes from the frontier; the sequencer recomputes it by other code from what the store
//! gives back before it signs.

use verifier::hash::{LeafHash, NodeHash, RootHash};
use verifier::index::TreeSize;
use verifier::merkle::frontier::Frontier;
use verifier::merkle::plan::root_nodes;
use verifier::tile::{TILE_WIDTH, TileCoord, decode_tile, locate, subtree_root, tile_width};

use std::collections::{BTreeMap, BTreeSet};

use crate::store::{LogStore, READ_LIMIT_MAX, StoreError, read};

/// Levels of tiles that a tree of 2^64 leaves has.
const LEVELS_MAX: u8 = 8;

/// What is needed to append: the frontier, and the hashes of the last tile of each level where that
/// is not full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightEdge {
    frontier: Frontier,
    /// By level: fewer than 256 hashes each.
    partial: Vec<Vec<NodeHash>>,
}

/// A tile with all its hashes so far.
pub type WholeTile = (TileCoord, Vec<u8>);

impl RightEdge {
    /// Reads the edge of a tree of `size` from its tiles. Nothing is compared with a root here: see
    /// `recovery`.
    pub(crate) fn load(store: &dyn LogStore, size: TreeSize) -> Result<Self, StoreError> {
        let mut partial = Vec::new();
        let mut count = size.value();
        for level in 0..LEVELS_MAX {
            count /= u64::from(TILE_WIDTH);
            partial.push(TileCoord { level, index: count });
            if count == 0 {
                break;
            }
        }
        let nodes: Vec<_> = root_nodes(size).into_iter().map(locate).collect();
        let coords = partial
            .iter()
            .copied()
            .chain(nodes.iter().map(|(coord, _, _)| *coord));
        let tiles = read_tiles(store, size, coords.collect())?;
        let hashes = |coord: &TileCoord| tiles.get(coord).map_or(&[][..], Vec::as_slice);
        let mut roots = Vec::with_capacity(nodes.len());
        for (coord, start, length) in &nodes {
            let end = usize::from(*start).saturating_add(usize::from(*length));
            let part = hashes(coord)
                .get(usize::from(*start)..end)
                .ok_or_else(|| StoreError::damaged(format!("{coord:?}"), "too few hashes"))?;
            roots.push(subtree_root(part));
        }
        let frontier = Frontier::from_nodes(size, roots)
            .ok_or_else(|| StoreError::damaged("the right edge", "nodes of another size"))?;
        let partial = partial.iter().map(|coord| hashes(coord).to_vec()).collect();
        Ok(Self { frontier, partial })
    }

    /// Entries of the tree.
    pub fn size(&self) -> TreeSize {
        self.frontier.size()
    }

    /// Root hash of the tree.
    pub fn root(&self) -> RootHash {
        self.frontier.root()
    }

    /// Appends leaves: the edge after them, and every tile that got a hash, whole, by level and index.
    #[must_use]
    pub fn append(&self, leaves: &[LeafHash]) -> (Self, Vec<WholeTile>) {
        let mut edge = self.clone();
        let mut tiles = Vec::new();
        let mut first = self.size().value();
        let mut added: Vec<NodeHash> = leaves.iter().map(|leaf| NodeHash::from(*leaf)).collect();
        for leaf in leaves {
            edge.frontier.append(*leaf);
        }
        for level in 0..LEVELS_MAX {
            if added.is_empty() {
                break;
            }
            let mut tile = edge.take_partial(level);
            let mut index = first / u64::from(TILE_WIDTH);
            let mut completed = Vec::new();
            for hash in added {
                tile.push(hash);
                if tile.len() == usize::from(TILE_WIDTH) {
                    completed.push(subtree_root(&tile));
                    tiles.push((TileCoord { level, index }, tile_bytes(&tile)));
                    tile.clear();
                    index = index.saturating_add(1);
                }
            }
            if !tile.is_empty() {
                tiles.push((TileCoord { level, index }, tile_bytes(&tile)));
            }
            edge.put_partial(level, tile);
            first /= u64::from(TILE_WIDTH);
            added = completed;
        }
        (edge, tiles)
    }

    fn take_partial(&mut self, level: u8) -> Vec<NodeHash> {
        self.partial
            .get_mut(usize::from(level))
            .map(std::mem::take)
            .unwrap_or_default()
    }

    fn put_partial(&mut self, level: u8, tile: Vec<NodeHash>) {
        match self.partial.get_mut(usize::from(level)) {
            Some(place) => *place = tile,
            None => self.partial.push(tile),
        }
    }
}

fn tile_bytes(hashes: &[NodeHash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// The hashes of the tiles that a tree of `size` implies, out of a list. Fewer or more than it implies is damage.
pub(crate) fn read_tiles(
    store: &dyn LogStore,
    size: TreeSize,
    coords: BTreeSet<TileCoord>,
) -> Result<BTreeMap<TileCoord, Vec<NodeHash>>, StoreError> {
    let coords: Vec<TileCoord> = coords
        .into_iter()
        .filter(|coord| tile_width(*coord, size) > 0)
        .collect();
    let mut tiles = BTreeMap::new();
    for coords in coords.chunks(READ_LIMIT_MAX) {
        for (coord, bytes) in coords.iter().zip(store.tiles(coords)?) {
            tiles.insert(
                *coord,
                hashes_of(*coord, bytes.as_deref(), tile_width(*coord, size))?,
            );
        }
    }
    Ok(tiles)
}

/// Exactly `width` hashes of a stored tile: fewer or more is damage.
pub(crate) fn tile_hashes(
    store: &dyn LogStore,
    coord: TileCoord,
    width: u16,
) -> Result<Vec<NodeHash>, StoreError> {
    hashes_of(coord, read::tile(store, coord)?.as_deref(), width)
}

fn hashes_of(coord: TileCoord, bytes: Option<&[u8]>, width: u16) -> Result<Vec<NodeHash>, StoreError> {
    let what = || format!("tile {}/{}", coord.level, coord.index);
    let bytes =
        bytes.ok_or_else(|| StoreError::damaged(what(), format!("missing, expected {width} hashes")))?;
    let hashes = decode_tile(bytes).ok_or_else(|| StoreError::damaged(what(), "not a list of hashes"))?;
    if hashes.len() != usize::from(width) {
        let detail = format!("{} hashes, expected {width}", hashes.len());
        return Err(StoreError::damaged(what(), detail));
    }
    Ok(hashes)
}
