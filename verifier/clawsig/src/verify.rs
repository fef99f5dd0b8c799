//! One document in, one report out, whatever kind of document it is.

use serde::Serialize;

use evidence::Evidence;
use evidence::code::Code;
use evidence::document::Document;
use evidence::envelope::UnverifiedEnvelope;
use evidence::fault::{Fault, shorten};
use evidence::foreign::{self, NOT_VERIFIED, documents_inside};
use evidence::json::{self, Object, Value};
use evidence::kind::Kind as EntryKind;
use evidence::report::{Details, Finding, Report, ReportAnswers, Status};

use super::attestation_envelope::{self, Attestation};
use super::commit::SignedContent;
use super::signed_envelope::note_header;
use super::tool::BareReceiptKind;
use super::{
    ClawsigFailure, ClawsigOptions, Reason, aggregate, commit, export, hashed, log_proof, tool, web,
};
use evidence::detect::{self, Detected, Kind, UnwrappedDocument};

/// Largest file that is verified: an aggregate of as many members as it may have is larger than a document
/// that the log takes.
pub const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What became of a document. As JSON: `kind`, `status`, `reason_code`, `message`, `authenticity`, `verdict`,
/// `details`.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Verification {
    /// What the document was taken for; `unknown` where it is nothing that is verified here.
    pub kind: String,
    /// How it ended.
    #[serde(flatten)]
    pub report: Report,
}

/// Verifies one document of any kind that is known: clawsig's, and the ledger's own.
///
/// Of a document of the ledger's own, signature, hash and form are checked: what it means for a job is decided
/// from the log. A pass says that the signer made this statement. Which of its members nobody signed is listed
/// under `unauthenticated`, what was not looked at under `not_checked`.
pub fn verify(bytes: &[u8], options: &ClawsigOptions<'_>) -> Verification {
    match json::parse_within(bytes, FILE_BYTES_MAX) {
        Ok(value) => verify_value(&value, options),
        Err(fault) => match Verification::of_foreign(bytes) {
            Some(verification) if fault.code == Code::MalformedJson => verification,
            _ => Verification::of("unknown", Details::default(), Err(fault.into())),
        },
    }
}

/// The document itself, out of the wrapping of a test vector or of one of the reference's tools, if it has one.
pub fn unwrapped(value: &Value) -> &Value {
    detect::unwrap(value).document
}

/// The same as [`verify`] for a document that was parsed.
pub fn verify_value(value: &Value, options: &ClawsigOptions<'_>) -> Verification {
    let unwrapped = detect::unwrap(value);
    let mut details = Details::default();
    if let Some(pointer) = unwrapped.at {
        details.set("wrapped", true);
        details.set("document_at", pointer);
    }
    let document = unwrapped.document;
    let mut verification = verify_detected(value, &unwrapped, options, details);
    let report = &mut verification.report;
    if report.reason_code == Reason::HashMismatch.as_str()
        && let Some(mismatch) = hashed::mismatch(document)
    {
        report.details.set("hash_mismatch", mismatch);
    }
    if let Some(signer) = signer_of(document).filter(|_| has_signature(report)) {
        report.details.set("signer", shorten(signer));
    }
    report.answers = answers(report);
    if report.status == Status::Fail && OF_THE_TIME.iter().any(|code| code.as_str() == report.reason_code) {
        // The order of checks asks the time first. Whether somebody signed it does not depend on that.
        let timeless = ClawsigOptions { at: None, ..*options };
        let again = verify_detected(value, &unwrapped, &timeless, Details::default());
        report.answers = match answers(&again.report) {
            ReportAnswers { verdict: Some(_), .. } => ReportAnswers::genuine(Status::Fail),
            other => other,
        };
    }
    verification
}

/// Codes of a document that came too late or too early, whatever else it is.
const OF_THE_TIME: [Reason; 3] = [
    Reason::ExpiredTtl,
    Reason::Expired,
    Reason::FutureTimestampPoisoning,
];

/// Codes of a signature or hash that does not hold, in the document or in what it embeds, by whatever signer.
const FORGED: [Reason; 7] = [
    Reason::SignatureInvalid,
    Reason::CoSignatureInvalid,
    Reason::HashMismatch,
    Reason::InclusionProofInvalid,
    Reason::WpcSignatureInvalid,
    Reason::WpcHashMismatch,
    Reason::TokenSignatureInvalid,
];

/// Codes of a document that may be as good as any other, and that this version or this caller cannot judge.
const NOT_JUDGED: [Reason; 10] = [
    Reason::UnknownSchemaId,
    Reason::UnknownSchemaVersion,
    Reason::UnknownVersion,
    Reason::UnknownAlgo,
    Reason::UnknownAlgorithm,
    Reason::UnknownHashAlgorithm,
    Reason::UnknownEnvelopeType,
    Reason::UnknownEnvelopeVersion,
    Reason::DependencyMissing,
    Reason::DependencyNotConfigured,
];

/// A document is genuine if its signature holds, and so does every other one in it that was looked at. What such a
/// document says may fail all the same.
fn answers(report: &Report) -> ReportAnswers {
    let is_one_of = |codes: &[Reason]| codes.iter().any(|code| code.as_str() == report.reason_code);
    match report.status {
        Status::Fail | Status::Incomplete if has_signature(report) && !is_one_of(&FORGED) => {
            ReportAnswers::genuine(report.status)
        }
        Status::Fail if is_one_of(&NOT_JUDGED) => ReportAnswers::UNKNOWN,
        status => ReportAnswers::of(status),
    }
}

/// Whether the signature of the document as a whole was found in order.
fn has_signature(report: &Report) -> bool {
    let checked = ["signature", "root signature"];
    checked.into_iter().any(|what| report.details.has_checked(what))
}

/// Whose signature a document bears, in the member that its kind has for that.
fn signer_of(document: &Value) -> Option<&str> {
    let object = document.as_object()?;
    let root = object.object("root_signature");
    let names = ["signer_did", "issuer_did", "did"].into_iter();
    let mut signers = names.filter_map(|name| object.get(name));
    let signer = signers.next().or_else(|| root?.get("signer_did"));
    signer.and_then(Value::as_str)
}

fn verify_detected(
    value: &Value,
    unwrapped: &UnwrappedDocument<'_>,
    options: &ClawsigOptions<'_>,
    mut details: Details,
) -> Verification {
    let document = unwrapped.document;
    match detect::detect(document) {
        Detected::Clawsig(kind) => {
            let result = verify_kind(kind, unwrapped, options, &mut details);
            Verification::of(kind.as_str(), details, result)
        }
        Detected::Ledger(envelope_type) => {
            let result = verify_own(document, &mut details);
            Verification::of_ledger(envelope_type, details, result)
        }
        Detected::Unsigned(kind) => {
            let message = "there is no signed envelope around it: nobody vouches for what it says";
            let failure = ClawsigFailure::fail(Reason::EnvelopeRequired, message);
            Verification::of(kind.as_str(), details, Err(failure))
        }
        Detected::UnknownEnvelope(COMPILED_REPORT) => {
            let failure = unknown_envelope(document.as_object(), COMPILED_REPORT);
            let failure = match failure.status {
                Status::Unknown => ClawsigFailure::incomplete(
                    Reason::EvidenceNotVerified,
                    "a report that was compiled from a bundle is not compiled again here: verify the bundle",
                ),
                _ => failure,
            };
            Verification::of(COMPILED_REPORT, details, Err(failure))
        }
        Detected::UnknownEnvelope(envelope_type) => {
            let failure = unknown_envelope(document.as_object(), envelope_type);
            Verification::of("unknown", details, Err(failure))
        }
        Detected::Unknown => {
            let inside = documents_inside(value);
            let message = match (inside.as_slice(), foreign::of_value(document)) {
                ([one], _) => format!("the document is at {one}: send that"),
                ([_, ..], _) => format!("documents are at {}: send each of them", inside.join(", ")),
                ([], Some(what)) => format!("{what}: {NOT_VERIFIED}"),
                ([], None) => format!("JSON of a kind that is not known here: {NOT_VERIFIED}"),
            };
            if !inside.is_empty() {
                details.set("documents_at", inside);
            }
            let failure = ClawsigFailure::unknown(Reason::UnknownKind, message);
            Verification::of("unknown", details, Err(failure))
        }
    }
}

/// The reference's report on a bundle, which it compiles from it.
const COMPILED_REPORT: &str = "compiled_evidence_report";

impl Verification {
    fn of(kind: &str, details: Details, result: Result<(), ClawsigFailure>) -> Self {
        let result = result.map_err(|failure| Finding {
            status: failure.status,
            reason_code: failure.reason.as_str(),
            message: failure.message,
        });
        Self::of_ledger(kind, details, result)
    }

    /// The report with the codes of the ledger, for a document of its own.
    fn of_ledger(kind: &str, details: Details, result: Result<(), Finding>) -> Self {
        let report = match result {
            Ok(()) => Report::pass(format!("the {} verifies", kind.replace('_', " ")), details),
            Err(finding) => finding.into_report(details),
        };
        Self {
            kind: kind.to_owned(),
            report,
        }
    }

    /// The report on a file that is no JSON and of another format; `None` where nobody can say which.
    pub fn of_foreign(bytes: &[u8]) -> Option<Self> {
        let what = foreign::of_bytes(bytes)?;
        let failure = ClawsigFailure::unknown(Reason::UnknownKind, format!("{what}: {NOT_VERIFIED}"));
        Some(Self::of("unknown", Details::default(), Err(failure)))
    }

    /// The report on a file too large to be read.
    pub fn too_large() -> Self {
        let message = format!("the file is larger than {FILE_BYTES_MAX} bytes");
        let failure = ClawsigFailure::fail(Reason::BodyTooLarge, message);
        Self::of("unknown", Details::default(), Err(failure))
    }
}

/// An envelope of a type that is not verified here, by the reference's order: members, version, type.
fn unknown_envelope(envelope: Option<&Object>, envelope_type: &str) -> ClawsigFailure {
    let version = envelope.and_then(|envelope| envelope.text("envelope_version"));
    if envelope.is_none_or(|envelope| UnverifiedEnvelope::new(envelope).missing().is_some()) {
        return ClawsigFailure::fail(Reason::MalformedEnvelope, "the envelope has not all its members");
    }
    if version != Some("1") {
        return ClawsigFailure::fail(
            Reason::UnknownEnvelopeVersion,
            "the envelope is of another version than 1",
        );
    }
    ClawsigFailure::unknown(
        Reason::UnknownEnvelopeType,
        format!("an envelope of type {:?}: {NOT_VERIFIED}", shorten(envelope_type)),
    )
}

fn verify_kind(
    kind: Kind,
    unwrapped: &UnwrappedDocument<'_>,
    options: &ClawsigOptions<'_>,
    details: &mut Details,
) -> Result<(), ClawsigFailure> {
    let document = unwrapped.document;
    match kind {
        Kind::ProofBundle => verify_proof_bundle(document, options, details),
        Kind::GatewayReceipt => verify_gateway_receipt(document, options, details),
        Kind::WebReceipt => web::verify(document, options, details),
        Kind::ToolReceipt => tool::verify(document, options, details),
        Kind::SideEffectReceipt => tool::verify_support(document, BareReceiptKind::SideEffect, details),
        Kind::HumanApprovalReceipt => tool::verify_support(document, BareReceiptKind::Approval, details),
        Kind::ExecutionAttestation => {
            attestation_envelope::verify_alone(document, Attestation::Execution, options, details)
        }
        Kind::DerivationAttestation => {
            attestation_envelope::verify_alone(document, Attestation::Derivation, options, details)
        }
        Kind::AuditResultAttestation => {
            attestation_envelope::verify_alone(document, Attestation::AuditResult, options, details)
        }
        Kind::ExportBundle => {
            let nested = export::verify(document, options, details)?;
            nested.missing.map_or(Ok(()), Err)
        }
        Kind::AggregateBundle => aggregate::verify(document, options, details),
        Kind::CommitProof => commit::verify_proof(document, details),
        Kind::CommitSig => commit::verify(document, SignedContent::Message, details),
        Kind::ArtifactSig => commit::verify(document, SignedContent::Artifact, details),
        Kind::LegacyLogProof => log_proof::verify(document, unwrapped.leaf, options, details),
    }
}

fn verify_proof_bundle(
    document: &Value,
    options: &ClawsigOptions<'_>,
    details: &mut Details,
) -> Result<(), ClawsigFailure> {
    if let Some(object) = document.as_object() {
        note_header(object, details);
    }
    if options.at.is_none() {
        details.not_checked("expiry");
    }
    let (facts, result) = super::verify_proof_bundle(document, options);
    if let Some(facts) = &facts {
        for checked in ["schema", "payload_hash", "signature", "event_chain"] {
            details.checked(checked);
        }
        facts.note(details);
    }
    result
}

fn verify_gateway_receipt(
    document: &Value,
    options: &ClawsigOptions<'_>,
    details: &mut Details,
) -> Result<(), ClawsigFailure> {
    if let Some(object) = document.as_object() {
        note_header(object, details);
    }
    let verified = super::verify_gateway_receipt(document, options)?;
    for checked in ["schema", "signer", "payload_hash", "signature"] {
        details.checked(checked);
    }
    verified.note(details);
    details.not_checked("binding");
    Ok(())
}

/// Verifies an envelope of the ledger's own types as its intake would, but for what only a log knows.
fn verify_own(document: &Value, details: &mut Details) -> Result<(), Finding> {
    // Neither hash nor signature of these types depends on the order or the spelling of members.
    let text = json::to_js_string(document);
    let refused = |fault: Fault| Finding::fail(fault.code.as_str(), fault.to_string());
    let document = Document::parse(text.as_bytes()).map_err(refused)?;
    let payload = document
        .value()
        .as_object()
        .and_then(|envelope| envelope.get("payload"));
    let origin = payload
        .and_then(|payload| payload.as_object()?.text("log_origin"))
        .unwrap_or_default();
    let evidence = Evidence::verify(&document, origin).map_err(|rejected| {
        if rejected.signed_by.is_some() {
            details.checked("payload_hash");
            details.checked("signature");
        }
        refused(rejected.fault)
    })?;
    for checked in ["schema", "payload_hash", "signature"] {
        details.checked(checked);
    }
    details.set("entry_kind", evidence.kind().as_str());
    details.set("signer_did", evidence.envelope().signer().as_str());
    details.set("evidence_digest", document.evidence_digest().to_string());
    if !origin.is_empty() {
        details.set("log_origin", shorten(origin));
    }
    for not_checked in ["role of the signer", "inclusion in the log", "meaning for a job"] {
        details.not_checked(not_checked);
    }
    if evidence.kind() == EntryKind::LogKey {
        details.not_checked("whether the key that counter-signed is one of the log");
    }
    Ok(())
}
