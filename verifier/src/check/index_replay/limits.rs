//! How many rows are in memory.

use crate::runs::ROW_BYTES;

/// Rows in memory, unless the caller says otherwise: 64 MiB.
pub const ROWS_IN_MEMORY: usize = 64 * 1024 * 1024 / ROW_BYTES;
/// Most rows of a block: 48 KiB, which each file that is read takes.
pub(super) const BLOCK_MAX: usize = 2_048;

/// Numbers of rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowLimits {
    /// Of entries that no index.root covers yet.
    pub(super) queue: usize,
    /// That are sorted at once.
    pub(super) chunk: usize,
    /// Of the runs of the newest index.root.
    pub(super) runs: u64,
    /// That go into a file at once.
    pub(super) block: usize,
}

impl RowLimits {
    /// Shares out a number of rows.
    pub(super) fn of_rows(rows: usize) -> Self {
        Self {
            queue: (rows / 4).max(1),
            chunk: (rows / 4).max(1),
            runs: super::spilled::count(rows / 2),
            block: (rows / 64).clamp(1, BLOCK_MAX),
        }
    }
}

impl Default for RowLimits {
    fn default() -> Self {
        Self::of_rows(ROWS_IN_MEMORY)
    }
}
