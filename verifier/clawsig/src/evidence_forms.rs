//! The schemas of evidence that bundles carry and that nothing here verifies: receipts of inference, attestations
//! of coverage, analyses of binaries. An entry of another form fails the bundle; a sound one leaves it incomplete.

use super::envelope_forms::{EXPIRES, envelope};
use super::schema::{MemberForm, NONE, NOT_NEGATIVE};
use evidence::json::{Object, Value};

/// The only form that an entry of `vir_receipts` can have: a payload or an envelope of version 1 or 2.
pub(super) fn vir_form(entry: &Value) -> &'static MemberForm {
    let entry = entry.as_object();
    let is_envelope = entry.is_some_and(|entry| entry.get("envelope_type").is_some());
    let payload = if is_envelope {
        entry.and_then(|entry| entry.object("payload"))
    } else {
        entry
    };
    let version = |payload: &Object| payload.text("receipt_version") == Some("2");
    match (is_envelope, payload.is_some_and(version)) {
        (true, true) => &VIR_ENVELOPE_V2,
        (true, false) => &VIR_ENVELOPE_V1,
        (false, true) => &VIR_V2,
        (false, false) => &VIR_V1,
    }
}

pub(super) static VIR_ENVELOPE_V1: MemberForm = MemberForm::Closed(&envelope("vir_receipt", &VIR_V1), NONE);
pub(super) static VIR_ENVELOPE_V2: MemberForm = MemberForm::Closed(&envelope("vir_receipt", &VIR_V2), NONE);

const SOURCE: MemberForm = MemberForm::OneOf(&["tls_decrypt", "gateway", "interpose", "preload", "sni"]);
const LONG: MemberForm = MemberForm::Text(8);

/// `vir.v1`.
static VIR_V1: MemberForm = MemberForm::Open(
    &[
        ("receipt_version", MemberForm::Constant("1")),
        ("receipt_id", MemberForm::Text(1)),
        ("source", SOURCE),
        ("provider", MemberForm::Text(1)),
        ("model", MemberForm::Text(1)),
        ("request_hash_b64u", MemberForm::Text(0)),
        ("response_hash_b64u", MemberForm::Text(0)),
        ("tokens_input", NOT_NEGATIVE),
        ("tokens_output", NOT_NEGATIVE),
        ("latency_ms", NOT_NEGATIVE),
        ("agent_did", MemberForm::Did),
        ("timestamp", MemberForm::DateTime),
    ],
    &[
        ("model_claimed", MemberForm::Text(0)),
        ("model_observed", MemberForm::Text(0)),
        ("binding", MemberForm::Same(&VIR_BINDING)),
        ("transport_attestation", MemberForm::Same(&TRANSPORT)),
        ("process_attestation", MemberForm::Same(&PROCESS)),
        ("semantic_attestation", MemberForm::Same(&SEMANTIC)),
        ("selective_disclosure", MemberForm::Same(&VIR_DISCLOSURE_V1)),
        ("merkle_disclosure", MemberForm::Same(&MERKLE)),
        ("metadata", MemberForm::Object),
    ],
);

static VIR_BINDING: MemberForm = MemberForm::Open(
    NONE,
    &[
        ("run_id", MemberForm::Text(1)),
        ("event_hash_b64u", LONG),
        ("nonce", MemberForm::Text(1)),
    ],
);

static TRANSPORT: MemberForm = MemberForm::Closed(
    NONE,
    &[
        ("source", SOURCE),
        ("keylog_present", MemberForm::Bool),
        ("cipher_spool_present", MemberForm::Bool),
        ("decrypted_match", MemberForm::Nullable(&MemberForm::Bool)),
    ],
);

static PROCESS: MemberForm = MemberForm::Closed(
    NONE,
    &[
        (
            "harness_attestation_hash",
            MemberForm::Nullable(&MemberForm::Text(0)),
        ),
        ("harness_recheck_match", MemberForm::Bool),
        ("interpose_active", MemberForm::Bool),
    ],
);

static SEMANTIC: MemberForm = MemberForm::Closed(
    NONE,
    &[
        ("tool_calls_count", NOT_NEGATIVE),
        ("side_effect_receipts_count", NOT_NEGATIVE),
        ("event_chain_len", NOT_NEGATIVE),
    ],
);

static VIR_DISCLOSURE_V1: MemberForm = MemberForm::Open(
    NONE,
    &[
        ("merkle_root_b64u", MemberForm::Base64url),
        ("leaf_hashes_b64u", MemberForm::List(0, usize::MAX, &LONG)),
        ("disclosed_leaves", MemberForm::Map(&LONG)),
        (
            "redacted_fields",
            MemberForm::List(0, usize::MAX, &MemberForm::Text(1)),
        ),
    ],
);

static MERKLE: MemberForm = MemberForm::Closed(
    NONE,
    &[("chain_hash", MemberForm::Text(1)), ("event_count", NOT_NEGATIVE)],
);

/// `vir.v2`.
static VIR_V2: MemberForm = MemberForm::Open(
    &[
        ("receipt_version", MemberForm::Constant("2")),
        ("receipt_id", MemberForm::Text(1)),
        ("source", SOURCE),
        ("provider", MemberForm::Text(1)),
        ("model_claimed", MemberForm::Text(0)),
        ("model_observed", MemberForm::Text(0)),
        ("agent_did", MemberForm::Did),
        ("timestamp", MemberForm::DateTime),
        ("legal_binding", MemberForm::Same(&LEGAL_BINDING)),
        ("selective_disclosure", MemberForm::Same(&VIR_DISCLOSURE_V2)),
    ],
    &[
        ("model", MemberForm::Text(1)),
        ("request_hash_b64u", LONG),
        ("response_hash_b64u", LONG),
        ("tokens_input", NOT_NEGATIVE),
        ("tokens_output", NOT_NEGATIVE),
        ("latency_ms", NOT_NEGATIVE),
        ("binding", MemberForm::Same(&VIR_BINDING_V2)),
        ("evidence_conflicts", MemberForm::List(0, usize::MAX, &CONFLICT)),
        ("metadata", MemberForm::Object),
    ],
);

static VIR_BINDING_V2: MemberForm = MemberForm::Open(
    NONE,
    &[
        ("run_id", MemberForm::Text(1)),
        ("event_hash_b64u", LONG),
        ("nonce", MemberForm::Text(1)),
        ("subject", MemberForm::Did),
        ("subject_did", MemberForm::Did),
        ("scope", MemberForm::Text(1)),
        ("scope_hash_b64u", LONG),
    ],
);

static LEGAL_BINDING: MemberForm = MemberForm::Closed(
    &[
        ("nonce", LONG),
        ("subject_did", MemberForm::Did),
        ("scope_hash_b64u", LONG),
    ],
    &[
        ("job_id", MemberForm::Text(0)),
        ("contract_id", MemberForm::Text(0)),
        ("policy_hash_b64u", LONG),
        ("jurisdiction", MemberForm::Text(0)),
    ],
);

static CONFLICT: MemberForm = MemberForm::Closed(
    &[
        ("field", MemberForm::Text(1)),
        ("authoritative_source", SOURCE),
        ("divergent_source", SOURCE),
        ("authoritative_value", MemberForm::Any),
        ("divergent_value", MemberForm::Any),
    ],
    NONE,
);

static VIR_DISCLOSURE_V2: MemberForm = MemberForm::Closed(
    &[
        (
            "disclosure_algorithm",
            MemberForm::Constant("vir_v2_typed_lexicographical"),
        ),
        ("merkle_root_b64u", MemberForm::Base64url),
        (
            "redacted_leaf_hashes_b64u",
            MemberForm::List(0, usize::MAX, &MemberForm::Base64url),
        ),
        ("disclosed_leaves", MemberForm::Map(&VIR_LEAF)),
    ],
    NONE,
);

static VIR_LEAF: MemberForm = MemberForm::Closed(
    &[
        (
            "type",
            MemberForm::OneOf(&["string", "number", "boolean", "null"]),
        ),
        ("value", MemberForm::Any),
        ("salt_b64u", MemberForm::Base64url),
    ],
    NONE,
);

/// `coverage_attestation_envelope.v1`.
pub(super) static COVERAGE_ENVELOPE: MemberForm =
    MemberForm::Closed(&envelope("coverage_attestation", &COVERAGE), EXPIRES);

static COVERAGE: MemberForm = MemberForm::Closed(
    &[
        ("attestation_version", MemberForm::Constant("1")),
        ("attestation_id", MemberForm::Text(1)),
        ("run_id", MemberForm::Text(1)),
        ("agent_did", MemberForm::Did),
        ("sentinel_did", MemberForm::Did),
        ("issued_at", MemberForm::DateTime),
        (
            "binding",
            MemberForm::Closed(&[("event_chain_root_hash_b64u", MemberForm::Base64url)], NONE),
        ),
        ("metrics", MemberForm::Same(&METRICS)),
    ],
    &[("metadata", MemberForm::Object)],
);

static METRICS: MemberForm = MemberForm::Closed(
    &[
        (
            "lineage",
            MemberForm::Closed(
                &[
                    ("root_pid", MemberForm::Positive),
                    ("processes_tracked", MemberForm::Count),
                    ("unmonitored_spawns", MemberForm::Count),
                    ("escapes_suspected", MemberForm::Bool),
                ],
                NONE,
            ),
        ),
        (
            "egress",
            MemberForm::Closed(
                &[
                    ("connections_total", MemberForm::Count),
                    ("unmediated_connections", MemberForm::Count),
                ],
                NONE,
            ),
        ),
        (
            "liveness",
            MemberForm::Closed(
                &[
                    ("status", MemberForm::OneOf(&["continuous", "interrupted"])),
                    ("uptime_ms", MemberForm::Count),
                    ("heartbeat_interval_ms", MemberForm::Positive),
                    ("max_gap_ms", MemberForm::Count),
                ],
                NONE,
            ),
        ),
    ],
    NONE,
);

/// `binary_semantic_evidence_envelope.v1`.
pub(super) static BINARY_ENVELOPE: MemberForm =
    MemberForm::Closed(&envelope("binary_semantic_evidence", &BINARY), NONE);

static BINARY: MemberForm = MemberForm::Closed(
    &[
        ("evidence_version", MemberForm::Constant("1")),
        ("binary_hash_b64u", MemberForm::Base64url),
        ("binary_profile", MemberForm::Same(&BINARY_PROFILE)),
        (
            "extracted_claims",
            MemberForm::Closed(
                &[("network_egress", CLAIM), ("dynamic_code_generation", CLAIM)],
                NONE,
            ),
        ),
        (
            "causality_metrics",
            MemberForm::Closed(
                &[
                    ("merkle_chain_intact", MemberForm::Bool),
                    ("unattested_children_spawned", MemberForm::Bool),
                ],
                NONE,
            ),
        ),
        (
            "forensic_metrics",
            MemberForm::Closed(
                &[
                    ("static_analysis_budget_exhausted", MemberForm::Bool),
                    ("parser_timeout", MemberForm::Bool),
                    ("normalized_regions_scanned", MemberForm::Count),
                ],
                NONE,
            ),
        ),
    ],
    &[("metadata", MemberForm::Object)],
);

const CLAIM: MemberForm = MemberForm::OneOf(&["PRESENT", "ABSENT", "UNKNOWN"]);

static BINARY_PROFILE: MemberForm = MemberForm::Closed(
    &[
        (
            "target_architecture",
            MemberForm::OneOf(&["x86_64", "arm64", "x86", "arm", "riscv64", "unknown"]),
        ),
        ("linkage", MemberForm::OneOf(&["STATIC", "DYNAMIC", "UNKNOWN"])),
        ("symbols", MemberForm::OneOf(&["STRIPPED", "INTACT", "UNKNOWN"])),
        ("is_sip_protected", MemberForm::Bool),
    ],
    NONE,
);
