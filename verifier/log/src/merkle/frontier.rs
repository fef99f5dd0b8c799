//! The right edge of the tree (compact range): what is needed to append and to know the root.
//!
//! A tree of `n` leaves is made of one complete subtree for every bit of `n` that is set. Appending
//! a leaf is binary addition: each carry joins two subtrees of equal size. So a tree of any size
//! is continued from at most 64 hashes.

use super::plan::fold_root;
use crate::hash::{LeafHash, NodeHash, RootHash, node_hash};
use crate::index::TreeSize;

/// No log gets beyond this size; it keeps additions far from overflow.
const SIZE_MAX: u64 = 1 << 63;

/// The roots of the complete subtrees of a tree, largest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: TreeSize,
    /// One for every bit that is set in `size`, highest bit first.
    nodes: Vec<NodeHash>,
}

impl Frontier {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// From the hashes of [`root_nodes`](super::plan::root_nodes); `None` if their number is wrong
    /// or the size is above 2^63. Whether they are the right hashes shows only in the root.
    pub fn from_nodes(size: TreeSize, nodes: Vec<NodeHash>) -> Option<Self> {
        let expected = usize::try_from(size.value().count_ones()).ok()?;
        (size.value() <= SIZE_MAX && nodes.len() == expected).then_some(Self { size, nodes })
    }

    /// Appends a leaf.
    pub fn append(&mut self, leaf: LeafHash) {
        let mut hash = NodeHash::from(leaf);
        let carries = self.size.value().trailing_ones();
        for _ in 0..carries {
            if let Some(left) = self.nodes.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.nodes.push(hash);
        self.size = TreeSize::new(self.size.value() + 1);
    }

    /// The number of leaves.
    pub fn size(&self) -> TreeSize {
        self.size
    }

    /// Root hash of the tree of these leaves.
    pub fn root(&self) -> RootHash {
        fold_root(&self.nodes)
    }

    /// The subtree roots, largest first.
    pub fn nodes(&self) -> &[NodeHash] {
        &self.nodes
    }
}
