//! The form of `proof_bundle.v1` in its envelope (`schemas/clawsig.md` §1.1, §4.2, §5.1), and what a place that differs
//! is called.

use crate::envelope_forms::{EXPIRES, EnvelopeMemberForms, WEB_RECEIPT_ENVELOPE};
use crate::evidence_forms::{self, BINARY_ENVELOPE, COVERAGE_ENVELOPE};
use crate::schema::{self, MemberForm, NONE, NOT_NEGATIVE};
use crate::tool_forms::{APPROVAL_TYPES, EFFECT_CLASSES};
use crate::{ClawsigFailure, Reason, tool};
use evidence::code::Code;
use evidence::fault::Fault;
use evidence::json::{Object, Value};

use crate::receipt_forms::RECEIPT;

/// Most raw receipts of one kind. Of events and gateway receipts as many, but there the code is another.
const RAW_RECEIPTS_MAX: usize = 1000;
/// Most rate-limit claims.
const RATE_LIMIT_CLAIMS_MAX: usize = 256;

/// Holds an envelope against its schema. Entries of `receipts` that say `receipt_type` and have no
/// `envelope_type` are diagnostics of old harnesses: signed with the rest, and nothing else.
///
/// # Errors
/// `SCHEMA_VALIDATION_FAILED`; of the binding of a gateway's or witness's receipt `CAUSAL_PHASE_INVALID`,
/// `CAUSAL_CONFIDENCE_OUT_OF_RANGE`, `CAUSAL_BINDING_NORMALIZATION_FAILED`.
pub(super) fn check(envelope: &Value, payload: &Value) -> Result<(), ClawsigFailure> {
    let result = check_envelope(envelope, payload);
    result.map_err(|fault| ClawsigFailure::of_fault(reason(&fault.pointer), &fault))
}

fn check_envelope(envelope: &Value, payload: &Value) -> Result<(), Fault> {
    schema::check(&ENVELOPE, envelope)?;
    let in_payload = |fault| schema::below("payload", fault);
    schema::check(&PAYLOAD, payload).map_err(in_payload)?;
    let Some(payload) = payload.as_object() else {
        return Ok(());
    };
    if EVIDENCE.iter().all(|name| payload.get(name).is_none()) {
        let fault = Fault::new(Code::SchemaInvalid, "", "evidence of some kind", "none");
        return Err(in_payload(fault));
    }
    for (index, entry) in gateway_receipts(payload) {
        schema::check(&RECEIPT, entry).map_err(|fault| in_payload(at("receipts", index, fault)))?;
    }
    for (index, entry) in payload.items("vir_receipts").iter().enumerate() {
        schema::check(evidence_forms::vir_form(entry), entry)
            .map_err(|fault| in_payload(at("vir_receipts", index, fault)))?;
    }
    for (index, entry) in payload.items("tool_receipts").iter().enumerate() {
        tool::check_form(entry).map_err(|fault| in_payload(at("tool_receipts", index, fault)))?;
    }
    Ok(())
}

fn at(array: &str, index: usize, fault: Fault) -> Fault {
    schema::below(array, schema::below(&index.to_string(), fault))
}

/// What a schema fault is called. The members of a binding that make up the causal graph have codes of their own
/// where the entry has one schema: of an entry that may have several, such as a tool receipt, the reference names
/// what keeps it from the first.
fn reason(pointer: &str) -> Reason {
    let mut steps = pointer.split('/').skip(1);
    let list = (steps.next(), steps.next());
    if !matches!(list, (Some("payload"), Some("receipts" | "web_receipts"))) {
        return Reason::SchemaValidationFailed;
    }
    let member = steps.skip_while(|step| *step != "binding").nth(1);
    match member {
        Some("phase") => Reason::CausalPhaseInvalid,
        Some("attribution_confidence" | "attributionConfidence") => Reason::CausalConfidenceOutOfRange,
        Some("span_id" | "spanId" | "parent_span_id" | "parentSpanId" | "tool_span_id" | "toolSpanId") => {
            Reason::CausalBindingNormalizationFailed
        }
        _ => Reason::SchemaValidationFailed,
    }
}

/// The entries of `receipts` that are no diagnostics, with their positions.
pub(super) fn gateway_receipts(payload: &Object) -> impl Iterator<Item = (usize, &Value)> {
    payload
        .items("receipts")
        .iter()
        .enumerate()
        .filter(|(_, entry)| !is_diagnostic(entry))
}

fn is_diagnostic(entry: &Value) -> bool {
    entry
        .as_object()
        .is_some_and(|entry| entry.get("receipt_type").is_some() && entry.get("envelope_type").is_none())
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The CAIP-10 address of a contract on an Ethereum chain: `eip155:CHAIN:0xADDRESS`.
fn is_registry(text: &str) -> bool {
    let address = text
        .strip_prefix("eip155:")
        .and_then(|rest| rest.split_once(":0x"));
    address.is_some_and(|(chain, address)| {
        is_decimal(chain) && address.len() == 40 && address.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// The payload is held against its own form by the caller.
pub(crate) static ENVELOPE: MemberForm = MemberForm::Closed(
    &EnvelopeMemberForms::new("proof_bundle", MemberForm::Any).members(),
    EXPIRES,
);

const HASH_ALGORITHM: MemberForm = MemberForm::OneOf(&["SHA-256", "BLAKE3"]);

/// One of them has to be there, if only empty.
const EVIDENCE: [&str; 11] = [
    "urm",
    "event_chain",
    "receipts",
    "vir_receipts",
    "web_receipts",
    "binary_semantic_evidence_attestations",
    "tool_receipts",
    "side_effect_receipts",
    "human_approval_receipts",
    "delegation_receipts",
    "attestations",
];

pub(crate) static PAYLOAD: MemberForm = MemberForm::Closed(
    &[
        ("bundle_version", MemberForm::Constant("1")),
        ("bundle_id", MemberForm::Text(1)),
        ("agent_did", MemberForm::Did),
    ],
    &[
        (
            "eip8004_agent_id",
            MemberForm::TextOf("decimal digits", is_decimal),
        ),
        (
            "eip8004_registry",
            MemberForm::TextOf("a CAIP-10 address of a contract", is_registry),
        ),
        ("urm", MemberForm::Same(&URM_REFERENCE)),
        ("event_chain", MemberForm::List(1, usize::MAX, &EVENT)),
        // Item by item, for there may be diagnostics among them.
        ("receipts", MemberForm::List(1, usize::MAX, &MemberForm::Object)),
        // Item by item: see `tool::check_form`.
        (
            "tool_receipts",
            MemberForm::List(0, RAW_RECEIPTS_MAX, &MemberForm::Object),
        ),
        (
            "side_effect_receipts",
            MemberForm::List(0, RAW_RECEIPTS_MAX, &SIDE_EFFECT),
        ),
        (
            "human_approval_receipts",
            MemberForm::List(0, RAW_RECEIPTS_MAX, &APPROVAL),
        ),
        (
            "delegation_receipts",
            MemberForm::List(0, RAW_RECEIPTS_MAX, &DELEGATION),
        ),
        // Item by item: there are four schemas.
        (
            "vir_receipts",
            MemberForm::List(1, usize::MAX, &MemberForm::Object),
        ),
        (
            "web_receipts",
            MemberForm::List(1, usize::MAX, &WEB_RECEIPT_ENVELOPE),
        ),
        (
            "coverage_attestations",
            MemberForm::List(0, usize::MAX, &COVERAGE_ENVELOPE),
        ),
        (
            "binary_semantic_evidence_attestations",
            MemberForm::List(0, usize::MAX, &BINARY_ENVELOPE),
        ),
        (
            "rate_limit_claims",
            MemberForm::List(0, RATE_LIMIT_CLAIMS_MAX, &RATE_LIMIT_CLAIM),
        ),
        ("attestations", MemberForm::List(1, usize::MAX, &ATTESTATION)),
        ("metadata", MemberForm::Same(&METADATA)),
    ],
);

static URM_REFERENCE: MemberForm = MemberForm::Closed(
    &[
        ("urm_version", MemberForm::Constant("1")),
        ("urm_id", MemberForm::Text(1)),
        ("resource_type", MemberForm::Text(1)),
        ("resource_hash_b64u", MemberForm::Base64url),
    ],
    &[("metadata", MemberForm::Object)],
);

static EVENT: MemberForm = MemberForm::Closed(
    &[
        ("event_id", MemberForm::Text(1)),
        ("run_id", MemberForm::Text(1)),
        ("event_type", MemberForm::Text(1)),
        ("timestamp", MemberForm::DateTime),
        ("payload_hash_b64u", MemberForm::Base64url),
        ("prev_hash_b64u", MemberForm::Nullable(&MemberForm::Base64url)),
        ("event_hash_b64u", MemberForm::Base64url),
    ],
    NONE,
);

/// Open: a harness writes `target_digest`, the standalone schema says `target_hash_b64u`.
static SIDE_EFFECT: MemberForm = MemberForm::Open(
    &[
        ("receipt_version", MemberForm::Constant("1")),
        ("receipt_id", MemberForm::Text(1)),
        ("effect_class", MemberForm::OneOf(EFFECT_CLASSES)),
        ("hash_algorithm", HASH_ALGORITHM),
        ("agent_did", MemberForm::Did),
        ("timestamp", MemberForm::DateTime),
    ],
    &[
        ("target_digest", MemberForm::Text(0)),
        ("request_digest", MemberForm::Text(0)),
        ("response_digest", MemberForm::Text(0)),
        ("vendor_id", MemberForm::Text(0)),
        ("bytes_written", NOT_NEGATIVE),
        ("binding", MemberForm::Object),
    ],
);

static APPROVAL: MemberForm = MemberForm::Open(
    &[
        ("receipt_version", MemberForm::Constant("1")),
        ("receipt_id", MemberForm::Text(1)),
        ("approval_type", MemberForm::OneOf(APPROVAL_TYPES)),
        ("agent_did", MemberForm::Did),
        ("timestamp", MemberForm::DateTime),
    ],
    &[
        ("scope_hash_b64u", MemberForm::Text(0)),
        ("plan_hash_b64u", MemberForm::Text(0)),
        ("approver_subject", MemberForm::Text(0)),
        ("capability_minted", MemberForm::Bool),
        ("policy_hash_b64u", MemberForm::Text(0)),
        ("binding", MemberForm::Object),
    ],
);

static DELEGATION: MemberForm = MemberForm::Open(
    &[
        ("receipt_version", MemberForm::Constant("1")),
        ("receipt_id", MemberForm::Text(1)),
        ("delegator_did", MemberForm::Did),
        ("delegate_did", MemberForm::Did),
        ("task_description_hash_b64u", MemberForm::Base64url),
        ("delegate_bundle_hash_b64u", MemberForm::Base64url),
        ("hash_algorithm", HASH_ALGORITHM),
        ("delegated_at", MemberForm::DateTime),
    ],
    &[
        ("delegation_policy", MemberForm::Text(0)),
        ("completed_at", MemberForm::DateTime),
        ("binding", MemberForm::Object),
    ],
);

static RATE_LIMIT_CLAIM: MemberForm = MemberForm::Closed(
    &[
        ("claim_version", MemberForm::Constant("1")),
        ("scope", MemberForm::OneOf(&["agent", "model", "tool"])),
        ("scope_key", MemberForm::Text(1)),
        ("window_start", MemberForm::DateTime),
        ("window_end", MemberForm::DateTime),
        ("max_requests", NOT_NEGATIVE),
        ("observed_requests", NOT_NEGATIVE),
    ],
    &[
        ("max_tokens_input", NOT_NEGATIVE),
        ("observed_tokens_input", NOT_NEGATIVE),
        ("max_tokens_output", NOT_NEGATIVE),
        ("observed_tokens_output", NOT_NEGATIVE),
        ("run_id", MemberForm::Text(1)),
    ],
);

static ATTESTATION: MemberForm = MemberForm::Closed(
    &[
        ("attestation_id", MemberForm::Text(1)),
        ("attestation_type", MemberForm::OneOf(&["owner", "third_party"])),
        ("attester_did", MemberForm::Did),
        ("subject_did", MemberForm::Did),
        ("signature_b64u", MemberForm::Base64url),
    ],
    EXPIRES,
);

static METADATA: MemberForm = MemberForm::Open(
    NONE,
    &[
        ("harness", MemberForm::Same(&HARNESS)),
        ("sentinels", MemberForm::Same(&SENTINELS)),
    ],
);

static HARNESS: MemberForm = MemberForm::Open(
    &[("id", MemberForm::Text(1)), ("version", MemberForm::Text(1))],
    &[
        ("runtime", MemberForm::Text(0)),
        ("config_hash_b64u", MemberForm::Base64url),
    ],
);

/// What sentinels that ran with the agent counted: the agent's own word.
static SENTINELS: MemberForm = MemberForm::Closed(
    &[("interpose_active", MemberForm::Bool)],
    &[
        ("shell_events", NOT_NEGATIVE),
        ("fs_events", NOT_NEGATIVE),
        ("net_events", NOT_NEGATIVE),
        ("net_suspicious", NOT_NEGATIVE),
        ("interpose_events", NOT_NEGATIVE),
        ("interpose_gateway", NOT_NEGATIVE),
        ("interpose_transcript", NOT_NEGATIVE),
        ("interpose_tool_calls", NOT_NEGATIVE),
        ("interpose_anomalies", NOT_NEGATIVE),
        ("preload_llm_events", NOT_NEGATIVE),
        ("tls_sni_events", NOT_NEGATIVE),
        ("tls_sni_receipts", NOT_NEGATIVE),
        ("tls_decrypt_receipts", NOT_NEGATIVE),
        ("vir_receipts", NOT_NEGATIVE),
        ("runtime_profile", MemberForm::Object),
        ("runtime_hygiene", MemberForm::Object),
        ("interpose_state", MemberForm::Object),
        ("egress_policy_receipt", MemberForm::Object),
    ],
);
