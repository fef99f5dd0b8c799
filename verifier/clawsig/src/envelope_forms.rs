//! The schemas of the other envelopes: web receipts, attestations, commit proofs, receipts of side effects and
//! approvals (`schemas/clawsig.md` §7), and of the legacy log's proofs (`schemas/clawsig.md` §6.1).

use evidence::envelope::ENVELOPE_MEMBERS;

use super::model_forms::{MODEL_IDENTITY, REFERENCE};
use super::schema::{Form, Members, NONE, NOT_NEGATIVE, is_uri, is_url_alphabet};
use super::tool_forms;

/// What the schemas of envelopes say about the members that every envelope has.
pub(crate) struct Header {
    pub(crate) version: &'static str,
    pub(crate) envelope_type: Form,
    pub(crate) payload: Form,
    /// Of the payload's hash and of the signature.
    pub(crate) hash: Form,
    pub(crate) hash_algorithm: Form,
    pub(crate) signer: Form,
}

impl Header {
    /// What most schemas say.
    pub(crate) const fn new(envelope_type: &'static str, payload: Form) -> Self {
        Self {
            version: "1",
            envelope_type: Form::Constant(envelope_type),
            payload,
            hash: Form::Base64url,
            hash_algorithm: Form::OneOf(&["SHA-256", "BLAKE3"]),
            signer: Form::Did,
        }
    }

    /// The members with their forms.
    pub(crate) const fn members(self) -> [(&'static str, Form); 9] {
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
            (version, Form::Constant(self.version)),
            (envelope_type, self.envelope_type),
            (payload, self.payload),
            (payload_hash, self.hash),
            (hash_algorithm, self.hash_algorithm),
            (signature, self.hash),
            (algorithm, Form::Constant("Ed25519")),
            (signer, self.signer),
            (issued_at, Form::DateTime),
        ]
    }
}

/// The members of an envelope of one type around a payload of one form.
pub(crate) const fn envelope(
    envelope_type: &'static str,
    payload: &'static Form,
) -> [(&'static str, Form); 9] {
    Header::new(envelope_type, Form::Same(payload)).members()
}

/// An envelope may say when it ends to be of use.
pub(crate) const EXPIRES: Members = &[("expires_at", Form::DateTime)];

pub(super) static SIDE_EFFECT_ENVELOPE: Form = Form::Closed(
    &envelope("side_effect_receipt", &tool_forms::SIDE_EFFECT),
    EXPIRES,
);
/// The envelopes of receipts by somebody who watched the agent.
pub(super) static TOOL_OBSERVED_ENVELOPE: Form =
    Form::Closed(&envelope("tool_receipt", &tool_forms::PAYLOAD_OBSERVED), EXPIRES);
pub(super) static SIDE_EFFECT_OBSERVED_ENVELOPE: Form = Form::Closed(
    &envelope("side_effect_receipt", &tool_forms::SIDE_EFFECT_OBSERVED),
    EXPIRES,
);
pub(super) static APPROVAL_ENVELOPE: Form = Form::Closed(
    &envelope("human_approval_receipt", &tool_forms::APPROVAL),
    EXPIRES,
);

/// `web_receipt_envelope.v1`.
pub(super) static WEB_RECEIPT_ENVELOPE: Form = Form::Closed(&envelope("web_receipt", &WEB_RECEIPT), EXPIRES);

static WEB_RECEIPT: Form = Form::Closed(
    &[
        ("receipt_version", Form::Constant("1")),
        ("receipt_id", Form::Text(1)),
        ("witness_id", Form::Text(1)),
        (
            "source",
            Form::OneOf(&["chatgpt_web", "claude_web", "gemini_web", "other"]),
        ),
        ("request_hash_b64u", Form::Base64url),
        ("response_hash_b64u", Form::Base64url),
        ("timestamp", Form::DateTime),
    ],
    &[
        ("session_hash_b64u", Form::Base64url),
        ("binding", Form::Same(&tool_forms::BINDING)),
        ("transparency", Form::Same(&TRANSPARENCY)),
        ("metadata", Form::Object),
    ],
);

static TRANSPARENCY: Form = Form::Closed(
    NONE,
    &[
        ("inclusion_proof", Form::Same(&LOG_PROOF)),
        ("anchor_id", Form::Text(1)),
        ("anchor_uri", Form::Text(1)),
    ],
);

/// `log_inclusion_proof.v1`.
pub(super) static LOG_PROOF: Form = Form::Closed(
    &[
        ("proof_version", Form::Constant("1")),
        ("log_id", Form::Text(1)),
        ("tree_size", NOT_NEGATIVE),
        ("leaf_hash_b64u", Form::Base64url),
        ("root_hash_b64u", Form::Base64url),
        ("audit_path", Form::List(0, usize::MAX, &Form::Base64url)),
        ("root_published_at", Form::DateTime),
        (
            "root_signature",
            Form::Closed(&[("signer_did", Form::Did), ("sig_b64u", Form::Base64url)], NONE),
        ),
    ],
    &[("metadata", Form::Object)],
);

/// `execution_attestation_envelope.v1`.
pub(super) static EXECUTION_ENVELOPE: Form =
    Form::Closed(&envelope("execution_attestation", &EXECUTION), NONE);
/// `derivation_attestation_envelope.v1`.
pub(super) static DERIVATION_ENVELOPE: Form =
    Form::Closed(&envelope("derivation_attestation", &DERIVATION), NONE);
/// `audit_result_attestation_envelope.v1`.
pub(super) static AUDIT_RESULT_ENVELOPE: Form =
    Form::Closed(&envelope("audit_result_attestation", &AUDIT_RESULT), NONE);

/// The reference asks for run and bundle beyond what its schema does, with the same code.
static EXECUTION: Form = Form::Closed(
    &[
        ("attestation_version", Form::Constant("1")),
        ("attestation_id", Form::Text(1)),
        (
            "execution_type",
            Form::OneOf(&["sandbox_execution", "tee_execution"]),
        ),
        ("agent_did", Form::Did),
        ("attester_did", Form::Did),
        ("issued_at", Form::DateTime),
    ],
    &[
        ("run_id", Form::Text(0)),
        ("proof_bundle_hash_b64u", Form::Base64url),
        (
            "harness",
            Form::Closed(
                NONE,
                &[
                    ("id", Form::Text(0)),
                    ("version", Form::Text(0)),
                    ("runtime", Form::Text(0)),
                    ("config_hash_b64u", Form::TextOf("base64url", is_url_alphabet)),
                ],
            ),
        ),
        ("runtime_metadata", Form::Same(&RUNTIME_METADATA)),
        ("expires_at", Form::DateTime),
        ("metadata", Form::Object),
    ],
);

static RUNTIME_METADATA: Form = Form::Open(NONE, &[("tee", Form::Same(&ENVIRONMENT))]);

/// What is claimed of a trusted environment.
static ENVIRONMENT: Form = Form::Closed(
    &[
        (
            "attestation_type",
            Form::OneOf(&[
                "sgx_quote",
                "tdx_quote",
                "sev_snp_report",
                "nitro_attestation_doc",
                "generic_tee",
            ]),
        ),
        ("root_id", Form::Text(1)),
        ("tcb_version", Form::Text(1)),
        ("evidence_ref", Form::Same(&REFERENCE)),
        (
            "measurements",
            Form::Closed(
                &[("measurement_hash_b64u", Form::Base64url)],
                &[
                    ("runtime_digest_b64u", Form::Base64url),
                    ("kernel_digest_b64u", Form::Base64url),
                    ("model_weights_digest_b64u", Form::Base64url),
                ],
            ),
        ),
    ],
    &[
        (
            "tcb",
            Form::Closed(
                NONE,
                &[
                    (
                        "status",
                        Form::OneOf(&[
                            "up_to_date",
                            "out_of_date",
                            "configuration_needed",
                            "revoked",
                            "unknown",
                        ]),
                    ),
                    ("advisory_ids", Form::List(0, usize::MAX, &Form::Text(1))),
                ],
            ),
        ),
        ("nonce_binding_b64u", Form::Base64url),
        ("metadata", Form::Object),
    ],
);

static DERIVATION: Form = Form::Closed(
    &[
        ("derivation_version", Form::Constant("1")),
        ("derivation_id", Form::Text(1)),
        ("issued_at", Form::DateTime),
        ("input_model", Form::Same(&MODEL_IDENTITY)),
        ("output_model", Form::Same(&MODEL_IDENTITY)),
        (
            "transform",
            Form::Closed(
                &[("kind", Form::Text(1))],
                &[
                    ("code_hash_b64u", Form::Base64url),
                    ("params_hash_b64u", Form::Base64url),
                    ("build_steps", Form::List(0, usize::MAX, &Form::Text(0))),
                ],
            ),
        ),
    ],
    &[
        ("artifacts", Form::List(0, usize::MAX, &ARTIFACT)),
        ("execution", Form::Same(&EXECUTION_REFERENCE)),
        ("clawlogs", Form::Same(&CLAWLOGS)),
        ("metadata", Form::Object),
    ],
);

static ARTIFACT: Form = Form::Closed(
    &[("type", Form::Text(1)), ("hash_b64u", Form::Base64url)],
    &[("uri", Form::Text(0)), ("content_type", Form::Text(0))],
);

static EXECUTION_REFERENCE: Form = Form::Closed(
    NONE,
    &[
        ("execution_attestation_hash_b64u", Form::Base64url),
        ("proof_bundle_hash_b64u", Form::Base64url),
    ],
);

static CLAWLOGS: Form = Form::Closed(
    NONE,
    &[
        ("log_entry_hash_b64u", Form::Base64url),
        ("inclusion_proof", Form::Same(&LOG_PROOF)),
    ],
);

static AUDIT_RESULT: Form = Form::Closed(
    &[
        ("audit_version", Form::Constant("1")),
        ("audit_id", Form::Text(1)),
        ("issued_at", Form::DateTime),
        ("model", Form::Same(&MODEL_IDENTITY)),
        ("audit_code", Form::Same(&AUDIT_CODE)),
        ("dataset", Form::Same(&DATASET)),
        ("protocol", Form::Same(&PROTOCOL)),
        ("result", Form::Same(&RESULT)),
    ],
    &[
        ("audit_pack", Form::Same(&AUDIT_PACK)),
        ("expires_at", Form::DateTime),
        ("derivation_attestation_hash_b64u", Form::Base64url),
        ("execution", Form::Same(&EXECUTION_REFERENCE)),
        ("clawlogs", Form::Same(&CLAWLOGS)),
        ("metadata", Form::Object),
    ],
);

static AUDIT_PACK: Form = Form::Closed(
    &[("pack_hash_b64u", Form::Base64url)],
    &[("pack_id", Form::Text(0)), ("pack_version", Form::Text(0))],
);

static AUDIT_CODE: Form = Form::Closed(
    &[("code_hash_b64u", Form::Base64url)],
    &[
        ("repo_uri", Form::TextOf("a URI", is_uri)),
        ("commit_sha", Form::Text(0)),
        ("uri", Form::Text(0)),
    ],
);

static DATASET: Form = Form::Closed(
    &[
        ("dataset_id", Form::Text(1)),
        ("dataset_hash_b64u", Form::Base64url),
        ("access", Form::OneOf(&["public", "confidential"])),
    ],
    &[("uri", Form::Text(0))],
);

static PROTOCOL: Form = Form::Closed(
    &[("name", Form::Text(1)), ("config_hash_b64u", Form::Base64url)],
    &[("seed", Form::Number(f64::MIN, f64::MAX))],
);

static RESULT: Form = Form::Closed(
    &[
        ("status", Form::OneOf(&["pass", "fail", "warn"])),
        ("results_hash_b64u", Form::Base64url),
    ],
    &[("summary", Form::Object)],
);

/// The envelope of a commit proof.
pub(super) static COMMIT_PROOF_ENVELOPE: Form = Form::Closed(&envelope("commit_proof", &COMMIT_PROOF), NONE);

static COMMIT_PROOF: Form = Form::Closed(
    &[
        ("proof_version", Form::Constant("1")),
        ("repo_claim_id", Form::Text(1)),
        ("commit_sha", Form::Text(7)),
        ("repository", Form::Text(1)),
    ],
    &[
        ("branch", Form::Text(0)),
        ("run_id", Form::Text(0)),
        ("proof_bundle_hash_b64u", Form::Base64url),
        ("harness", Form::Object),
        ("metadata", Form::Object),
    ],
);
