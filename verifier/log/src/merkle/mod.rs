//! The Merkle tree of RFC 6962 §2.1, with the verification loops of RFC 9162 §2.1.3 and §2.1.4.
//!
//! ```text
//! MTH({})     = SHA-256("")
//! MTH({d})    = SHA-256(0x00 || d)
//! MTH(D[0:n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))   k: largest power of two below n
//! ```
//!
//! Proofs are checked by loops that know beforehand how many hashes the sizes demand. A size is
//! never taken from a proof: an audit path alone is consistent with several sizes, so sizes must
//! come from a checkpoint whose signature holds.

pub mod consistency;
pub mod frontier;
pub mod inclusion;
pub mod multi;
pub mod oracle;
pub mod plan;

use crate::index::{LeafIndex, TreeSize};

/// Why a proof does not hold. The prover is at fault in every case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MerkleError {
    /// The index is not below the size.
    #[error("index {index} is not in a tree of size {size}")]
    IndexOutOfRange {
        /// The index that was asked for.
        index: LeafIndex,
        /// The size of the tree.
        size: TreeSize,
    },
    /// The number of hashes is not the one that the sizes demand.
    #[error("the proof has {found} hashes, expected {expected}")]
    WrongLength {
        /// Number of hashes that the sizes demand.
        expected: usize,
        /// Number of hashes in the proof.
        found: usize,
    },
    /// The first size is larger than the second.
    #[error("size {first} is larger than {second}")]
    SizesReversed {
        /// Size of the first tree.
        first: TreeSize,
        /// Size of the second tree.
        second: TreeSize,
    },
    /// The recomputed root is another one.
    #[error("the recomputed root differs from the expected one")]
    RootMismatch,
}

/// The length of the path from node `index` to the root of a level whose last node is `last`.
///
/// Below the level where the two paths meet every step has a sibling; above it only those steps
/// of the right edge do that go to the left.
fn path_length(index: u64, last: u64) -> usize {
    let below = u64::BITS - (index ^ last).leading_zeros();
    let above = index.checked_shr(below).unwrap_or(0).count_ones();
    usize::try_from(below + above).unwrap_or(usize::MAX)
}

fn expect_length(expected: usize, found: usize) -> Result<(), MerkleError> {
    if expected == found {
        Ok(())
    } else {
        Err(MerkleError::WrongLength { expected, found })
    }
}
