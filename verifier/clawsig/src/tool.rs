//! Tool receipts, embedded in a bundle and on their own, and the receipts of side effects and approvals
//! (`schemas/clawsig.md` §5.5 steps 22 and 23, §5.6).

use std::collections::BTreeSet;

use evidence::digest::StatementDigest;
use evidence::fault::Fault;
use evidence::json::{Object, Value, jcs_of_array};
use evidence::report::Details;
use tlog::index::TimestampMs;

use super::disclosure;
use super::envelope_forms::TOOL_OBSERVED_ENVELOPE;
use super::schema::{self, MemberForm};
use super::signed_envelope::{self, EnvelopeForm, WellFormedEnvelope, check_detached, is_past, key_of, time};
use super::tool_forms::{APPROVAL_TYPES, EFFECT_CLASSES, ENVELOPE_V1, ENVELOPE_V2, PAYLOAD_V1, PAYLOAD_V2};
use super::{ClawsigFailure, ClawsigOptions, Reason};

/// The bundle that a tool receipt is in.
#[derive(Clone, Copy, Debug)]
pub struct ToolEmbedding<'a> {
    /// The bundle's agent.
    pub agent_did: &'a str,
    /// Its event chain, where it has one that holds.
    pub chain: Option<ToolChain<'a>>,
    /// The time of verification; without it nothing expires.
    pub at: Option<TimestampMs>,
    /// By how much an expiry may be exceeded, in milliseconds.
    pub skew_ms: u64,
}

/// What a receipt may be bound to.
#[derive(Clone, Copy, Debug)]
pub struct ToolChain<'a> {
    /// The run of the bundle's event chain.
    pub run_id: &'a str,
    /// `event_hash_b64u` of its events.
    pub event_hashes: &'a BTreeSet<&'a str>,
}

const EXPECTED: EnvelopeForm = EnvelopeForm {
    envelope_type: "tool_receipt",
    versions: &[("1", &ENVELOPE_V1), ("2", &ENVELOPE_V2)],
};

const OBSERVED: EnvelopeForm = EnvelopeForm {
    envelope_type: "tool_receipt",
    versions: &[("1", &TOOL_OBSERVED_ENVELOPE), ("2", &ENVELOPE_V2)],
};

/// Holds an entry of a bundle's `tool_receipts` against its schema: a payload or an envelope of version 1 or 2.
pub(crate) fn check_form(entry: &Value) -> Result<(), Fault> {
    let (form, is_envelope) = form_of(entry);
    schema::check(form, entry)?;
    let payload = if is_envelope {
        entry.as_object().and_then(|envelope| envelope.get("payload"))
    } else {
        Some(entry)
    };
    for (name, object, _) in disclosures(payload) {
        disclosure::check_algorithm(object).map_err(|fault| {
            let fault = schema::below(name, fault);
            if is_envelope {
                schema::below("payload", fault)
            } else {
                fault
            }
        })?;
    }
    Ok(())
}

/// Whether an entry of a bundle's `tool_receipts` is a payload that nobody but the bundle's agent states.
pub(super) fn is_raw(entry: &Value) -> bool {
    !form_of(entry).1
}

/// The only form that an entry can have, and whether it is an envelope.
fn form_of(entry: &Value) -> (&'static MemberForm, bool) {
    let text = |name: &str| {
        let entry = entry.as_object()?;
        entry.text(name)
    };
    let is_envelope = entry
        .as_object()
        .is_some_and(|entry| entry.get("envelope_type").is_some() || entry.get("payload").is_some());
    let form = match (is_envelope, text("envelope_version"), text("receipt_version")) {
        (true, Some("2"), _) => &ENVELOPE_V2,
        (true, _, _) => &ENVELOPE_V1,
        (false, _, Some("2")) => &PAYLOAD_V2,
        (false, _, _) => &PAYLOAD_V1,
    };
    (form, is_envelope)
}

/// The disclosures of a payload of version 2: name, object, and the hash that each has to lead to.
fn disclosures(payload: Option<&Value>) -> impl Iterator<Item = (&'static str, &Object, &str)> {
    let payload = payload.and_then(Value::as_object);
    [
        ("args_disclosure", "args_hash_b64u"),
        ("result_disclosure", "result_hash_b64u"),
    ]
    .into_iter()
    .filter_map(move |(name, hash)| {
        let payload = payload.filter(|payload| payload.text_or_empty("receipt_version") == "2")?;
        let disclosure = payload.object(name)?;
        Some((name, disclosure, payload.text_or_empty(hash)))
    })
}

/// Verifies one entry of a bundle's `tool_receipts` (step 22). The statement is that of an envelope; a
/// bare payload is nobody's statement but the bundle's.
///
/// # Errors
/// In this order: `UNKNOWN_VERSION`, `SCHEMA_VALIDATION_FAILED`, `PROOF_BUNDLE_AGENT_MISMATCH`,
/// `RECEIPT_BINDING_MISMATCH`; of an envelope `EXPIRED_TTL`, `UNKNOWN_HASH_ALGORITHM`, `HASH_MISMATCH`,
/// `SIGNATURE_INVALID`, `CO_SIGNATURE_INVALID`; `DISCLOSURE_*`.
pub fn verify_embedded(
    entry: &Value,
    embedding: &ToolEmbedding<'_>,
) -> Result<Option<StatementDigest>, ClawsigFailure> {
    let (form, is_envelope) = form_of(entry);
    let object = entry.as_object();
    let version = object.and_then(|entry| entry.get("receipt_version"));
    if !is_envelope && version.is_some_and(|version| !matches!(version.as_str(), Some("1" | "2"))) {
        return Err(ClawsigFailure::fail(
            Reason::UnknownVersion,
            "a tool receipt is of another version than 1 or 2",
        ));
    }
    schema::check(form, entry)?;
    let envelope = is_envelope
        .then(|| signed_envelope::read(entry, &EXPECTED))
        .transpose()?;
    let payload = match &envelope {
        Some(envelope) => envelope.document().get("payload"),
        None => Some(entry),
    };
    if let Some(payload) = payload.and_then(Value::as_object) {
        check_agent(payload, embedding.agent_did)?;
        check_binding(payload, embedding.chain)?;
    }
    let statement = envelope
        .map(|envelope| verify_signatures(&envelope, embedding.at, embedding.skew_ms))
        .transpose()?;
    verify_disclosures(payload)?;
    Ok(statement)
}

fn check_agent(payload: &Object, agent_did: &str) -> Result<(), ClawsigFailure> {
    if payload.text_or_empty("agent_did") == agent_did {
        return Ok(());
    }
    Err(ClawsigFailure::fail(
        Reason::ProofBundleAgentMismatch,
        "a receipt names another agent than the bundle",
    ))
}

fn check_binding(payload: &Object, chain: Option<ToolChain<'_>>) -> Result<(), ClawsigFailure> {
    let (Some(binding), Some(chain)) = (payload.object("binding"), chain) else {
        return Ok(());
    };
    let run_id = binding.text_or_empty("run_id");
    if !run_id.is_empty() && run_id != chain.run_id {
        return Err(ClawsigFailure::fail(
            Reason::ReceiptBindingMismatch,
            "a tool receipt is bound to another run than the bundle's",
        ));
    }
    let Some(event_hash) = binding.text("event_hash_b64u") else {
        return Ok(());
    };
    if !schema::is_url_alphabet(event_hash) {
        return Err(ClawsigFailure::fail(
            Reason::SchemaValidationFailed,
            "the event hash of a tool receipt's binding is not base64url",
        ));
    }
    if chain.event_hashes.contains(event_hash) {
        return Ok(());
    }
    Err(ClawsigFailure::fail(
        Reason::ReceiptBindingMismatch,
        "a tool receipt is bound to an event that is not in the bundle's chain",
    ))
}

/// Expiry, hash, signature and co-signatures of an envelope.
fn verify_signatures(
    envelope: &WellFormedEnvelope<'_>,
    at: Option<TimestampMs>,
    skew_ms: u64,
) -> Result<StatementDigest, ClawsigFailure> {
    if let Some(expires_at) = envelope.document().text("expires_at") {
        let expires_at = time(expires_at, "expires_at")
            .map_err(|failure| failure.under(Reason::SchemaValidationFailed))?;
        if is_past(expires_at, at, skew_ms) {
            return Err(ClawsigFailure::fail(
                Reason::ExpiredTtl,
                "a tool receipt has expired",
            ));
        }
    }
    envelope.check_hash(Reason::UnknownHashAlgorithm)?;
    let verified = envelope
        .check_signature()
        .map_err(|failure| match failure.reason {
            Reason::InvalidDidFormat => failure.under(Reason::SignatureInvalid),
            _ => failure,
        })?;
    let co_signatures = envelope.document().get("co_signatures").and_then(Value::as_array);
    let appendix = co_signatures.map(jcs_of_array).unwrap_or_default();
    for item in co_signatures.unwrap_or_default() {
        let Some(item) = item.as_object() else { continue };
        let signer = key_of(item.text_or_empty("signer_did"))
            .map_err(|failure| failure.under(Reason::CoSignatureInvalid))?;
        let signature = item.text_or_empty("signature_b64u");
        check_detached(&signer, signature, &verified.message, Reason::CoSignatureInvalid)?;
    }
    Ok(verified.statement(EXPECTED.envelope_type, &appendix))
}

fn verify_disclosures(payload: Option<&Value>) -> Result<(), ClawsigFailure> {
    disclosures(payload).try_for_each(|(_, disclosure, committed)| disclosure::verify(disclosure, committed))
}

/// Checks one entry of a bundle's `side_effect_receipts` (step 23): a bare payload that only the bundle states.
///
/// # Errors
/// `SCHEMA_VALIDATION_FAILED`, `UNKNOWN_VERSION`, `UNKNOWN_HASH_ALGORITHM`, `PROOF_BUNDLE_AGENT_MISMATCH`.
pub fn check_embedded_side_effect(entry: &Value, agent_did: &str) -> Result<(), ClawsigFailure> {
    check_embedded_payload(entry, agent_did, "effect_class", EFFECT_CLASSES)
}

/// Checks one entry of a bundle's `human_approval_receipts` (step 23).
///
/// # Errors
/// Those of [`check_embedded_side_effect`].
pub fn check_embedded_approval(entry: &Value, agent_did: &str) -> Result<(), ClawsigFailure> {
    check_embedded_payload(entry, agent_did, "approval_type", APPROVAL_TYPES)
}

fn check_embedded_payload(
    entry: &Value,
    agent_did: &str,
    class: &'static str,
    classes: &[&str],
) -> Result<(), ClawsigFailure> {
    let entry = entry.as_object().ok_or_else(|| {
        ClawsigFailure::fail(Reason::SchemaValidationFailed, "an embedded receipt is no object")
    })?;
    let agents = [agent_did];
    let allowed: [(&str, &[&str], Reason); 4] = [
        ("receipt_version", &["1"], Reason::UnknownVersion),
        ("hash_algorithm", &["SHA-256"], Reason::UnknownHashAlgorithm),
        (class, classes, Reason::SchemaValidationFailed),
        ("agent_did", &agents, Reason::ProofBundleAgentMismatch),
    ];
    for (name, texts, reason) in allowed {
        // The form is open, and upstream's own writers leave members out.
        let Some(value) = entry.get(name) else { continue };
        if !value.as_str().is_some_and(|text| texts.contains(&text)) {
            return Err(ClawsigFailure::fail(
                reason,
                format!("{name} of an embedded receipt is not one of its values"),
            ));
        }
    }
    Ok(())
}

/// Whether somebody else than the agent signed a receipt of what the agent did.
fn is_observed(document: &Value) -> bool {
    let envelope = document.as_object();
    let signer = envelope.and_then(|envelope| envelope.get("signer_did"));
    let payload = envelope.and_then(|envelope| envelope.object("payload"));
    signer != payload.and_then(|payload| payload.get("agent_did"))
}

/// Verifies a tool receipt in its envelope, on its own. Anybody may sign one: whether the signer is who had
/// to is not decided here. A signer that is not the agent may leave out the hashes of what it did not see.
pub(super) fn verify(
    document: &Value,
    options: &ClawsigOptions<'_>,
    details: &mut Details,
) -> Result<(), ClawsigFailure> {
    let expected = if is_observed(document) {
        &OBSERVED
    } else {
        &EXPECTED
    };
    let envelope = signed_envelope::read(document, expected)?;
    envelope.note(details);
    envelope.check_signer()?;
    envelope.check_issued_at()?;
    verify_signatures(&envelope, options.at, 0)?;
    details.checked("schema");
    details.checked("payload_hash");
    details.checked("signature");
    let co_signatures = envelope.document().get("co_signatures").and_then(Value::as_array);
    details.set("co_signatures", co_signatures.map_or(0, <[Value]>::len));
    verify_disclosures(envelope.document().get("payload"))?;
    details.checked("disclosures");
    note(&envelope, "tool_name", details);
    details.not_checked("binding");
    Ok(())
}

fn note(envelope: &WellFormedEnvelope<'_>, what: &str, details: &mut Details) {
    for name in ["receipt_id", what, "agent_did"] {
        details.set(name, evidence::fault::shorten(envelope.payload_text(name)));
    }
    details.not_checked("role of the signer");
}

/// Verifies the receipt of a side effect or of an approval in its envelope, on its own.
pub(super) fn verify_support(
    document: &Value,
    which: BareReceiptKind,
    details: &mut Details,
) -> Result<(), ClawsigFailure> {
    let (expected, what) = match which {
        BareReceiptKind::SideEffect if is_observed(document) => (&SIDE_EFFECT_OBSERVED, "effect_class"),
        BareReceiptKind::SideEffect => (&SIDE_EFFECT_ENVELOPE, "effect_class"),
        BareReceiptKind::Approval => (&APPROVAL_ENVELOPE, "approval_type"),
    };
    let envelope = signed_envelope::read(document, expected)?;
    envelope.note(details);
    envelope.check_signer()?;
    envelope.check_issued_at()?;
    envelope.check_hash(Reason::HashMismatch)?;
    envelope.check_signature()?;
    for checked in ["schema", "payload_hash", "signature"] {
        details.checked(checked);
    }
    note(&envelope, what, details);
    details.not_checked("binding");
    Ok(())
}

/// Which of the two receipts that bundles carry bare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BareReceiptKind {
    SideEffect,
    Approval,
}

const SIDE_EFFECT_ENVELOPE: EnvelopeForm = EnvelopeForm {
    envelope_type: "side_effect_receipt",
    versions: &[("1", &super::envelope_forms::SIDE_EFFECT_ENVELOPE)],
};

const SIDE_EFFECT_OBSERVED: EnvelopeForm = EnvelopeForm {
    envelope_type: "side_effect_receipt",
    versions: &[("1", &super::envelope_forms::SIDE_EFFECT_OBSERVED_ENVELOPE)],
};

const APPROVAL_ENVELOPE: EnvelopeForm = EnvelopeForm {
    envelope_type: "human_approval_receipt",
    versions: &[("1", &super::envelope_forms::APPROVAL_ENVELOPE)],
};
