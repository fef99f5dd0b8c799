//! The forms of reviewers' sign-offs.

use crate::schema::{MemberForm, NONE};

use super::metadata::{ANY_BASE64URL, DID, NOT_BLANK, header};
use super::trust::REVOCATIONS;

pub(super) static ENVELOPE: MemberForm = MemberForm::Closed(
    &header("reviewer_signoff_receipt", MemberForm::Same(&PAYLOAD)).members(),
    NONE,
);

static PAYLOAD: MemberForm = MemberForm::Closed(
    &[
        ("receipt_version", MemberForm::Constant("1")),
        ("receipt_id", NOT_BLANK),
        ("reviewer_did", DID),
        (
            "decision",
            MemberForm::OneOf(&["approve", "reject", "needs_changes"]),
        ),
        ("timestamp", MemberForm::DateTime),
        ("binding", MemberForm::Same(&BINDING)),
    ],
    &[
        ("dispute", MemberForm::Same(&DISPUTE)),
        ("revoked_reviewer_keys", MemberForm::Same(&REVOCATIONS)),
        // Its faults have a code of their own.
        ("transparency", MemberForm::Any),
    ],
);

static BINDING: MemberForm = MemberForm::Closed(
    &[
        ("run_id", NOT_BLANK),
        ("bundle_id", NOT_BLANK),
        ("event_hash_b64u", ANY_BASE64URL),
        ("target_kind", MemberForm::OneOf(&["run", "export_pack"])),
    ],
    &[
        ("proof_bundle_hash_b64u", ANY_BASE64URL),
        ("export_pack_root_hash_b64u", ANY_BASE64URL),
    ],
);

static DISPUTE: MemberForm = MemberForm::Closed(
    &[("status", MemberForm::OneOf(&["none", "raised", "resolved"]))],
    &[("notes", MemberForm::List(0, usize::MAX, &MemberForm::Same(&NOTE)))],
);

static NOTE: MemberForm = MemberForm::Closed(
    &[("note_id", NOT_BLANK), ("note", NOT_BLANK)],
    &[(
        "evidence_refs",
        MemberForm::List(0, usize::MAX, &MemberForm::Same(&EVIDENCE)),
    )],
);

static EVIDENCE: MemberForm = MemberForm::Closed(
    NONE,
    &[
        ("ref_id", NOT_BLANK),
        ("uri", NOT_BLANK),
        ("sha256_b64u", ANY_BASE64URL),
    ],
);
