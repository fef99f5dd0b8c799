//! The forms of reviewers' sign-offs.

use crate::schema::{Form, NONE};

use super::metadata::{ANY_BASE64URL, DID, NOT_BLANK, header};
use super::trust::REVOCATIONS;

pub(super) static ENVELOPE: Form = Form::Closed(
    &header("reviewer_signoff_receipt", Form::Same(&PAYLOAD)).members(),
    NONE,
);

static PAYLOAD: Form = Form::Closed(
    &[
        ("receipt_version", Form::Constant("1")),
        ("receipt_id", NOT_BLANK),
        ("reviewer_did", DID),
        ("decision", Form::OneOf(&["approve", "reject", "needs_changes"])),
        ("timestamp", Form::DateTime),
        ("binding", Form::Same(&BINDING)),
    ],
    &[
        ("dispute", Form::Same(&DISPUTE)),
        ("revoked_reviewer_keys", Form::Same(&REVOCATIONS)),
        // Its faults have a code of their own.
        ("transparency", Form::Any),
    ],
);

static BINDING: Form = Form::Closed(
    &[
        ("run_id", NOT_BLANK),
        ("bundle_id", NOT_BLANK),
        ("event_hash_b64u", ANY_BASE64URL),
        ("target_kind", Form::OneOf(&["run", "export_pack"])),
    ],
    &[
        ("proof_bundle_hash_b64u", ANY_BASE64URL),
        ("export_pack_root_hash_b64u", ANY_BASE64URL),
    ],
);

static DISPUTE: Form = Form::Closed(
    &[("status", Form::OneOf(&["none", "raised", "resolved"]))],
    &[("notes", Form::List(0, usize::MAX, &Form::Same(&NOTE)))],
);

static NOTE: Form = Form::Closed(
    &[("note_id", NOT_BLANK), ("note", NOT_BLANK)],
    &[("evidence_refs", Form::List(0, usize::MAX, &Form::Same(&EVIDENCE)))],
);

static EVIDENCE: Form = Form::Closed(
    NONE,
    &[
        ("ref_id", NOT_BLANK),
        ("uri", NOT_BLANK),
        ("sha256_b64u", ANY_BASE64URL),
    ],
);
