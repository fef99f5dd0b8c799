//! The forms of tool receipts, payloads and envelopes, and of the receipts of side effects and approvals
//! (`schemas/clawsig.md` §5.6).

use super::disclosure;
use super::envelope_forms::{EXPIRES, EnvelopeMemberForms};
use super::schema::MemberForm::{
    self, Base64url, Closed, Constant, DateTime, Did, Lacking, List, Number, OneOf, Open, Same, Text,
    TextUpTo,
};
use super::schema::{NONE, NOT_NEGATIVE, list_of};
use evidence::payload::PHASES;

/// `receipt_binding.v1`, strict: what a binding of version 2, or of a web receipt, may hold.
pub(super) static BINDING: MemberForm = Closed(
    NONE,
    &[
        ("run_id", Text(1)),
        ("event_hash_b64u", Base64url),
        ("nonce", Text(1)),
        ("policy_hash", Text(1)),
        ("token_scope_hash_b64u", Base64url),
        ("span_id", Text(1)),
        ("spanId", Text(1)),
        ("parent_span_id", Text(1)),
        ("parentSpanId", Text(1)),
        ("tool_span_id", Text(1)),
        ("toolSpanId", Text(1)),
        ("phase", OneOf(PHASES)),
        ("attribution_confidence", Number(0.0, 1.0)),
        ("attributionConfidence", Number(0.0, 1.0)),
    ],
);

/// The bindings of the older schemas: strings, and room for more.
static OPEN_BINDING: MemberForm = Open(
    NONE,
    &[
        ("run_id", Text(0)),
        ("event_hash_b64u", Text(0)),
        ("nonce", Text(0)),
        ("policy_hash", Text(0)),
        ("token_scope_hash_b64u", Text(0)),
        ("capability_id", Text(0)),
    ],
);

const RESULT: MemberForm = OneOf(&["success", "error", "timeout"]);
const SHA_256: MemberForm = Constant("SHA-256");
const ANY_HASH_ALGORITHM: MemberForm = OneOf(&["SHA-256", "BLAKE3"]);

/// `tool_receipt.v1`.
pub(super) static PAYLOAD_V1: MemberForm = Closed(
    &[
        ("receipt_version", Constant("1")),
        ("receipt_id", Text(1)),
        ("tool_name", Text(1)),
        ("args_hash_b64u", Text(1)),
        ("result_hash_b64u", Text(1)),
        ("hash_algorithm", SHA_256),
        ("agent_did", Text(1)),
        ("timestamp", DateTime),
        ("latency_ms", NOT_NEGATIVE),
    ],
    &[
        ("tool_version", Text(0)),
        ("result_status", RESULT),
        ("binding", OPEN_BINDING_FORM),
    ],
);

/// A tool receipt by somebody who watched the agent: the hashes of what was not seen are missing. clawsig requires
/// them.
pub(super) static PAYLOAD_OBSERVED: MemberForm =
    Lacking(&PAYLOAD_V1, &["args_hash_b64u", "result_hash_b64u"]);

/// `tool_receipt.v2`.
pub(super) static PAYLOAD_V2: MemberForm = Closed(
    &[
        ("receipt_version", Constant("2")),
        ("receipt_id", Text(1)),
        ("tool_name", Text(1)),
        ("args_hash_b64u", Base64url),
        ("result_hash_b64u", Base64url),
        ("hash_algorithm", ANY_HASH_ALGORITHM),
        ("agent_did", Did),
        ("timestamp", DateTime),
        ("latency_ms", NOT_NEGATIVE),
        ("args_salt_b64u", Base64url),
        ("result_salt_b64u", Base64url),
    ],
    &[
        ("tool_version", Text(0)),
        ("result_status", RESULT),
        ("binding", Same(&BINDING)),
        ("args_disclosure", Same(&disclosure::FORM)),
        ("result_disclosure", Same(&disclosure::FORM)),
    ],
);

const OPEN_BINDING_FORM: MemberForm = Same(&OPEN_BINDING);

/// `tool_receipt_envelope.v1`.
pub(super) static ENVELOPE_V1: MemberForm = Closed(
    &EnvelopeMemberForms {
        hash: Text(1),
        hash_algorithm: SHA_256,
        signer: Text(1),
        ..EnvelopeMemberForms::new("tool_receipt", Same(&PAYLOAD_V1))
    }
    .members(),
    EXPIRES,
);

/// Most co-signatures of one tool receipt.
const CO_SIGNATURES_MAX: usize = 16;

/// `tool_receipt_envelope.v2`.
pub(super) static ENVELOPE_V2: MemberForm = Closed(
    &EnvelopeMemberForms {
        version: "2",
        ..EnvelopeMemberForms::new("tool_receipt", Same(&PAYLOAD_V2))
    }
    .members(),
    &[
        ("expires_at", DateTime),
        ("co_signatures", List(0, CO_SIGNATURES_MAX, &CO_SIGNATURE)),
    ],
);

pub(super) static CO_SIGNATURE: MemberForm = Closed(
    &[
        ("signature_b64u", Base64url),
        ("algorithm", Constant("Ed25519")),
        ("signer_did", Did),
        ("issued_at", DateTime),
        ("role", OneOf(&["proxy", "approver", "auditor", "supervisor"])),
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
pub(super) static SIDE_EFFECT: MemberForm = Closed(
    &[
        ("receipt_version", Constant("1")),
        ("receipt_id", Text(1)),
        ("effect_class", OneOf(EFFECT_CLASSES)),
        ("target_hash_b64u", Text(1)),
        ("request_hash_b64u", Text(1)),
        ("response_hash_b64u", Text(1)),
        ("hash_algorithm", SHA_256),
        ("agent_did", Text(1)),
        ("timestamp", DateTime),
        ("latency_ms", NOT_NEGATIVE),
    ],
    &[
        ("vendor_id", Text(0)),
        (
            "response_status",
            OneOf(&["success", "error", "timeout", "denied"]),
        ),
        ("bytes_written", NOT_NEGATIVE),
        ("binding", OPEN_BINDING_FORM),
    ],
);

/// A receipt of a side effect by somebody who watched the agent, as [`PAYLOAD_OBSERVED`].
pub(super) static SIDE_EFFECT_OBSERVED: MemberForm = Lacking(
    &SIDE_EFFECT,
    &["target_hash_b64u", "request_hash_b64u", "response_hash_b64u"],
);

/// `human_approval_receipt.v1`.
pub(super) static APPROVAL: MemberForm = Closed(
    &[
        ("receipt_version", Constant("1")),
        ("receipt_id", Text(1)),
        ("approval_type", OneOf(APPROVAL_TYPES)),
        ("approver_subject", Text(1)),
        ("agent_did", Text(1)),
        ("scope_hash_b64u", Text(1)),
        ("hash_algorithm", SHA_256),
        ("timestamp", DateTime),
    ],
    &[
        (
            "approver_method",
            OneOf(&["ui_click", "cli_confirm", "api_call", "policy_auto", "timeout"]),
        ),
        ("scope_summary", TextUpTo(1024)),
        ("policy_hash_b64u", Text(0)),
        ("minted_capability_id", Text(0)),
        ("minted_capability_ttl_seconds", NOT_NEGATIVE),
        ("plan_hash_b64u", Text(0)),
        ("evidence_required", list_of(&Text(0))),
        ("binding", OPEN_BINDING_FORM),
    ],
);
