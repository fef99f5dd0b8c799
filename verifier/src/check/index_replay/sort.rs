//! Sorting more rows than there is memory for.

use super::limits::RowLimits;
use super::space::{RowSpace, RowSpaceError};
use super::spilled::{KeptRows, RowBytes, RowKeeper};
use crate::runs::{IndexRow, MergedRows};

/// Sorted sequences of one level that are merged into one of the next: with 2,048 rows of each in memory, 3 MiB.
const FAN_IN: usize = 64;

/// Sorts chunks in memory and puts them aside. 64 of them become one, and so on, so that the number of files grows with the
/// logarithm of that of the rows.
#[derive(Debug, Default)]
pub(super) struct RowSorter {
    chunk: Vec<RowBytes>,
    /// Sorted sequences by how often they were merged.
    levels: Vec<Vec<KeptRows>>,
}

impl RowSorter {
    pub(super) fn push(
        &mut self,
        row: &IndexRow,
        limits: &RowLimits,
        space: &mut dyn RowSpace,
    ) -> Result<(), RowSpaceError> {
        if self.chunk.len() >= limits.chunk {
            self.put_aside(limits, space)?;
        }
        self.chunk.push(row.to_bytes());
        Ok(())
    }

    /// Sorted sequences that have all rows together.
    pub(super) fn finish(mut self) -> Vec<KeptRows> {
        self.chunk.sort_unstable();
        let mut sorted: Vec<KeptRows> = self.levels.into_iter().flatten().collect();
        sorted.push(KeptRows::Memory(self.chunk));
        sorted
    }

    fn put_aside(&mut self, limits: &RowLimits, space: &mut dyn RowSpace) -> Result<(), RowSpaceError> {
        self.chunk.sort_unstable();
        let chunk = KeptRows::Memory(std::mem::take(&mut self.chunk));
        let mut sorted = put_in_file(vec![chunk], limits, space)?;
        for level in &mut self.levels {
            level.push(sorted);
            if level.len() < FAN_IN {
                return Ok(());
            }
            sorted = put_in_file(std::mem::take(level), limits, space)?;
        }
        self.levels.push(vec![sorted]);
        Ok(())
    }
}

/// Merges sorted rows into a file.
fn put_in_file(
    parts: Vec<KeptRows>,
    limits: &RowLimits,
    space: &mut dyn RowSpace,
) -> Result<KeptRows, RowSpaceError> {
    let mut keeper = RowKeeper::in_file(space, limits)?;
    for row in MergedRows::new(parts.into_iter().map(KeptRows::into_rows).collect())? {
        keeper.push(&row?)?;
    }
    keeper.finish()
}
