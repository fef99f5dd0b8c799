//! The forms of tool receipts, payloads and envelopes, and of the receipts of side effects and approvals
//! (`schemas/clawsig.md` §5.6).

use super::disclosure;
use super::envelope_forms::{EXPIRES, Header};
use super::schema::{Form, NONE, NOT_NEGATIVE};

/// `receipt_binding.v1`, strict: what a binding of version 2, or of a web receipt, may hold.
pub(super) static BINDING: Form = Form::Closed(
    NONE,
    &[
        ("run_id", Form::Text(1)),
        ("event_hash_b64u", Form::Base64url),
        ("nonce", Form::Text(1)),
        ("policy_hash", Form::Text(1)),
        ("token_scope_hash_b64u", Form::Base64url),
        ("span_id", Form::Text(1)),
        ("spanId", Form::Text(1)),
        ("parent_span_id", Form::Text(1)),
        ("parentSpanId", Form::Text(1)),
        ("tool_span_id", Form::Text(1)),
        ("toolSpanId", Form::Text(1)),
        ("phase", Form::OneOf(PHASES)),
        ("attribution_confidence", Form::Number(0.0, 1.0)),
        ("attributionConfidence", Form::Number(0.0, 1.0)),
    ],
);

const PHASES: &[&str] = &[
    "setup",
    "planning",
    "reasoning",
    "execution",
    "observation",
    "reflection",
    "teardown",
];

/// The bindings of the older schemas: strings, and room for more.
static OPEN_BINDING: Form = Form::Open(
    NONE,
    &[
        ("run_id", Form::Text(0)),
        ("event_hash_b64u", Form::Text(0)),
        ("nonce", Form::Text(0)),
        ("policy_hash", Form::Text(0)),
        ("token_scope_hash_b64u", Form::Text(0)),
        ("capability_id", Form::Text(0)),
    ],
);

const RESULT: Form = Form::OneOf(&["success", "error", "timeout"]);
const SHA_256: Form = Form::Constant("SHA-256");
const ANY_HASH_ALGORITHM: Form = Form::OneOf(&["SHA-256", "BLAKE3"]);

/// `tool_receipt.v1`.
pub(super) static PAYLOAD_V1: Form = Form::Closed(
    &[
        ("receipt_version", Form::Constant("1")),
        ("receipt_id", Form::Text(1)),
        ("tool_name", Form::Text(1)),
        ("args_hash_b64u", Form::Text(1)),
        ("result_hash_b64u", Form::Text(1)),
        ("hash_algorithm", SHA_256),
        ("agent_did", Form::Text(1)),
        ("timestamp", Form::DateTime),
        ("latency_ms", NOT_NEGATIVE),
    ],
    &[
        ("tool_version", Form::Text(0)),
        ("result_status", RESULT),
        ("binding", OPEN_BINDING_FORM),
    ],
);

/// A tool receipt by somebody who watched the agent: the hashes of what was not seen are missing. clawsig requires
/// them.
pub(super) static PAYLOAD_OBSERVED: Form = Form::Closed(
    &[
        ("receipt_version", Form::Constant("1")),
        ("receipt_id", Form::Text(1)),
        ("tool_name", Form::Text(1)),
        ("hash_algorithm", SHA_256),
        ("agent_did", Form::Text(1)),
        ("timestamp", Form::DateTime),
        ("latency_ms", NOT_NEGATIVE),
    ],
    &[
        ("args_hash_b64u", Form::Text(1)),
        ("result_hash_b64u", Form::Text(1)),
        ("tool_version", Form::Text(0)),
        ("result_status", RESULT),
        ("binding", OPEN_BINDING_FORM),
    ],
);

/// `tool_receipt.v2`.
pub(super) static PAYLOAD_V2: Form = Form::Closed(
    &[
        ("receipt_version", Form::Constant("2")),
        ("receipt_id", Form::Text(1)),
        ("tool_name", Form::Text(1)),
        ("args_hash_b64u", Form::Base64url),
        ("result_hash_b64u", Form::Base64url),
        ("hash_algorithm", ANY_HASH_ALGORITHM),
        ("agent_did", Form::Did),
        ("timestamp", Form::DateTime),
        ("latency_ms", NOT_NEGATIVE),
        ("args_salt_b64u", Form::Base64url),
        ("result_salt_b64u", Form::Base64url),
    ],
    &[
        ("tool_version", Form::Text(0)),
        ("result_status", RESULT),
        ("binding", Form::Same(&BINDING)),
        ("args_disclosure", Form::Same(&disclosure::FORM)),
        ("result_disclosure", Form::Same(&disclosure::FORM)),
    ],
);

const OPEN_BINDING_FORM: Form = Form::Same(&OPEN_BINDING);

/// `tool_receipt_envelope.v1`.
pub(super) static ENVELOPE_V1: Form = Form::Closed(
    &Header {
        hash: Form::Text(1),
        hash_algorithm: SHA_256,
        signer: Form::Text(1),
        ..Header::new("tool_receipt", Form::Same(&PAYLOAD_V1))
    }
    .members(),
    EXPIRES,
);

/// Most co-signatures of one tool receipt.
const CO_SIGNATURES_MAX: usize = 16;

/// `tool_receipt_envelope.v2`.
pub(super) static ENVELOPE_V2: Form = Form::Closed(
    &Header {
        version: "2",
        ..Header::new("tool_receipt", Form::Same(&PAYLOAD_V2))
    }
    .members(),
    &[
        ("expires_at", Form::DateTime),
        ("co_signatures", Form::List(0, CO_SIGNATURES_MAX, &CO_SIGNATURE)),
    ],
);

pub(super) static CO_SIGNATURE: Form = Form::Closed(
    &[
        ("signature_b64u", Form::Base64url),
        ("algorithm", Form::Constant("Ed25519")),
        ("signer_did", Form::Did),
        ("issued_at", Form::DateTime),
        (
            "role",
            Form::OneOf(&["proxy", "approver", "auditor", "supervisor"]),
        ),
    ],
    NONE,
);

/// What a side effect may be.
pub(super) const EFFECT_CLASSES: &[&str] = &["network_egress", "filesystem_write", "external_api_write"];
/// What an approval may be.
pub(super) const APPROVAL_TYPES: &[&str] = &[
    "explicit_approve",
    "explicit_deny",
    "auto_approve",
    "timeout_deny",
];

/// `side_effect_receipt.v1`, in its standalone form.
pub(super) static SIDE_EFFECT: Form = Form::Closed(
    &[
        ("receipt_version", Form::Constant("1")),
        ("receipt_id", Form::Text(1)),
        ("effect_class", Form::OneOf(EFFECT_CLASSES)),
        ("target_hash_b64u", Form::Text(1)),
        ("request_hash_b64u", Form::Text(1)),
        ("response_hash_b64u", Form::Text(1)),
        ("hash_algorithm", SHA_256),
        ("agent_did", Form::Text(1)),
        ("timestamp", Form::DateTime),
        ("latency_ms", NOT_NEGATIVE),
    ],
    &[
        ("vendor_id", Form::Text(0)),
        (
            "response_status",
            Form::OneOf(&["success", "error", "timeout", "denied"]),
        ),
        ("bytes_written", NOT_NEGATIVE),
        ("binding", OPEN_BINDING_FORM),
    ],
);

/// A receipt of a side effect by somebody who watched the agent, as [`PAYLOAD_OBSERVED`].
pub(super) static SIDE_EFFECT_OBSERVED: Form = Form::Closed(
    &[
        ("receipt_version", Form::Constant("1")),
        ("receipt_id", Form::Text(1)),
        ("effect_class", Form::OneOf(EFFECT_CLASSES)),
        ("hash_algorithm", SHA_256),
        ("agent_did", Form::Text(1)),
        ("timestamp", Form::DateTime),
        ("latency_ms", NOT_NEGATIVE),
    ],
    &[
        ("target_hash_b64u", Form::Text(1)),
        ("request_hash_b64u", Form::Text(1)),
        ("response_hash_b64u", Form::Text(1)),
        ("vendor_id", Form::Text(0)),
        (
            "response_status",
            Form::OneOf(&["success", "error", "timeout", "denied"]),
        ),
        ("bytes_written", NOT_NEGATIVE),
        ("binding", OPEN_BINDING_FORM),
    ],
);

/// `human_approval_receipt.v1`.
pub(super) static APPROVAL: Form = Form::Closed(
    &[
        ("receipt_version", Form::Constant("1")),
        ("receipt_id", Form::Text(1)),
        ("approval_type", Form::OneOf(APPROVAL_TYPES)),
        ("approver_subject", Form::Text(1)),
        ("agent_did", Form::Text(1)),
        ("scope_hash_b64u", Form::Text(1)),
        ("hash_algorithm", SHA_256),
        ("timestamp", Form::DateTime),
    ],
    &[
        (
            "approver_method",
            Form::OneOf(&["ui_click", "cli_confirm", "api_call", "policy_auto", "timeout"]),
        ),
        ("scope_summary", Form::TextUpTo(1024)),
        ("policy_hash_b64u", Form::Text(0)),
        ("minted_capability_id", Form::Text(0)),
        ("minted_capability_ttl_seconds", NOT_NEGATIVE),
        ("plan_hash_b64u", Form::Text(0)),
        ("evidence_required", Form::List(0, usize::MAX, &Form::Text(0))),
        ("binding", OPEN_BINDING_FORM),
    ],
);
