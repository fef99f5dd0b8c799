//! A log made by hand, which may also contradict itself.

use ledger::signer::{CheckpointSigner, LogKey};
use verifier::base64::encode_standard;
use verifier::checkpoint::{TreeHead, checkpoint_text, signed_checkpoint};
use verifier::hash::{NodeHash, leaf_hash};
use verifier::index::TreeSize;
use verifier::merkle::oracle::root_of;
use verifier::merkle::plan::{NodeCoord, ProofPlan};

pub(crate) const ORIGIN: &str = "example.com/log42";
/// 32 bytes that are the hash of nothing here.
pub(crate) const OTHER_HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Leaves and a key. Two logs with one key and other leaves are one log with two histories.
pub(crate) struct HandLog {
    leaves: Vec<NodeHash>,
    pub(crate) key: LogKey,
}

impl HandLog {
    /// The key is that of the seed; the leaves are those of the history.
    pub(crate) fn new(seed: u8, history: u8, size: u64) -> Self {
        let leaf = |index: u64| NodeHash::from(leaf_hash(&[&[history][..], &index.to_be_bytes()].concat()));
        Self {
            leaves: (0..size).map(leaf).collect(),
            key: LogKey::from_seed(ORIGIN, [seed; 32]).unwrap(),
        }
    }

    pub(crate) fn head(&self, size: u64) -> TreeHead {
        TreeHead {
            size: TreeSize::new(size),
            root: root_of(&self.leaves[..usize::try_from(size).unwrap()]),
        }
    }

    /// A signed note of any text.
    pub(crate) fn sign(&self, text: &str) -> String {
        signed_checkpoint(text, self.key.verifier_key(), &self.key.sign(text.as_bytes()))
    }

    pub(crate) fn checkpoint(&self, size: u64) -> String {
        self.sign(&checkpoint_text(ORIGIN, &self.head(size)))
    }

    /// The consistency proof, one hash a line.
    pub(crate) fn proof(&self, old: u64, new: u64) -> String {
        if old == 0 || old == new {
            return String::new();
        }
        let plan = ProofPlan::consistency(TreeSize::new(old), TreeSize::new(new)).unwrap();
        let node = |coord: NodeCoord| {
            let start = usize::try_from(coord.index << coord.level).unwrap();
            NodeHash::from(root_of(&self.leaves[start..start + (1 << coord.level)]))
        };
        let hashes = plan
            .assemble(&plan.nodes().map(node).collect::<Vec<_>>())
            .unwrap();
        hashes
            .iter()
            .map(|hash| encode_standard(hash.as_bytes()) + "\n")
            .collect()
    }

    /// What a log sends.
    pub(crate) fn request(&self, old: u64, new: u64) -> String {
        request(old, &self.proof(old, new), &self.checkpoint(new))
    }
}

pub(crate) fn request(old: u64, proof: &str, note: &str) -> String {
    format!("old {old}\n{proof}\n{note}")
}
