//! A document of any kind: itself, its signer, and its place in this log.

use verifier::check::Status;
use verifier::clawsig;
use verifier::code::Code;
use verifier::compact_jws::contains_compact_jws;
use verifier::digest::{ArtifactHash, EvidenceDigest};
use verifier::document::{Document, Submission};
use verifier::evidence::Evidence;
use verifier::fault::Fault;
use verifier::foreign::documents_inside;
use verifier::hash::sha256;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::json::{self, Value};
use verifier::kind::{Kind, Role};
use verifier::payload::{ArtifactLabel, Payload};
use verifier::subject::Field;
use verifier::text::misplaced::hex_in_base64url;

use super::binding::DocumentBinding;
use super::item::{ItemSigner, LogHolding, VerifiedItem};
use super::runs::RunBudget;
use super::{VerifyError, binding};
use crate::QueryEngine;
use crate::intersect::INTERSECTION_STEPS_MAX;
use crate::issuers::has_role;
use crate::signer_standing::SignerStanding;
use ledger::error::ReadError;

/// Artifacts of a hash or run that are read for the manifest of one bundle …
const ARTIFACTS_READ_MAX: usize = 16;
/// … and of one request.
const ARTIFACTS_READ_IN_ALL_MAX: usize = 256;
/// Receipts in bundles that one request has looked up.
const RECEIPTS_LOOKED_UP_MAX: usize = 2_000;

/// State of one request for all its documents: shared caches, and the work that is left to spend.
pub(super) struct RequestBudget<'a> {
    pub(super) reader: &'a QueryEngine,
    at: TimestampMs,
    gateways: Vec<String>,
    pub(super) runs: RunBudget,
    pub(super) receipts_left: usize,
    artifacts_left: usize,
    /// Steps left for the search of artifacts.
    steps_left: usize,
}

impl<'a> RequestBudget<'a> {
    pub(super) fn new(reader: &'a QueryEngine, at: TimestampMs) -> Self {
        Self {
            reader,
            at,
            gateways: gateways(reader),
            runs: RunBudget::new(),
            receipts_left: RECEIPTS_LOOKED_UP_MAX,
            artifacts_left: ARTIFACTS_READ_IN_ALL_MAX,
            steps_left: INTERSECTION_STEPS_MAX,
        }
    }
}

/// DIDs that are or were gateways, whatever the windows: whether one was when is asked afterwards. Of those
/// that are distrusted nobody can say which signature is theirs.
fn gateways(reader: &QueryEngine) -> Vec<String> {
    let is_gateway = |issuer: &verifier::issuers::Issuer| {
        let distrusted = issuer.retirements.iter().any(|(_, _, from)| from.is_some());
        !distrusted && has_role(issuer, Role::Gateway)
    };
    reader
        .issuers()
        .into_iter()
        .filter(is_gateway)
        .map(|issuer| issuer.did)
        .collect()
}

/// What was sent as a document.
pub(super) enum SentDocument {
    /// One that this log might hold.
    Document(Box<Document>),
    /// One that no log takes: larger, as an aggregate may be, or no object.
    Beyond(Value),
}

/// Reads a document, alone, in a wrapper with a context, or in one of the reference's wrappings.
///
/// # Errors
/// The fault of what is none.
pub(super) fn read(bytes: &[u8]) -> Result<SentDocument, Fault> {
    let document = match Submission::parse(bytes) {
        Ok(submission) => submission.document,
        Err(fault) if fault.code == Code::BodyTooLarge => {
            return beyond_a_log(json::parse_within(bytes, clawsig::FILE_BYTES_MAX)?);
        }
        Err(fault) if fault.code == Code::SchemaInvalid => {
            let value = json::parse(bytes)?;
            return if is_foreign(&value) {
                beyond_a_log(value)
            } else {
                Err(fault)
            };
        }
        Err(fault) => return Err(fault),
    };
    let inner = clawsig::unwrapped(document.value());
    if std::ptr::eq(inner, document.value()) {
        return Ok(SentDocument::Document(Box::new(document)));
    }
    // Its own bytes are gone; neither order nor spelling that a signature depends on is.
    Document::parse(json::to_js_string(inner).as_bytes()).map(|inner| SentDocument::Document(Box::new(inner)))
}

/// Whether a value that no log takes is of another format, and no submission of a document with a fault in it.
fn is_foreign(value: &Value) -> bool {
    let verification = clawsig::verify_value(value, &clawsig::ClawsigOptions::default());
    let is_submission = documents_inside(value)
        .iter()
        .any(|pointer| pointer == "/evidence");
    verification.report.status == Status::Unknown && !is_submission
}

/// # Errors
/// `TOKEN_LEAKED`.
fn beyond_a_log(value: Value) -> Result<SentDocument, Fault> {
    if contains_compact_jws(&json::to_js_string(&value)) {
        let expected = "no bearer token";
        return Err(Fault::new(Code::TokenLeaked, "", expected, "a compact JWS"));
    }
    Ok(SentDocument::Beyond(value))
}

/// The answer to a document that cannot be read: a token is refused together with everything that was sent with it.
pub(super) fn unread(fault: Fault) -> Result<VerifiedItem, VerifyError> {
    if fault.code == Code::TokenLeaked {
        return Err(leaked(fault));
    }
    Ok(VerifiedItem::refused(fault.code.as_str(), &fault.to_string()))
}

pub(super) fn leaked(fault: Fault) -> VerifyError {
    VerifyError::TokenLeaked(Box::new(fault))
}

/// Verifies a document and looks it up.
pub(super) fn verify(desk: &mut RequestBudget<'_>, read: &SentDocument) -> Result<VerifiedItem, ReadError> {
    desk.reader.wanted().check()?;
    let value = match read {
        SentDocument::Document(document) => document.value(),
        SentDocument::Beyond(value) => value,
    };
    let manifest = manifest(desk, value)?;
    let options = clawsig::ClawsigOptions {
        at: Some(desk.at),
        gateways: &desk.gateways,
        urm: manifest.as_ref().map(|manifest| &manifest.value),
        ..clawsig::ClawsigOptions::default()
    };
    let clawsig::Verification { kind, report } = clawsig::verify_value(value, &options);
    let mut item = VerifiedItem::new(kind, report, LogHolding::default());
    if let Some(LoggedManifest { index, .. }) = manifest {
        item.details.set("urm_entry", index.value());
    }
    item.warnings = hex_in_base64url(value);
    item.signature = match item.reason_code.as_str() {
        _ if item.has_checked("signature") => "valid",
        "SIGNATURE_INVALID" => "invalid",
        _ => "not_checked",
    };
    match item.reason_code.as_str() {
        "URM_MISSING" => item.missing.push("urm"),
        // A log registers gateways; nobody tells it whose attestations and web receipts count.
        "DEPENDENCY_NOT_CONFIGURED" => item.missing.push("allowlist"),
        _ => {}
    }
    if let SentDocument::Document(document) = read {
        item.log = place_of(desk.reader, &document.evidence_digest())?;
        match Evidence::verify(document, desk.reader.origin()) {
            Ok(evidence) => describe(desk, &evidence, &mut item)?,
            // What this log could not take says so; documents that no log takes are clawsig's alone.
            Err(rejected) if item.status != Status::Fail && rejected.fault.code == Code::WrongLog => {
                item.fail(rejected.fault.code.as_str(), &rejected.fault.to_string());
            }
            Err(_) => {}
        }
    }
    if let Some(bundles) = binding::bundles(desk, value, &mut item.missing)? {
        item.binding = Some(DocumentBinding::Bundles(bundles));
    }
    if let (SentDocument::Document(document), Status::Unknown) = (read, item.status) {
        as_artifact(desk, document.raw(), &mut item)?;
    }
    if !item.log.found {
        item.missing.push("log_entry");
    }
    Ok(item)
}

/// Says where this log holds a file as an artifact, by its bytes, though it is not verified here.
pub(super) fn as_artifact(
    desk: &mut RequestBudget<'_>,
    bytes: &[u8],
    item: &mut VerifiedItem,
) -> Result<(), ReadError> {
    let hash = ArtifactHash::from_bytes(sha256(bytes)).to_string();
    let entries = artifacts(desk, Field::Artifact, &hash)?;
    item.details.set("sha256", hash);
    if let Some(first) = entries.first() {
        item.log.found = true;
        item.log.index = Some(*first);
    }
    item.log.looked_up = true;
    Ok(())
}

/// A run manifest that this log holds as an artifact.
struct LoggedManifest {
    index: LeafIndex,
    value: Value,
}

/// The manifest to which a proof bundle refers by hash: among the artifacts of that hash, and those of the bundle's
/// run, whose bytes may be spelled otherwise.
fn manifest(desk: &mut RequestBudget<'_>, bundle: &Value) -> Result<Option<LoggedManifest>, ReadError> {
    let Some(hash) = clawsig::urm_hash(bundle) else {
        return Ok(None);
    };
    let mut entries = artifacts(desk, Field::Artifact, &hash.to_string())?;
    if let Some(run_id) = binding::first_run(bundle) {
        entries.extend(artifacts(desk, Field::Run, run_id)?);
    }
    let reader = desk.reader;
    for index in entries {
        let Some(left) = desk.artifacts_left.checked_sub(1) else {
            break;
        };
        desk.artifacts_left = left;
        let record = reader.entry(index)?;
        let verified = record
            .map(|record| reader.evidence(&record))
            .transpose()?
            .flatten();
        let Some(Payload::Artifact(artifact)) = verified.as_ref().map(|verified| verified.evidence.payload())
        else {
            continue;
        };
        let content = artifact
            .content
            .as_deref()
            .filter(|_| artifact.label == ArtifactLabel::Urm);
        let value = content.and_then(|content| json::parse(content).ok());
        let by_hash = value.filter(|value| json::hash_js(value) == *hash.as_bytes());
        if let Some(value) = by_hash {
            return Ok(Some(LoggedManifest { index, value }));
        }
    }
    Ok(None)
}

/// The artifacts of one subject, a few: more than one of a hash say the same.
fn artifacts(desk: &mut RequestBudget<'_>, field: Field, value: &str) -> Result<Vec<LeafIndex>, ReadError> {
    let size = desk.reader.published().head.tree.size;
    let found = desk.reader.subject_of_kind_within(
        field,
        value,
        Kind::Artifact,
        size,
        ARTIFACTS_READ_MAX,
        &mut desk.steps_left,
    )?;
    Ok(found.indices)
}

/// Says who signed a document whose signature holds, and what a receipt is bound to.
pub(super) fn describe(
    desk: &mut RequestBudget<'_>,
    evidence: &Evidence,
    item: &mut VerifiedItem,
) -> Result<(), ReadError> {
    item.signature = "valid";
    let did = evidence.envelope().signer().to_string();
    let SignerStanding { roles, current } = desk.reader.standing(evidence)?;
    // The signer of a logged document was entitled to sign it when it was logged.
    let refusal = match item.log.index {
        Some(index)
            if desk
                .reader
                .is_distrusted(&did, index, desk.reader.published().head.tree.size) =>
        {
            let message = "the signer's entries from this position on count as unsigned";
            Some(("SIGNER_DISTRUSTED", message.to_owned()))
        }
        Some(_) => None,
        None => current
            .err()
            .map(|fault| (fault.code.as_str(), fault.to_string())),
    };
    if let Some((code, message)) = &refusal {
        item.missing.push("signer_role");
        if item.status == Status::Pass {
            item.end(Status::Incomplete, code, message);
        }
    }
    item.signer = Some(ItemSigner {
        did,
        roles,
        reason_code: refusal.map_or("OK", |(code, _)| code),
    });
    if matches!(
        evidence.kind(),
        Kind::ReceiptGateway | Kind::ReceiptTool | Kind::ReceiptSideEffect
    ) {
        let payload = evidence.envelope().payload();
        let receipt = binding::receipt(desk, payload, &mut item.missing)?;
        item.binding = Some(DocumentBinding::Receipt(receipt));
    }
    Ok(())
}

/// Where this log holds the document itself, and a fresh proof.
fn place_of(reader: &QueryEngine, digest: &EvidenceDigest) -> Result<LogHolding, ReadError> {
    match binding::own_entry(reader, digest)? {
        Some(record) => Ok(LogHolding {
            found: true,
            looked_up: true,
            index: Some(record.index),
            logged_at: Some(record.entry.logged_at),
            proof: Some(reader.tlog_proof(record.index, None)?),
        }),
        None => Ok(LogHolding {
            looked_up: true,
            ..LogHolding::default()
        }),
    }
}
