//! The schemas of evidence that bundles carry and that nothing here verifies: receipts of inference, attestations
//! of coverage, analyses of binaries. An entry of another form fails the bundle; a sound one leaves it incomplete.

use super::envelope_forms::{EXPIRES, envelope};
use super::schema::{Form, NONE, NOT_NEGATIVE};
use evidence::json::{Object, Value};

/// The only form that an entry of `vir_receipts` can have: a payload or an envelope of version 1 or 2.
pub(super) fn vir_form(entry: &Value) -> &'static Form {
    let entry = entry.as_object();
    let is_envelope = entry.is_some_and(|entry| entry.get("envelope_type").is_some());
    let payload = if is_envelope {
        entry.and_then(|entry| entry.get("payload")?.as_object())
    } else {
        entry
    };
    let version = |payload: &Object| payload.get("receipt_version").and_then(Value::as_str) == Some("2");
    match (is_envelope, payload.is_some_and(version)) {
        (true, true) => &VIR_ENVELOPE_V2,
        (true, false) => &VIR_ENVELOPE_V1,
        (false, true) => &VIR_V2,
        (false, false) => &VIR_V1,
    }
}

pub(super) static VIR_ENVELOPE_V1: Form = Form::Closed(&envelope("vir_receipt", &VIR_V1), NONE);
pub(super) static VIR_ENVELOPE_V2: Form = Form::Closed(&envelope("vir_receipt", &VIR_V2), NONE);

const SOURCE: Form = Form::OneOf(&["tls_decrypt", "gateway", "interpose", "preload", "sni"]);
const LONG: Form = Form::Text(8);

/// `vir.v1`.
static VIR_V1: Form = Form::Open(
    &[
        ("receipt_version", Form::Constant("1")),
        ("receipt_id", Form::Text(1)),
        ("source", SOURCE),
        ("provider", Form::Text(1)),
        ("model", Form::Text(1)),
        ("request_hash_b64u", Form::Text(0)),
        ("response_hash_b64u", Form::Text(0)),
        ("tokens_input", NOT_NEGATIVE),
        ("tokens_output", NOT_NEGATIVE),
        ("latency_ms", NOT_NEGATIVE),
        ("agent_did", Form::Did),
        ("timestamp", Form::DateTime),
    ],
    &[
        ("model_claimed", Form::Text(0)),
        ("model_observed", Form::Text(0)),
        ("binding", Form::Same(&VIR_BINDING)),
        ("transport_attestation", Form::Same(&TRANSPORT)),
        ("process_attestation", Form::Same(&PROCESS)),
        ("semantic_attestation", Form::Same(&SEMANTIC)),
        ("selective_disclosure", Form::Same(&VIR_DISCLOSURE_V1)),
        ("merkle_disclosure", Form::Same(&MERKLE)),
        ("metadata", Form::Object),
    ],
);

static VIR_BINDING: Form = Form::Open(
    NONE,
    &[
        ("run_id", Form::Text(1)),
        ("event_hash_b64u", LONG),
        ("nonce", Form::Text(1)),
    ],
);

static TRANSPORT: Form = Form::Closed(
    NONE,
    &[
        ("source", SOURCE),
        ("keylog_present", Form::Bool),
        ("cipher_spool_present", Form::Bool),
        ("decrypted_match", Form::Nullable(&Form::Bool)),
    ],
);

static PROCESS: Form = Form::Closed(
    NONE,
    &[
        ("harness_attestation_hash", Form::Nullable(&Form::Text(0))),
        ("harness_recheck_match", Form::Bool),
        ("interpose_active", Form::Bool),
    ],
);

static SEMANTIC: Form = Form::Closed(
    NONE,
    &[
        ("tool_calls_count", NOT_NEGATIVE),
        ("side_effect_receipts_count", NOT_NEGATIVE),
        ("event_chain_len", NOT_NEGATIVE),
    ],
);

static VIR_DISCLOSURE_V1: Form = Form::Open(
    NONE,
    &[
        ("merkle_root_b64u", Form::Base64url),
        ("leaf_hashes_b64u", Form::List(0, usize::MAX, &LONG)),
        ("disclosed_leaves", Form::Map(&LONG)),
        ("redacted_fields", Form::List(0, usize::MAX, &Form::Text(1))),
    ],
);

static MERKLE: Form = Form::Closed(
    NONE,
    &[("chain_hash", Form::Text(1)), ("event_count", NOT_NEGATIVE)],
);

/// `vir.v2`.
static VIR_V2: Form = Form::Open(
    &[
        ("receipt_version", Form::Constant("2")),
        ("receipt_id", Form::Text(1)),
        ("source", SOURCE),
        ("provider", Form::Text(1)),
        ("model_claimed", Form::Text(0)),
        ("model_observed", Form::Text(0)),
        ("agent_did", Form::Did),
        ("timestamp", Form::DateTime),
        ("legal_binding", Form::Same(&LEGAL_BINDING)),
        ("selective_disclosure", Form::Same(&VIR_DISCLOSURE_V2)),
    ],
    &[
        ("model", Form::Text(1)),
        ("request_hash_b64u", LONG),
        ("response_hash_b64u", LONG),
        ("tokens_input", NOT_NEGATIVE),
        ("tokens_output", NOT_NEGATIVE),
        ("latency_ms", NOT_NEGATIVE),
        ("binding", Form::Same(&VIR_BINDING_V2)),
        ("evidence_conflicts", Form::List(0, usize::MAX, &CONFLICT)),
        ("metadata", Form::Object),
    ],
);

static VIR_BINDING_V2: Form = Form::Open(
    NONE,
    &[
        ("run_id", Form::Text(1)),
        ("event_hash_b64u", LONG),
        ("nonce", Form::Text(1)),
        ("subject", Form::Did),
        ("subject_did", Form::Did),
        ("scope", Form::Text(1)),
        ("scope_hash_b64u", LONG),
    ],
);

static LEGAL_BINDING: Form = Form::Closed(
    &[
        ("nonce", LONG),
        ("subject_did", Form::Did),
        ("scope_hash_b64u", LONG),
    ],
    &[
        ("job_id", Form::Text(0)),
        ("contract_id", Form::Text(0)),
        ("policy_hash_b64u", LONG),
        ("jurisdiction", Form::Text(0)),
    ],
);

static CONFLICT: Form = Form::Closed(
    &[
        ("field", Form::Text(1)),
        ("authoritative_source", SOURCE),
        ("divergent_source", SOURCE),
        ("authoritative_value", Form::Any),
        ("divergent_value", Form::Any),
    ],
    NONE,
);

static VIR_DISCLOSURE_V2: Form = Form::Closed(
    &[
        (
            "disclosure_algorithm",
            Form::Constant("vir_v2_typed_lexicographical"),
        ),
        ("merkle_root_b64u", Form::Base64url),
        (
            "redacted_leaf_hashes_b64u",
            Form::List(0, usize::MAX, &Form::Base64url),
        ),
        ("disclosed_leaves", Form::Map(&VIR_LEAF)),
    ],
    NONE,
);

static VIR_LEAF: Form = Form::Closed(
    &[
        ("type", Form::OneOf(&["string", "number", "boolean", "null"])),
        ("value", Form::Any),
        ("salt_b64u", Form::Base64url),
    ],
    NONE,
);

/// `coverage_attestation_envelope.v1`.
pub(super) static COVERAGE_ENVELOPE: Form =
    Form::Closed(&envelope("coverage_attestation", &COVERAGE), EXPIRES);

static COVERAGE: Form = Form::Closed(
    &[
        ("attestation_version", Form::Constant("1")),
        ("attestation_id", Form::Text(1)),
        ("run_id", Form::Text(1)),
        ("agent_did", Form::Did),
        ("sentinel_did", Form::Did),
        ("issued_at", Form::DateTime),
        (
            "binding",
            Form::Closed(&[("event_chain_root_hash_b64u", Form::Base64url)], NONE),
        ),
        ("metrics", Form::Same(&METRICS)),
    ],
    &[("metadata", Form::Object)],
);

static METRICS: Form = Form::Closed(
    &[
        (
            "lineage",
            Form::Closed(
                &[
                    ("root_pid", Form::Positive),
                    ("processes_tracked", Form::Count),
                    ("unmonitored_spawns", Form::Count),
                    ("escapes_suspected", Form::Bool),
                ],
                NONE,
            ),
        ),
        (
            "egress",
            Form::Closed(
                &[
                    ("connections_total", Form::Count),
                    ("unmediated_connections", Form::Count),
                ],
                NONE,
            ),
        ),
        (
            "liveness",
            Form::Closed(
                &[
                    ("status", Form::OneOf(&["continuous", "interrupted"])),
                    ("uptime_ms", Form::Count),
                    ("heartbeat_interval_ms", Form::Positive),
                    ("max_gap_ms", Form::Count),
                ],
                NONE,
            ),
        ),
    ],
    NONE,
);

/// `binary_semantic_evidence_envelope.v1`.
pub(super) static BINARY_ENVELOPE: Form = Form::Closed(&envelope("binary_semantic_evidence", &BINARY), NONE);

static BINARY: Form = Form::Closed(
    &[
        ("evidence_version", Form::Constant("1")),
        ("binary_hash_b64u", Form::Base64url),
        ("binary_profile", Form::Same(&BINARY_PROFILE)),
        (
            "extracted_claims",
            Form::Closed(
                &[("network_egress", CLAIM), ("dynamic_code_generation", CLAIM)],
                NONE,
            ),
        ),
        (
            "causality_metrics",
            Form::Closed(
                &[
                    ("merkle_chain_intact", Form::Bool),
                    ("unattested_children_spawned", Form::Bool),
                ],
                NONE,
            ),
        ),
        (
            "forensic_metrics",
            Form::Closed(
                &[
                    ("static_analysis_budget_exhausted", Form::Bool),
                    ("parser_timeout", Form::Bool),
                    ("normalized_regions_scanned", Form::Count),
                ],
                NONE,
            ),
        ),
    ],
    &[("metadata", Form::Object)],
);

const CLAIM: Form = Form::OneOf(&["PRESENT", "ABSENT", "UNKNOWN"]);

static BINARY_PROFILE: Form = Form::Closed(
    &[
        (
            "target_architecture",
            Form::OneOf(&["x86_64", "arm64", "x86", "arm", "riscv64", "unknown"]),
        ),
        ("linkage", Form::OneOf(&["STATIC", "DYNAMIC", "UNKNOWN"])),
        ("symbols", Form::OneOf(&["STRIPPED", "INTACT", "UNKNOWN"])),
        ("is_sip_protected", Form::Bool),
    ],
    NONE,
);
