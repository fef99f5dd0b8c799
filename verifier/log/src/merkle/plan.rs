//! Which complete subtrees a proof needs: index arithmetic only, so that any store can fetch them.
//!
//! A proof hash is the root of a range of leaves. Where the range is a complete subtree it is one
//! stored hash; at the right edge it is folded from several. A [`ProofPlan`] names them all at
//! once, so that a store reads them in one go and hashes at most 63 times.

use super::{MerkleError, expect_length};
use crate::hash::{NodeHash, RootHash, empty_root, node_hash};
use crate::index::{LeafIndex, TreeSize};

/// A complete subtree: `MTH(D[index * 2^level : (index + 1) * 2^level])`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeCoord {
    /// 0 for leaves.
    pub level: u8,
    /// Position within the level.
    pub index: u64,
}

/// What to fetch, and how to put it together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofPlan {
    /// One element a proof hash; each the complete subtrees, left to right, that it is folded from.
    parts: Vec<Vec<NodeCoord>>,
}

impl ProofPlan {
    /// The audit path of `index` in a tree of `size` (RFC 6962 §2.1.1).
    ///
    /// # Errors
    /// [`MerkleError::IndexOutOfRange`] where the tree has no such leaf: the one who asks is at fault.
    pub fn inclusion(index: LeafIndex, size: TreeSize) -> Result<Self, MerkleError> {
        if !size.contains(index) {
            return Err(MerkleError::IndexOutOfRange { index, size });
        }
        let mut parts = Vec::new();
        let (mut start, mut end) = (0, size.value());
        while end - start > 1 {
            let middle = start + split(end - start);
            if index.value() < middle {
                parts.push(complete_subtrees(middle, end));
                end = middle;
            } else {
                parts.push(complete_subtrees(start, middle));
                start = middle;
            }
        }
        parts.reverse();
        Ok(Self { parts })
    }

    /// The consistency proof from `first` to `second` (RFC 6962 §2.1.2); empty from size 0.
    ///
    /// # Errors
    /// [`MerkleError::SizesReversed`] where `first` is the larger one: the one who asks is at fault.
    pub fn consistency(first: TreeSize, second: TreeSize) -> Result<Self, MerkleError> {
        if first > second {
            return Err(MerkleError::SizesReversed { first, second });
        }
        let mut parts = Vec::new();
        let boundary = first.value();
        let (mut start, mut end) = (0, second.value());
        while boundary != 0 && boundary != end {
            let middle = start + split(end - start);
            if boundary <= middle {
                parts.push(complete_subtrees(middle, end));
                end = middle;
            } else {
                parts.push(complete_subtrees(start, middle));
                start = middle;
            }
        }
        // The verifier knows the root of the whole first tree, but of no part of it.
        if start != 0 {
            parts.push(complete_subtrees(start, end));
        }
        parts.reverse();
        Ok(Self { parts })
    }

    /// One proof for several leaves, ascending and none twice: the largest ranges of the tree's own
    /// subtrees that hold none of them, left to right. [`roots`](super::multi::roots) checks it.
    ///
    /// # Errors
    /// [`MerkleError::IndexOutOfRange`] for the first leaf that the tree does not have: the one who asks is
    /// at fault.
    pub fn multi(indices: &[LeafIndex], size: TreeSize) -> Result<Self, MerkleError> {
        if let Some(&index) = indices.iter().find(|index| !size.contains(**index)) {
            return Err(MerkleError::IndexOutOfRange { index, size });
        }
        let mut parts = Vec::new();
        if size.value() > 0 {
            without(indices, 0, size.value(), &mut parts);
        }
        Ok(Self { parts })
    }

    /// All subtrees to fetch, in order.
    pub fn nodes(&self) -> impl Iterator<Item = NodeCoord> + '_ {
        self.parts.iter().flatten().copied()
    }

    /// The proof, from the fetched hashes in the order of [`ProofPlan::nodes`].
    ///
    /// # Errors
    /// [`MerkleError::WrongLength`] where their number differs.
    pub fn assemble(&self, hashes: &[NodeHash]) -> Result<Vec<NodeHash>, MerkleError> {
        expect_length(self.nodes().count(), hashes.len())?;
        let mut hashes = hashes.iter().copied();
        Ok(self
            .parts
            .iter()
            .filter_map(|part| fold(hashes.by_ref().take(part.len())))
            .collect())
    }
}

/// The complete subtrees that make up a tree of `size`, largest (leftmost) first.
pub fn root_nodes(size: TreeSize) -> Vec<NodeCoord> {
    complete_subtrees(0, size.value())
}

/// Folds the hashes of [`root_nodes`] to the root; the empty slice gives the empty root.
pub fn fold_root(hashes: &[NodeHash]) -> RootHash {
    fold(hashes.iter().copied()).map_or_else(empty_root, RootHash::from)
}

/// Collects the ranges of `start..end` without an index. It calls itself at most 64 deep, since each
/// call halves the range.
fn without(indices: &[LeafIndex], start: u64, end: u64, parts: &mut Vec<Vec<NodeCoord>>) {
    if indices.is_empty() {
        parts.push(complete_subtrees(start, end));
    } else if end - start > 1 {
        let middle = start + split(end - start);
        let (left, right) = indices.split_at(indices.partition_point(|index| index.value() < middle));
        without(left, start, middle, parts);
        without(right, middle, end, parts);
    }
}

/// The largest power of two below `count`, which is at least 2.
pub(crate) fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The complete subtrees of the leaves `start..end`, left to right. `start` is a multiple of the
/// largest power of two that fits, as it is for every range of a proof.
pub(crate) fn complete_subtrees(start: u64, end: u64) -> Vec<NodeCoord> {
    let mut subtrees = Vec::new();
    let mut position = start;
    while position < end {
        let level = (end - position).ilog2();
        // A level is at most 63.
        subtrees.push(NodeCoord {
            level: u8::try_from(level).unwrap_or(u8::MAX),
            index: position >> level,
        });
        position += 1 << level;
    }
    subtrees
}

/// Folds subtree roots from the right: the smallest two are joined first.
fn fold(hashes: impl Iterator<Item = NodeHash>) -> Option<NodeHash> {
    let hashes: Vec<NodeHash> = hashes.collect();
    hashes
        .into_iter()
        .rev()
        .reduce(|right, left| node_hash(&left, &right))
}
