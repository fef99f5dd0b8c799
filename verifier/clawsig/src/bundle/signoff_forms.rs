//! The forms of reviewers' sign-offs.

use crate::schema::MemberForm::{self, Any, Closed, Constant, DateTime, OneOf, Same};
use crate::schema::{NONE, list_of};

use super::metadata::{ANY_BASE64URL, DID, NOT_BLANK, header};
use super::trust::REVOCATIONS;

pub(super) static ENVELOPE: MemberForm = Closed(
    &header("reviewer_signoff_receipt", Same(&PAYLOAD)).members(),
    NONE,
);

static PAYLOAD: MemberForm = Closed(
    &[
        ("receipt_version", Constant("1")),
        ("receipt_id", NOT_BLANK),
        ("reviewer_did", DID),
        ("decision", OneOf(&["approve", "reject", "needs_changes"])),
        ("timestamp", DateTime),
        ("binding", Same(&BINDING)),
    ],
    &[
        ("dispute", Same(&DISPUTE)),
        ("revoked_reviewer_keys", Same(&REVOCATIONS)),
        // Its faults have a code of their own.
        ("transparency", Any),
    ],
);

static BINDING: MemberForm = Closed(
    &[
        ("run_id", NOT_BLANK),
        ("bundle_id", NOT_BLANK),
        ("event_hash_b64u", ANY_BASE64URL),
        ("target_kind", OneOf(&["run", "export_pack"])),
    ],
    &[
        ("proof_bundle_hash_b64u", ANY_BASE64URL),
        ("export_pack_root_hash_b64u", ANY_BASE64URL),
    ],
);

static DISPUTE: MemberForm = Closed(
    &[("status", OneOf(&["none", "raised", "resolved"]))],
    &[("notes", list_of(&Same(&NOTE)))],
);

static NOTE: MemberForm = Closed(
    &[("note_id", NOT_BLANK), ("note", NOT_BLANK)],
    &[("evidence_refs", list_of(&Same(&EVIDENCE)))],
);

static EVIDENCE: MemberForm = Closed(
    NONE,
    &[
        ("ref_id", NOT_BLANK),
        ("uri", NOT_BLANK),
        ("sha256_b64u", ANY_BASE64URL),
    ],
);
