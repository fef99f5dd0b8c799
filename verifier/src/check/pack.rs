//! One pack: is everything in it under the log's signature, and does it lead to the verdict that it states?
//!
//! The order is that of trust, as in `schemas/pack.md`: the bytes, the checkpoint, the tree, the entries,
//! what stands beside them, the closure, the assessment.

use super::{Details, Finding, Genesis, Report, Status};
use crate::assess::{AsOf, Assessment, assess};
use crate::checkpoint::{Checkpoint, TreeHead};
use crate::entry::{Entry, entry_leaf_hash};
use crate::hash::{NodeHash, RootHash};
use crate::index::{LeafIndex, TreeSize};
use crate::merkle::multi::roots;
use crate::note::VerifierKey;
use crate::pack::{self, Cosignature, Erasures, Pack, PackError};
use crate::quorum::Policy;

/// Most indices that one detail lists.
const INDICES_TOLD_MAX: usize = 100;
/// The first thing to know about any verdict from a pack; the detail `not_proved` of its report.
pub const PACK_NOT_PROVED: &str = "that no entry was left out. Until the log proves its index, too, someone who can delete \
    the server's index rows can turn a FAIL into a PASS";

/// What a pack says once it was checked.
#[derive(Clone, PartialEq, Debug)]
pub struct PackCheck {
    /// The verdict on the job, or why the pack says nothing about it.
    pub report: Report,
    /// JCS of the assessment, derived again; absent where the pack does not hold.
    pub assessment: Option<String>,
}

/// Checks a pack against the log's key and, where there is one, a policy of witnesses.
pub fn check_pack(bytes: &[u8], key: &VerifierKey, policy: Option<&Policy>) -> PackCheck {
    let mut details = Details::default();
    details.set("not_proved", PACK_NOT_PROVED);
    match derive(bytes, key, policy, &mut details) {
        Ok((assessment, quorum)) => PackCheck {
            assessment: Some(assessment.to_jcs().to_owned()),
            report: verdict(assessment, quorum, details),
        },
        Err(finding) => PackCheck {
            report: finding.into_report(details),
            assessment: None,
        },
    }
}

/// A job that fails stays failed whoever cosigned; otherwise a missing quorum leaves the verdict open.
fn verdict(assessment: Assessment, quorum: Result<(), Finding>, details: Details) -> Report {
    match quorum {
        Err(finding) if assessment.verdict != Status::Fail => finding.into_report(details),
        _ => Report {
            status: assessment.verdict,
            reason_code: assessment.code,
            message: assessment.message,
            details,
        },
    }
}

fn derive(
    bytes: &[u8],
    key: &VerifierKey,
    policy: Option<&Policy>,
    details: &mut Details,
) -> Result<(Assessment, Result<(), Finding>), Finding> {
    let pack = Pack::open(bytes).map_err(|error| refused(&error))?;
    details.set("origin", key.name());
    details.set("job_id", pack.body.job_id);
    details.set("as_of", pack.body.as_of);
    details.checked("file");
    let head = checkpoint(&pack, key, details)?;
    let cosignatures = pack::cosignatures(&pack, key)?;
    let quorum = count(&cosignatures, key, policy, details)?;
    let as_of_root = tree(&pack, &head)?;
    details.checked("inclusion");
    details.checked("consistency");

    let records = &pack.body.records.0;
    details.set("entries", records.len());
    details.set(
        "documents",
        records.iter().filter(|record| record.2.is_some()).count(),
    );
    let entries = pack::entries(&pack)?;
    let genesis = genesis(&pack, &entries, key)?;
    details.checked("genesis");
    let salt = genesis.payload().index_salt;
    let records = pack::check_records(&pack, entries, genesis.payload())?;
    for what in ["documents", "contexts", "erasures"] {
        details.checked(what);
    }
    tell_erasures(&records.erasures, details);
    let as_of = AsOf {
        size: TreeSize::new(pack.body.as_of),
        root: as_of_root,
        time: records.time,
    };
    let closure = pack::replay(&pack, key.name(), salt, as_of, records)?;
    details.checked("closure");
    let assessment = assess(&closure);
    if assessment.to_jcs() != pack.body.assessment {
        return Err(Finding::fail(
            "ASSESSMENT_MISMATCH",
            "the assessment in the file is not the one that its contents lead to",
        ));
    }
    details.checked("assessment");
    details.not_checked("completeness");
    details.set(
        "assessment",
        serde_json::from_str::<serde_json::Value>(assessment.to_jcs()).unwrap_or_default(),
    );
    Ok((assessment, quorum))
}

/// By which orders something is missing, and what the file does not decide about that.
fn tell_erasures(erasures: &Erasures, details: &mut Details) {
    let indices = |list: &mut dyn Iterator<Item = &LeafIndex>| -> Vec<String> {
        list.take(INDICES_TOLD_MAX).map(ToString::to_string).collect()
    };
    if !erasures.orders.is_empty() {
        details.set("erased_by", indices(&mut erasures.orders.iter()));
        details.not_checked("holds_outside_the_file");
    }
    if !erasures.undecided.is_empty() {
        details.set("erasures_undecided", indices(&mut erasures.undecided.iter()));
        details.not_checked("kinds_of_documents_outside_the_file");
    }
}

fn refused(error: &PackError) -> Finding {
    match error {
        PackError::UnknownFormat(_) => Finding::incomplete("UNKNOWN_FORMAT", error.to_string()),
        _ => Finding::fail("PACK_DAMAGED", error.to_string()),
    }
}

/// The signed head, which is not before the assessed tree.
fn checkpoint(pack: &Pack<'_>, key: &VerifierKey, details: &mut Details) -> Result<TreeHead, Finding> {
    if pack.body.vkey != key.to_string() {
        let of_this_log = VerifierKey::parse(pack.body.vkey).is_ok_and(|found| found.name() == key.name());
        let code = if of_this_log {
            "CHECKPOINT_NOT_SIGNED_BY_KEY"
        } else {
            "WRONG_LOG"
        };
        let message = format!("the pack is of the key {:?}, expected {key}", pack.body.vkey);
        return Err(Finding::fail(code, message));
    }
    let checkpoint = Checkpoint::open(pack.body.checkpoint.as_bytes(), key)?;
    let head = checkpoint.head().clone();
    details.set("tree_size", head.size.value());
    details.set("root_hash", head.root.to_string());
    if pack.body.as_of == 0 || head.size.value() < pack.body.as_of {
        return Err(Finding::fail(
            "CHECKPOINT_MALFORMED",
            format!(
                "the checkpoint of size {} does not cover size {}",
                head.size, pack.body.as_of
            ),
        ));
    }
    details.checked("checkpoint");
    Ok(head)
}

/// Lists who cosigned. The inner result says whether that is enough.
fn count(
    cosignatures: &[Cosignature],
    key: &VerifierKey,
    policy: Option<&Policy>,
    details: &mut Details,
) -> Result<Result<(), Finding>, Finding> {
    let names: Vec<String> = cosignatures
        .iter()
        .map(|cosignature| format!("{} at {}", cosignature.key.name(), cosignature.time_s))
        .collect();
    if !names.is_empty() {
        details.set("cosigned_by", names);
    }
    details.checked("cosignatures");
    let Some(policy) = policy else {
        details.not_checked("quorum");
        return Ok(Ok(()));
    };
    if !policy.allows_log(key) {
        return Err(Finding::fail(
            "LOG_NOT_IN_POLICY",
            format!("the policy does not name the log {key}"),
        ));
    }
    let counted = |cosigner: &_| {
        cosignatures
            .iter()
            .any(|cosignature| cosignature.key == *cosigner)
    };
    if policy.is_satisfied(counted) {
        details.checked("quorum");
        return Ok(Ok(()));
    }
    Ok(Err(Finding::incomplete(
        "QUORUM_NOT_REACHED",
        "the cosignatures do not reach the quorum of the policy",
    )))
}

/// Leads every entry to the signed root, and gives the root of the assessed tree.
fn tree(pack: &Pack<'_>, head: &TreeHead) -> Result<RootHash, Finding> {
    let leaves: Vec<_> = pack
        .body
        .records
        .0
        .iter()
        .map(|record| (LeafIndex::new(record.0), entry_leaf_hash(record.1.0)))
        .collect();
    let proof: Vec<NodeHash> = pack
        .body
        .proof
        .0
        .iter()
        .map(|hash| NodeHash::from_bytes(hash.0))
        .collect();
    let failed = |what: String| {
        Finding::fail(
            "INCLUSION_FAILED",
            format!("the entries are not in the tree: {what}"),
        )
    };
    let roots = roots(&leaves, TreeSize::new(pack.body.as_of), head.size, &proof)
        .map_err(|error| failed(error.to_string()))?;
    if roots.whole != head.root {
        return Err(failed("they lead to another root".to_owned()));
    }
    Ok(roots.prefix)
}

fn genesis(pack: &Pack<'_>, entries: &[Entry], key: &VerifierKey) -> Result<Genesis, Finding> {
    let invalid = |what: String| Finding::fail("GENESIS_INVALID", what);
    let first = pack
        .body
        .records
        .0
        .first()
        .filter(|record| record.0 == 0)
        .zip(entries.first());
    let Some((record, entry)) = first else {
        return Err(invalid("the pack does not hold entry 0".to_owned()));
    };
    let document = record
        .2
        .ok_or_else(|| invalid("the document of entry 0 is missing".to_owned()))?;
    Genesis::under_entry(document.0, entry, key).map_err(|error| invalid(error.to_string()))
}
