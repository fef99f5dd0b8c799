//! The single doubts, each with its refusal.

use verifier::checkpoint::TreeHead;
use verifier::hash::{NodeHash, leaf_hash};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::merkle::consistency::verify_consistency;
use verifier::merkle::oracle;
use verifier::payload::LogGenesis;
use verifier::tile::{TILE_WIDTH, TileCoord, tile_width};

use crate::error::OpenError;
use crate::genesis::OpenedGenesis;
use crate::high_water::{HighWaterError, HighWaterMark};
use crate::integrate::{RightEdge, tile_hashes};
use crate::reader::Reader;
use crate::runs::RowLookup;
use crate::sequencer::readback::root_from_right_edge;
use crate::store::{Head, HeadQuery, LogStore, StoreError, read};

fn refused<T>(reason: impl Into<String>) -> Result<T, OpenError> {
    Err(OpenError::Refused(reason.into()))
}

/// Rebuilds the right edge from its tiles; compares the root by both paths, each level with the level
/// below it, and the last entries with their leaf hashes.
pub(super) fn right_edge(store: &dyn LogStore, head: &Head) -> Result<RightEdge, OpenError> {
    let size = head.tree.size;
    let edge = RightEdge::load(store, size)?;
    let second = root_from_right_edge(store, size)?;
    for root in [edge.root(), second] {
        if root != head.tree.root {
            return refused(format!(
                "the right edge of size {size} gives the root {root}, the head says {}",
                head.tree.root
            ));
        }
    }
    last_full_tiles(store, size)?;
    last_entries(store, size)?;
    Ok(edge)
}

/// The last hash of each level above 0 is the root of the full tile that it stands for.
fn last_full_tiles(store: &dyn LogStore, size: TreeSize) -> Result<(), OpenError> {
    let width = u64::from(TILE_WIDTH);
    let mut count = size.value() / width;
    let mut level: u8 = 0;
    while let Some(index) = count.checked_sub(1) {
        let below = TileCoord { level, index };
        let above = TileCoord {
            level: level.saturating_add(1),
            index: index / width,
        };
        let folded = NodeHash::from(oracle::root_of(&tile_hashes(store, below, TILE_WIDTH)?));
        let hashes = tile_hashes(store, above, tile_width(above, size))?;
        let offset = usize::try_from(index % width).unwrap_or(usize::MAX);
        if hashes.get(offset) != Some(&folded) {
            return refused(format!("tile {level}/{index} does not fold to the level above"));
        }
        count /= width;
        level = level.saturating_add(1);
    }
    Ok(())
}

/// The entries of the last tile of leaves hash to it.
fn last_entries(store: &dyn LogStore, size: TreeSize) -> Result<(), OpenError> {
    let Some(last) = size.last_index() else {
        return refused("the log has a head and no entry");
    };
    let coord = TileCoord {
        level: 0,
        index: last.value() / u64::from(TILE_WIDTH),
    };
    let width = tile_width(coord, size);
    let hashes = tile_hashes(store, coord, width)?;
    let first = coord.index.saturating_mul(u64::from(TILE_WIDTH));
    let entries = read::entries(store, LeafIndex::new(first), usize::from(width))?;
    if entries.len() != hashes.len() {
        return refused(format!(
            "{} entries from {first} on, expected {}",
            entries.len(),
            hashes.len()
        ));
    }
    let mismatch = entries
        .iter()
        .zip(&hashes)
        .position(|(entry, hash)| NodeHash::from(leaf_hash(entry)) != *hash);
    match mismatch {
        None => Ok(()),
        Some(offset) => refused(format!("an entry does not hash to its leaf: {first} + {offset}")),
    }
}

/// Entry 0: signature and origin.
pub(super) fn genesis(store: &dyn LogStore, origin: &str) -> Result<LogGenesis, OpenError> {
    let stored = read::document(store, LeafIndex::new(0))?.unwrap_or_default();
    let Some(document) = stored.evidence else {
        return refused("log.genesis is missing");
    };
    let opened = OpenedGenesis::open(&document, origin)?;
    let Some(bytes) = read::entry(store, LeafIndex::new(0))? else {
        return refused("entry 0 is missing");
    };
    let entry = verifier::entry::Entry::decode(&bytes)
        .map_err(|error| StoreError::damaged("entry 0", error.to_string()))?;
    if entry != opened.entry(entry.logged_at)? {
        return refused("entry 0 is not that of its log.genesis document");
    }
    Ok(opened.genesis)
}

/// Entry 0 under the head; gives its time.
pub(super) fn genesis_entry(reader: &Reader) -> Result<TimestampMs, OpenError> {
    match reader.entry(LeafIndex::new(0)) {
        Ok(Some(record)) => Ok(record.entry.logged_at),
        Ok(None) => refused("entry 0 is missing"),
        Err(error) => refused(format!("entry 0: {error}")),
    }
}

/// Compares the store with the highest head that was ever committed, which is answered, and records the store's
/// head.
pub(super) fn high_water(
    store: &dyn LogStore,
    mark: &mut dyn HighWaterMark,
    head: &Head,
) -> Result<TreeHead, OpenError> {
    let only_genesis = head.tree.size == TreeSize::new(1);
    let last = match mark.recall() {
        Ok(last) => last,
        // A crash while the log was created leaves an empty mark or none.
        Err(HighWaterError::Missing { .. } | HighWaterError::Empty { .. }) if only_genesis => {
            head.tree.clone()
        }
        Err(
            error @ (HighWaterError::Missing { .. }
            | HighWaterError::Empty { .. }
            | HighWaterError::Damaged { .. }),
        ) => return refused(error.to_string()),
        Err(error) => return Err(OpenError::Io(error.to_string())),
    };
    if last.size > head.tree.size {
        return refused(format!(
            "the store has {} entries, the high-water file says that {} were committed: \
             it was restored from an older copy or lost its tail",
            head.tree.size, last.size
        ));
    }
    let same_size = read::newest(store, HeadQuery::OfSize(last.size))?;
    if same_size.map(|stored| stored.head.tree).as_ref() != Some(&last) {
        return refused(format!(
            "the head of size {} in the store is not the one in the high-water file: another history",
            last.size
        ));
    }
    mark.record(&head.tree)
        .map_err(|error| OpenError::Io(error.to_string()))?;
    Ok(last)
}

/// The runs of the newest index.root have every row that the store may not have any more.
pub(super) fn released_rows(rows: &RowLookup) -> Result<(), OpenError> {
    let (covered, released) = (rows.covered(), rows.released()?);
    if released <= covered {
        return Ok(());
    }
    refused(format!(
        "the store dropped rows of the first {released} entries, and the newest index.root covers {covered}"
    ))
}

/// The remembered head is a prefix of the store's.
pub(super) fn history(reader: &Reader, before: &TreeHead, head: &Head) -> Result<(), OpenError> {
    let proof = match reader.consistency_proof(before.size, head.tree.size) {
        Ok(proof) => proof,
        Err(error) => return refused(error.to_string()),
    };
    match verify_consistency(before.size, &before.root, head.tree.size, &head.tree.root, &proof) {
        Ok(()) => Ok(()),
        Err(error) => refused(format!(
            "the head of size {} is no continuation of that of size {}: {error}",
            head.tree.size, before.size
        )),
    }
}
