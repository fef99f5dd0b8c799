//! A browser that comes back: the log that it is shown must be the one that it saw, grown.
//!
//! Kept between visits are the key and the newest checkpoint that was proved to follow from the one
//! before, as its signed note: where the server contradicts it, the two notes together convict the log.
//! Nothing kept is ever given up for something unproved, so a fork is met again on every visit.

use crate::heads::{NamedHead, Proof, claimed, one_tree};
use crate::key;
use crate::witnessed::PinnedPolicy;
use serde::{Deserialize, Serialize};
use verifier::check::{Details, Finding, LogKeyring, Report};
use verifier::checkpoint::{Checkpoint, TreeHead};
use verifier::note::VerifierKey;

/// What a browser keeps of a log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptCheckpoint {
    /// The key, as a vkey.
    pub vkey: String,
    /// The newest proved checkpoint, as its note.
    pub note: String,
}

/// What a visit is judged from.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisitInput {
    /// Absent on a first visit.
    pub kept: Option<KeptCheckpoint>,
    /// The key that the server names now.
    pub vkey: String,
    /// A key that the visitor compared out of band and takes in place of the kept one.
    #[serde(default)]
    pub accept: Option<String>,
    /// The changes of the log's keys (`schemas/log-keys.md`), which may lead from the kept key to the one that the server names.
    #[serde(default)]
    pub keys: Option<String>,
    /// The server's newest checkpoint.
    pub note: String,
    /// Whose cosignatures the visitor asks for; absent where no policy is pinned.
    #[serde(default)]
    pub witnesses: Option<PinnedPolicy>,
    /// Other heads that must belong to the same tree.
    #[serde(default)]
    pub heads: Vec<NamedHead>,
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
    pub keep: Option<KeptCheckpoint>,
    /// Sizes between which proofs are missing.
    pub needed: Vec<(u64, u64)>,
}

/// Judges a visit. Pure: the caller fetches the proofs that are needed, and calls again.
pub fn check_visit(visit: &VisitInput) -> VisitCheck {
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

fn judge(
    visit: &VisitInput,
    details: &mut Details,
    needed: &mut Vec<(u64, u64)>,
) -> Result<KeptCheckpoint, Finding> {
    let Keys { kept_under, key } = keys(visit)?;
    details.set("origin", key.name());
    details.set("vkey", key.to_string());
    details.set("first_visit", visit.kept.is_none());
    let kept = match &visit.kept {
        Some(kept) => Some(kept_head(kept, &kept_under)?),
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
    let mut heads = claimed(&visit.heads)?;
    if let Some(pinned) = &visit.witnesses {
        heads.push(pinned.count(&visit.note, &key, details)?);
    }
    heads.extend(kept);
    heads.push(newest);
    one_tree(heads, &visit.proofs, needed)?;
    Ok(KeptCheckpoint {
        vkey: key.to_string(),
        note: visit.note.clone(),
    })
}

/// The key that the kept note stands under, and the one that everything else of this visit must.
struct Keys {
    kept_under: VerifierKey,
    key: VerifierKey,
}

/// The kept key decides; the server's only on a first visit, where the log's own changes lead to it from the kept one, or where the
/// visitor says that it is the log's. Either replaces the key and nothing else: the tree must still be the one that was kept.
fn keys(visit: &VisitInput) -> Result<Keys, Finding> {
    let named = &visit.vkey;
    let Some(KeptCheckpoint { vkey: kept, .. }) = &visit.kept else {
        let key = key(named)?;
        return Ok(Keys {
            kept_under: key.clone(),
            key,
        });
    };
    if kept != named && visit.accept.as_ref() != Some(named) {
        followed(kept, named, visit.keys.as_deref())?;
    }
    let keys = Keys {
        kept_under: key(kept)?,
        key: key(named)?,
    };
    if keys.kept_under.name() != keys.key.name() {
        let message = format!(
            "the kept key is of the log {}, and the new one of {}: no key of one log follows that of another",
            keys.kept_under.name(),
            keys.key.name()
        );
        return Err(Finding::fail("WRONG_LOG", message));
    }
    Ok(keys)
}

/// The log's changes of its keys lead from the kept key to the one that the server names.
fn followed(kept: &str, named: &str, changes: Option<&str>) -> Result<(), Finding> {
    let refused = |why: &str| {
        let message = format!("this browser keeps the log key {kept}, and the server now names {named}{why}");
        Finding::fail("KEY_CHANGED", message)
    };
    let changes = changes.ok_or_else(|| refused(""))?;
    let ring = LogKeyring::open(changes.as_bytes(), key(kept)?).map_err(|fault| {
        refused(&format!(
            ", without proof that the one follows the other: {fault}"
        ))
    })?;
    if ring.newest().to_string() == named {
        Ok(())
    } else {
        Err(refused(
            ", to which the log's own changes of its keys do not lead",
        ))
    }
}

fn kept_head(kept: &KeptCheckpoint, key: &VerifierKey) -> Result<TreeHead, Finding> {
    let opened = Checkpoint::open(kept.note.as_bytes(), key).map_err(|error| {
        Finding::fail(
            "KEPT_DAMAGED",
            format!("what this browser kept of the log does not verify: {error}"),
        )
    })?;
    Ok(opened.head().clone())
}
