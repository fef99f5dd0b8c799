//! A browser that comes back: the log that it is shown must be the one that it saw, grown.
//!
//! Kept between visits are the key and the newest checkpoint that was proved to follow from the one
//! before, as its signed note: where the server contradicts it, the two notes together convict the log.
//! Nothing kept is ever given up for something unproved, so a fork is met again on every visit.

use crate::key;
use serde::{Deserialize, Serialize};
use verifier::base64::decode_standard_array;
use verifier::check::{Details, Finding, Report};
use verifier::checkpoint::{Checkpoint, TreeHead};
use verifier::hash::{NodeHash, RootHash};
use verifier::index::TreeSize;
use verifier::merkle::consistency::verify_consistency;
use verifier::note::VerifierKey;

/// Heads that one page speaks of.
const HEADS_MAX: usize = 8;
/// A proof between any two sizes has fewer hashes.
const HASHES_MAX: usize = 128;

/// What a browser keeps of a log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The key, as a vkey.
    pub vkey: String,
    /// The newest proved checkpoint, as its note.
    pub note: String,
}

/// A size and a root that a pack, a proof or the page itself names.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// Lower-case hex.
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

/// What a visit is judged from.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Absent on a first visit.
    pub kept: Option<Kept>,
    /// The key that the server names now.
    pub vkey: String,
    /// The server's newest checkpoint.
    pub note: String,
    /// Other heads that must belong to the same tree.
    #[serde(default)]
    pub heads: Vec<Head>,
    /// The proofs fetched so far.
    #[serde(default)]
    pub proofs: Vec<Proof>,
}

/// The judgement on a visit.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct VisitCheck {
    /// `PROOF_NEEDED` (INCOMPLETE) asks for another call with the proofs named in [`Self::needed`].
    pub report: Report,
    /// What to keep from now on; absent unless all of it was proved.
    pub keep: Option<Kept>,
    /// Sizes between which proofs are missing.
    pub needed: Vec<(u64, u64)>,
}

/// Judges a visit. Pure: the caller fetches the proofs that are needed, and calls again.
pub fn check_visit(visit: &Visit) -> VisitCheck {
    let mut details = Details::default();
    let mut needed = Vec::new();
    match judge(visit, &mut details, &mut needed) {
        Ok(keep) if needed.is_empty() => VisitCheck {
            report: Report::pass("one tree, only grown", details),
            keep: Some(keep),
            needed,
        },
        Ok(_) => VisitCheck {
            report: Finding::incomplete("PROOF_NEEDED", "consistency proofs are missing")
                .into_report(details),
            keep: None,
            needed,
        },
        Err(finding) => VisitCheck {
            report: finding.into_report(details),
            keep: None,
            needed: Vec::new(),
        },
    }
}

fn judge(visit: &Visit, details: &mut Details, needed: &mut Vec<(u64, u64)>) -> Result<Kept, Finding> {
    let key = pinned_key(visit)?;
    details.set("origin", key.name());
    details.set("vkey", key.to_string());
    details.set("first_visit", visit.kept.is_none());
    let kept = match &visit.kept {
        Some(kept) => Some(kept_head(kept, &key)?),
        None => None,
    };
    let newest = Checkpoint::open(visit.note.as_bytes(), &key)?.head().clone();
    details.set("tree_size", newest.size.value());
    details.set("root_hash", newest.root.to_string());
    if let Some(kept) = &kept {
        details.set("kept_size", kept.size.value());
        details.set("kept_root_hash", kept.root.to_string());
        if newest.size < kept.size {
            return Err(Finding::fail(
                "LOG_SHRANK",
                format!(
                    "the log had {} entries when this browser last saw it, and now shows a tree of {}",
                    kept.size, newest.size
                ),
            ));
        }
    }
    let mut heads = claimed(visit)?;
    heads.extend(kept);
    heads.push(newest);
    heads.sort_by_key(|head| head.size);
    for pair in heads.windows(2) {
        if let [older, newer] = pair {
            follows(older, newer, &visit.proofs, needed)?;
        }
    }
    Ok(Kept {
        vkey: key.to_string(),
        note: visit.note.clone(),
    })
}

/// The kept key decides; the server's only on a first visit.
fn pinned_key(visit: &Visit) -> Result<VerifierKey, Finding> {
    let Some(kept) = &visit.kept else {
        return key(&visit.vkey);
    };
    if kept.vkey != visit.vkey {
        return Err(Finding::fail(
            "KEY_CHANGED",
            format!(
                "this browser keeps the log key {}, and the server now names {}",
                kept.vkey, visit.vkey
            ),
        ));
    }
    key(&kept.vkey)
}

fn kept_head(kept: &Kept, key: &VerifierKey) -> Result<TreeHead, Finding> {
    let opened = Checkpoint::open(kept.note.as_bytes(), key).map_err(|error| {
        Finding::fail(
            "KEPT_DAMAGED",
            format!("what this browser kept of the log does not verify: {error}"),
        )
    })?;
    Ok(opened.head().clone())
}

fn claimed(visit: &Visit) -> Result<Vec<TreeHead>, Finding> {
    let malformed = || Finding::fail("HEAD_MALFORMED", "the page names a tree head that is none");
    if visit.heads.len() > HEADS_MAX {
        return Err(malformed());
    }
    visit
        .heads
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

/// Checks that the older head is the beginning of the newer one, or notes which proof is missing.
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
