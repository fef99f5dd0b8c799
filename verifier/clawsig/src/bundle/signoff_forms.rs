//! The forms of reviewers' sign-offs.

use crate::schema::{Form, Members};

use super::metadata::{ANY_BASE64URL, DID, NOT_BLANK};
use super::trust::REVOCATIONS;

pub(super) static ENVELOPE: Form = Form::Members(&Members {
    required: &[
        ("envelope_version", Form::Constant("1")),
        ("envelope_type", Form::Constant("reviewer_signoff_receipt")),
        ("payload", Form::Members(&PAYLOAD)),
        ("payload_hash_b64u", ANY_BASE64URL),
        ("hash_algorithm", Form::Constant("SHA-256")),
        ("signature_b64u", ANY_BASE64URL),
        ("algorithm", Form::Constant("Ed25519")),
        ("signer_did", DID),
        ("issued_at", Form::DateTime),
    ],
    optional: &[],
    open: false,
});

static PAYLOAD: Members = Members {
    required: &[
        ("receipt_version", Form::Constant("1")),
        ("receipt_id", NOT_BLANK),
        ("reviewer_did", DID),
        ("decision", Form::OneOf(&["approve", "reject", "needs_changes"])),
        ("timestamp", Form::DateTime),
        ("binding", Form::Members(&BINDING)),
    ],
    optional: &[
        ("dispute", Form::Members(&DISPUTE)),
        ("revoked_reviewer_keys", Form::Same(&REVOCATIONS)),
        // Its faults have a code of their own.
        ("transparency", Form::Any),
    ],
    open: false,
};

static BINDING: Members = Members {
    required: &[
        ("run_id", NOT_BLANK),
        ("bundle_id", NOT_BLANK),
        ("event_hash_b64u", ANY_BASE64URL),
        ("target_kind", Form::OneOf(&["run", "export_pack"])),
    ],
    optional: &[
        ("proof_bundle_hash_b64u", ANY_BASE64URL),
        ("export_pack_root_hash_b64u", ANY_BASE64URL),
    ],
    open: false,
};

static DISPUTE: Members = Members {
    required: &[("status", Form::OneOf(&["none", "raised", "resolved"]))],
    optional: &[("notes", Form::List(0, usize::MAX, &Form::Members(&NOTE)))],
    open: false,
};

static NOTE: Members = Members {
    required: &[("note_id", NOT_BLANK), ("note", NOT_BLANK)],
    optional: &[(
        "evidence_refs",
        Form::List(0, usize::MAX, &Form::Members(&EVIDENCE)),
    )],
    open: false,
};

static EVIDENCE: Members = Members {
    required: &[],
    optional: &[
        ("ref_id", NOT_BLANK),
        ("uri", NOT_BLANK),
        ("sha256_b64u", ANY_BASE64URL),
    ],
    open: false,
};
