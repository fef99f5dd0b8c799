//! Tiles that were verified up to the published root, with all their interior nodes.
//!
//! A full tile is checked once against the hash that its parent holds for it, the parent likewise, until
//! the right edge of the tree. The edge, at most one partial tile a level, is folded and compared with
//! the root under the signature once for each head. An append-only tree never changes a full tile, so a
//! verified one stays right for every later head and may be cached for ever.
//!
//! The store may be ahead of the published head: tiles are cut to the width that the head implies.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use verifier::checkpoint::TreeHead;
use verifier::hash::{NodeHash, RootHash, node_hash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::plan::{self, NodeCoord};
use verifier::tile::{self, TILE_WIDTH, TileCoord};

use super::Reader;
use crate::error::ReadError;
use crate::shared::PublishedHead;
use crate::store::{LogStore, READ_LIMIT_MAX};

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
        Self::grown(None, hashes)
    }

    /// The tree of a tile of which a shorter one was known: only what was added to that is hashed.
    fn grown(known: Option<&Self>, hashes: Vec<NodeHash>) -> Self {
        let known = known.filter(|known| hashes.starts_with(known.hashes()));
        let mut rows = vec![hashes];
        while let Some(below) = rows.last().filter(|row| row.len() > 1) {
            let mut row = Vec::with_capacity(below.len() / 2);
            row.extend_from_slice(
                known
                    .and_then(|known| known.rows.get(rows.len()))
                    .map_or(&[], Vec::as_slice),
            );
            let added = below.get(row.len().saturating_mul(2)..).unwrap_or_default();
            row.extend(added.chunks_exact(2).filter_map(|pair| match pair {
                [left, right] => Some(node_hash(left, right)),
                _ => None,
            }));
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
struct PartialTiles {
    size: TreeSize,
    root: RootHash,
    tiles: HashMap<TileCoord, Arc<TileTree>>,
}

/// What was verified so far.
#[derive(Debug)]
pub(super) struct TileCache {
    full: Mutex<LruCache<TileCoord, Arc<TileTree>>>,
    edge: Mutex<Option<Arc<PartialTiles>>>,
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

    /// The edge that was verified last, of whatever head.
    fn edge(&self) -> Option<Arc<PartialTiles>> {
        lock(&self.edge).clone()
    }

    /// Keeps the edge of the newest head only.
    fn keep_edge(&self, edge: &Arc<PartialTiles>) {
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
pub struct ReaderTree<'a> {
    reader: &'a Reader,
    pub(super) published: PublishedHead,
    edge: Arc<PartialTiles>,
}

#[expect(clippy::missing_errors_doc, reason = "`Reader` says them")]
impl Reader {
    /// The tree under the head that is published now.
    pub fn tree(&self) -> Result<ReaderTree<'_>, ReadError> {
        let published = self.published();
        let head = &published.head.tree;
        let cache = &self.inner.tiles;
        let edge = match cache.edge() {
            Some(edge) if edge.size == head.size && edge.root == head.root => edge,
            older => {
                let edge = PartialTiles::read(&*self.shared().store, head, older.as_deref())?;
                let edge = Arc::new(edge);
                cache.keep_edge(&edge);
                edge
            }
        };
        Ok(ReaderTree {
            reader: self,
            published,
            edge,
        })
    }
}

#[expect(clippy::missing_errors_doc, reason = "`Reader` says them")]
impl ReaderTree<'_> {
    /// The published head whose root everything is verified against.
    pub const fn published(&self) -> &PublishedHead {
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
    pub fn leaf(&self, index: LeafIndex) -> Result<NodeHash, ReadError> {
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
    pub fn root_of(&self, size: TreeSize) -> Result<RootHash, ReadError> {
        let nodes: Vec<NodeHash> = plan::root_nodes(size)
            .into_iter()
            .map(|node| self.node(node))
            .collect::<Result<_, _>>()?;
        Ok(plan::fold_root(&nodes))
    }

    fn full_tile(&self, coord: TileCoord) -> Result<Arc<TileTree>, ReadError> {
        if let Some(tile) = self.reader.inner.tiles.full(coord) {
            return Ok(tile);
        }
        let mut tiles = self.full_tiles(BTreeSet::from([coord]))?;
        tiles.remove(&coord).ok_or_else(|| missing(coord, "256 hashes"))
    }

    /// Reads and verifies the tiles above these entries that are not kept yet, each level as one list.
    pub(super) fn load_tiles_of(&self, indices: &[LeafIndex]) -> Result<(), ReadError> {
        let coords = indices.iter().map(|index| {
            tile::locate(NodeCoord {
                level: 0,
                index: index.value(),
            })
            .0
        });
        let full = coords.filter(|coord| tile::tile_width(*coord, self.size()) == TILE_WIDTH);
        self.full_tiles(full.collect()).map(drop)
    }

    /// Full tiles, each checked against the hash that the tile above has of it; those above first.
    fn full_tiles(
        &self,
        coords: BTreeSet<TileCoord>,
    ) -> Result<HashMap<TileCoord, Arc<TileTree>>, ReadError> {
        let cache = &self.reader.inner.tiles;
        let mut tiles = HashMap::new();
        let mut unread = Vec::new();
        for coord in coords {
            match self.edge.tiles.get(&coord).cloned().or_else(|| cache.full(coord)) {
                Some(tile) => drop(tiles.insert(coord, tile)),
                None if coord.level >= LEVELS => {
                    return Err(missing(coord, "a path of tiles up to the signed root"));
                }
                None => unread.push(coord),
            }
        }
        if unread.is_empty() {
            return Ok(tiles);
        }
        let above = self.full_tiles(unread.iter().map(|coord| parent(*coord)).collect())?;
        for coords in unread.chunks(READ_LIMIT_MAX) {
            for (coord, bytes) in coords.iter().zip(self.reader.shared().store.tiles(coords)?) {
                let tile = TileTree::new(hashes_of(*coord, bytes.as_deref(), TILE_WIDTH)?);
                let position = usize::try_from(coord.index % u64::from(TILE_WIDTH)).unwrap_or(usize::MAX);
                let expected = above
                    .get(&parent(*coord))
                    .and_then(|tile| tile.hashes().get(position).copied())
                    .ok_or_else(|| missing(*coord, "a hash in the tile above"))?;
                match tile.root() {
                    Some(found) if found == expected => {}
                    Some(found) => return Err(ReadError::corrupt(name(*coord), expected, found)),
                    None => return Err(missing(*coord, "256 hashes")),
                }
                let tile = Arc::new(tile);
                cache.keep(*coord, &tile);
                tiles.insert(*coord, tile);
            }
        }
        Ok(tiles)
    }
}

impl PartialTiles {
    /// Those of a head. What an older edge has of them is not hashed again; all of it is held against the root.
    fn read(store: &dyn LogStore, head: &TreeHead, older: Option<&Self>) -> Result<Self, ReadError> {
        let TreeHead { size, root } = *head;
        // The last tile of each level; 64 bits are used up above level 7.
        let last = |level: u8| TileCoord {
            level,
            index: size.value().checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0),
        };
        let partial = |coord: &TileCoord| tile::tile_width(*coord, size) > 0;
        let coords: Vec<TileCoord> = (0..LEVELS).map(last).filter(partial).collect();
        let mut tiles = HashMap::new();
        for (coord, bytes) in coords.iter().zip(store.tiles(&coords)?) {
            let hashes = hashes_of(*coord, bytes.as_deref(), tile::tile_width(*coord, size))?;
            let known = older.and_then(|older| older.tiles.get(coord));
            let tile = TileTree::grown(known.map(Arc::as_ref), hashes);
            tiles.insert(*coord, Arc::new(tile));
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

/// The hashes of a stored tile, cut to the width that a head implies.
fn hashes_of(coord: TileCoord, bytes: Option<&[u8]>, width: u16) -> Result<Vec<NodeHash>, ReadError> {
    let bytes = bytes.ok_or_else(|| missing(coord, "a tile"))?;
    bytes
        .get(..usize::from(width) * 32)
        .and_then(tile::decode_tile)
        .ok_or_else(|| {
            ReadError::corrupt(
                name(coord),
                format!("{width} hashes"),
                format!("{} bytes", bytes.len()),
            )
        })
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
