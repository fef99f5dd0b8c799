//! The form of `proof_bundle.v1` in its envelope (`schemas/clawsig.md` §1.1, §4.2, §5.1), and what a place that differs
//! is called.

use crate::envelope_forms::{EXPIRES, EnvelopeMemberForms, WEB_RECEIPT_ENVELOPE};
use crate::evidence_forms::{self, BINARY_ENVELOPE, COVERAGE_ENVELOPE};
use crate::schema::MemberForm::{
    self, Any, AnyObject, Base64url, Bool, Closed, Constant, DateTime, Did, List, Nullable, OneOf, Open,
    Same, Text, TextOf,
};
use crate::schema::{self, NONE, NOT_NEGATIVE, list_of};
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
pub(crate) static ENVELOPE: MemberForm =
    Closed(&EnvelopeMemberForms::new("proof_bundle", Any).members(), EXPIRES);

const HASH_ALGORITHM: MemberForm = OneOf(&["SHA-256", "BLAKE3"]);

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

pub(crate) static PAYLOAD: MemberForm = Closed(
    &[
        ("bundle_version", Constant("1")),
        ("bundle_id", Text(1)),
        ("agent_did", Did),
    ],
    &[
        ("eip8004_agent_id", TextOf("decimal digits", is_decimal)),
        (
            "eip8004_registry",
            TextOf("a CAIP-10 address of a contract", is_registry),
        ),
        ("urm", Same(&URM_REFERENCE)),
        ("event_chain", List(1, usize::MAX, &EVENT)),
        // Item by item, for there may be diagnostics among them.
        ("receipts", List(1, usize::MAX, &AnyObject)),
        // Item by item: see `tool::check_form`.
        ("tool_receipts", List(0, RAW_RECEIPTS_MAX, &AnyObject)),
        ("side_effect_receipts", List(0, RAW_RECEIPTS_MAX, &SIDE_EFFECT)),
        ("human_approval_receipts", List(0, RAW_RECEIPTS_MAX, &APPROVAL)),
        ("delegation_receipts", List(0, RAW_RECEIPTS_MAX, &DELEGATION)),
        // Item by item: there are four schemas.
        ("vir_receipts", List(1, usize::MAX, &AnyObject)),
        ("web_receipts", List(1, usize::MAX, &WEB_RECEIPT_ENVELOPE)),
        ("coverage_attestations", list_of(&COVERAGE_ENVELOPE)),
        ("binary_semantic_evidence_attestations", list_of(&BINARY_ENVELOPE)),
        (
            "rate_limit_claims",
            List(0, RATE_LIMIT_CLAIMS_MAX, &RATE_LIMIT_CLAIM),
        ),
        ("attestations", List(1, usize::MAX, &ATTESTATION)),
        ("metadata", Same(&METADATA)),
    ],
);

static URM_REFERENCE: MemberForm = Closed(
    &[
        ("urm_version", Constant("1")),
        ("urm_id", Text(1)),
        ("resource_type", Text(1)),
        ("resource_hash_b64u", Base64url),
    ],
    &[("metadata", AnyObject)],
);

static EVENT: MemberForm = Closed(
    &[
        ("event_id", Text(1)),
        ("run_id", Text(1)),
        ("event_type", Text(1)),
        ("timestamp", DateTime),
        ("payload_hash_b64u", Base64url),
        ("prev_hash_b64u", Nullable(&Base64url)),
        ("event_hash_b64u", Base64url),
    ],
    NONE,
);

/// Open: a harness writes `target_digest`, the standalone schema says `target_hash_b64u`.
static SIDE_EFFECT: MemberForm = Open(
    &[
        ("receipt_version", Constant("1")),
        ("receipt_id", Text(1)),
        ("effect_class", OneOf(EFFECT_CLASSES)),
        ("hash_algorithm", HASH_ALGORITHM),
        ("agent_did", Did),
        ("timestamp", DateTime),
    ],
    &[
        ("target_digest", Text(0)),
        ("request_digest", Text(0)),
        ("response_digest", Text(0)),
        ("vendor_id", Text(0)),
        ("bytes_written", NOT_NEGATIVE),
        ("binding", AnyObject),
    ],
);

static APPROVAL: MemberForm = Open(
    &[
        ("receipt_version", Constant("1")),
        ("receipt_id", Text(1)),
        ("approval_type", OneOf(APPROVAL_TYPES)),
        ("agent_did", Did),
        ("timestamp", DateTime),
    ],
    &[
        ("scope_hash_b64u", Text(0)),
        ("plan_hash_b64u", Text(0)),
        ("approver_subject", Text(0)),
        ("capability_minted", Bool),
        ("policy_hash_b64u", Text(0)),
        ("binding", AnyObject),
    ],
);

static DELEGATION: MemberForm = Open(
    &[
        ("receipt_version", Constant("1")),
        ("receipt_id", Text(1)),
        ("delegator_did", Did),
        ("delegate_did", Did),
        ("task_description_hash_b64u", Base64url),
        ("delegate_bundle_hash_b64u", Base64url),
        ("hash_algorithm", HASH_ALGORITHM),
        ("delegated_at", DateTime),
    ],
    &[
        ("delegation_policy", Text(0)),
        ("completed_at", DateTime),
        ("binding", AnyObject),
    ],
);

static RATE_LIMIT_CLAIM: MemberForm = Closed(
    &[
        ("claim_version", Constant("1")),
        ("scope", OneOf(&["agent", "model", "tool"])),
        ("scope_key", Text(1)),
        ("window_start", DateTime),
        ("window_end", DateTime),
        ("max_requests", NOT_NEGATIVE),
        ("observed_requests", NOT_NEGATIVE),
    ],
    &[
        ("max_tokens_input", NOT_NEGATIVE),
        ("observed_tokens_input", NOT_NEGATIVE),
        ("max_tokens_output", NOT_NEGATIVE),
        ("observed_tokens_output", NOT_NEGATIVE),
        ("run_id", Text(1)),
    ],
);

static ATTESTATION: MemberForm = Closed(
    &[
        ("attestation_id", Text(1)),
        ("attestation_type", OneOf(&["owner", "third_party"])),
        ("attester_did", Did),
        ("subject_did", Did),
        ("signature_b64u", Base64url),
    ],
    EXPIRES,
);

static METADATA: MemberForm = Open(
    NONE,
    &[("harness", Same(&HARNESS)), ("sentinels", Same(&SENTINELS))],
);

static HARNESS: MemberForm = Open(
    &[("id", Text(1)), ("version", Text(1))],
    &[("runtime", Text(0)), ("config_hash_b64u", Base64url)],
);

/// What sentinels that ran with the agent counted: the agent's own word.
static SENTINELS: MemberForm = Closed(
    &[("interpose_active", Bool)],
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
        ("runtime_profile", AnyObject),
        ("runtime_hygiene", AnyObject),
        ("interpose_state", AnyObject),
        ("egress_policy_receipt", AnyObject),
    ],
);
