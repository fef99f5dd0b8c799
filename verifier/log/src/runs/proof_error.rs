//! Why a proof of runs does not hold.

use super::page::PageFault;
use super::row::{IndexRow, Separator};
use super::{RunHash, RunRange};

/// Why a proof of runs does not hold. The one who made the proof is at fault, or the one who built the run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunProofError {
    /// One proof for each run that has entries below as-of.
    #[error("{found} run-proofs, expected {expected}, the number of runs with entries below as-of")]
    Count {
        /// Number of runs.
        expected: usize,
        /// Number of proofs.
        found: usize,
    },
    /// More pages than entries can have rows.
    #[error("the run {range} has {found} pages, expected at most {max}")]
    Pages {
        /// The run.
        range: RunRange,
        /// The most that it can have.
        max: u64,
        /// What the list says.
        found: u64,
    },
    /// The bytes end too early.
    #[error("the run-proof of {range} needs {expected} more bytes, and {found} are left")]
    CutShort {
        /// The run.
        range: RunRange,
        /// Bytes of the next part.
        expected: usize,
        /// Bytes that are left.
        found: usize,
    },
    /// There are more bytes than the walk needs.
    #[error("{found} bytes are left over of the run-proof of {range}")]
    Surplus {
        /// The run.
        range: RunRange,
        /// How many.
        found: usize,
    },
    /// The proof leads to another root.
    #[error("the run-proof of {range} leads to the root {found}, expected {expected}")]
    Root {
        /// The run.
        range: RunRange,
        /// The root in the list.
        expected: RunHash,
        /// The root of the proof.
        found: RunHash,
    },
    /// A separator has 1 to 24 bytes.
    #[error("a separator in the run {range} has {found} bytes, expected 1 to 24")]
    SeparatorLength {
        /// The run.
        range: RunRange,
        /// Its length.
        found: usize,
    },
    /// The last byte of a separator is not zero.
    #[error("a separator in the run {range} ends with a zero byte")]
    SeparatorZero {
        /// The run.
        range: RunRange,
    },
    /// A separator lies strictly between the bounds of its node.
    #[error("the separator {found:?} in the run {range} is not between the bounds of its node")]
    SeparatorOutside {
        /// The run.
        range: RunRange,
        /// The separator.
        found: Separator,
    },
    /// An opened page is none.
    #[error("a page of the run {range}: {fault}")]
    Page {
        /// The run.
        range: RunRange,
        /// What is wrong with it.
        fault: PageFault,
    },
    /// A row of a page is not between the bounds of the page.
    #[error("the row {found:?} in the run {range} is not between the bounds of its page")]
    RowOutside {
        /// The run.
        range: RunRange,
        /// The row.
        found: IndexRow,
    },
    /// A row is of an entry that does not belong to the run.
    #[error("the row {found:?} is of an entry outside of the run {range}")]
    RowOutOfRange {
        /// The run.
        range: RunRange,
        /// The row.
        found: IndexRow,
    },
    /// More rows are shown than the caller expects.
    #[error("the run-proofs show more rows that are asked for than expected, which is at most {max}")]
    Rows {
        /// The most that the caller expects.
        max: usize,
    },
}
