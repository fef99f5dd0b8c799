//! Proofs from verified tiles. Any size up to the published one will do, published itself or not: its
//! complete subtrees are subtrees of the published tree.

use verifier::hash::{LeafHash, NodeHash, leaf_hash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::inclusion::verify_inclusion;
use verifier::merkle::plan::ProofPlan;
use verifier::proof::TlogProof;

use super::Reader;
use super::tiles::ReaderTree;
use crate::error::ReadError;
use crate::shared::PublishedHead;

impl Reader {
    /// The audit path of an entry in the tree of `size`, which is at most the published one.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] where `size` is beyond the published one or `index` not below `size`; otherwise
    /// as every question to a [`Reader`].
    pub fn inclusion_proof(&self, index: LeafIndex, size: TreeSize) -> Result<Vec<NodeHash>, ReadError> {
        let tree = self.tree()?;
        audit_path(&tree, index, size)
    }

    /// The consistency proof from `first` to `second`, which is at most the published size.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] where `second` is beyond the published size or `first` beyond `second`;
    /// otherwise as every question to a [`Reader`].
    pub fn consistency_proof(&self, first: TreeSize, second: TreeSize) -> Result<Vec<NodeHash>, ReadError> {
        let tree = self.tree()?;
        if second > tree.size() {
            return Err(ReadError::beyond("size", second.value(), tree.size()));
        }
        let plan = ProofPlan::consistency(first, second)
            .map_err(|_| ReadError::beyond("first size", first.value(), second))?;
        tree.assemble(&plan)
    }

    /// The tlog-proof of an entry under the published checkpoint, or the given one, with the entry in
    /// `extra`. It was checked against that checkpoint's root before it left.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] where the checkpoint does not cover `index` or is beyond the published one;
    /// otherwise as every question to a [`Reader`].
    pub fn tlog_proof(&self, index: LeafIndex, at: Option<&PublishedHead>) -> Result<String, ReadError> {
        let tree = self.tree()?;
        let under = at.unwrap_or(tree.published());
        if !under.head.tree.size.contains(index) {
            return Err(ReadError::beyond("index", index.value(), under.head.tree.size));
        }
        let leaf = self.leaf(&tree, index)?;
        proof_text(&tree, index, leaf.hash, leaf.bytes, under)
    }

    /// The same for entry bytes that the caller just stored: saves reading them again. Bytes that do not
    /// stand at `index` fail.
    pub(crate) fn tlog_proof_of(
        &self,
        index: LeafIndex,
        entry: &[u8],
        at: &PublishedHead,
    ) -> Result<String, ReadError> {
        proof_text(&self.tree()?, index, leaf_hash(entry), entry.to_vec(), at)
    }
}

fn proof_text(
    tree: &ReaderTree<'_>,
    index: LeafIndex,
    leaf: LeafHash,
    entry: Vec<u8>,
    at: &PublishedHead,
) -> Result<String, ReadError> {
    let head = &at.head.tree;
    let path = audit_path(tree, index, head.size)?;
    verify_inclusion(index, head.size, &leaf, &path, &head.root)
        .map_err(|error| ReadError::corrupt(format!("the audit path of entry {index}"), head.root, error))?;
    let proof = TlogProof {
        extra: Some(entry),
        index,
        path,
        checkpoint: at.checkpoint.clone(),
    };
    Ok(proof.to_string())
}

fn audit_path(tree: &ReaderTree<'_>, index: LeafIndex, size: TreeSize) -> Result<Vec<NodeHash>, ReadError> {
    if size > tree.size() {
        return Err(ReadError::beyond("size", size.value(), tree.size()));
    }
    let plan =
        ProofPlan::inclusion(index, size).map_err(|_| ReadError::beyond("index", index.value(), size))?;
    tree.assemble(&plan)
}

impl ReaderTree<'_> {
    /// The proof that a plan describes, from the hashes of this tree.
    ///
    /// # Errors
    /// As every question to a [`Reader`].
    pub fn assemble(&self, plan: &ProofPlan) -> Result<Vec<NodeHash>, ReadError> {
        let hashes: Vec<NodeHash> = plan
            .nodes()
            .map(|node| self.node(node))
            .collect::<Result<_, _>>()?;
        plan.assemble(&hashes)
            .map_err(|error| ReadError::corrupt("a proof plan", "one hash a node", error))
    }
}
