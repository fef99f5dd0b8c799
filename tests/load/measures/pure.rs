//! The parts without a network: verification, appending, proofs.

use crate::report;
use harness::{HarnessError, actors};
use ledger::signer::EvidenceKey;
use std::hint::black_box;
use std::time::Instant;
use verifier::document::Document;
use verifier::evidence::Evidence;
use verifier::hash::{NodeHash, RootHash, empty_root, leaf_hash, node_hash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::MerkleError;
use verifier::merkle::frontier::Frontier;
use verifier::merkle::inclusion::verify_inclusion;
use verifier::merkle::plan::{NodeCoord, ProofPlan};

const DOCUMENTS: u32 = 2_000;
const LEAVES: u32 = 1_000_000;
const TREE_LEAVES: u64 = 1 << 16;
const PROOFS: u32 = 20_000;

pub(crate) fn run() -> Result<(), HarnessError> {
    verification()?;
    merkle()
}

fn verification() -> Result<(), HarnessError> {
    let gateway = EvidenceKey::from_seed([7; 32])?;
    let documents: Vec<String> = (0..u64::from(DOCUMENTS))
        .map(|n| actors::receipt(&gateway, "bench", n))
        .collect::<Result<_, _>>()?;
    let start = Instant::now();
    for document in &documents {
        let document = Document::parse(document.as_bytes())
            .map_err(|fault| HarnessError::unexpected("a document", fault.to_string()))?;
        let evidence = Evidence::verify(&document, "ledger.test/bench")
            .map_err(|rejected| HarnessError::unexpected("verified evidence", rejected.to_string()))?;
        black_box(evidence);
    }
    report::rate(
        "verify_receipt_one_thread",
        DOCUMENTS.into(),
        start.elapsed(),
        "receipts/s",
    );
    Ok(())
}

fn merkle() -> Result<(), HarnessError> {
    let start = Instant::now();
    let mut frontier = Frontier::new();
    for leaf in 0..LEAVES {
        frontier.append(leaf_hash(&leaf.to_be_bytes()));
    }
    black_box(frontier.root());
    report::rate("append_to_frontier", LEAVES.into(), start.elapsed(), "leaves/s");

    // A tree that is kept whole in memory is only here to prove from; the log proves from tiles.
    let tree = Tree::new(TREE_LEAVES);
    let size = TreeSize::new(TREE_LEAVES);
    let start = Instant::now();
    for n in 0..u64::from(PROOFS) {
        let index = n.wrapping_mul(2_654_435_761) % TREE_LEAVES;
        let at = LeafIndex::new(index);
        let plan = ProofPlan::inclusion(at, size).map_err(|error| broken(&error))?;
        let hashes: Vec<NodeHash> = plan.nodes().filter_map(|node| tree.node(node)).collect();
        let path = plan.assemble(&hashes).map_err(|error| broken(&error))?;
        verify_inclusion(at, size, &leaf_hash(&index.to_be_bytes()), &path, &tree.root())
            .map_err(|error| broken(&error))?;
    }
    report::rate(
        "prove_and_verify_inclusion",
        PROOFS.into(),
        start.elapsed(),
        "proofs/s",
    );
    Ok(())
}

/// Every level of a tree whose size is a power of two, leaves first.
struct Tree(Vec<Vec<NodeHash>>);

impl Tree {
    fn new(leaves: u64) -> Self {
        let mut level: Vec<NodeHash> = (0..leaves).map(|n| leaf_hash(&n.to_be_bytes()).into()).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level.chunks_exact(2).filter_map(parent).collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Self(levels)
    }

    fn node(&self, node: NodeCoord) -> Option<NodeHash> {
        self.0
            .get(usize::from(node.level))?
            .get(usize::try_from(node.index).ok()?)
            .copied()
    }

    fn root(&self) -> RootHash {
        let top = self.0.last().and_then(|level| level.first()).copied();
        top.map_or_else(empty_root, RootHash::from)
    }
}

fn parent(children: &[NodeHash]) -> Option<NodeHash> {
    match children {
        [left, right] => Some(node_hash(left, right)),
        _ => None,
    }
}

fn broken(error: &MerkleError) -> HarnessError {
    HarnessError::unexpected("a proof that holds", error.to_string())
}
