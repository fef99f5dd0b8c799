//! One proof for many leaves: the roots of the largest subtrees that hold none of them, left to right.
//!
//! Which subtrees those are follows from the indices and the size alone, so the proof is hashes and
//! nothing else, and none of them can be superfluous. The same hashes give the root of any shorter tree
//! whose last leaf is among the leaves: the subtrees at its right edge are complete, and were all met.

use super::MerkleError;
use super::plan::{fold_root, split};
use crate::hash::{LeafHash, NodeHash, RootHash, node_hash};
use crate::index::{LeafIndex, TreeSize};

/// The roots that leaves and proof lead to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Roots {
    /// Of the first `prefix` leaves.
    pub prefix: RootHash,
    /// Of all.
    pub whole: RootHash,
}

/// Computes the roots of the tree of `size` and of its first `prefix` leaves from `leaves`, ascending
/// by index, none twice, and the proof that [`super::plan::ProofPlan::multi`] plans for their indices.
///
/// Nothing is proved until the caller has compared [`Roots::whole`] with a signed root of that size.
///
/// # Errors
/// [`MerkleError::IndexOutOfRange`] unless the leaves are in order below `size` and leaf `prefix - 1` is
/// among them; [`MerkleError::WrongLength`] where the number of hashes is another.
pub fn roots(
    leaves: &[(LeafIndex, LeafHash)],
    prefix: TreeSize,
    size: TreeSize,
    proof: &[NodeHash],
) -> Result<Roots, MerkleError> {
    let out_of_range = |index| MerkleError::IndexOutOfRange { index, size };
    let (last, _) = leaves.last().ok_or(out_of_range(LeafIndex::new(0)))?;
    if !leaves.is_sorted_by(|(one, _), (next, _)| one < next) || !size.contains(*last) {
        return Err(out_of_range(*last));
    }
    let edge = prefix.last_index().unwrap_or_default();
    let has_edge = leaves.binary_search_by_key(&edge, |(index, _)| *index).is_ok();
    if prefix > size || prefix.value() == 0 || !has_edge {
        return Err(out_of_range(edge));
    }
    let mut walk = MultiProofWalk {
        prefix: prefix.value(),
        proof: proof.iter(),
        complete: Vec::new(),
    };
    let whole = walk.hash(0, size.value(), leaves);
    let surplus = walk.proof.len();
    match whole {
        Some(whole) if surplus == 0 => Ok(Roots {
            prefix: if prefix == size {
                RootHash::from(whole)
            } else {
                fold_root(&walk.complete)
            },
            whole: RootHash::from(whole),
        }),
        _ => Err(MerkleError::WrongLength {
            expected: hash_count(0, size.value(), leaves),
            found: proof.len(),
        }),
    }
}

/// The number of subtrees of `start..end` that hold none of `leaves` and lie in none that does not. It calls itself at most 64
/// deep, since each call halves the range.
fn hash_count(start: u64, end: u64, leaves: &[(LeafIndex, LeafHash)]) -> usize {
    if leaves.is_empty() {
        return 1;
    }
    if end - start <= 1 {
        return 0;
    }
    let middle = start + split(end - start);
    let (left, right) = leaves.split_at(leaves.partition_point(|(index, _)| index.value() < middle));
    hash_count(start, middle, left).saturating_add(hash_count(middle, end, right))
}

struct MultiProofWalk<'a> {
    prefix: u64,
    proof: std::slice::Iter<'a, NodeHash>,
    /// The subtrees that make up the prefix, left to right.
    complete: Vec<NodeHash>,
}

impl MultiProofWalk<'_> {
    /// The hash of `start..end`, of which `leaves` are all that are known. It calls itself at most 64
    /// deep, since each call halves the range.
    fn hash(&mut self, start: u64, end: u64, leaves: &[(LeafIndex, LeafHash)]) -> Option<NodeHash> {
        let Some((_, first)) = leaves.first() else {
            return self.proof.next().copied();
        };
        if end - start <= 1 {
            return Some(NodeHash::from(*first));
        }
        let middle = start + split(end - start);
        let (left, right) = leaves.split_at(leaves.partition_point(|(index, _)| index.value() < middle));
        let left = self.hash(start, middle, left)?;
        if middle <= self.prefix && self.prefix < end {
            self.complete.push(left);
        }
        let right = self.hash(middle, end, right)?;
        Some(node_hash(&left, &right))
    }
}

/// The proof of the leaves `first..=last`, from the audit paths of both in the tree of `size`: what
/// lies left of the one and right of the other. Paths of another length give a proof that does not hold.
pub fn range_proof(
    (first, first_path): (LeafIndex, &[NodeHash]),
    (last, last_path): (LeafIndex, &[NodeHash]),
    size: TreeSize,
) -> Vec<NodeHash> {
    let on_side = |index, path: &[NodeHash], wanted| -> Vec<NodeHash> {
        sides(index, size)
            .into_iter()
            .zip(path)
            .filter(|(is_left, _)| *is_left == wanted)
            .map(|(_, hash)| *hash)
            .collect()
    };
    let mut proof = on_side(first, first_path, true);
    proof.reverse();
    proof.extend(on_side(last, last_path, false));
    proof
}

/// For each hash of an audit path, the leaf's sibling first, whether it is on the left.
fn sides(index: LeafIndex, size: TreeSize) -> Vec<bool> {
    let mut position = index.value();
    let mut last = size.last_index().unwrap_or_default().value();
    let mut sides = Vec::new();
    while last > 0 {
        // The last node of a level with an even position has no sibling, and moves up.
        if position & 1 == 1 {
            sides.push(true);
        } else if position < last {
            sides.push(false);
        }
        position >>= 1;
        last >>= 1;
    }
    sides
}
