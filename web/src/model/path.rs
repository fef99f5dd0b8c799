//! An audit path, hash by hash: which side each sibling stands on, and how high (RFC 9162 §2.1.3.2).

use verifier::hash::NodeHash;
use verifier::index::{LeafIndex, TreeSize};

/// One hash of the path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    /// 0 for a leaf; at level n a complete subtree has 2^n leaves.
    pub(crate) level: u32,
    /// Where the sibling stands.
    pub(crate) side: &'static str,
    pub(crate) hash: String,
}

/// The steps from the leaf up to the root. The path must be one of this index and size.
pub(crate) fn steps(index: LeafIndex, size: TreeSize, path: &[NodeHash]) -> Vec<Step> {
    let mut node = index.value();
    let mut last = size.value().saturating_sub(1);
    let mut level = 0;
    let mut steps = Vec::with_capacity(path.len());
    for hash in path {
        let left = node % 2 == 1 || node == last;
        // A node without a sibling moves up unchanged.
        while left && node.is_multiple_of(2) && node > 0 {
            node /= 2;
            last /= 2;
            level += 1;
        }
        steps.push(Step {
            level,
            side: if left { "left" } else { "right" },
            hash: hash.to_string(),
        });
        node /= 2;
        last /= 2;
        level += 1;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(index: u64, size: u64, hashes: usize) -> Vec<(u32, &'static str)> {
        let path = vec![NodeHash::from_bytes([7; 32]); hashes];
        steps(LeafIndex::new(index), TreeSize::new(size), &path)
            .into_iter()
            .map(|step| (step.level, step.side))
            .collect()
    }

    #[test]
    fn siblings_of_the_tree_of_seven_in_rfc_9162_stand_where_it_draws_them() {
        assert_eq!(sides(0, 7, 3), [(0, "right"), (1, "right"), (2, "right")]);
        assert_eq!(sides(3, 7, 3), [(0, "left"), (1, "left"), (2, "right")]);
        assert_eq!(sides(4, 7, 3), [(0, "right"), (1, "right"), (2, "left")]);
        // The last leaf has no sibling at levels 0 and moves up.
        assert_eq!(sides(6, 7, 2), [(1, "left"), (2, "left")]);
    }

    #[test]
    fn the_only_leaf_has_an_empty_path() {
        assert!(sides(0, 1, 0).is_empty());
    }
}
