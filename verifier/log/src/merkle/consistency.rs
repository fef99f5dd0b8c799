//! Strict consistency verification (RFC 9162 §2.1.4.2).

use super::{MerkleError, expect_length, path_length};
use crate::hash::{NodeHash, RootHash, empty_root, node_hash};
use crate::index::TreeSize;

/// Verifies that the tree (`first`, `first_root`) is a prefix of (`second`, `second_root`).
///
/// Nothing is proved about the sizes themselves; both heads must come from verified checkpoints.
/// From the empty tree the proof is empty and `first_root` must be the empty root; between equal
/// sizes the proof is empty and the roots must be equal.
///
/// # Errors
/// `first` above `second`, a proof with a hash too many or too few, or one that leads to another
/// root on either side.
pub fn verify_consistency(
    first: TreeSize,
    first_root: &RootHash,
    second: TreeSize,
    second_root: &RootHash,
    proof: &[NodeHash],
) -> Result<(), MerkleError> {
    if first > second {
        return Err(MerkleError::SizesReversed { first, second });
    }
    let (Some(first_last), Some(second_last)) = (first.last_index(), second.last_index()) else {
        expect_length(0, proof.len())?;
        let second_holds = second != first || *second_root == empty_root();
        return matching(*first_root == empty_root() && second_holds);
    };
    if first == second {
        expect_length(0, proof.len())?;
        return matching(first_root == second_root);
    }

    // The largest complete subtree at the right edge of the first tree is where both paths start.
    let level = first_last.value().trailing_ones();
    let position = first_last.value().checked_shr(level).unwrap_or(0);
    let last = second_last.value().checked_shr(level).unwrap_or(0);
    let path_hashes = path_length(position, last);
    // If it is the whole first tree, its hash is known and left out of the proof.
    let (start, path) = if first.value().is_power_of_two() {
        expect_length(path_hashes, proof.len())?;
        (NodeHash::from(*first_root), proof)
    } else {
        expect_length(path_hashes + 1, proof.len())?;
        match proof.split_first() {
            Some((start, path)) => (*start, path),
            None => {
                return Err(MerkleError::WrongLength {
                    expected: path_hashes + 1,
                    found: 0,
                });
            }
        }
    };
    let (old, new) = climb(start, path, position, last);
    matching(RootHash::from(old) == *first_root && RootHash::from(new) == *second_root)
}

/// Climbs from `start` to both roots: hashes on the left belong to both trees, those on the right
/// to the second only. `path` has exactly the hashes that `position` and `last` demand.
fn climb(start: NodeHash, path: &[NodeHash], mut position: u64, mut last: u64) -> (NodeHash, NodeHash) {
    let (mut old, mut new) = (start, start);
    for sibling in path {
        if position & 1 == 1 || position == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    (old, new)
}

fn matching(roots_match: bool) -> Result<(), MerkleError> {
    if roots_match {
        Ok(())
    } else {
        Err(MerkleError::RootMismatch)
    }
}
