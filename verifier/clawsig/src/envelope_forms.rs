//! The schemas of the other envelopes: web receipts, attestations, commit proofs, receipts of side effects and
//! approvals (`schemas/clawsig.md` §7), and of the legacy log's proofs (`schemas/clawsig.md` §6.1).

use evidence::envelope::ENVELOPE_MEMBERS;

use super::model_forms::{MODEL_IDENTITY, REFERENCE};
use super::schema::MemberForm::{
    self, AnyObject, Base64url, Closed, Constant, DateTime, Did, Number, OneOf, Open, Same, Text, TextOf,
};
use super::schema::{MemberTable, NONE, NOT_NEGATIVE, is_uri, is_url_alphabet, list_of};
use super::tool_forms;

/// What the schemas of envelopes say about the members that every envelope has.
pub(crate) struct EnvelopeMemberForms {
    pub(crate) version: &'static str,
    pub(crate) envelope_type: MemberForm,
    pub(crate) payload: MemberForm,
    /// Of the payload's hash and of the signature.
    pub(crate) hash: MemberForm,
    pub(crate) hash_algorithm: MemberForm,
    pub(crate) signer: MemberForm,
}

impl EnvelopeMemberForms {
    /// What most schemas say.
    pub(crate) const fn new(envelope_type: &'static str, payload: MemberForm) -> Self {
        Self {
            version: "1",
            envelope_type: Constant(envelope_type),
            payload,
            hash: Base64url,
            hash_algorithm: OneOf(&["SHA-256", "BLAKE3"]),
            signer: Did,
        }
    }

    /// The members with their forms.
    pub(crate) const fn members(self) -> [(&'static str, MemberForm); 9] {
        let [
            version,
            envelope_type,
            payload,
            payload_hash,
            hash_algorithm,
            signature,
            algorithm,
            signer,
            issued_at,
        ] = ENVELOPE_MEMBERS;
        [
            (version, Constant(self.version)),
            (envelope_type, self.envelope_type),
            (payload, self.payload),
            (payload_hash, self.hash),
            (hash_algorithm, self.hash_algorithm),
            (signature, self.hash),
            (algorithm, Constant("Ed25519")),
            (signer, self.signer),
            (issued_at, DateTime),
        ]
    }
}

/// The members of an envelope of one type around a payload of one form.
pub(crate) const fn envelope(
    envelope_type: &'static str,
    payload: &'static MemberForm,
) -> [(&'static str, MemberForm); 9] {
    EnvelopeMemberForms::new(envelope_type, Same(payload)).members()
}

/// An envelope may say when it ends to be of use.
pub(crate) const EXPIRES: MemberTable = &[("expires_at", DateTime)];

pub(super) static SIDE_EFFECT_ENVELOPE: MemberForm = Closed(
    &envelope("side_effect_receipt", &tool_forms::SIDE_EFFECT),
    EXPIRES,
);
/// The envelopes of receipts by somebody who watched the agent.
pub(super) static TOOL_OBSERVED_ENVELOPE: MemberForm =
    Closed(&envelope("tool_receipt", &tool_forms::PAYLOAD_OBSERVED), EXPIRES);
pub(super) static SIDE_EFFECT_OBSERVED_ENVELOPE: MemberForm = Closed(
    &envelope("side_effect_receipt", &tool_forms::SIDE_EFFECT_OBSERVED),
    EXPIRES,
);
pub(super) static APPROVAL_ENVELOPE: MemberForm = Closed(
    &envelope("human_approval_receipt", &tool_forms::APPROVAL),
    EXPIRES,
);

/// `web_receipt_envelope.v1`.
pub(super) static WEB_RECEIPT_ENVELOPE: MemberForm = Closed(&envelope("web_receipt", &WEB_RECEIPT), EXPIRES);

static WEB_RECEIPT: MemberForm = Closed(
    &[
        ("receipt_version", Constant("1")),
        ("receipt_id", Text(1)),
        ("witness_id", Text(1)),
        (
            "source",
            OneOf(&["chatgpt_web", "claude_web", "gemini_web", "other"]),
        ),
        ("request_hash_b64u", Base64url),
        ("response_hash_b64u", Base64url),
        ("timestamp", DateTime),
    ],
    &[
        ("session_hash_b64u", Base64url),
        ("binding", Same(&tool_forms::BINDING)),
        ("transparency", Same(&TRANSPARENCY)),
        ("metadata", AnyObject),
    ],
);

static TRANSPARENCY: MemberForm = Closed(
    NONE,
    &[
        ("inclusion_proof", Same(&LOG_PROOF)),
        ("anchor_id", Text(1)),
        ("anchor_uri", Text(1)),
    ],
);

/// `log_inclusion_proof.v1`.
pub(super) static LOG_PROOF: MemberForm = Closed(
    &[
        ("proof_version", Constant("1")),
        ("log_id", Text(1)),
        ("tree_size", NOT_NEGATIVE),
        ("leaf_hash_b64u", Base64url),
        ("root_hash_b64u", Base64url),
        ("audit_path", list_of(&Base64url)),
        ("root_published_at", DateTime),
        (
            "root_signature",
            Closed(&[("signer_did", Did), ("sig_b64u", Base64url)], NONE),
        ),
    ],
    &[("metadata", AnyObject)],
);

/// `execution_attestation_envelope.v1`.
pub(super) static EXECUTION_ENVELOPE: MemberForm =
    Closed(&envelope("execution_attestation", &EXECUTION), NONE);
/// `derivation_attestation_envelope.v1`.
pub(super) static DERIVATION_ENVELOPE: MemberForm =
    Closed(&envelope("derivation_attestation", &DERIVATION), NONE);
/// `audit_result_attestation_envelope.v1`.
pub(super) static AUDIT_RESULT_ENVELOPE: MemberForm =
    Closed(&envelope("audit_result_attestation", &AUDIT_RESULT), NONE);

/// The reference asks for run and bundle beyond what its schema does, with the same code.
static EXECUTION: MemberForm = Closed(
    &[
        ("attestation_version", Constant("1")),
        ("attestation_id", Text(1)),
        ("execution_type", OneOf(&["sandbox_execution", "tee_execution"])),
        ("agent_did", Did),
        ("attester_did", Did),
        ("issued_at", DateTime),
    ],
    &[
        ("run_id", Text(0)),
        ("proof_bundle_hash_b64u", Base64url),
        (
            "harness",
            Closed(
                NONE,
                &[
                    ("id", Text(0)),
                    ("version", Text(0)),
                    ("runtime", Text(0)),
                    ("config_hash_b64u", TextOf("base64url", is_url_alphabet)),
                ],
            ),
        ),
        ("runtime_metadata", Same(&RUNTIME_METADATA)),
        ("expires_at", DateTime),
        ("metadata", AnyObject),
    ],
);

static RUNTIME_METADATA: MemberForm = Open(NONE, &[("tee", Same(&ENVIRONMENT))]);

/// What is claimed of a trusted environment.
static ENVIRONMENT: MemberForm = Closed(
    &[
        (
            "attestation_type",
            OneOf(&[
                "sgx_quote",
                "tdx_quote",
                "sev_snp_report",
                "nitro_attestation_doc",
                "generic_tee",
            ]),
        ),
        ("root_id", Text(1)),
        ("tcb_version", Text(1)),
        ("evidence_ref", Same(&REFERENCE)),
        (
            "measurements",
            Closed(
                &[("measurement_hash_b64u", Base64url)],
                &[
                    ("runtime_digest_b64u", Base64url),
                    ("kernel_digest_b64u", Base64url),
                    ("model_weights_digest_b64u", Base64url),
                ],
            ),
        ),
    ],
    &[
        (
            "tcb",
            Closed(
                NONE,
                &[
                    (
                        "status",
                        OneOf(&[
                            "up_to_date",
                            "out_of_date",
                            "configuration_needed",
                            "revoked",
                            "unknown",
                        ]),
                    ),
                    ("advisory_ids", list_of(&Text(1))),
                ],
            ),
        ),
        ("nonce_binding_b64u", Base64url),
        ("metadata", AnyObject),
    ],
);

static DERIVATION: MemberForm = Closed(
    &[
        ("derivation_version", Constant("1")),
        ("derivation_id", Text(1)),
        ("issued_at", DateTime),
        ("input_model", Same(&MODEL_IDENTITY)),
        ("output_model", Same(&MODEL_IDENTITY)),
        (
            "transform",
            Closed(
                &[("kind", Text(1))],
                &[
                    ("code_hash_b64u", Base64url),
                    ("params_hash_b64u", Base64url),
                    ("build_steps", list_of(&Text(0))),
                ],
            ),
        ),
    ],
    &[
        ("artifacts", list_of(&ARTIFACT)),
        ("execution", Same(&EXECUTION_REFERENCE)),
        ("clawlogs", Same(&CLAWLOGS)),
        ("metadata", AnyObject),
    ],
);

static ARTIFACT: MemberForm = Closed(
    &[("type", Text(1)), ("hash_b64u", Base64url)],
    &[("uri", Text(0)), ("content_type", Text(0))],
);

static EXECUTION_REFERENCE: MemberForm = Closed(
    NONE,
    &[
        ("execution_attestation_hash_b64u", Base64url),
        ("proof_bundle_hash_b64u", Base64url),
    ],
);

static CLAWLOGS: MemberForm = Closed(
    NONE,
    &[
        ("log_entry_hash_b64u", Base64url),
        ("inclusion_proof", Same(&LOG_PROOF)),
    ],
);

static AUDIT_RESULT: MemberForm = Closed(
    &[
        ("audit_version", Constant("1")),
        ("audit_id", Text(1)),
        ("issued_at", DateTime),
        ("model", Same(&MODEL_IDENTITY)),
        ("audit_code", Same(&AUDIT_CODE)),
        ("dataset", Same(&DATASET)),
        ("protocol", Same(&PROTOCOL)),
        ("result", Same(&RESULT)),
    ],
    &[
        ("audit_pack", Same(&AUDIT_PACK)),
        ("expires_at", DateTime),
        ("derivation_attestation_hash_b64u", Base64url),
        ("execution", Same(&EXECUTION_REFERENCE)),
        ("clawlogs", Same(&CLAWLOGS)),
        ("metadata", AnyObject),
    ],
);

static AUDIT_PACK: MemberForm = Closed(
    &[("pack_hash_b64u", Base64url)],
    &[("pack_id", Text(0)), ("pack_version", Text(0))],
);

static AUDIT_CODE: MemberForm = Closed(
    &[("code_hash_b64u", Base64url)],
    &[
        ("repo_uri", TextOf("a URI", is_uri)),
        ("commit_sha", Text(0)),
        ("uri", Text(0)),
    ],
);

static DATASET: MemberForm = Closed(
    &[
        ("dataset_id", Text(1)),
        ("dataset_hash_b64u", Base64url),
        ("access", OneOf(&["public", "confidential"])),
    ],
    &[("uri", Text(0))],
);

static PROTOCOL: MemberForm = Closed(
    &[("name", Text(1)), ("config_hash_b64u", Base64url)],
    &[("seed", Number(f64::MIN, f64::MAX))],
);

static RESULT: MemberForm = Closed(
    &[
        ("status", OneOf(&["pass", "fail", "warn"])),
        ("results_hash_b64u", Base64url),
    ],
    &[("summary", AnyObject)],
);

/// The envelope of a commit proof.
pub(super) static COMMIT_PROOF_ENVELOPE: MemberForm = Closed(&envelope("commit_proof", &COMMIT_PROOF), NONE);

static COMMIT_PROOF: MemberForm = Closed(
    &[
        ("proof_version", Constant("1")),
        ("repo_claim_id", Text(1)),
        ("commit_sha", Text(7)),
        ("repository", Text(1)),
    ],
    &[
        ("branch", Text(0)),
        ("run_id", Text(0)),
        ("proof_bundle_hash_b64u", Base64url),
        ("harness", AnyObject),
        ("metadata", AnyObject),
    ],
);
