//! The Merkle tree: laws for every size, and every way in which a proof is refused.

use std::sync::LazyLock;

use proptest::prelude::*;
use verifier::hash::{LeafHash, NodeHash, RootHash, empty_root, leaf_hash, node_hash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::MerkleError;
use verifier::merkle::consistency::verify_consistency;
use verifier::merkle::frontier::Frontier;
use verifier::merkle::inclusion::verify_inclusion;
use verifier::merkle::oracle::root_of;
use verifier::merkle::plan::{NodeCoord, ProofPlan, fold_root, root_nodes};

/// Leaves of the tree that most tests look at.
const LEAVES: usize = 3000;

/// Every complete subtree of a tree of [`LEAVES`] leaves: `LEVELS[l][i]` has 2^l leaves.
static LEVELS: LazyLock<Vec<Vec<NodeHash>>> = LazyLock::new(|| {
    let mut levels = vec![(0..LEAVES).map(|i| NodeHash::from(leaf(i))).collect::<Vec<_>>()];
    while levels.last().unwrap().len() > 1 {
        let below = levels.last().unwrap();
        levels.push(
            below
                .chunks_exact(2)
                .map(|pair| node_hash(&pair[0], &pair[1]))
                .collect(),
        );
    }
    levels
});

/// The roots of all sizes, each from the second path.
static ROOTS: LazyLock<Vec<RootHash>> =
    LazyLock::new(|| (0..=400).map(|size| root_of(&LEVELS[0][..size])).collect());

fn leaf(index: usize) -> LeafHash {
    leaf_hash(format!("entry {index}").as_bytes())
}

fn node(coord: NodeCoord) -> NodeHash {
    LEVELS[usize::from(coord.level)][usize::try_from(coord.index).unwrap()]
}

fn size(size: usize) -> TreeSize {
    TreeSize::new(u64::try_from(size).unwrap())
}

fn index(index: usize) -> LeafIndex {
    LeafIndex::new(u64::try_from(index).unwrap())
}

fn root(of: usize) -> RootHash {
    ROOTS
        .get(of)
        .copied()
        .unwrap_or_else(|| root_of(&LEVELS[0][..of]))
}

fn assemble(plan: &ProofPlan) -> Vec<NodeHash> {
    let hashes: Vec<NodeHash> = plan.nodes().map(node).collect();
    plan.assemble(&hashes).unwrap()
}

fn path(at: usize, of: usize) -> Vec<NodeHash> {
    assemble(&ProofPlan::inclusion(index(at), size(of)).unwrap())
}

fn consistency(first: usize, second: usize) -> Vec<NodeHash> {
    assemble(&ProofPlan::consistency(size(first), size(second)).unwrap())
}

fn foreign(hashes: &[NodeHash]) -> Vec<tlog_tiles::tlog::Hash> {
    hashes
        .iter()
        .map(|hash| tlog_tiles::tlog::Hash(*hash.as_bytes()))
        .collect()
}

fn foreign_root(of: usize) -> tlog_tiles::tlog::Hash {
    tlog_tiles::tlog::Hash(*root(of).as_bytes())
}

fn flip(hash: NodeHash, bit: usize) -> NodeHash {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    NodeHash::from_bytes(bytes)
}

#[test]
fn every_index_of_every_size_to_300_is_proved_and_no_other_accepts_its_proof() {
    for of in 1..=300 {
        for at in 0..of {
            let path = path(at, of);
            verify_inclusion(index(at), size(of), &leaf(at), &path, &root(of)).unwrap();
            let other = (at + 1) % of;
            if other != at {
                verify_inclusion(index(other), size(of), &leaf(at), &path, &root(of)).unwrap_err();
            }
            let leaf = tlog_tiles::tlog::Hash(*leaf(at).as_bytes());
            let (size, index) = (of.try_into().unwrap(), at.try_into().unwrap());
            tlog_tiles::tlog::check_record(&foreign(&path), size, foreign_root(of), index, leaf).unwrap();
        }
    }
}

#[test]
fn every_pair_of_sizes_to_130_is_consistent() {
    for second in 0..=130 {
        for first in 0..=second {
            let proof = consistency(first, second);
            verify_consistency(size(first), &root(first), size(second), &root(second), &proof).unwrap();
            if first > 0 {
                let (second_size, first_size) = (second.try_into().unwrap(), first.try_into().unwrap());
                let (new, old) = (foreign_root(second), foreign_root(first));
                tlog_tiles::tlog::check_tree(&foreign(&proof), second_size, new, first_size, old).unwrap();
            }
        }
    }
}

#[test]
fn the_frontier_reaches_the_root_of_the_second_path_at_every_size() {
    let mut frontier = Frontier::new();
    for of in 0..=400 {
        assert_eq!(frontier.size(), size(of));
        assert_eq!(frontier.root(), root(of), "size {of}");
        let nodes: Vec<NodeHash> = root_nodes(size(of)).into_iter().map(node).collect();
        assert_eq!(frontier.nodes(), nodes);
        assert_eq!(fold_root(&nodes), root(of));
        assert_eq!(Frontier::from_nodes(size(of), nodes), Some(frontier.clone()));
        frontier.append(leaf(of));
    }
}

#[test]
fn a_frontier_with_a_node_too_many_or_too_few_is_refused() {
    assert_eq!(
        Frontier::from_nodes(size(5), vec![node(NodeCoord { level: 2, index: 0 })]),
        None
    );
    assert_eq!(Frontier::from_nodes(size(0), vec![NodeHash::from(leaf(0))]), None);
    assert_eq!(
        Frontier::from_nodes(TreeSize::new(u64::MAX), vec![NodeHash::from(leaf(0)); 64]),
        None
    );
}

#[test]
fn rejects_proof_for_index_past_tree_size() {
    let path = path(3, 7);
    for at in [7, 8, 11, 1000] {
        let result = verify_inclusion(index(at), size(7), &leaf(3), &path, &root(7));
        assert_eq!(
            result,
            Err(MerkleError::IndexOutOfRange {
                index: index(at),
                size: size(7)
            })
        );
        assert!(ProofPlan::inclusion(index(at), size(7)).is_err());
    }
}

#[test]
fn nothing_is_in_the_empty_tree() {
    let result = verify_inclusion(index(0), size(0), &leaf(0), &[], &empty_root());
    assert_eq!(
        result,
        Err(MerkleError::IndexOutOfRange {
            index: index(0),
            size: size(0)
        })
    );
}

#[test]
fn the_proof_from_the_empty_tree_is_empty_and_its_root_the_empty_one() {
    verify_consistency(size(0), &empty_root(), size(7), &root(7), &[]).unwrap();
    let surplus = [NodeHash::from(root(7))];
    let result = verify_consistency(size(0), &empty_root(), size(7), &root(7), &surplus);
    assert_eq!(
        result,
        Err(MerkleError::WrongLength {
            expected: 0,
            found: 1
        })
    );
    let result = verify_consistency(size(0), &root(1), size(7), &root(7), &[]);
    assert_eq!(result, Err(MerkleError::RootMismatch));
    let result = verify_consistency(size(0), &empty_root(), size(0), &root(1), &[]);
    assert_eq!(result, Err(MerkleError::RootMismatch));
}

#[test]
fn equal_sizes_need_equal_roots_and_an_empty_proof() {
    verify_consistency(size(6), &root(6), size(6), &root(6), &[]).unwrap();
    let result = verify_consistency(size(6), &root(6), size(6), &root(5), &[]);
    assert_eq!(result, Err(MerkleError::RootMismatch));
    let result = verify_consistency(size(6), &root(6), size(6), &root(6), &[NodeHash::from(root(6))]);
    assert_eq!(
        result,
        Err(MerkleError::WrongLength {
            expected: 0,
            found: 1
        })
    );
}

#[test]
fn sizes_in_the_wrong_order_are_refused() {
    let proof = consistency(3, 8);
    let result = verify_consistency(size(8), &root(8), size(3), &root(3), &proof);
    assert_eq!(
        result,
        Err(MerkleError::SizesReversed {
            first: size(8),
            second: size(3)
        })
    );
    assert!(ProofPlan::consistency(size(8), size(3)).is_err());
}

#[test]
fn the_largest_sizes_need_no_more_than_64_hashes_and_do_not_overflow() {
    let (last, full) = (LeafIndex::new(u64::MAX - 1), TreeSize::new(u64::MAX));
    let plan = ProofPlan::inclusion(last, full).unwrap();
    assert_eq!(
        plan.assemble(&vec![NodeHash::from(leaf(0)); plan.nodes().count()])
            .unwrap()
            .len(),
        63
    );
    for length in 0..70 {
        let path = vec![NodeHash::from(leaf(0)); length];
        assert!(verify_inclusion(last, full, &leaf(0), &path, &root(1)).is_err());
        let first = TreeSize::new(u64::MAX - 1);
        assert!(verify_consistency(first, &root(1), full, &root(2), &path).is_err());
    }
}

#[test]
fn a_plan_takes_exactly_the_hashes_that_it_names() {
    let plan = ProofPlan::inclusion(index(3), size(7)).unwrap();
    let mut hashes: Vec<NodeHash> = plan.nodes().map(node).collect();
    hashes.pop();
    assert!(matches!(
        plan.assemble(&hashes),
        Err(MerkleError::WrongLength { .. })
    ));
}

/// A size, and an index or smaller size below it.
fn below_size() -> impl Strategy<Value = (usize, usize)> {
    (2..LEAVES).prop_flat_map(|of| (0..of, Just(of)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn an_audit_path_holds_and_no_change_of_it_does((at, of) in below_size(), bit in 0..256_usize, pick: prop::sample::Index) {
        let good = path(at, of);
        prop_assert!(verify_inclusion(index(at), size(of), &leaf(at), &good, &root(of)).is_ok());
        let refused = |path: &[NodeHash]| verify_inclusion(index(at), size(of), &leaf(at), path, &root(of)).is_err();

        let mut surplus = good.clone();
        surplus.push(good[pick.index(good.len())]);
        prop_assert!(refused(&surplus));
        let mut missing = good.clone();
        missing.remove(pick.index(good.len()));
        prop_assert!(refused(&missing));
        let mut flipped = good.clone();
        let position = pick.index(good.len());
        flipped[position] = flip(flipped[position], bit);
        prop_assert!(refused(&flipped));
        let other_leaf = LeafHash::from_bytes(*flip(NodeHash::from(leaf(at)), bit).as_bytes());
        prop_assert!(verify_inclusion(index(at), size(of), &other_leaf, &good, &root(of)).is_err());
    }

    #[test]
    fn a_consistency_proof_holds_and_no_change_of_it_does((first, second) in below_size(), bit in 0..256_usize, pick: prop::sample::Index) {
        prop_assume!(first > 0);
        let good = consistency(first, second);
        let (old, new) = (root(first), root(second));
        prop_assert!(verify_consistency(size(first), &old, size(second), &new, &good).is_ok());
        let refused = |proof: &[NodeHash]| verify_consistency(size(first), &old, size(second), &new, proof).is_err();

        let mut surplus = good.clone();
        surplus.push(good[pick.index(good.len())]);
        prop_assert!(refused(&surplus));
        let mut missing = good.clone();
        missing.remove(pick.index(good.len()));
        prop_assert!(refused(&missing));
        let mut flipped = good.clone();
        let position = pick.index(good.len());
        flipped[position] = flip(flipped[position], bit);
        prop_assert!(refused(&flipped));
        let other_root = RootHash::from(flip(NodeHash::from(new), bit));
        prop_assert!(verify_consistency(size(first), &old, size(second), &other_root, &good).is_err());
    }

    #[test]
    fn made_up_proofs_never_panic(at: u64, of: u64, hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70)) {
        let hashes: Vec<NodeHash> = hashes.into_iter().map(NodeHash::from_bytes).collect();
        prop_assert!(verify_inclusion(LeafIndex::new(at), TreeSize::new(of), &leaf(0), &hashes, &root(3)).is_err());
        prop_assert!(verify_consistency(TreeSize::new(at), &root(2), TreeSize::new(of), &root(3), &hashes).is_err());
    }
}
