//! What one commit writes.

use super::{CommitError, Head, StoredEntry};
use crate::rows::Row;
use verifier::index::{LeafIndex, TreeSize};
use verifier::tile::{TILE_WIDTH, TileCoord};

/// All that one batch writes, in one atomic synced write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Integration {
    /// Index of the first entry: the size of the head before it.
    pub first: LeafIndex,
    /// At least one.
    pub entries: Vec<StoredEntry>,
    /// Every tile that got a hash: all its hashes so far (32 bytes each, 1..=256).
    pub tiles: Vec<(TileCoord, Vec<u8>)>,
    /// Sorted, unique, each pointing at an entry of this batch.
    pub rows: Vec<Row>,
    /// The head after it.
    pub head: Head,
    /// Signature of an earlier head, by size, if it was published.
    pub signature: Option<(TreeSize, [u8; 64])>,
}

impl Integration {
    /// Whether the batch fits on top of `expected` (`None`: the empty log). A store checks it before it
    /// writes anything; what fails is the caller's fault.
    ///
    /// # Errors
    /// [`CommitError::NotApplied`] with the first rule that the batch breaks.
    pub fn check(&self, expected: Option<&Head>) -> Result<(), CommitError> {
        let size = expected.map_or(TreeSize::new(0), |head| head.tree.size);
        let count = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        let end = self.first.value().checked_add(count);
        let after = self.head.tree.size;
        let rows_end = LeafIndex::new(after.value());
        let tile_max = usize::from(TILE_WIDTH).saturating_mul(32);
        let rules = [
            (!self.entries.is_empty(), "the batch has no entry"),
            (
                self.first == size.next_index(),
                "the batch does not begin at the head",
            ),
            (end == Some(after.value()), "the head is not the batch's end"),
            (
                expected.is_none_or(|head| head.time <= self.head.time),
                "time goes backwards",
            ),
            (
                self.rows.is_sorted_by(|a, b| a < b),
                "rows are not sorted and unique",
            ),
            (
                self.rows
                    .iter()
                    .all(|row| (self.first..rows_end).contains(&row.index)),
                "a row points outside the batch",
            ),
            (
                self.tiles.iter().all(|(_, hashes)| {
                    !hashes.is_empty() && hashes.len() <= tile_max && hashes.len().is_multiple_of(32)
                }),
                "a tile is not 1 to 256 hashes",
            ),
            (
                self.signature.as_ref().is_none_or(|(signed, _)| *signed <= size),
                "a head that is not stored is signed",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            None => Ok(()),
            Some((_, broken)) => Err(CommitError::NotApplied((*broken).to_owned())),
        }
    }
}
