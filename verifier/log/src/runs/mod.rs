//! Sorted runs: an index of rows whose Merkle tree is a search tree (normative: `schemas/index.md`).
//!
//! ```text
//! row   = key (16) || code (1) || index (7)                   sorted; a run has those of the entries a to b - 1
//! page  = g (1) || g times: key (16) || n (1) || n times: code (1) || index (7)
//! page hash = SHA-256(0x02 || page)
//! node hash = SHA-256(0x03 || left || right || separator)
//! ```
//!
//! The separator of a node is hashed with it, and lies between the bounds of the node. So the hashes on the way to a place fix
//! which rows can be at that place, and a proof that opens every place where an asked row could be shows all of them, or that
//! there are none. That holds for a run that was built wrongly, too: it has one answer to one question.
//!
//! Nothing here knows what a key or a code stands for.

mod asked;
mod build;
mod layout;
mod list;
mod memory;
mod merge;
mod page;
mod proof_error;
mod prove;
mod row;
mod verify;

pub use asked::{AskedRows, CodeSet};
pub use build::{BuildError, BuiltPage, PageTree, RunBuilder, RunSink};
pub use list::{JoinError, RUNS_MAX, RunDescriptor, RunList, RunListDigest, RunListError, RunRange};
pub use memory::{MemoryRun, OutOfRun};
pub use merge::{MergedRows, runs_to_join, runs_to_join_when_quiet};
pub use page::{PageFault, rows_of_page};
pub use proof_error::RunProofError;
pub use prove::{RunSource, prove_run};
pub use row::{IndexKey, IndexRow, KindCode, ROW_BYTES, Separator};
pub use verify::{ProvedRows, ROWS_OF_ENTRY_MAX, prove_each, verify_runs};

use sha2::{Digest as _, Sha256};

const PAGE_PREFIX: [u8; 1] = [0x02];
const NODE_PREFIX: [u8; 1] = [0x03];

crate::hex_hash!(
    /// A hash in the tree of a run: of a page, of a node, or its root.
    RunHash
);

impl RunHash {
    /// The root of a run without pages: SHA-256 of nothing.
    pub fn of_nothing() -> Self {
        Self::from_bytes(crate::hash::sha256(b""))
    }

    /// The hash of a page.
    pub fn of_page(page: &[u8]) -> Self {
        Self::from_bytes(
            Sha256::new()
                .chain_update(PAGE_PREFIX)
                .chain_update(page)
                .finalize()
                .into(),
        )
    }

    /// The hash of a node, from its halves and what separates them.
    pub fn of_node(left: Self, right: Self, separator: &Separator) -> Self {
        Self::from_bytes(
            Sha256::new()
                .chain_update(NODE_PREFIX)
                .chain_update(left.as_bytes())
                .chain_update(right.as_bytes())
                .chain_update(separator.as_bytes())
                .finalize()
                .into(),
        )
    }
}
