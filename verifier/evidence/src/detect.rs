//! Which kind of document it is, by what it says of itself.
//!
//! What the payload says of itself goes before `envelope_type`: nobody signs the latter, and a bundle that calls
//! itself something else is a bundle with a wrong header.

use crate::json::{Object, Value};
use crate::texts;

texts!(
/// The kinds of clawsig's documents that are verified here.
Kind {
    /// An agent's own account of a run.
    ProofBundle => "proof_bundle",
    /// A gateway's receipt of a model call.
    GatewayReceipt => "gateway_receipt",
    /// A witness's receipt of a web session.
    WebReceipt => "web_receipt",
    /// A receipt of a tool call.
    ToolReceipt => "tool_receipt",
    /// A receipt of a side effect.
    SideEffectReceipt => "side_effect_receipt",
    /// A receipt of a person's approval.
    HumanApprovalReceipt => "human_approval_receipt",
    /// That a run happened in a sandbox.
    ExecutionAttestation => "execution_attestation",
    /// That a model was made from another.
    DerivationAttestation => "derivation_attestation",
    /// That a model was audited.
    AuditResultAttestation => "audit_result_attestation",
    /// A proof bundle with attestations.
    ExportBundle => "export_bundle",
    /// The proof bundles of a fleet.
    AggregateBundle => "aggregate_bundle",
    /// A commit in an envelope.
    CommitProof => "commit_proof",
    /// A commit, by Protocol M.
    CommitSig => "commit_sig",
    /// A file, by Protocol M.
    ArtifactSig => "artifact_sig",
    /// A proof of the legacy transparency log.
    LegacyLogProof => "legacy_log_proof",
});

/// What a document is taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detected<'a> {
    /// One of clawsig's.
    Clawsig(Kind),
    /// An envelope that only the ledger knows, by its type.
    Ledger(&'a str),
    /// A payload of a known kind that nobody signed.
    Unsigned(Kind),
    /// An envelope of another type.
    UnknownEnvelope(&'a str),
    /// No envelope and none of the others.
    Unknown,
}

/// A document out of its wrapping, with what the wrapping says that it is about.
pub struct UnwrappedDocument<'a> {
    /// The document inside the wrapping.
    pub document: &'a Value,
    /// The position of the document in its wrapping.
    pub at: Option<&'static str>,
    /// The leaf that a log proof is expected to be of.
    pub leaf: Option<&'a str>,
}

/// Members that make an object a document of its own, whatever else it holds.
const OWN_MEMBERS: [&str; 5] = [
    "envelope_version",
    "envelope_type",
    "payload",
    "signature_b64u",
    "export_version",
];

/// The members in which the reference's tools and test vectors wrap a document, and where that is.
const WRAPPINGS: [(&str, &str); 3] = [
    ("envelope", "/envelope"),
    ("bundle", "/bundle"),
    ("inclusion_proof_v1", "/inclusion_proof_v1"),
];

/// Takes `{"envelope": …}`, `{"bundle": …}` and the files of test vectors apart, once. What is a document itself
/// is never taken for a wrapping: then there would be two documents in one file.
pub fn unwrap(value: &Value) -> UnwrappedDocument<'_> {
    let plain = UnwrappedDocument {
        document: value,
        at: None,
        leaf: None,
    };
    let Some(object) = value.as_object() else {
        return plain;
    };
    if OWN_MEMBERS.iter().any(|name| object.get(name).is_some()) {
        return plain;
    }
    let mut inner = WRAPPINGS
        .iter()
        .filter_map(|(name, pointer)| Some((object.get(name)?, *pointer)));
    match (inner.next(), inner.next()) {
        (Some((document, pointer)), None) => UnwrappedDocument {
            document,
            at: Some(pointer),
            leaf: object.text("target_leaf_hash_b64u"),
        },
        _ => plain,
    }
}

/// What the document is taken for.
pub fn detect(document: &Value) -> Detected<'_> {
    let Some(object) = document.as_object() else {
        return Detected::Unknown;
    };
    let is_export = ["export_version", "bundle_hash_b64u"]
        .iter()
        .any(|name| object.get(name).is_some());
    if is_export {
        return Detected::Clawsig(Kind::ExportBundle);
    }
    let payload = object.object("payload");
    if let Some(kind) = payload.and_then(by_payload) {
        return Detected::Clawsig(kind);
    }
    if let Some(envelope_type) = object.get("envelope_type") {
        let envelope_type = envelope_type.as_str().unwrap_or_default();
        return by_type(envelope_type);
    }
    if object.get("payload").is_some() && object.get("envelope_version").is_some() {
        return Detected::UnknownEnvelope("");
    }
    bare(object)
}

/// Whether a value is a signed document of a kind that is verified here, by its members alone.
pub(crate) fn is_signed_document(value: &Value) -> bool {
    let signed = value.as_object().is_some_and(|object| {
        let has = |name: &str| object.get(name).is_some();
        has("signature_b64u") || has("signature")
    });
    signed && matches!(detect(value), Detected::Clawsig(_) | Detected::Ledger(_))
}

/// What a document without an envelope type is, for somebody who sent it to a log; `None` where nobody can say.
pub(crate) fn taken_for(value: &Value) -> Option<String> {
    match detect(value) {
        Detected::Unsigned(kind) => Some(format!(
            "the payload of a {kind} without its envelope: nobody signed it"
        )),
        Detected::Clawsig(kind @ (Kind::CommitSig | Kind::ArtifactSig | Kind::LegacyLogProof)) => {
            Some(not_logged(kind.as_str()))
        }
        _ => None,
    }
}

/// A kind that is verified, but that no log takes.
pub(crate) fn not_logged(kind: &str) -> String {
    format!("{kind}, which is verified but not logged as itself; it can be logged as an artifact")
}

/// Whether documents of this kind or envelope type are verified here: what a caller may expect one to be.
pub fn is_kind(text: &str) -> bool {
    Kind::parse(text).is_some() || crate::envelope_types::is_known(text)
}

/// Members that together make a payload one of a kind: its version, and one that no other kind with such a version
/// has.
const BY_PAYLOAD: [(&str, &str, Kind); 11] = [
    ("bundle_version", "bundle_version", Kind::ProofBundle),
    ("aggregate_version", "aggregate_version", Kind::AggregateBundle),
    ("receipt_version", "gateway_id", Kind::GatewayReceipt),
    ("receipt_version", "witness_id", Kind::WebReceipt),
    ("receipt_version", "effect_class", Kind::SideEffectReceipt),
    ("receipt_version", "approval_type", Kind::HumanApprovalReceipt),
    ("receipt_version", "tool_name", Kind::ToolReceipt),
    (
        "attestation_version",
        "execution_type",
        Kind::ExecutionAttestation,
    ),
    ("derivation_version", "derivation_id", Kind::DerivationAttestation),
    ("audit_version", "audit_id", Kind::AuditResultAttestation),
    ("proof_version", "repo_claim_id", Kind::CommitProof),
];

/// Which kind a payload is of, by its own members.
fn by_payload(payload: &Object) -> Option<Kind> {
    let has = |name: &str| payload.get(name).is_some();
    BY_PAYLOAD
        .into_iter()
        .find_map(|(version, own, kind)| (has(version) && has(own)).then_some(kind))
}

fn by_type(envelope_type: &str) -> Detected<'_> {
    match Kind::parse(envelope_type) {
        // These have no envelopes.
        Some(Kind::ExportBundle | Kind::CommitSig | Kind::ArtifactSig | Kind::LegacyLogProof) => {
            Detected::UnknownEnvelope(envelope_type)
        }
        Some(kind) => Detected::Clawsig(kind),
        None if crate::envelope_types::is_known(envelope_type) => Detected::Ledger(envelope_type),
        None => Detected::UnknownEnvelope(envelope_type),
    }
}

/// The members of a Protocol M signature; three of them make one.
const PROTOCOL_M: [&str; 6] = ["version", "type", "algo", "did", "message", "signature"];

/// Members of a proof of the legacy log; two of them make one.
const LOG_PROOF: [&str; 3] = ["audit_path", "root_signature", "leaf_hash_b64u"];

/// Documents without an envelope.
fn bare(object: &Object) -> Detected<'_> {
    let has = |name: &str| object.get(name).is_some();
    if let Some(kind) = by_payload(object) {
        return Detected::Unsigned(kind);
    }
    if LOG_PROOF.iter().filter(|name| has(name)).count() >= 2 {
        return Detected::Clawsig(Kind::LegacyLogProof);
    }
    if has("receipt_version") {
        return Detected::Unsigned(Kind::ToolReceipt);
    }
    if PROTOCOL_M.iter().filter(|name| has(name)).count() >= 3 {
        let is_artifact = has("artifact") && !has("message");
        return Detected::Clawsig(if is_artifact {
            Kind::ArtifactSig
        } else {
            Kind::CommitSig
        });
    }
    Detected::Unknown
}
