//! The schemas of the other envelopes: web receipts, attestations, commit proofs, receipts of side effects and
//! approvals (`schemas/clawsig.md` §7), and of the legacy log's proofs (`schemas/clawsig.md` §6.1).

use evidence::envelope::ENVELOPE_MEMBERS;

use super::model_forms::{MODEL_IDENTITY, REFERENCE};
use super::schema::{MemberForm, MemberTable, NONE, NOT_NEGATIVE, is_uri, is_url_alphabet};
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
            envelope_type: MemberForm::Constant(envelope_type),
            payload,
            hash: MemberForm::Base64url,
            hash_algorithm: MemberForm::OneOf(&["SHA-256", "BLAKE3"]),
            signer: MemberForm::Did,
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
            (version, MemberForm::Constant(self.version)),
            (envelope_type, self.envelope_type),
            (payload, self.payload),
            (payload_hash, self.hash),
            (hash_algorithm, self.hash_algorithm),
            (signature, self.hash),
            (algorithm, MemberForm::Constant("Ed25519")),
            (signer, self.signer),
            (issued_at, MemberForm::DateTime),
        ]
    }
}

/// The members of an envelope of one type around a payload of one form.
pub(crate) const fn envelope(
    envelope_type: &'static str,
    payload: &'static MemberForm,
) -> [(&'static str, MemberForm); 9] {
    EnvelopeMemberForms::new(envelope_type, MemberForm::Same(payload)).members()
}

/// An envelope may say when it ends to be of use.
pub(crate) const EXPIRES: MemberTable = &[("expires_at", MemberForm::DateTime)];

pub(super) static SIDE_EFFECT_ENVELOPE: MemberForm = MemberForm::Closed(
    &envelope("side_effect_receipt", &tool_forms::SIDE_EFFECT),
    EXPIRES,
);
/// The envelopes of receipts by somebody who watched the agent.
pub(super) static TOOL_OBSERVED_ENVELOPE: MemberForm =
    MemberForm::Closed(&envelope("tool_receipt", &tool_forms::PAYLOAD_OBSERVED), EXPIRES);
pub(super) static SIDE_EFFECT_OBSERVED_ENVELOPE: MemberForm = MemberForm::Closed(
    &envelope("side_effect_receipt", &tool_forms::SIDE_EFFECT_OBSERVED),
    EXPIRES,
);
pub(super) static APPROVAL_ENVELOPE: MemberForm = MemberForm::Closed(
    &envelope("human_approval_receipt", &tool_forms::APPROVAL),
    EXPIRES,
);

/// `web_receipt_envelope.v1`.
pub(super) static WEB_RECEIPT_ENVELOPE: MemberForm =
    MemberForm::Closed(&envelope("web_receipt", &WEB_RECEIPT), EXPIRES);

static WEB_RECEIPT: MemberForm = MemberForm::Closed(
    &[
        ("receipt_version", MemberForm::Constant("1")),
        ("receipt_id", MemberForm::Text(1)),
        ("witness_id", MemberForm::Text(1)),
        (
            "source",
            MemberForm::OneOf(&["chatgpt_web", "claude_web", "gemini_web", "other"]),
        ),
        ("request_hash_b64u", MemberForm::Base64url),
        ("response_hash_b64u", MemberForm::Base64url),
        ("timestamp", MemberForm::DateTime),
    ],
    &[
        ("session_hash_b64u", MemberForm::Base64url),
        ("binding", MemberForm::Same(&tool_forms::BINDING)),
        ("transparency", MemberForm::Same(&TRANSPARENCY)),
        ("metadata", MemberForm::Object),
    ],
);

static TRANSPARENCY: MemberForm = MemberForm::Closed(
    NONE,
    &[
        ("inclusion_proof", MemberForm::Same(&LOG_PROOF)),
        ("anchor_id", MemberForm::Text(1)),
        ("anchor_uri", MemberForm::Text(1)),
    ],
);

/// `log_inclusion_proof.v1`.
pub(super) static LOG_PROOF: MemberForm = MemberForm::Closed(
    &[
        ("proof_version", MemberForm::Constant("1")),
        ("log_id", MemberForm::Text(1)),
        ("tree_size", NOT_NEGATIVE),
        ("leaf_hash_b64u", MemberForm::Base64url),
        ("root_hash_b64u", MemberForm::Base64url),
        (
            "audit_path",
            MemberForm::List(0, usize::MAX, &MemberForm::Base64url),
        ),
        ("root_published_at", MemberForm::DateTime),
        (
            "root_signature",
            MemberForm::Closed(
                &[
                    ("signer_did", MemberForm::Did),
                    ("sig_b64u", MemberForm::Base64url),
                ],
                NONE,
            ),
        ),
    ],
    &[("metadata", MemberForm::Object)],
);

/// `execution_attestation_envelope.v1`.
pub(super) static EXECUTION_ENVELOPE: MemberForm =
    MemberForm::Closed(&envelope("execution_attestation", &EXECUTION), NONE);
/// `derivation_attestation_envelope.v1`.
pub(super) static DERIVATION_ENVELOPE: MemberForm =
    MemberForm::Closed(&envelope("derivation_attestation", &DERIVATION), NONE);
/// `audit_result_attestation_envelope.v1`.
pub(super) static AUDIT_RESULT_ENVELOPE: MemberForm =
    MemberForm::Closed(&envelope("audit_result_attestation", &AUDIT_RESULT), NONE);

/// The reference asks for run and bundle beyond what its schema does, with the same code.
static EXECUTION: MemberForm = MemberForm::Closed(
    &[
        ("attestation_version", MemberForm::Constant("1")),
        ("attestation_id", MemberForm::Text(1)),
        (
            "execution_type",
            MemberForm::OneOf(&["sandbox_execution", "tee_execution"]),
        ),
        ("agent_did", MemberForm::Did),
        ("attester_did", MemberForm::Did),
        ("issued_at", MemberForm::DateTime),
    ],
    &[
        ("run_id", MemberForm::Text(0)),
        ("proof_bundle_hash_b64u", MemberForm::Base64url),
        (
            "harness",
            MemberForm::Closed(
                NONE,
                &[
                    ("id", MemberForm::Text(0)),
                    ("version", MemberForm::Text(0)),
                    ("runtime", MemberForm::Text(0)),
                    (
                        "config_hash_b64u",
                        MemberForm::TextOf("base64url", is_url_alphabet),
                    ),
                ],
            ),
        ),
        ("runtime_metadata", MemberForm::Same(&RUNTIME_METADATA)),
        ("expires_at", MemberForm::DateTime),
        ("metadata", MemberForm::Object),
    ],
);

static RUNTIME_METADATA: MemberForm = MemberForm::Open(NONE, &[("tee", MemberForm::Same(&ENVIRONMENT))]);

/// What is claimed of a trusted environment.
static ENVIRONMENT: MemberForm = MemberForm::Closed(
    &[
        (
            "attestation_type",
            MemberForm::OneOf(&[
                "sgx_quote",
                "tdx_quote",
                "sev_snp_report",
                "nitro_attestation_doc",
                "generic_tee",
            ]),
        ),
        ("root_id", MemberForm::Text(1)),
        ("tcb_version", MemberForm::Text(1)),
        ("evidence_ref", MemberForm::Same(&REFERENCE)),
        (
            "measurements",
            MemberForm::Closed(
                &[("measurement_hash_b64u", MemberForm::Base64url)],
                &[
                    ("runtime_digest_b64u", MemberForm::Base64url),
                    ("kernel_digest_b64u", MemberForm::Base64url),
                    ("model_weights_digest_b64u", MemberForm::Base64url),
                ],
            ),
        ),
    ],
    &[
        (
            "tcb",
            MemberForm::Closed(
                NONE,
                &[
                    (
                        "status",
                        MemberForm::OneOf(&[
                            "up_to_date",
                            "out_of_date",
                            "configuration_needed",
                            "revoked",
                            "unknown",
                        ]),
                    ),
                    (
                        "advisory_ids",
                        MemberForm::List(0, usize::MAX, &MemberForm::Text(1)),
                    ),
                ],
            ),
        ),
        ("nonce_binding_b64u", MemberForm::Base64url),
        ("metadata", MemberForm::Object),
    ],
);

static DERIVATION: MemberForm = MemberForm::Closed(
    &[
        ("derivation_version", MemberForm::Constant("1")),
        ("derivation_id", MemberForm::Text(1)),
        ("issued_at", MemberForm::DateTime),
        ("input_model", MemberForm::Same(&MODEL_IDENTITY)),
        ("output_model", MemberForm::Same(&MODEL_IDENTITY)),
        (
            "transform",
            MemberForm::Closed(
                &[("kind", MemberForm::Text(1))],
                &[
                    ("code_hash_b64u", MemberForm::Base64url),
                    ("params_hash_b64u", MemberForm::Base64url),
                    (
                        "build_steps",
                        MemberForm::List(0, usize::MAX, &MemberForm::Text(0)),
                    ),
                ],
            ),
        ),
    ],
    &[
        ("artifacts", MemberForm::List(0, usize::MAX, &ARTIFACT)),
        ("execution", MemberForm::Same(&EXECUTION_REFERENCE)),
        ("clawlogs", MemberForm::Same(&CLAWLOGS)),
        ("metadata", MemberForm::Object),
    ],
);

static ARTIFACT: MemberForm = MemberForm::Closed(
    &[
        ("type", MemberForm::Text(1)),
        ("hash_b64u", MemberForm::Base64url),
    ],
    &[
        ("uri", MemberForm::Text(0)),
        ("content_type", MemberForm::Text(0)),
    ],
);

static EXECUTION_REFERENCE: MemberForm = MemberForm::Closed(
    NONE,
    &[
        ("execution_attestation_hash_b64u", MemberForm::Base64url),
        ("proof_bundle_hash_b64u", MemberForm::Base64url),
    ],
);

static CLAWLOGS: MemberForm = MemberForm::Closed(
    NONE,
    &[
        ("log_entry_hash_b64u", MemberForm::Base64url),
        ("inclusion_proof", MemberForm::Same(&LOG_PROOF)),
    ],
);

static AUDIT_RESULT: MemberForm = MemberForm::Closed(
    &[
        ("audit_version", MemberForm::Constant("1")),
        ("audit_id", MemberForm::Text(1)),
        ("issued_at", MemberForm::DateTime),
        ("model", MemberForm::Same(&MODEL_IDENTITY)),
        ("audit_code", MemberForm::Same(&AUDIT_CODE)),
        ("dataset", MemberForm::Same(&DATASET)),
        ("protocol", MemberForm::Same(&PROTOCOL)),
        ("result", MemberForm::Same(&RESULT)),
    ],
    &[
        ("audit_pack", MemberForm::Same(&AUDIT_PACK)),
        ("expires_at", MemberForm::DateTime),
        ("derivation_attestation_hash_b64u", MemberForm::Base64url),
        ("execution", MemberForm::Same(&EXECUTION_REFERENCE)),
        ("clawlogs", MemberForm::Same(&CLAWLOGS)),
        ("metadata", MemberForm::Object),
    ],
);

static AUDIT_PACK: MemberForm = MemberForm::Closed(
    &[("pack_hash_b64u", MemberForm::Base64url)],
    &[
        ("pack_id", MemberForm::Text(0)),
        ("pack_version", MemberForm::Text(0)),
    ],
);

static AUDIT_CODE: MemberForm = MemberForm::Closed(
    &[("code_hash_b64u", MemberForm::Base64url)],
    &[
        ("repo_uri", MemberForm::TextOf("a URI", is_uri)),
        ("commit_sha", MemberForm::Text(0)),
        ("uri", MemberForm::Text(0)),
    ],
);

static DATASET: MemberForm = MemberForm::Closed(
    &[
        ("dataset_id", MemberForm::Text(1)),
        ("dataset_hash_b64u", MemberForm::Base64url),
        ("access", MemberForm::OneOf(&["public", "confidential"])),
    ],
    &[("uri", MemberForm::Text(0))],
);

static PROTOCOL: MemberForm = MemberForm::Closed(
    &[
        ("name", MemberForm::Text(1)),
        ("config_hash_b64u", MemberForm::Base64url),
    ],
    &[("seed", MemberForm::Number(f64::MIN, f64::MAX))],
);

static RESULT: MemberForm = MemberForm::Closed(
    &[
        ("status", MemberForm::OneOf(&["pass", "fail", "warn"])),
        ("results_hash_b64u", MemberForm::Base64url),
    ],
    &[("summary", MemberForm::Object)],
);

/// The envelope of a commit proof.
pub(super) static COMMIT_PROOF_ENVELOPE: MemberForm =
    MemberForm::Closed(&envelope("commit_proof", &COMMIT_PROOF), NONE);

static COMMIT_PROOF: MemberForm = MemberForm::Closed(
    &[
        ("proof_version", MemberForm::Constant("1")),
        ("repo_claim_id", MemberForm::Text(1)),
        ("commit_sha", MemberForm::Text(7)),
        ("repository", MemberForm::Text(1)),
    ],
    &[
        ("branch", MemberForm::Text(0)),
        ("run_id", MemberForm::Text(0)),
        ("proof_bundle_hash_b64u", MemberForm::Base64url),
        ("harness", MemberForm::Object),
        ("metadata", MemberForm::Object),
    ],
);
