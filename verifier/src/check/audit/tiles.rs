//! The tiles of a log, recomputed from its leaves: one unfinished tile a level.

use crate::check::Finding;
use crate::hash::{NodeHash, RootHash, empty_root};
use crate::index::TreeSize;
use crate::tile::{TILE_WIDTH, TileCoord, TilePath, decode_tile, subtree_root, tile_width};

/// What every tile up to here has to be.
#[derive(Debug)]
pub(super) struct TileLevels {
    /// The size of the tree.
    size: TreeSize,
    leaves: u64,
    /// Per tile level the recomputed hashes of the tile that is being filled; never empty below
    /// the highest level reached.
    levels: Vec<Vec<NodeHash>>,
}

impl TileLevels {
    pub(super) fn new(size: TreeSize) -> Self {
        Self {
            size,
            leaves: 0,
            levels: Vec::new(),
        }
    }

    /// Goes on in front of a leaf; `None` where the levels are not those of a tree of so many leaves.
    pub(super) fn resume(size: TreeSize, leaves: u64, levels: Vec<Vec<NodeHash>>) -> Option<Self> {
        let mut complete = leaves;
        for level in &levels {
            let (above, unfinished) = (complete / u64::from(TILE_WIDTH), complete % u64::from(TILE_WIDTH));
            if u64::try_from(level.len()).ok()? != unfinished {
                return None;
            }
            complete = above;
        }
        (complete == 0).then_some(Self { size, leaves, levels })
    }

    /// The hashes of the unfinished tile of each level.
    pub(super) fn kept(&self) -> impl Iterator<Item = &[NodeHash]> {
        self.levels.iter().map(Vec::as_slice)
    }

    /// The leaves of the unfinished tile.
    pub(super) fn unfinished_leaves(&self) -> &[NodeHash] {
        self.levels.first().map(Vec::as_slice).unwrap_or_default()
    }

    /// Leaves so far.
    pub(super) fn leaves(&self) -> u64 {
        self.leaves
    }

    pub(super) fn push_leaf(&mut self, leaf: NodeHash) {
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        if let Some(leaves) = self.levels.first_mut() {
            leaves.push(leaf);
        }
        self.leaves = self.leaves.saturating_add(1);
    }

    /// The tile of a level that is being filled, if it has a hash.
    pub(super) fn tile_at(&self, level: usize) -> Option<TilePath> {
        if self.levels.get(level).is_none_or(Vec::is_empty) {
            return None;
        }
        let level = u8::try_from(level).ok()?;
        // A hash covers a complete subtree, so its level has this many of them by now.
        let hashes = self.leaves.checked_shr(u32::from(level) * 8)?;
        let index = hashes.checked_sub(1)? / u64::from(TILE_WIDTH);
        let coord = TileCoord { level, index };
        Some(TilePath::Hashes {
            coord,
            width: tile_width(coord, self.size),
        })
    }

    /// Puts the root of a full tile into the one above; that one, if it is full now.
    pub(super) fn complete(&mut self, level: usize) -> Option<TilePath> {
        let full = self
            .levels
            .get_mut(level)
            .filter(|tile| tile.len() == usize::from(TILE_WIDTH))?;
        let root = subtree_root(full);
        full.clear();
        let above = level + 1;
        if self.levels.len() == above {
            self.levels.push(Vec::new());
        }
        let tile = self.levels.get_mut(above)?;
        tile.push(root);
        if tile.len() == usize::from(TILE_WIDTH) {
            self.tile_at(above)
        } else {
            None
        }
    }

    /// The next unfinished tile above a level, at the end of the log.
    pub(super) fn unfinished_above(&self, level: usize) -> Option<TilePath> {
        (level + 1..self.levels.len()).find_map(|above| self.tile_at(above))
    }

    /// Compares a tile with what it has to be.
    pub(super) fn compare(
        &self,
        path: TilePath,
        coord: TileCoord,
        width: u16,
        bytes: &[u8],
    ) -> Result<(), Finding> {
        let malformed = |what: String| Finding::fail("TILE_MALFORMED", format!("{path} {what}"));
        let found = decode_tile(bytes).ok_or_else(|| malformed(format!("has {} bytes", bytes.len())))?;
        let found = found
            .get(..usize::from(width))
            .ok_or_else(|| malformed(format!("holds {} hashes, expected {width}", found.len())))?;
        let expected = self
            .levels
            .get(usize::from(coord.level))
            .map(Vec::as_slice)
            .unwrap_or_default();
        if found == expected {
            return Ok(());
        }
        let differs = found
            .iter()
            .zip(expected)
            .position(|(found, expected)| found != expected)
            .unwrap_or_default();
        let position = coord.index * u64::from(TILE_WIDTH) + u64::try_from(differs).unwrap_or_default();
        let what = if coord.level == 0 {
            format!("hash {differs} is not that of entry {position}")
        } else {
            format!(
                "hash {differs} is not that of tile/{}/{position}",
                coord.level - 1
            )
        };
        Err(Finding::fail("TILE_MISMATCH", format!("{path}: {what}")))
    }

    /// Each level's hashes, then what is left of the levels below, make the node list of a tree.
    pub(super) fn root(&self) -> RootHash {
        let mut below: Option<NodeHash> = None;
        for level in &self.levels {
            let nodes: Vec<NodeHash> = level.iter().copied().chain(below).collect();
            below = (!nodes.is_empty()).then(|| subtree_root(&nodes));
        }
        below.map_or_else(empty_root, RootHash::from)
    }
}
