//! Strict inclusion verification (RFC 9162 §2.1.3.2).

use super::{MerkleError, expect_length, path_length};
use crate::hash::{LeafHash, NodeHash, RootHash, node_hash};
use crate::index::{LeafIndex, TreeSize};

/// Verifies that `leaf` is at `index` of the tree with `size` and `root`.
///
/// Success does not prove the size: a path can hold for several sizes. Take it, with the root,
/// from a verified checkpoint.
///
/// # Errors
/// An index that is not below `size` (so any index of the empty tree), a path with a hash too many
/// or too few, or a path that leads to another root.
pub fn verify_inclusion(
    index: LeafIndex,
    size: TreeSize,
    leaf: &LeafHash,
    path: &[NodeHash],
    root: &RootHash,
) -> Result<(), MerkleError> {
    let last = match size.last_index() {
        Some(last) if index <= last => last.value(),
        _ => return Err(MerkleError::IndexOutOfRange { index, size }),
    };
    expect_length(path_length(index.value(), last), path.len())?;

    // `position` is the leaf's ancestor on the level reached, `last` the last node of that level.
    let (mut position, mut last) = (index.value(), last);
    let mut hash = NodeHash::from(*leaf);
    for sibling in path {
        if position & 1 == 1 || position == last {
            hash = node_hash(sibling, &hash);
            // The right edge skips the levels on which it has no sibling to its left.
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    if last == 0 && RootHash::from(hash) == *root {
        Ok(())
    } else {
        Err(MerkleError::RootMismatch)
    }
}
