//! One proof for many leaves, against the independent tree.

use proptest::prelude::*;
use serde_cbor::Value;
use verifier::hash::{NodeHash, RootHash, leaf_hash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::MerkleError;
use verifier::merkle::multi::roots;
use verifier::merkle::oracle::root_of;
use verifier::merkle::plan::{NodeCoord, ProofPlan};

use super::edit::{array, changed, code_of, member};
use kit::pack::sample;

fn leaves(size: u64) -> Vec<NodeHash> {
    (0..size)
        .map(|index| NodeHash::from(leaf_hash(&index.to_be_bytes())))
        .collect()
}

fn proof_of(indices: &[LeafIndex], tree: &[NodeHash]) -> Vec<NodeHash> {
    let plan = ProofPlan::multi(indices, TreeSize::new(tree.len().try_into().unwrap())).unwrap();
    let node = |coord: NodeCoord| {
        let start = usize::try_from(coord.index << coord.level).unwrap();
        NodeHash::from(root_of(&tree[start..start + (1 << coord.level)]))
    };
    plan.assemble(&plan.nodes().map(node).collect::<Vec<_>>())
        .unwrap()
}

proptest! {
    #[test]
    fn leaves_and_proof_give_both_roots(size in 1_u64..200, picks in prop::collection::btree_set(0_u64..200, 0..20), edge in 0_u64..200) {
        let prefix = edge % size + 1;
        let tree = leaves(size);
        let mut indices: Vec<u64> = picks.into_iter().filter(|index| *index < size).chain([prefix - 1]).collect();
        indices.sort_unstable();
        indices.dedup();
        let indices: Vec<LeafIndex> = indices.into_iter().map(LeafIndex::new).collect();
        let known: Vec<_> = indices.iter().map(|index| (*index, leaf_hash(&index.value().to_be_bytes()))).collect();
        let proof = proof_of(&indices, &tree);
        let (size, prefix) = (TreeSize::new(size), TreeSize::new(prefix));
        let found = roots(&known, prefix, size, &proof).unwrap();
        prop_assert_eq!(found.whole, root_of(&tree));
        prop_assert_eq!(found.prefix, root_of(&tree[..usize::try_from(prefix.value()).unwrap()]));

        let surplus = [&proof[..], &[NodeHash::from_bytes([0; 32])]].concat();
        let expected = proof.len();
        prop_assert_eq!(roots(&known, prefix, size, &surplus), Err(MerkleError::WrongLength { expected, found: expected + 1 }));
        if let Some((_, shorter)) = proof.split_last() {
            prop_assert_eq!(roots(&known, prefix, size, shorter), Err(MerkleError::WrongLength { expected, found: expected - 1 }));
        }
        for position in 0..proof.len() {
            let mut other = proof.clone();
            other[position] = NodeHash::from_bytes([9; 32]);
            prop_assert_ne!(roots(&known, prefix, size, &other).unwrap().whole, root_of(&tree));
        }
    }
}

#[test]
fn leaves_out_of_order_or_range_are_refused() {
    let leaf = |index: u64| (LeafIndex::new(index), leaf_hash(&index.to_be_bytes()));
    let refused =
        |leaves: &[_], prefix, size| roots(leaves, TreeSize::new(prefix), TreeSize::new(size), &[]).is_err();
    assert!(refused(&[], 1, 1));
    assert!(refused(&[leaf(0)], 0, 1));
    assert!(refused(&[leaf(0)], 2, 1));
    assert!(refused(&[leaf(1), leaf(0)], 2, 2));
    assert!(refused(&[leaf(0), leaf(0)], 1, 1));
    assert!(refused(&[leaf(0), leaf(2)], 1, 2));
    assert!(refused(&[leaf(0)], 2, 2), "without the last leaf of the prefix");
    assert!(
        refused(&[leaf(u64::MAX - 1)], u64::MAX, u64::MAX),
        "a proof of 63 hashes is missing"
    );
    let single = roots(&[leaf(0)], TreeSize::new(1), TreeSize::new(1), &[]).unwrap();
    assert_eq!(
        single.whole,
        RootHash::from(NodeHash::from(leaf_hash(&0_u64.to_be_bytes())))
    );
}

#[test]
fn the_proof_of_a_pack_is_used_up_exactly() {
    let (_, pack) = sample();
    let proof =
        |change: fn(&mut Vec<Value>)| code_of(&changed(&pack, member::PROOF, |proof| change(array(proof))));
    assert_eq!(proof(|hashes| hashes.push(hashes[0].clone())), "INCLUSION_FAILED");
    assert_eq!(proof(|hashes| drop(hashes.pop())), "INCLUSION_FAILED");
    assert_eq!(
        proof(|hashes| hashes[0] = Value::Bytes(vec![0; 32])),
        "INCLUSION_FAILED"
    );
    assert_eq!(
        proof(|hashes| hashes[0] = Value::Bytes(vec![0; 31])),
        "PACK_DAMAGED"
    );
}
