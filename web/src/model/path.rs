//! An audit path, hash by hash: which side each sibling stands on, which entries it covers, and what the two
//! make together (RFC 6962 §2.1.1).

use verifier::hash::{LeafHash, NodeHash, node_hash};
use verifier::index::{LeafIndex, TreeSize};

use crate::text::grouped;

/// On which side of the hash reached so far a hash of the path is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PathSide {
    /// Before it.
    Left,
    /// After it.
    Right,
}

impl PathSide {
    /// In words.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

/// One hash of the path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PathRow {
    /// Counted from 1, up from the leaf.
    pub(crate) number: usize,
    pub(crate) side: PathSide,
    /// The sibling's hash.
    pub(crate) hash: String,
    /// The entries under the sibling.
    pub(crate) covers: String,
    /// What sibling and the hash reached so far make; the last one is the root.
    pub(crate) result: String,
    /// The entries under that.
    pub(crate) reached: String,
}

/// The steps from the leaf up to the root. The path must be one of this index and size.
pub(crate) fn steps(index: LeafIndex, size: TreeSize, leaf: &LeafHash, path: &[NodeHash]) -> Vec<PathRow> {
    let mut reached = NodeHash::from(*leaf);
    let mut steps = Vec::with_capacity(path.len());
    for (split, hash) in splits(index.value(), size.value()).into_iter().rev().zip(path) {
        reached = match split.side {
            PathSide::Left => node_hash(hash, &reached),
            PathSide::Right => node_hash(&reached, hash),
        };
        steps.push(PathRow {
            number: steps.len() + 1,
            side: split.side,
            hash: hash.to_string(),
            covers: entries(split.sibling),
            result: reached.to_string(),
            reached: entries(split.whole),
        });
    }
    steps
}

/// One division of the tree on the way down to the leaf; ranges of entries, the ends left out.
struct TreeSplit {
    side: PathSide,
    sibling: (u64, u64),
    whole: (u64, u64),
}

/// From the root down; at most 64, since each halves the range.
fn splits(index: u64, size: u64) -> Vec<TreeSplit> {
    let (mut start, mut end) = (0, size);
    let mut splits = Vec::new();
    while end - start > 1 {
        let whole = (start, end);
        // The largest power of two below the number of leaves.
        let middle = start + (1 << (end - start - 1).ilog2());
        let split = if index < middle {
            let sibling = (middle, end);
            end = middle;
            TreeSplit {
                side: PathSide::Right,
                sibling,
                whole,
            }
        } else {
            let sibling = (start, middle);
            start = middle;
            TreeSplit {
                side: PathSide::Left,
                sibling,
                whole,
            }
        };
        splits.push(split);
    }
    splits
}

/// The entries under each hash of a consistency proof, in its order (RFC 6962 §2.1.2).
pub(crate) fn consistency_ranges(first: TreeSize, second: TreeSize) -> Vec<String> {
    let boundary = first.value();
    let (mut start, mut end) = (0, second.value());
    let mut ranges = Vec::new();
    while boundary != 0 && boundary < end {
        let middle = start + (1 << (end - start - 1).ilog2());
        if boundary <= middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
        }
    }
    // The verifier knows the root of the whole first tree, but of no part of it.
    if start != 0 {
        ranges.push((start, end));
    }
    ranges.into_iter().rev().map(entries).collect()
}

/// `entry 7`, `entries 8 to 11`.
fn entries((start, end): (u64, u64)) -> String {
    let last = end.saturating_sub(1);
    if start == last {
        format!("entry {}", grouped(start))
    } else {
        format!("entries {} to {}", grouped(start), grouped(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn siblings(index: u64, size: u64, hashes: usize) -> Vec<(PathSide, String)> {
        let path = vec![NodeHash::from_bytes([7; 32]); hashes];
        let leaf = LeafHash::from_bytes([1; 32]);
        steps(LeafIndex::new(index), TreeSize::new(size), &leaf, &path)
            .into_iter()
            .map(|step| (step.side, step.covers))
            .collect()
    }

    fn expected(siblings: &[(PathSide, &str)]) -> Vec<(PathSide, String)> {
        siblings
            .iter()
            .map(|(side, covers)| (*side, (*covers).to_owned()))
            .collect()
    }

    #[test]
    fn siblings_of_the_tree_of_seven_in_rfc_9162_stand_where_it_draws_them() {
        use PathSide::{Left, Right};
        let of_0 = [
            (Right, "entry 1"),
            (Right, "entries 2 to 3"),
            (Right, "entries 4 to 6"),
        ];
        assert_eq!(siblings(0, 7, 3), expected(&of_0));
        let of_3 = [
            (Left, "entry 2"),
            (Left, "entries 0 to 1"),
            (Right, "entries 4 to 6"),
        ];
        assert_eq!(siblings(3, 7, 3), expected(&of_3));
        // The last leaf has no sibling of its own; a pair is next to it.
        let of_6 = [(Left, "entries 4 to 5"), (Left, "entries 0 to 3")];
        assert_eq!(siblings(6, 7, 2), expected(&of_6));
    }

    #[test]
    fn the_only_leaf_has_an_empty_path() {
        assert!(siblings(0, 1, 0).is_empty());
    }

    #[test]
    fn hashes_of_consistency_proofs_cover_what_rfc_6962_names() {
        let ranges = |first, second| consistency_ranges(TreeSize::new(first), TreeSize::new(second));
        // §2.1.3: PROOF(3, D[7]) = [c, d, g, l], PROOF(4, D[7]) = [l], PROOF(6, D[7]) = [i, j, k].
        assert_eq!(
            ranges(3, 7),
            ["entry 2", "entry 3", "entries 0 to 1", "entries 4 to 6"]
        );
        assert_eq!(ranges(4, 7), ["entries 4 to 6"]);
        assert_eq!(ranges(6, 7), ["entries 4 to 5", "entry 6", "entries 0 to 3"]);
        assert!(ranges(7, 7).is_empty() && ranges(0, 7).is_empty());
    }

    #[test]
    fn each_step_hashes_left_before_right() {
        let leaf = LeafHash::from_bytes([1; 32]);
        let other = NodeHash::from_bytes([2; 32]);
        let at = |index| {
            let steps = steps(LeafIndex::new(index), TreeSize::new(2), &leaf, &[other]);
            steps.first().map(|step| step.result.clone())
        };
        let own = NodeHash::from(leaf);
        assert_eq!(at(0), Some(node_hash(&own, &other).to_string()));
        assert_eq!(at(1), Some(node_hash(&other, &own).to_string()));
    }
}
