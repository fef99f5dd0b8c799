//! Tiles that were verified up to the published root, with all their interior nodes.
//!
//! A full tile is checked once against the hash that its parent holds for it, the parent likewise, until
//! the right edge of the tree. The edge, at most one partial tile a level, is folded and compared with
//! the root under the signature once for each head. An append-only tree never changes a full tile, so a
//! verified one stays right for every later head and may be cached for ever.
//!
//! The store may be ahead of the published head: tiles are cut to the width that the head implies.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use verifier::hash::{NodeHash, RootHash, node_hash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::plan::{self, NodeCoord};
use verifier::tile::{self, TILE_WIDTH, TileCoord};

use super::Reader;
use crate::error::ReadError;
use crate::shared::Published;
use crate::store::LogStore;

/// Full tiles kept with their interior nodes: 511 hashes of 32 bytes each, so 32 MiB in all. That is
/// every tile of a log of half a million entries, and the upper levels of any log.
const TILES_CACHED_MAX: NonZeroUsize = NonZeroUsize::MIN.saturating_add(2_047);
/// Tile levels that a tree of 2^64 entries has.
const LEVELS: u8 = 8;

/// One tile and every complete subtree in it.
#[derive(Debug)]
pub(super) struct TileTree {
    /// `rows[h]` holds the roots of the complete subtrees of `2^h` hashes, left to right.
    rows: Vec<Vec<NodeHash>>,
}

impl TileTree {
    fn new(hashes: Vec<NodeHash>) -> Self {
        let mut rows = vec![hashes];
        while let Some(below) = rows.last().filter(|row| row.len() > 1) {
            let row = below
                .chunks_exact(2)
                .filter_map(|pair| match pair {
                    [left, right] => Some(node_hash(left, right)),
                    _ => None,
                })
                .collect();
            rows.push(row);
        }
        Self { rows }
    }

    /// The hashes that the tile is made of.
    pub(super) fn hashes(&self) -> &[NodeHash] {
        self.rows.first().map_or(&[], Vec::as_slice)
    }

    /// The root of `count` hashes from `start` on, a complete subtree.
    fn subtree(&self, start: u16, count: u16) -> Option<NodeHash> {
        let height = usize::try_from(count.checked_ilog2()?).ok()?;
        self.rows.get(height)?.get(usize::from(start >> height)).copied()
    }

    fn root(&self) -> Option<NodeHash> {
        self.subtree(0, TILE_WIDTH)
    }
}

/// The partial tiles of one head, checked together against its root.
#[derive(Debug)]
struct Edge {
    size: TreeSize,
    root: RootHash,
    tiles: HashMap<TileCoord, Arc<TileTree>>,
}

/// What was verified so far.
#[derive(Debug)]
pub(super) struct TileCache {
    full: Mutex<LruCache<TileCoord, Arc<TileTree>>>,
    edge: Mutex<Option<Arc<Edge>>>,
}

impl TileCache {
    pub(super) fn new() -> Self {
        Self {
            full: Mutex::new(LruCache::new(TILES_CACHED_MAX)),
            edge: Mutex::new(None),
        }
    }

    fn full(&self, coord: TileCoord) -> Option<Arc<TileTree>> {
        lock(&self.full).get(&coord).cloned()
    }

    fn keep(&self, coord: TileCoord, tile: &Arc<TileTree>) {
        lock(&self.full).put(coord, Arc::clone(tile));
    }

    fn edge_of(&self, size: TreeSize, root: RootHash) -> Option<Arc<Edge>> {
        lock(&self.edge)
            .clone()
            .filter(|edge| edge.size == size && edge.root == root)
    }

    /// Keeps the edge of the newest head only.
    fn keep_edge(&self, edge: &Arc<Edge>) {
        let mut kept = lock(&self.edge);
        if kept.as_ref().is_none_or(|old| old.size < edge.size) {
            *kept = Some(Arc::clone(edge));
        }
    }
}

/// A poisoned lock only says that another reader panicked; every value in the cache was verified before
/// it was put there whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The tree under one published head. Whatever comes out of it was verified against that head's root.
#[derive(Debug)]
pub struct Tree<'a> {
    reader: &'a Reader,
    pub(super) published: Published,
    edge: Arc<Edge>,
}

impl Reader {
    /// The tree under the head that is published now.
    ///
    /// # Errors
    /// As every question to a [`Reader`].
    pub fn tree(&self) -> Result<Tree<'_>, ReadError> {
        let published = self.published();
        let head = &published.head.tree;
        let cache = &self.inner.tiles;
        let edge = if let Some(edge) = cache.edge_of(head.size, head.root) {
            edge
        } else {
            let edge = Arc::new(Edge::read(&*self.shared().store, head.size, head.root)?);
            cache.keep_edge(&edge);
            edge
        };
        Ok(Tree {
            reader: self,
            published,
            edge,
        })
    }
}

impl Tree<'_> {
    /// The published head whose root everything is verified against.
    pub const fn published(&self) -> &Published {
        &self.published
    }

    /// Entries in the tree.
    pub fn size(&self) -> TreeSize {
        self.published.head.tree.size
    }

    /// A tile of the width that the head implies; `None` if it implies none.
    pub(super) fn tile(&self, coord: TileCoord) -> Result<Option<Arc<TileTree>>, ReadError> {
        if let Some(tile) = self.edge.tiles.get(&coord) {
            return Ok(Some(Arc::clone(tile)));
        }
        if tile::tile_width(coord, self.size()) == 0 {
            return Ok(None);
        }
        self.full_tile(coord).map(Some)
    }

    /// The hash of a leaf of this tree, as its tile has it.
    pub(super) fn leaf(&self, index: LeafIndex) -> Result<NodeHash, ReadError> {
        self.node(NodeCoord {
            level: 0,
            index: index.value(),
        })
    }

    /// A complete subtree of this tree.
    pub(super) fn node(&self, node: NodeCoord) -> Result<NodeHash, ReadError> {
        let (coord, start, count) = tile::locate(node);
        self.tile(coord)?
            .and_then(|tile| tile.subtree(start, count))
            .ok_or_else(|| missing(coord, "a hash that the signed head implies"))
    }

    /// The root of the first `size` entries of this tree.
    ///
    /// # Errors
    /// As every question to a [`Reader`].
    pub fn root_of(&self, size: TreeSize) -> Result<RootHash, ReadError> {
        let nodes: Vec<NodeHash> = plan::root_nodes(size)
            .into_iter()
            .map(|node| self.node(node))
            .collect::<Result<_, _>>()?;
        Ok(plan::fold_root(&nodes))
    }

    /// Climbs until a verified ancestor, then checks every tile on the way back down.
    fn full_tile(&self, coord: TileCoord) -> Result<Arc<TileTree>, ReadError> {
        let cache = &self.reader.inner.tiles;
        if let Some(tile) = cache.full(coord) {
            return Ok(tile);
        }
        let mut unverified = vec![coord];
        let mut above = parent(coord);
        let mut verified = loop {
            if let Some(tile) = self.edge.tiles.get(&above) {
                break Arc::clone(tile);
            }
            if let Some(tile) = cache.full(above) {
                break tile;
            }
            if above.level >= LEVELS {
                return Err(missing(coord, "a path of tiles up to the signed root"));
            }
            unverified.push(above);
            above = parent(above);
        };
        while let Some(coord) = unverified.pop() {
            let position = usize::try_from(coord.index % u64::from(TILE_WIDTH)).unwrap_or(usize::MAX);
            let expected = verified
                .hashes()
                .get(position)
                .copied()
                .ok_or_else(|| missing(coord, "a hash in the tile above"))?;
            let tile = read_tile(&*self.reader.shared().store, coord, TILE_WIDTH)?;
            match tile.root() {
                Some(found) if found == expected => {}
                Some(found) => return Err(ReadError::corrupt(name(coord), expected, found)),
                None => return Err(missing(coord, "256 hashes")),
            }
            let tile = Arc::new(tile);
            cache.keep(coord, &tile);
            verified = tile;
        }
        Ok(verified)
    }
}

impl Edge {
    fn read(store: &dyn LogStore, size: TreeSize, root: RootHash) -> Result<Self, ReadError> {
        let mut tiles = HashMap::new();
        for level in 0..LEVELS {
            // The last tile of the level; 64 bits are used up above level 7.
            let index = size.value().checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0);
            let coord = TileCoord { level, index };
            let width = tile::tile_width(coord, size);
            if width > 0 {
                tiles.insert(coord, Arc::new(read_tile(store, coord, width)?));
            }
        }
        let nodes: Vec<NodeHash> = plan::root_nodes(size)
            .into_iter()
            .map(|node| {
                let (coord, start, count) = tile::locate(node);
                tiles
                    .get(&coord)
                    .and_then(|tile: &Arc<TileTree>| tile.subtree(start, count))
                    .ok_or_else(|| missing(coord, "a hash of the right edge"))
            })
            .collect::<Result<_, _>>()?;
        let found = plan::fold_root(&nodes);
        if found != root {
            return Err(ReadError::corrupt(
                format!("the right edge of the tree of size {size}"),
                root,
                found,
            ));
        }
        Ok(Self { size, root, tiles })
    }
}

fn read_tile(store: &dyn LogStore, coord: TileCoord, width: u16) -> Result<TileTree, ReadError> {
    let bytes = store.tile(coord)?.ok_or_else(|| missing(coord, "a tile"))?;
    let hashes = bytes
        .get(..usize::from(width) * 32)
        .and_then(tile::decode_tile)
        .ok_or_else(|| {
            ReadError::corrupt(
                name(coord),
                format!("{width} hashes"),
                format!("{} bytes", bytes.len()),
            )
        })?;
    Ok(TileTree::new(hashes))
}

fn parent(coord: TileCoord) -> TileCoord {
    TileCoord {
        level: coord.level.saturating_add(1),
        index: coord.index / u64::from(TILE_WIDTH),
    }
}

fn name(coord: TileCoord) -> String {
    format!("tile {} of level {}", coord.index, coord.level)
}

fn missing(coord: TileCoord, expected: &str) -> ReadError {
    ReadError::corrupt(name(coord), expected, "nothing")
}
