//! The schemas of evidence that bundles carry and that nothing here verifies: receipts of inference, attestations
//! of coverage, analyses of binaries. An entry of another form fails the bundle; a sound one leaves it incomplete.

use super::envelope_forms::{EXPIRES, EXPIRES_NEVER, envelope};
use super::schema::{Form, Members, NOT_NEGATIVE};
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

pub(super) static VIR_ENVELOPE_V1: Form = envelope!("vir_receipt", VIR_V1, EXPIRES_NEVER);
pub(super) static VIR_ENVELOPE_V2: Form = envelope!("vir_receipt", VIR_V2, EXPIRES_NEVER);

const SOURCE: Form = Form::OneOf(&["tls_decrypt", "gateway", "interpose", "preload", "sni"]);
const LONG: Form = Form::Text(8);

/// `vir.v1`.
static VIR_V1: Form = Form::Members(&Members {
    required: &[
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
    optional: &[
        ("model_claimed", Form::Text(0)),
        ("model_observed", Form::Text(0)),
        ("binding", Form::Members(&VIR_BINDING)),
        ("transport_attestation", Form::Members(&TRANSPORT)),
        ("process_attestation", Form::Members(&PROCESS)),
        ("semantic_attestation", Form::Members(&SEMANTIC)),
        ("selective_disclosure", Form::Members(&VIR_DISCLOSURE_V1)),
        ("merkle_disclosure", Form::Members(&MERKLE)),
        ("metadata", Form::Object),
    ],
    open: true,
});

static VIR_BINDING: Members = Members {
    required: &[],
    optional: &[
        ("run_id", Form::Text(1)),
        ("event_hash_b64u", LONG),
        ("nonce", Form::Text(1)),
    ],
    open: true,
};

static TRANSPORT: Members = Members {
    required: &[],
    optional: &[
        ("source", SOURCE),
        ("keylog_present", Form::Bool),
        ("cipher_spool_present", Form::Bool),
        ("decrypted_match", Form::Nullable(&Form::Bool)),
    ],
    open: false,
};

static PROCESS: Members = Members {
    required: &[],
    optional: &[
        ("harness_attestation_hash", Form::Nullable(&Form::Text(0))),
        ("harness_recheck_match", Form::Bool),
        ("interpose_active", Form::Bool),
    ],
    open: false,
};

static SEMANTIC: Members = Members {
    required: &[],
    optional: &[
        ("tool_calls_count", NOT_NEGATIVE),
        ("side_effect_receipts_count", NOT_NEGATIVE),
        ("event_chain_len", NOT_NEGATIVE),
    ],
    open: false,
};

static VIR_DISCLOSURE_V1: Members = Members {
    required: &[],
    optional: &[
        ("merkle_root_b64u", Form::Base64url),
        ("leaf_hashes_b64u", Form::List(0, usize::MAX, &LONG)),
        ("disclosed_leaves", Form::Map(&LONG)),
        ("redacted_fields", Form::List(0, usize::MAX, &Form::Text(1))),
    ],
    open: true,
};

static MERKLE: Members = Members {
    required: &[],
    optional: &[("chain_hash", Form::Text(1)), ("event_count", NOT_NEGATIVE)],
    open: false,
};

/// `vir.v2`.
static VIR_V2: Form = Form::Members(&Members {
    required: &[
        ("receipt_version", Form::Constant("2")),
        ("receipt_id", Form::Text(1)),
        ("source", SOURCE),
        ("provider", Form::Text(1)),
        ("model_claimed", Form::Text(0)),
        ("model_observed", Form::Text(0)),
        ("agent_did", Form::Did),
        ("timestamp", Form::DateTime),
        ("legal_binding", Form::Members(&LEGAL_BINDING)),
        ("selective_disclosure", Form::Members(&VIR_DISCLOSURE_V2)),
    ],
    optional: &[
        ("model", Form::Text(1)),
        ("request_hash_b64u", LONG),
        ("response_hash_b64u", LONG),
        ("tokens_input", NOT_NEGATIVE),
        ("tokens_output", NOT_NEGATIVE),
        ("latency_ms", NOT_NEGATIVE),
        ("binding", Form::Members(&VIR_BINDING_V2)),
        ("evidence_conflicts", Form::List(0, usize::MAX, &CONFLICT)),
        ("metadata", Form::Object),
    ],
    open: true,
});

static VIR_BINDING_V2: Members = Members {
    required: &[],
    optional: &[
        ("run_id", Form::Text(1)),
        ("event_hash_b64u", LONG),
        ("nonce", Form::Text(1)),
        ("subject", Form::Did),
        ("subject_did", Form::Did),
        ("scope", Form::Text(1)),
        ("scope_hash_b64u", LONG),
    ],
    open: true,
};

static LEGAL_BINDING: Members = Members {
    required: &[
        ("nonce", LONG),
        ("subject_did", Form::Did),
        ("scope_hash_b64u", LONG),
    ],
    optional: &[
        ("job_id", Form::Text(0)),
        ("contract_id", Form::Text(0)),
        ("policy_hash_b64u", LONG),
        ("jurisdiction", Form::Text(0)),
    ],
    open: false,
};

static CONFLICT: Form = Form::Members(&Members {
    required: &[
        ("field", Form::Text(1)),
        ("authoritative_source", SOURCE),
        ("divergent_source", SOURCE),
        ("authoritative_value", Form::Any),
        ("divergent_value", Form::Any),
    ],
    optional: &[],
    open: false,
});

static VIR_DISCLOSURE_V2: Members = Members {
    required: &[
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
    optional: &[],
    open: false,
};

static VIR_LEAF: Form = Form::Members(&Members {
    required: &[
        ("type", Form::OneOf(&["string", "number", "boolean", "null"])),
        ("value", Form::Any),
        ("salt_b64u", Form::Base64url),
    ],
    optional: &[],
    open: false,
});

/// `coverage_attestation_envelope.v1`.
pub(super) static COVERAGE_ENVELOPE: Form = envelope!("coverage_attestation", COVERAGE, EXPIRES);

static COVERAGE: Form = Form::Members(&Members {
    required: &[
        ("attestation_version", Form::Constant("1")),
        ("attestation_id", Form::Text(1)),
        ("run_id", Form::Text(1)),
        ("agent_did", Form::Did),
        ("sentinel_did", Form::Did),
        ("issued_at", Form::DateTime),
        (
            "binding",
            Form::Members(&Members {
                required: &[("event_chain_root_hash_b64u", Form::Base64url)],
                optional: &[],
                open: false,
            }),
        ),
        ("metrics", Form::Members(&METRICS)),
    ],
    optional: &[("metadata", Form::Object)],
    open: false,
});

static METRICS: Members = Members {
    required: &[
        (
            "lineage",
            Form::Members(&Members {
                required: &[
                    ("root_pid", Form::Positive),
                    ("processes_tracked", Form::Count),
                    ("unmonitored_spawns", Form::Count),
                    ("escapes_suspected", Form::Bool),
                ],
                optional: &[],
                open: false,
            }),
        ),
        (
            "egress",
            Form::Members(&Members {
                required: &[
                    ("connections_total", Form::Count),
                    ("unmediated_connections", Form::Count),
                ],
                optional: &[],
                open: false,
            }),
        ),
        (
            "liveness",
            Form::Members(&Members {
                required: &[
                    ("status", Form::OneOf(&["continuous", "interrupted"])),
                    ("uptime_ms", Form::Count),
                    ("heartbeat_interval_ms", Form::Positive),
                    ("max_gap_ms", Form::Count),
                ],
                optional: &[],
                open: false,
            }),
        ),
    ],
    optional: &[],
    open: false,
};

/// `binary_semantic_evidence_envelope.v1`.
pub(super) static BINARY_ENVELOPE: Form = envelope!("binary_semantic_evidence", BINARY, EXPIRES_NEVER);

static BINARY: Form = Form::Members(&Members {
    required: &[
        ("evidence_version", Form::Constant("1")),
        ("binary_hash_b64u", Form::Base64url),
        ("binary_profile", Form::Members(&BINARY_PROFILE)),
        (
            "extracted_claims",
            Form::Members(&Members {
                required: &[("network_egress", CLAIM), ("dynamic_code_generation", CLAIM)],
                optional: &[],
                open: false,
            }),
        ),
        (
            "causality_metrics",
            Form::Members(&Members {
                required: &[
                    ("merkle_chain_intact", Form::Bool),
                    ("unattested_children_spawned", Form::Bool),
                ],
                optional: &[],
                open: false,
            }),
        ),
        (
            "forensic_metrics",
            Form::Members(&Members {
                required: &[
                    ("static_analysis_budget_exhausted", Form::Bool),
                    ("parser_timeout", Form::Bool),
                    ("normalized_regions_scanned", Form::Count),
                ],
                optional: &[],
                open: false,
            }),
        ),
    ],
    optional: &[("metadata", Form::Object)],
    open: false,
});

const CLAIM: Form = Form::OneOf(&["PRESENT", "ABSENT", "UNKNOWN"]);

static BINARY_PROFILE: Members = Members {
    required: &[
        (
            "target_architecture",
            Form::OneOf(&["x86_64", "arm64", "x86", "arm", "riscv64", "unknown"]),
        ),
        ("linkage", Form::OneOf(&["STATIC", "DYNAMIC", "UNKNOWN"])),
        ("symbols", Form::OneOf(&["STRIPPED", "INTACT", "UNKNOWN"])),
        ("is_sip_protected", Form::Bool),
    ],
    optional: &[],
    open: false,
};
