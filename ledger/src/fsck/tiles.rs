//! Tiles, recomputed from the leaves upwards.

use super::{FsckReport, codes};
use crate::store::{LogStore, StoreError, read};
use verifier::hash::NodeHash;
use verifier::tile::{TILE_WIDTH, TileCoord, subtree_root};

/// The open tile of each level: at most 256 hashes each, and 8 levels hold 2^64 leaves.
pub(super) struct TileCheck<'a> {
    store: &'a dyn LogStore,
    levels: Vec<OpenTile>,
    /// A leaf is unknown: what stands above it cannot be recomputed.
    lost: bool,
}

#[derive(Default)]
struct OpenTile {
    index: u64,
    hashes: Vec<NodeHash>,
}

impl<'a> TileCheck<'a> {
    pub(super) fn new(store: &'a dyn LogStore) -> Self {
        Self {
            store,
            levels: Vec::new(),
            lost: false,
        }
    }

    /// The next leaf is unknown.
    pub(super) fn lose(&mut self) {
        self.lost = true;
    }

    /// The next leaf. Compares every tile that it completes.
    pub(super) fn push(&mut self, leaf: NodeHash, report: &mut FsckReport) -> Result<(), StoreError> {
        if self.lost {
            return Ok(());
        }
        let mut carried = Some(leaf);
        let mut level = 0;
        while let Some(hash) = carried.take() {
            if self.levels.len() == level {
                self.levels.push(OpenTile::default());
            }
            let Some(tile) = self.levels.get_mut(level) else {
                break;
            };
            tile.hashes.push(hash);
            if tile.hashes.len() == usize::from(TILE_WIDTH) {
                compare(self.store, level, tile, report)?;
                carried = Some(subtree_root(&tile.hashes));
                tile.hashes.clear();
                tile.index = tile.index.saturating_add(1);
            }
            level = level.saturating_add(1);
        }
        Ok(())
    }

    /// Compares the partial tiles of the right edge.
    pub(super) fn finish(&self, report: &mut FsckReport) -> Result<(), StoreError> {
        if self.lost {
            return Ok(());
        }
        for (level, tile) in self.levels.iter().enumerate() {
            if !tile.hashes.is_empty() {
                compare(self.store, level, tile, report)?;
            }
        }
        Ok(())
    }
}

fn compare(
    store: &dyn LogStore,
    level: usize,
    tile: &OpenTile,
    report: &mut FsckReport,
) -> Result<(), StoreError> {
    let coord = TileCoord {
        level: u8::try_from(level).unwrap_or(u8::MAX),
        index: tile.index,
    };
    let object = format!("tile {}/{}", coord.level, coord.index);
    let Some(stored) = report.sound(codes::TILE_DAMAGED, read::tile(store, coord))? else {
        return Ok(());
    };
    let Some(stored) = stored else {
        report.add(codes::TILE_MISMATCH, object, "it is missing");
        return Ok(());
    };
    let mut found = stored.chunks(32);
    for (position, expected) in tile.hashes.iter().enumerate() {
        if found.next() != Some(expected.as_bytes().as_slice()) {
            let detail = format!("hash {position} is not the {expected} that the entries give");
            report.add(codes::TILE_MISMATCH, object, detail);
            return Ok(());
        }
    }
    if found.next().is_some() {
        let detail = format!(
            "it holds {} bytes, expected {} hashes",
            stored.len(),
            tile.hashes.len()
        );
        report.add(codes::TILE_MISMATCH, object, detail);
    }
    Ok(())
}
