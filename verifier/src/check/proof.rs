//! One proof: is this entry in the log, and is this document what it commits to?
//!
//! The order is that of trust: the checkpoint's signature, the audit path, the entry, and only
//! then the document, its digests, its signature and what the entry says of it.

use super::evidence::{check_role, check_subjects, matching_evidence, signer_mismatch};
use super::{Details, Finding, Genesis, Report, Status};
use crate::base64::decode_standard;
use crate::checkpoint::{Checkpoint, TreeHead};
use crate::document::Submission;
use crate::entry::{Entry, EntryError, entry_leaf_hash};
use crate::index::LeafIndex;
use crate::kind::Kind;
use crate::merkle::inclusion::verify_inclusion;
use crate::note::VerifierKey;
use crate::proof::TlogProof;
use crate::refused::{RefusedDocument, RefusedError};

/// The files that a proof is checked from.
#[derive(Clone, Copy, Debug)]
pub struct ProofFiles<'a> {
    /// The tlog-proof.
    pub proof: &'a [u8],
    /// The document, or a wrapper with `evidence` and `context`, as it was submitted.
    pub evidence: Option<&'a [u8]>,
    /// The entry, CBOR or base64 of it; used instead of the proof's `extra`.
    pub entry: Option<&'a [u8]>,
    /// log.genesis: its document and its proof.
    pub genesis: Option<&'a [u8]>,
}

/// Checks a proof and, where it is there, the evidence.
pub fn check_proof(files: &ProofFiles<'_>, key: &VerifierKey) -> Report {
    let mut details = Details::default();
    match decide(files, key, &mut details) {
        Ok(message) => Report::pass(message, details),
        // The entry is in the log; what is missing is for the question of what it commits to.
        Err(finding) if finding.status == Status::Incomplete && details.has_checked("entry") => {
            finding.into_report_of_genuine(details)
        }
        Err(finding) => finding.into_report(details),
    }
}

fn decide(files: &ProofFiles<'_>, key: &VerifierKey, details: &mut Details) -> Result<String, Finding> {
    let IncludedEntry { entry, .. } = included_entry(files, key, details)?;
    let genesis = match files.genesis {
        Some(file) => {
            let genesis = Genesis::open(file, key)
                .map_err(|error| Finding::fail("GENESIS_INVALID", error.to_string()))?;
            details.checked("genesis");
            Some(genesis)
        }
        None => None,
    };
    if entry.kind == Kind::IndexRoot {
        return index_root(files, &entry, key, details);
    }
    let Some(evidence) = files.evidence else {
        for what in ["evidence", "subjects", "roles"] {
            details.not_checked(what);
        }
        return Err(Finding::incomplete(
            "EVIDENCE_NOT_SUPPLIED",
            "the entry is in the log; without the evidence nothing is known of what it commits to",
        ));
    };
    let submission = Submission::parse(evidence)
        .map_err(|fault| Finding::fail(fault.code.as_str(), format!("the evidence is refused: {fault}")))?;
    if entry.kind == Kind::Refused {
        return refused(&submission, &entry, key, details);
    }
    let evidence = matching_evidence(&submission, &entry, key, details)?;
    check_subjects(&submission, &evidence, &entry, genesis.as_ref(), details)?;
    check_role(&evidence, genesis.as_ref(), details)?;
    Ok(format!(
        "the {} signed by {} is in the log as entry {}",
        entry.kind,
        entry.signer,
        details.get("index").unwrap_or_default()
    ))
}

/// An entry that the log signed.
pub(super) struct IncludedEntry {
    pub(super) index: LeafIndex,
    /// The tree that the log signed it in.
    pub(super) head: TreeHead,
    pub(super) entry: Entry,
}

/// The entry, once the checkpoint and the audit path hold.
pub(super) fn included_entry(
    files: &ProofFiles<'_>,
    key: &VerifierKey,
    details: &mut Details,
) -> Result<IncludedEntry, Finding> {
    let proof = TlogProof::parse(files.proof)
        .map_err(|error| Finding::fail("PROOF_MALFORMED", format!("the proof is refused: {error}")))?;
    details.set_log(key);
    details.set("index", proof.index.value());
    let checkpoint = Checkpoint::open(proof.checkpoint.as_bytes(), key)?;
    let head = checkpoint.head();
    details.set("tree_size", head.size.value());
    details.set("root_hash", head.root.to_string());
    details.checked("checkpoint");

    let supplied = files.entry.map(entry_bytes);
    let bytes = supplied.or(proof.extra).ok_or_else(|| {
        Finding::incomplete(
            "ENTRY_NOT_SUPPLIED",
            "the proof has no entry in extra, and none was given",
        )
    })?;
    let leaf = entry_leaf_hash(&bytes);
    details.set("leaf_hash", leaf.to_string());
    verify_inclusion(proof.index, head.size, &leaf, &proof.path, &head.root).map_err(|error| {
        Finding::fail(
            "INCLUSION_FAILED",
            format!("the audit path does not hold: {error}"),
        )
    })?;
    details.checked("inclusion");

    let entry = Entry::decode(&bytes).map_err(|error| match error {
        EntryError::UnknownFormat(_) => Finding::incomplete(
            "UNKNOWN_FORMAT",
            format!("the entry is in the log, but of a format that this version does not know: {error}"),
        ),
        _ => Finding::fail("ENTRY_MALFORMED", error.to_string()),
    })?;
    details.set("kind", entry.kind.as_str());
    details.set("signer", entry.signer.as_str());
    details.set("logged_at_ms", entry.logged_at.value());
    details.set("evidence_digest", entry.evidence_digest.to_string());
    details.checked("entry");
    Ok(IncludedEntry {
        index: proof.index,
        head: head.clone(),
        entry,
    })
}

/// Text is base64; an entry's CBOR is a map and starts with a byte that is no text.
fn entry_bytes(file: &[u8]) -> Vec<u8> {
    std::str::from_utf8(file)
        .ok()
        .and_then(|text| decode_standard(text.trim_end()))
        .unwrap_or_else(|| file.to_vec())
}

/// An index.root has no document: the ledger itself wrote it.
fn index_root(
    files: &ProofFiles<'_>,
    entry: &Entry,
    key: &VerifierKey,
    details: &mut Details,
) -> Result<String, Finding> {
    if files.evidence.is_some() {
        return Err(Finding::fail(
            "EVIDENCE_MISMATCH",
            "an index.root entry commits to no document",
        ));
    }
    if entry.signer != key.name() {
        return Err(Finding::fail(
            "SIGNER_MISMATCH",
            format!("the entry names {} as its log", entry.signer),
        ));
    }
    details.not_checked("index");
    Ok("the index.root entry is in the log; the index itself was not recomputed".to_owned())
}

/// A refused document: the entry commits to its bytes and names who signed it.
fn refused(
    submission: &Submission,
    entry: &Entry,
    key: &VerifierKey,
    details: &mut Details,
) -> Result<String, Finding> {
    let reason = entry.refused.as_deref().unwrap_or_default();
    details.set("refused", reason);
    let read = RefusedDocument::read(entry, submission.document.raw(), key.name());
    if read != Err(RefusedError::RawDigest) {
        details.checked("raw_digest");
    }
    let document = read.map_err(|error| match &error {
        RefusedError::RawDigest => Finding::fail("RAW_DIGEST_MISMATCH", error.to_string()),
        RefusedError::Unsigned => Finding::fail("SIGNATURE_INVALID", error.to_string()),
        RefusedError::Signer(signer) => signer_mismatch(entry, signer.as_str()),
    })?;
    details.checked("signature");
    if let Some(fault) = document.fault {
        details.set("pointer", fault.pointer);
    }
    Ok(format!(
        "this document of {} was refused as {reason}",
        entry.signer
    ))
}
