//! A tlog-proof, a pack, a checkpoint, two checkpoints in one file, or a file of another format.

use serde_json::Value;
use verifier::check::{
    Authenticity, Details, PackCheck, ProofFiles, Report, ReportAnswers, Status, check_fork_of, check_pack,
    check_proof,
};
use verifier::checkpoint::{Checkpoint, TreeHead};
use verifier::clawsig::Verification;
use verifier::code::Code;
use verifier::document::Submission;
use verifier::entry::entry_leaf_hash;
use verifier::evidence::Evidence;
use verifier::fork::{FORK_FILE_START, ForkFile};
use verifier::hash::RootHash;
use verifier::index::TreeSize;
use verifier::key_history::KeyPeriod;
use verifier::note::VerifierKey;
use verifier::pack::Pack;
use verifier::proof::TlogProof;

use super::VerifyError;
use super::document::{self, RequestBudget};
use super::item::{LogHolding, VerifiedItem};
use crate::QueryEngine;
use ledger::error::ReadError;

/// A tlog-proof, perhaps with the document that it proves.
///
/// # Errors
/// `TOKEN_LEAKED` for evidence that holds a token; a failed read.
pub(super) fn proof(
    desk: &mut RequestBudget<'_>,
    bytes: &[u8],
    evidence: Option<&[u8]>,
) -> Result<VerifiedItem, VerifyError> {
    let submission = match evidence.map(Submission::parse) {
        Some(Err(fault)) if fault.code == Code::TokenLeaked => return Err(document::leaked(fault)),
        Some(submission) => submission.ok(),
        None => None,
    };
    let files = ProofFiles {
        proof: bytes,
        evidence,
        entry: None,
        genesis: None,
    };
    let key = key_of_proof(desk.reader, bytes);
    let report = check_proof(&files, &key);
    let mut item = VerifiedItem::new("tlog_proof", report, LogHolding::default());
    if evidence.is_none() {
        item.missing.push("evidence");
    }
    let is_unsigned = item.reason_code == "CHECKPOINT_NOT_SIGNED_BY_KEY";
    let origin = TlogProof::parse(bytes).ok().map(|proof| proof.checkpoint);
    let origin = origin.as_deref().and_then(|note| note.split('\n').next());
    if is_unsigned && origin != Some(desk.reader.origin()) {
        let message = format!(
            "it is of another log, whose key this server does not have: {}",
            item.message
        );
        of_another_log(&mut item, &message);
    }
    in_log(desk.reader, &key, bytes, &mut item)?;
    let verified = submission
        .filter(|_| item.status == Status::Pass)
        .and_then(|submission| Evidence::verify(&submission.document, desk.reader.origin()).ok());
    if let Some(evidence) = verified {
        document::describe(desk, &evidence, &mut item)?;
    }
    item.signature = checkpoint_signature(&item);
    Ok(item)
}

/// The key of the log that a proof is to be checked with.
fn key_of_proof(reader: &QueryEngine, proof: &[u8]) -> VerifierKey {
    let checkpoint = TlogProof::parse(proof).map(|proof| proof.checkpoint);
    reader.key_of(checkpoint.unwrap_or_default().as_bytes())
}

/// What is neither a document, nor a proof, nor a pack: one checkpoint or two, or a file of another format. `None` for anything
/// that may be one of these.
///
/// # Errors
/// A failed read.
pub(super) fn other(desk: &mut RequestBudget<'_>, bytes: &[u8]) -> Result<Option<VerifiedItem>, ReadError> {
    let reader = desk.reader;
    let key = reader.key_of(bytes);
    if let Ok(checkpoint) = Checkpoint::open(bytes, &key) {
        return self::checkpoint(reader, &key, &checkpoint).map(Some);
    }
    if bytes.starts_with(FORK_FILE_START.as_bytes()) {
        let notes = ForkFile::parse(bytes).map(|file| [file.first().to_owned(), file.second().to_owned()]);
        let [first, second] = notes
            .unwrap_or_default()
            .map(|note| reader.key_of(note.as_bytes()));
        let report = check_fork_of(bytes, [&first, &second]);
        let mut item = VerifiedItem::new("fork_file", report, LogHolding::default());
        if item.status == Status::Fail {
            let message = item.message.clone();
            for key in [&first, &second] {
                not_by_retired(reader, key, &message, &mut item);
            }
        }
        if item.answers.authenticity == Authenticity::Genuine {
            item.signature = "valid";
        }
        return Ok(Some(item));
    }
    let Some(Verification { kind, report }) = Verification::of_foreign(bytes) else {
        return Ok(None);
    };
    let mut item = VerifiedItem::new(kind, report, LogHolding::default());
    document::as_artifact(desk, bytes, &mut item)?;
    Ok(Some(item))
}

/// A checkpoint that this log's key signed.
fn checkpoint(
    reader: &QueryEngine,
    key: &VerifierKey,
    checkpoint: &Checkpoint,
) -> Result<VerifiedItem, ReadError> {
    let head = checkpoint.head();
    let mut details = Details::default();
    details.set("origin", checkpoint.origin());
    details.set("tree_size", head.size.value());
    details.set("root_hash", head.root.to_string());
    let report = Report::pass("the checkpoint is signed by this log", details);
    let mut item = VerifiedItem::new("checkpoint", report, LogHolding::default());
    item.signature = "valid";
    tree_in_log(reader, key, head, &mut item)?;
    if !item.log.found && item.status == Status::Pass {
        item.end(
            Status::Incomplete,
            "CHECKPOINT_AHEAD",
            "the checkpoint is signed by this log and larger than the log that this server holds",
        );
    }
    Ok(item)
}

/// Another log's proof or pack is not a wrong one of this log: this server has no key for it. It is not this log's, which
/// is what was asked.
fn of_another_log(item: &mut VerifiedItem, message: &str) {
    item.end(Status::Unknown, "WRONG_LOG", message);
}

/// Looks up the entry that a proof is about.
fn in_log(
    reader: &QueryEngine,
    key: &VerifierKey,
    bytes: &[u8],
    item: &mut VerifiedItem,
) -> Result<(), ReadError> {
    let Ok(TlogProof {
        index,
        extra: Some(entry),
        ..
    }) = TlogProof::parse(bytes)
    else {
        item.missing.push("entry");
        return Ok(());
    };
    item.log.looked_up = true;
    match reader.entry(index)? {
        Some(record) if record.leaf_hash == entry_leaf_hash(&entry) => {
            item.log = LogHolding {
                found: true,
                looked_up: true,
                index: Some(index),
                logged_at: Some(record.entry.logged_at),
                proof: Some(reader.tlog_proof(index, None)?),
            };
        }
        // The log's own signature over another tree than this one: somebody must look into it.
        Some(_) if item.has_checked("inclusion") => {
            let message = "the proof holds under the log's key, and this log holds another entry there";
            item.fail("LOG_FORKED", message);
            not_by_retired(reader, key, message, item);
        }
        _ => item.missing.push("log_entry"),
    }
    Ok(())
}

/// A pack, whose checkpoint should be one of this log's.
///
/// # Errors
/// A failed read.
pub(super) fn pack(reader: &QueryEngine, bytes: &[u8]) -> Result<VerifiedItem, ReadError> {
    let checkpoint = Pack::open(bytes).map(|pack| pack.checkpoint().to_owned());
    let key = reader.key_of(checkpoint.unwrap_or_default().as_bytes());
    let PackCheck { report, .. } = check_pack(bytes, &key, None);
    let mut item = VerifiedItem::new("pack", report, LogHolding::default());
    // The code of a pack that names the key of another log.
    if item.reason_code == "WRONG_LOG" {
        let message = item.message.clone();
        of_another_log(&mut item, &message);
    }
    item.signature = checkpoint_signature(&item);
    let size = item
        .details
        .get("tree_size")
        .and_then(Value::as_u64)
        .map(TreeSize::new);
    let root = item
        .details
        .get("root_hash")
        .and_then(Value::as_str)
        .and_then(RootHash::parse_hex);
    let (Some(size), Some(root)) = (size, root) else {
        // Where its checkpoint does not hold, no other one would help.
        return Ok(item);
    };
    tree_in_log(reader, &key, &TreeHead { size, root }, &mut item)?;
    Ok(item)
}

/// Whether this log had the tree of a checkpoint whose signature was checked.
fn tree_in_log(
    reader: &QueryEngine,
    key: &VerifierKey,
    TreeHead { size, root }: &TreeHead,
    item: &mut VerifiedItem,
) -> Result<(), ReadError> {
    let size = *size;
    item.log.looked_up = true;
    if size > reader.published().head.tree.size {
        item.missing.push("checkpoint");
    } else if reader.tree_of(size)?.is_some_and(|tree| tree.root == *root) {
        item.log.found = true;
    } else {
        let message = "the checkpoint holds under the log's key, and this log has another tree of that size";
        item.fail("LOG_FORKED", message);
        not_by_retired(reader, key, message, item);
    }
    Ok(())
}

/// What contradicts this log under a key that it has retired convicts nobody: somebody else may have that key.
fn not_by_retired(reader: &QueryEngine, key: &VerifierKey, message: &str, item: &mut VerifiedItem) {
    let history = reader.key_history();
    let mut periods = history.periods().iter();
    let is_it = |period: &&KeyPeriod| period.key.as_ed25519() == Some(key);
    let Some(retired) = periods.find(is_it).and_then(|period| period.retired) else {
        return;
    };
    let message = format!(
        "{message}; but the log retired the key {} with entry {retired}, and somebody else may have it since",
        key.label()
    );
    item.end(Status::Incomplete, "FORMER_KEY", &message);
    item.answers = ReportAnswers::UNKNOWN;
}

/// Of the checkpoint: what stands in a proof or pack rests on it.
fn checkpoint_signature(item: &VerifiedItem) -> &'static str {
    if item.has_checked("checkpoint") {
        return "valid";
    }
    match item.reason_code.as_str() {
        "CHECKPOINT_NOT_SIGNED_BY_KEY" | "CHECKPOINT_SIGNATURE_INVALID" => "invalid",
        _ => "not_checked",
    }
}
