//! The schemas of the other envelopes: web receipts, attestations, commit proofs, receipts of side effects and
//! approvals (`schemas/clawsig.md` §7), and of the legacy log's proofs (`schemas/clawsig.md` §6.1).

use super::model_forms::{MODEL_IDENTITY, REFERENCE};
use super::schema::{Form, Members, NOT_NEGATIVE, is_url_alphabet};
use super::tool_forms;
use super::uri::is_uri;

/// An envelope of one type around a payload of one form, with these optional members.
macro_rules! envelope {
    ($envelope_type:literal, $payload:path, $optional:expr) => {
        $crate::schema::Form::Members(&$crate::schema::Members {
            required: &[
                ("envelope_version", $crate::schema::Form::Constant("1")),
                ("envelope_type", $crate::schema::Form::Constant($envelope_type)),
                ("payload", $crate::schema::Form::Same(&$payload)),
                ("payload_hash_b64u", $crate::schema::Form::Base64url),
                (
                    "hash_algorithm",
                    $crate::schema::Form::OneOf(&["SHA-256", "BLAKE3"]),
                ),
                ("signature_b64u", $crate::schema::Form::Base64url),
                ("algorithm", $crate::schema::Form::Constant("Ed25519")),
                ("signer_did", $crate::schema::Form::Did),
                ("issued_at", $crate::schema::Form::DateTime),
            ],
            optional: $optional,
            open: false,
        })
    };
}

pub(super) use envelope;

/// An envelope may say when it ends to be of use.
pub(super) const EXPIRES: &[(&str, Form)] = &[("expires_at", Form::DateTime)];
/// An envelope without such a member.
pub(super) const EXPIRES_NEVER: &[(&str, Form)] = &[];

pub(super) static SIDE_EFFECT_ENVELOPE: Form =
    envelope!("side_effect_receipt", tool_forms::SIDE_EFFECT, EXPIRES);
/// The envelopes of receipts by somebody who watched the agent.
pub(super) static TOOL_OBSERVED_ENVELOPE: Form =
    envelope!("tool_receipt", tool_forms::PAYLOAD_OBSERVED, EXPIRES);
pub(super) static SIDE_EFFECT_OBSERVED_ENVELOPE: Form =
    envelope!("side_effect_receipt", tool_forms::SIDE_EFFECT_OBSERVED, EXPIRES);
pub(super) static APPROVAL_ENVELOPE: Form =
    envelope!("human_approval_receipt", tool_forms::APPROVAL, EXPIRES);

/// `web_receipt_envelope.v1`.
pub(super) static WEB_RECEIPT_ENVELOPE: Form = envelope!("web_receipt", WEB_RECEIPT, EXPIRES);

static WEB_RECEIPT: Form = Form::Members(&Members {
    required: &[
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
    optional: &[
        ("session_hash_b64u", Form::Base64url),
        ("binding", Form::Same(&tool_forms::BINDING)),
        ("transparency", Form::Members(&TRANSPARENCY)),
        ("metadata", Form::Object),
    ],
    open: false,
});

static TRANSPARENCY: Members = Members {
    required: &[],
    optional: &[
        ("inclusion_proof", Form::Same(&LOG_PROOF)),
        ("anchor_id", Form::Text(1)),
        ("anchor_uri", Form::Text(1)),
    ],
    open: false,
};

/// `log_inclusion_proof.v1`.
pub(super) static LOG_PROOF: Form = Form::Members(&Members {
    required: &[
        ("proof_version", Form::Constant("1")),
        ("log_id", Form::Text(1)),
        ("tree_size", NOT_NEGATIVE),
        ("leaf_hash_b64u", Form::Base64url),
        ("root_hash_b64u", Form::Base64url),
        ("audit_path", Form::List(0, usize::MAX, &Form::Base64url)),
        ("root_published_at", Form::DateTime),
        (
            "root_signature",
            Form::Members(&Members {
                required: &[("signer_did", Form::Did), ("sig_b64u", Form::Base64url)],
                optional: &[],
                open: false,
            }),
        ),
    ],
    optional: &[("metadata", Form::Object)],
    open: false,
});

/// `execution_attestation_envelope.v1`.
pub(super) static EXECUTION_ENVELOPE: Form = envelope!("execution_attestation", EXECUTION, EXPIRES_NEVER);
/// `derivation_attestation_envelope.v1`.
pub(super) static DERIVATION_ENVELOPE: Form = envelope!("derivation_attestation", DERIVATION, EXPIRES_NEVER);
/// `audit_result_attestation_envelope.v1`.
pub(super) static AUDIT_RESULT_ENVELOPE: Form =
    envelope!("audit_result_attestation", AUDIT_RESULT, EXPIRES_NEVER);

/// The reference asks for run and bundle beyond what its schema does, with the same code.
static EXECUTION: Form = Form::Members(&Members {
    required: &[
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
    optional: &[
        ("run_id", Form::Text(0)),
        ("proof_bundle_hash_b64u", Form::Base64url),
        (
            "harness",
            Form::Members(&Members {
                required: &[],
                optional: &[
                    ("id", Form::Text(0)),
                    ("version", Form::Text(0)),
                    ("runtime", Form::Text(0)),
                    ("config_hash_b64u", Form::TextOf("base64url", is_url_alphabet)),
                ],
                open: false,
            }),
        ),
        ("runtime_metadata", Form::Members(&RUNTIME_METADATA)),
        ("expires_at", Form::DateTime),
        ("metadata", Form::Object),
    ],
    open: false,
});

static RUNTIME_METADATA: Members = Members {
    required: &[],
    optional: &[("tee", Form::Members(&ENVIRONMENT))],
    open: true,
};

/// What is claimed of a trusted environment.
static ENVIRONMENT: Members = Members {
    required: &[
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
            Form::Members(&Members {
                required: &[("measurement_hash_b64u", Form::Base64url)],
                optional: &[
                    ("runtime_digest_b64u", Form::Base64url),
                    ("kernel_digest_b64u", Form::Base64url),
                    ("model_weights_digest_b64u", Form::Base64url),
                ],
                open: false,
            }),
        ),
    ],
    optional: &[
        (
            "tcb",
            Form::Members(&Members {
                required: &[],
                optional: &[
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
                open: false,
            }),
        ),
        ("nonce_binding_b64u", Form::Base64url),
        ("metadata", Form::Object),
    ],
    open: false,
};

static DERIVATION: Form = Form::Members(&Members {
    required: &[
        ("derivation_version", Form::Constant("1")),
        ("derivation_id", Form::Text(1)),
        ("issued_at", Form::DateTime),
        ("input_model", Form::Same(&MODEL_IDENTITY)),
        ("output_model", Form::Same(&MODEL_IDENTITY)),
        (
            "transform",
            Form::Members(&Members {
                required: &[("kind", Form::Text(1))],
                optional: &[
                    ("code_hash_b64u", Form::Base64url),
                    ("params_hash_b64u", Form::Base64url),
                    ("build_steps", Form::List(0, usize::MAX, &Form::Text(0))),
                ],
                open: false,
            }),
        ),
    ],
    optional: &[
        ("artifacts", Form::List(0, usize::MAX, &ARTIFACT)),
        ("execution", Form::Same(&EXECUTION_REFERENCE)),
        ("clawlogs", Form::Same(&CLAWLOGS)),
        ("metadata", Form::Object),
    ],
    open: false,
});

static ARTIFACT: Form = Form::Members(&Members {
    required: &[("type", Form::Text(1)), ("hash_b64u", Form::Base64url)],
    optional: &[("uri", Form::Text(0)), ("content_type", Form::Text(0))],
    open: false,
});

static EXECUTION_REFERENCE: Form = Form::Members(&Members {
    required: &[],
    optional: &[
        ("execution_attestation_hash_b64u", Form::Base64url),
        ("proof_bundle_hash_b64u", Form::Base64url),
    ],
    open: false,
});

static CLAWLOGS: Form = Form::Members(&Members {
    required: &[],
    optional: &[
        ("log_entry_hash_b64u", Form::Base64url),
        ("inclusion_proof", Form::Same(&LOG_PROOF)),
    ],
    open: false,
});

static AUDIT_RESULT: Form = Form::Members(&Members {
    required: &[
        ("audit_version", Form::Constant("1")),
        ("audit_id", Form::Text(1)),
        ("issued_at", Form::DateTime),
        ("model", Form::Same(&MODEL_IDENTITY)),
        ("audit_code", Form::Members(&AUDIT_CODE)),
        ("dataset", Form::Members(&DATASET)),
        ("protocol", Form::Members(&PROTOCOL)),
        ("result", Form::Members(&RESULT)),
    ],
    optional: &[
        ("audit_pack", Form::Members(&AUDIT_PACK)),
        ("expires_at", Form::DateTime),
        ("derivation_attestation_hash_b64u", Form::Base64url),
        ("execution", Form::Same(&EXECUTION_REFERENCE)),
        ("clawlogs", Form::Same(&CLAWLOGS)),
        ("metadata", Form::Object),
    ],
    open: false,
});

static AUDIT_PACK: Members = Members {
    required: &[("pack_hash_b64u", Form::Base64url)],
    optional: &[("pack_id", Form::Text(0)), ("pack_version", Form::Text(0))],
    open: false,
};

static AUDIT_CODE: Members = Members {
    required: &[("code_hash_b64u", Form::Base64url)],
    optional: &[
        ("repo_uri", Form::TextOf("a URI", is_uri)),
        ("commit_sha", Form::Text(0)),
        ("uri", Form::Text(0)),
    ],
    open: false,
};

static DATASET: Members = Members {
    required: &[
        ("dataset_id", Form::Text(1)),
        ("dataset_hash_b64u", Form::Base64url),
        ("access", Form::OneOf(&["public", "confidential"])),
    ],
    optional: &[("uri", Form::Text(0))],
    open: false,
};

static PROTOCOL: Members = Members {
    required: &[("name", Form::Text(1)), ("config_hash_b64u", Form::Base64url)],
    optional: &[("seed", Form::Number(f64::MIN, f64::MAX))],
    open: false,
};

static RESULT: Members = Members {
    required: &[
        ("status", Form::OneOf(&["pass", "fail", "warn"])),
        ("results_hash_b64u", Form::Base64url),
    ],
    optional: &[("summary", Form::Object)],
    open: false,
};

/// The envelope of a commit proof.
pub(super) static COMMIT_PROOF_ENVELOPE: Form = envelope!("commit_proof", COMMIT_PROOF, EXPIRES_NEVER);

static COMMIT_PROOF: Form = Form::Members(&Members {
    required: &[
        ("proof_version", Form::Constant("1")),
        ("repo_claim_id", Form::Text(1)),
        ("commit_sha", Form::Text(7)),
        ("repository", Form::Text(1)),
    ],
    optional: &[
        ("branch", Form::Text(0)),
        ("run_id", Form::Text(0)),
        ("proof_bundle_hash_b64u", Form::Base64url),
        ("harness", Form::Object),
        ("metadata", Form::Object),
    ],
    open: false,
});
