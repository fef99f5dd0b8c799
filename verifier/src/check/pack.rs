//! One pack: is everything in it under the log's signature, and does it lead to the verdict that it states?
//!
//! The order is that of trust, as in `schemas/pack.md`: the bytes, the checkpoint, the tree, the entries,
//! what is stored with them, the closure, the assessment.

use super::timeline::{TimelineEntry, timeline};
use super::witnesses::WitnessGate;
use super::{Details, Finding, Genesis, Report, ReportAnswers, Status};
use crate::checkpoint::{Checkpoint, CheckpointError, TreeHead};
use crate::entry::Entry;
use crate::hash::RootHash;
use crate::index::{LeafIndex, TreeSize};
use crate::merkle::multi::roots;
use crate::note::VerifierKey;
use crate::pack::{
    self, Cosignature, Erasures, NoIndexProof, Pack, PackCompleteness, PackError, VerifyRecords,
    verify_in_turn,
};
use crate::quorum::QuorumPolicy;
use crate::text::shown::brief;
use serde_json::json;

use assess::{AsOf, Assessment, NotCounted, examine};

/// Most indices that one detail lists.
const INDICES_TOLD_MAX: usize = 100;
/// The first thing to know about a verdict from a pack without an index-proof; the detail `not_proved` of its report.
pub const PACK_NOT_PROVED: &str = "that no entry was left out. Without a proof from the log's index, someone who can delete \
    the server's index rows can turn a FAIL into a PASS";
/// The same of a pack with an index-proof.
pub const PACK_INDEX_NOT_PROVED: &str = "that the index itself is right, which only an audit that computes it again shows, and \
    that all evidence was submitted";

/// What a pack says once it was checked.
#[derive(Clone, PartialEq, Debug)]
pub struct PackCheck {
    /// The verdict on the job, or why the pack says nothing about it.
    pub report: Report,
    /// JCS of the assessment, derived again; absent where the pack does not hold.
    pub assessment: Option<String>,
}

/// A pack that was checked, laid out for its reader.
#[derive(Clone, PartialEq, Debug)]
pub struct PackReading {
    /// The report and the assessment.
    pub check: PackCheck,
    /// The job's entries; empty where the pack does not hold.
    pub timeline: Vec<TimelineEntry>,
}

/// What a genuine pack leads to.
struct PackResult {
    assessment: Assessment,
    timeline: Vec<TimelineEntry>,
    quorum: Result<(), Finding>,
}

/// Checks a pack against the log's key and, where there is one, a policy of witnesses.
pub fn check_pack(bytes: &[u8], key: &VerifierKey, policy: Option<&QuorumPolicy>) -> PackCheck {
    read_pack(bytes, key, policy).check
}

/// The same, with the entries of the job.
pub fn read_pack(bytes: &[u8], key: &VerifierKey, policy: Option<&QuorumPolicy>) -> PackReading {
    read_pack_with(bytes, key, policy, &verify_in_turn)
}

/// The same for a caller who has threads: of a large pack most of the work are the signatures of its records, and each is
/// verified by itself.
pub fn read_pack_with(
    bytes: &[u8],
    key: &VerifierKey,
    policy: Option<&QuorumPolicy>,
    verify: &VerifyRecords<'_>,
) -> PackReading {
    let mut details = Details::default();
    match derive(bytes, key, (policy, verify), &mut details) {
        Ok(PackResult {
            assessment,
            timeline,
            quorum,
        }) => PackReading {
            check: PackCheck {
                assessment: Some(assessment.to_jcs().to_owned()),
                report: verdict(assessment, quorum, details),
            },
            timeline,
        },
        Err(finding) => PackReading {
            check: PackCheck {
                report: finding.into_report(details),
                assessment: None,
            },
            timeline: Vec::new(),
        },
    }
}

/// A job that fails stays failed, with any cosignatures; otherwise a missing quorum leaves the verdict open.
fn verdict(assessment: Assessment, quorum: Result<(), Finding>, details: Details) -> Report {
    match quorum {
        Err(finding) if assessment.verdict != Status::Fail => finding.into_report_of_genuine(details),
        _ => Report {
            status: assessment.verdict,
            reason_code: assessment.code,
            message: assessment.message,
            answers: ReportAnswers::genuine(assessment.verdict),
            details,
        },
    }
}

fn derive(
    bytes: &[u8],
    key: &VerifierKey,
    (policy, verify): (Option<&QuorumPolicy>, &VerifyRecords<'_>),
    details: &mut Details,
) -> Result<PackResult, Finding> {
    let pack = Pack::open(bytes).map_err(|error| refused(&error))?;
    let entries = pack::entries(&pack);
    if let Err(finding) = &entries
        && finding.status == Status::Incomplete
    {
        return Err(finding.clone());
    }
    details.set_log(key);
    details.set("job_id", pack.job_id());
    details.set("as_of", pack.as_of().value());
    details.checked("file");
    let head = checkpoint(&pack, key, details)?;
    let cosignatures = pack::cosignatures(&pack, key)?;
    if let Some(policy) = policy {
        WitnessGate { key, policy }.check_second_line(pack.checkpoint().as_bytes())?;
    }
    let quorum = count(&cosignatures, key, policy, details)?;
    let as_of_root = tree(&pack, &head)?;
    details.checked("inclusion");
    details.checked("consistency");

    details.set("entries", pack.entry_count());
    details.set("documents", pack.document_count());
    let entries = entries?;
    let genesis = genesis(&pack, &entries, key)?;
    details.checked("genesis");
    let salt = genesis.payload().index_salt;
    let completeness = pack::check_index(&pack, &entries, (key.name(), &salt), head.size)?;
    report_completeness(&completeness, pack.as_of(), details);
    let records = pack::check_records(&pack, entries, genesis.payload(), &completeness)?;
    for what in ["documents", "contexts", "erasures"] {
        details.checked(what);
    }
    report_erasures(&records.erasures, details);
    let as_of = AsOf {
        size: pack.as_of(),
        root: as_of_root,
        time: records.time,
    };
    let closure = pack::replay(&pack, key.name(), salt, as_of, records, verify)?;
    details.checked("closure");
    let examined = examine(&closure);
    let timeline = timeline(&closure, &examined);
    let not_counted = NotCounted::all(&examined.uncounted);
    let not_counted_count = examined.uncounted.len();
    let assessment = examined.assessment;
    if assessment.to_jcs() != pack.assessment() {
        return Err(Finding::fail(
            "ASSESSMENT_MISMATCH",
            "its own evidence leads to another verdict than it states",
        ));
    }
    details.checked("assessment");
    // Last: a file that does not hold accuses nobody, and what is called genuine was checked whole.
    if let PackCompleteness::Contradicted(fault) = completeness {
        return Err(fault);
    }
    details.set(
        "assessment",
        serde_json::to_value(&assessment).unwrap_or_default(),
    );
    details.set(
        "not_counted",
        serde_json::to_value(not_counted).unwrap_or_default(),
    );
    details.set("not_counted_count", not_counted_count);
    Ok(PackResult {
        assessment,
        timeline,
        quorum,
    })
}

/// Whether the answers are all there is, and what that says and does not say.
fn report_completeness(completeness: &PackCompleteness, as_of: TreeSize, details: &mut Details) {
    match completeness {
        PackCompleteness::Proved { index_root, .. } => {
            details.checked("completeness");
            details.not_checked("index_replay");
            details.set(
                "completeness",
                json!({ "proved": true, "as_of": as_of, "index_root": index_root, "basis": "index" }),
            );
            details.set("proved", proved_sentence(*index_root, as_of));
            details.set("not_proved", PACK_INDEX_NOT_PROVED);
        }
        PackCompleteness::Contradicted(_) => details.not_checked("completeness"),
        PackCompleteness::NotProved(why) => {
            details.not_checked("completeness");
            let why = match why {
                NoIndexProof::NoIndexRoot => "no_index_root",
                NoIndexProof::NotCovered => "not_covered",
            };
            details.set("completeness", json!({ "proved": false, "why": why }));
            details.set("not_proved", PACK_NOT_PROVED);
        }
    }
}

fn proved_sentence(index_root: LeafIndex, as_of: TreeSize) -> String {
    format!(
        "that no entry was left out, as the log's index says: of the first {as_of} entries it has no others for this job, and \
        the log signed it in entry {index_root}"
    )
}

/// By which orders something is missing, and what the file does not decide about that.
fn report_erasures(erasures: &Erasures, details: &mut Details) {
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
    check_names_log(pack.vkey(), key)?;
    let checkpoint = Checkpoint::open(pack.checkpoint().as_bytes(), key).map_err(of_checkpoint)?;
    let head = checkpoint.head().clone();
    details.set("tree_size", head.size.value());
    details.set("root_hash", head.root.to_string());
    if pack.as_of().value() == 0 || head.size < pack.as_of() {
        return Err(Finding::fail(
            "CHECKPOINT_MALFORMED",
            format!(
                "the checkpoint of size {} does not cover size {}",
                head.size,
                pack.as_of()
            ),
        ));
    }
    details.checked("checkpoint");
    Ok(head)
}

/// The key that a pack names is one of this log. It may be another one than the expected one; both have to have signed.
fn check_names_log(named: &str, key: &VerifierKey) -> Result<(), Finding> {
    match VerifierKey::parse(named) {
        Ok(found) if found.name() == key.name() => Ok(()),
        Ok(found) => Err(Finding::fail(
            "WRONG_LOG",
            format!(
                "it is of another log, {}, expected {}",
                brief(found.name()),
                key.name()
            ),
        )),
        Err(_) => Err(Finding::fail(
            "WRONG_LOG",
            format!(
                "it is of another log, which it names with no key, expected {}",
                key.name()
            ),
        )),
    }
}

fn of_checkpoint(error: CheckpointError) -> Finding {
    let finding = Finding::from(error);
    match finding.reason_code {
        "CHECKPOINT_SIGNATURE_INVALID" => Finding {
            message: "the log's signature on it does not verify, so it is forged".to_owned(),
            ..finding
        },
        _ => finding,
    }
}

/// Lists who cosigned. The inner result says whether that is enough.
fn count(
    cosignatures: &[Cosignature],
    key: &VerifierKey,
    policy: Option<&QuorumPolicy>,
    details: &mut Details,
) -> Result<Result<(), Finding>, Finding> {
    // The log's own second line says nothing about what others are shown.
    let names: Vec<String> = cosignatures
        .iter()
        .filter(|cosignature| cosignature.key.name() != key.name())
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
    let time_of = |cosigner: &_| {
        let of_key = cosignatures
            .iter()
            .find(|cosignature| cosignature.key == *cosigner);
        of_key.map(|cosignature| cosignature.time_s)
    };
    WitnessGate { key, policy }.count(time_of, details)
}

/// Leads every entry to the signed root, and gives the root of the assessed tree.
fn tree(pack: &Pack<'_>, head: &TreeHead) -> Result<RootHash, Finding> {
    let failed = |what: String| {
        Finding::fail(
            "INCLUSION_FAILED",
            format!("its entries are not those that the log signed: {what}"),
        )
    };
    let roots = roots(&pack.leaves(), pack.as_of(), head.size, &pack.proof())
        .map_err(|error| failed(error.to_string()))?;
    if roots.whole != head.root {
        return Err(failed("they lead to another root".to_owned()));
    }
    Ok(roots.prefix)
}

fn genesis(pack: &Pack<'_>, entries: &[(LeafIndex, Entry)], key: &VerifierKey) -> Result<Genesis, Finding> {
    let invalid = |what: String| Finding::fail("GENESIS_INVALID", what);
    let Some((document, (_, entry))) = pack.genesis_document().zip(entries.first()) else {
        return Err(invalid("the pack does not hold entry 0".to_owned()));
    };
    let document = document.ok_or_else(|| invalid("the document of entry 0 is missing".to_owned()))?;
    Genesis::under_entry(document, entry, key).map_err(|error| invalid(error.to_string()))
}
