//! Tree heads that must belong to one tree, and the proofs between them.

use serde::Deserialize;
use verifier::base64::decode_standard_array;
use verifier::check::Finding;
use verifier::checkpoint::TreeHead;
use verifier::hash::{NodeHash, RootHash};
use verifier::index::TreeSize;
use verifier::merkle::consistency::verify_consistency;

/// Heads that one page speaks of.
const HEADS_MAX: usize = 8;
/// A proof between any two sizes has fewer hashes.
const HASHES_MAX: usize = 128;

/// A size and a root that a pack, a proof or the page itself names.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedHead {
    /// Number of entries.
    pub size: u64,
    /// Root hash of the tree, lower-case hex.
    pub root: String,
}

/// A consistency proof as the server answers it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Proof {
    /// The smaller size.
    pub first: u64,
    /// The larger size.
    pub second: u64,
    /// Standard padded base64.
    pub hashes: Vec<String>,
}

/// The heads as a page or a file names them.
pub(crate) fn claimed(heads: &[NamedHead]) -> Result<Vec<TreeHead>, Finding> {
    let malformed = || Finding::fail("HEAD_MALFORMED", "the page names a tree head that is none");
    if heads.len() > HEADS_MAX {
        return Err(malformed());
    }
    heads
        .iter()
        .map(|head| {
            Some(TreeHead {
                size: TreeSize::new(head.size),
                root: RootHash::parse_hex(&head.root)?,
            })
        })
        .collect::<Option<_>>()
        .ok_or_else(malformed)
}

/// Checks that each head is the beginning of the next larger one, or notes which proofs are missing.
pub(crate) fn one_tree(
    mut heads: Vec<TreeHead>,
    proofs: &[Proof],
    needed: &mut Vec<(u64, u64)>,
) -> Result<(), Finding> {
    heads.sort_by_key(|head| head.size);
    for pair in heads.windows(2) {
        if let [older, newer] = pair {
            follows(older, newer, proofs, needed)?;
        }
    }
    Ok(())
}

fn follows(
    older: &TreeHead,
    newer: &TreeHead,
    proofs: &[Proof],
    needed: &mut Vec<(u64, u64)>,
) -> Result<(), Finding> {
    if older.size == newer.size && older.root != newer.root {
        let message = format!(
            "two heads of size {} have different roots: the log has forked",
            older.size
        );
        return Err(Finding::fail("LOG_FORKED", message));
    }
    let unproved = |what: String| {
        Finding::fail(
            "CONSISTENCY_FAILED",
            format!(
                "the tree of size {} is not shown to be the beginning of the tree of size {}: {what}",
                older.size, newer.size
            ),
        )
    };
    let between = (older.size.value(), newer.size.value());
    let hashes = if older.size == newer.size || older.size.value() == 0 {
        Vec::new()
    } else {
        let Some(proof) = proofs.iter().find(|proof| (proof.first, proof.second) == between) else {
            needed.push(between);
            return Ok(());
        };
        decode(proof).ok_or_else(|| unproved("the server's proof is none".to_owned()))?
    };
    verify_consistency(older.size, &older.root, newer.size, &newer.root, &hashes)
        .map_err(|error| unproved(error.to_string()))
}

fn decode(proof: &Proof) -> Option<Vec<NodeHash>> {
    if proof.hashes.len() > HASHES_MAX {
        return None;
    }
    proof
        .hashes
        .iter()
        .map(|line| decode_standard_array(line).map(NodeHash::from_bytes))
        .collect()
}
