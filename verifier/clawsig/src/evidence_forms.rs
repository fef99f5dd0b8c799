//! The schemas of evidence that bundles carry and that nothing here verifies: receipts of inference, attestations
//! of coverage, analyses of binaries. An entry of another form fails the bundle; a sound one leaves it incomplete.

use super::envelope_forms::{EXPIRES, envelope};
use super::schema::MemberForm::{
    self, Any, AnyObject, Base64url, Bool, Closed, Constant, Count, DateTime, Did, Map, Nullable, OneOf,
    Open, Positive, Same, Text,
};
use super::schema::{NONE, NOT_NEGATIVE, list_of};
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

pub(super) static VIR_ENVELOPE_V1: MemberForm = Closed(&envelope("vir_receipt", &VIR_V1), NONE);
pub(super) static VIR_ENVELOPE_V2: MemberForm = Closed(&envelope("vir_receipt", &VIR_V2), NONE);

const SOURCE: MemberForm = OneOf(&["tls_decrypt", "gateway", "interpose", "preload", "sni"]);
const LONG: MemberForm = Text(8);

/// `vir.v1`.
static VIR_V1: MemberForm = Open(
    &[
        ("receipt_version", Constant("1")),
        ("receipt_id", Text(1)),
        ("source", SOURCE),
        ("provider", Text(1)),
        ("model", Text(1)),
        ("request_hash_b64u", Text(0)),
        ("response_hash_b64u", Text(0)),
        ("tokens_input", NOT_NEGATIVE),
        ("tokens_output", NOT_NEGATIVE),
        ("latency_ms", NOT_NEGATIVE),
        ("agent_did", Did),
        ("timestamp", DateTime),
    ],
    &[
        ("model_claimed", Text(0)),
        ("model_observed", Text(0)),
        ("binding", Same(&VIR_BINDING)),
        ("transport_attestation", Same(&TRANSPORT)),
        ("process_attestation", Same(&PROCESS)),
        ("semantic_attestation", Same(&SEMANTIC)),
        ("selective_disclosure", Same(&VIR_DISCLOSURE_V1)),
        ("merkle_disclosure", Same(&MERKLE)),
        ("metadata", AnyObject),
    ],
);

static VIR_BINDING: MemberForm = Open(
    NONE,
    &[("run_id", Text(1)), ("event_hash_b64u", LONG), ("nonce", Text(1))],
);

static TRANSPORT: MemberForm = Closed(
    NONE,
    &[
        ("source", SOURCE),
        ("keylog_present", Bool),
        ("cipher_spool_present", Bool),
        ("decrypted_match", Nullable(&Bool)),
    ],
);

static PROCESS: MemberForm = Closed(
    NONE,
    &[
        ("harness_attestation_hash", Nullable(&Text(0))),
        ("harness_recheck_match", Bool),
        ("interpose_active", Bool),
    ],
);

static SEMANTIC: MemberForm = Closed(
    NONE,
    &[
        ("tool_calls_count", NOT_NEGATIVE),
        ("side_effect_receipts_count", NOT_NEGATIVE),
        ("event_chain_len", NOT_NEGATIVE),
    ],
);

static VIR_DISCLOSURE_V1: MemberForm = Open(
    NONE,
    &[
        ("merkle_root_b64u", Base64url),
        ("leaf_hashes_b64u", list_of(&LONG)),
        ("disclosed_leaves", Map(&LONG)),
        ("redacted_fields", list_of(&Text(1))),
    ],
);

static MERKLE: MemberForm = Closed(NONE, &[("chain_hash", Text(1)), ("event_count", NOT_NEGATIVE)]);

/// `vir.v2`.
static VIR_V2: MemberForm = Open(
    &[
        ("receipt_version", Constant("2")),
        ("receipt_id", Text(1)),
        ("source", SOURCE),
        ("provider", Text(1)),
        ("model_claimed", Text(0)),
        ("model_observed", Text(0)),
        ("agent_did", Did),
        ("timestamp", DateTime),
        ("legal_binding", Same(&LEGAL_BINDING)),
        ("selective_disclosure", Same(&VIR_DISCLOSURE_V2)),
    ],
    &[
        ("model", Text(1)),
        ("request_hash_b64u", LONG),
        ("response_hash_b64u", LONG),
        ("tokens_input", NOT_NEGATIVE),
        ("tokens_output", NOT_NEGATIVE),
        ("latency_ms", NOT_NEGATIVE),
        ("binding", Same(&VIR_BINDING_V2)),
        ("evidence_conflicts", list_of(&CONFLICT)),
        ("metadata", AnyObject),
    ],
);

static VIR_BINDING_V2: MemberForm = Open(
    NONE,
    &[
        ("run_id", Text(1)),
        ("event_hash_b64u", LONG),
        ("nonce", Text(1)),
        ("subject", Did),
        ("subject_did", Did),
        ("scope", Text(1)),
        ("scope_hash_b64u", LONG),
    ],
);

static LEGAL_BINDING: MemberForm = Closed(
    &[("nonce", LONG), ("subject_did", Did), ("scope_hash_b64u", LONG)],
    &[
        ("job_id", Text(0)),
        ("contract_id", Text(0)),
        ("policy_hash_b64u", LONG),
        ("jurisdiction", Text(0)),
    ],
);

static CONFLICT: MemberForm = Closed(
    &[
        ("field", Text(1)),
        ("authoritative_source", SOURCE),
        ("divergent_source", SOURCE),
        ("authoritative_value", Any),
        ("divergent_value", Any),
    ],
    NONE,
);

static VIR_DISCLOSURE_V2: MemberForm = Closed(
    &[
        ("disclosure_algorithm", Constant("vir_v2_typed_lexicographical")),
        ("merkle_root_b64u", Base64url),
        ("redacted_leaf_hashes_b64u", list_of(&Base64url)),
        ("disclosed_leaves", Map(&VIR_LEAF)),
    ],
    NONE,
);

static VIR_LEAF: MemberForm = Closed(
    &[
        ("type", OneOf(&["string", "number", "boolean", "null"])),
        ("value", Any),
        ("salt_b64u", Base64url),
    ],
    NONE,
);

/// `coverage_attestation_envelope.v1`.
pub(super) static COVERAGE_ENVELOPE: MemberForm =
    Closed(&envelope("coverage_attestation", &COVERAGE), EXPIRES);

static COVERAGE: MemberForm = Closed(
    &[
        ("attestation_version", Constant("1")),
        ("attestation_id", Text(1)),
        ("run_id", Text(1)),
        ("agent_did", Did),
        ("sentinel_did", Did),
        ("issued_at", DateTime),
        (
            "binding",
            Closed(&[("event_chain_root_hash_b64u", Base64url)], NONE),
        ),
        ("metrics", Same(&METRICS)),
    ],
    &[("metadata", AnyObject)],
);

static METRICS: MemberForm = Closed(
    &[
        (
            "lineage",
            Closed(
                &[
                    ("root_pid", Positive),
                    ("processes_tracked", Count),
                    ("unmonitored_spawns", Count),
                    ("escapes_suspected", Bool),
                ],
                NONE,
            ),
        ),
        (
            "egress",
            Closed(
                &[("connections_total", Count), ("unmediated_connections", Count)],
                NONE,
            ),
        ),
        (
            "liveness",
            Closed(
                &[
                    ("status", OneOf(&["continuous", "interrupted"])),
                    ("uptime_ms", Count),
                    ("heartbeat_interval_ms", Positive),
                    ("max_gap_ms", Count),
                ],
                NONE,
            ),
        ),
    ],
    NONE,
);

/// `binary_semantic_evidence_envelope.v1`.
pub(super) static BINARY_ENVELOPE: MemberForm = Closed(&envelope("binary_semantic_evidence", &BINARY), NONE);

static BINARY: MemberForm = Closed(
    &[
        ("evidence_version", Constant("1")),
        ("binary_hash_b64u", Base64url),
        ("binary_profile", Same(&BINARY_PROFILE)),
        (
            "extracted_claims",
            Closed(
                &[("network_egress", CLAIM), ("dynamic_code_generation", CLAIM)],
                NONE,
            ),
        ),
        (
            "causality_metrics",
            Closed(
                &[
                    ("merkle_chain_intact", Bool),
                    ("unattested_children_spawned", Bool),
                ],
                NONE,
            ),
        ),
        (
            "forensic_metrics",
            Closed(
                &[
                    ("static_analysis_budget_exhausted", Bool),
                    ("parser_timeout", Bool),
                    ("normalized_regions_scanned", Count),
                ],
                NONE,
            ),
        ),
    ],
    &[("metadata", AnyObject)],
);

const CLAIM: MemberForm = OneOf(&["PRESENT", "ABSENT", "UNKNOWN"]);

static BINARY_PROFILE: MemberForm = Closed(
    &[
        (
            "target_architecture",
            OneOf(&["x86_64", "arm64", "x86", "arm", "riscv64", "unknown"]),
        ),
        ("linkage", OneOf(&["STATIC", "DYNAMIC", "UNKNOWN"])),
        ("symbols", OneOf(&["STRIPPED", "INTACT", "UNKNOWN"])),
        ("is_sip_protected", Bool),
    ],
    NONE,
);
