//! `model_identity.v1`: what a receipt or an attestation claims of a model (`schemas/clawsig.md` §4.1, §5.4).

use super::schema::{Form, Members, NOT_NEGATIVE};

/// `model_identity.v1`.
pub(super) static MODEL_IDENTITY: Form = Form::Members(&Members {
    required: &[
        ("model_identity_version", Form::Constant("1")),
        (
            "tier",
            Form::OneOf(&[
                "closed_opaque",
                "closed_provider_manifest",
                "openweights_hashable",
                "tee_measured",
            ]),
        ),
        ("model", Form::Members(&MODEL)),
    ],
    optional: &[
        ("gateway_observed", Form::Members(&OBSERVED)),
        ("artifacts", Form::Members(&ARTIFACTS)),
        ("metadata", Form::Object),
    ],
    open: false,
});

static MODEL: Members = Members {
    required: &[("provider", Form::Text(1)), ("name", Form::Text(1))],
    optional: &[
        ("family", Form::Text(0)),
        ("endpoint", Form::Text(0)),
        ("region", Form::Text(0)),
        ("deployment_id", Form::Text(0)),
        ("revision", Form::Text(0)),
    ],
    open: false,
};

static OBSERVED: Members = Members {
    required: &[("gateway_id", Form::Did), ("observed_at", Form::DateTime)],
    optional: &[
        ("request_id", Form::Text(0)),
        ("provider_response_fingerprint", Form::Text(0)),
        (
            "transport",
            Form::Members(&Members {
                required: &[],
                optional: &[
                    ("provider_api", Form::Text(0)),
                    ("http_status", NOT_NEGATIVE),
                    ("latency_ms", NOT_NEGATIVE),
                ],
                open: false,
            }),
        ),
    ],
    open: false,
};

static ARTIFACTS: Members = Members {
    required: &[],
    optional: &[
        ("provider_manifest", Form::Members(&PROVIDER_MANIFEST)),
        ("openweights", Form::Members(&OPENWEIGHTS)),
        ("tee_measurement", Form::Members(&TEE_MEASUREMENT)),
    ],
    open: false,
};

static PROVIDER_MANIFEST: Members = Members {
    required: &[
        ("manifest_type", Form::Constant("provider_build_manifest")),
        ("hash_b64u", Form::Base64url),
    ],
    optional: &[
        ("uri", Form::Text(0)),
        ("content_type", Form::Text(0)),
        (
            "signature",
            Form::Members(&Members {
                required: &[
                    ("signer_did", Form::Did),
                    ("signature_envelope_ref", Form::Same(&REFERENCE)),
                ],
                optional: &[],
                open: false,
            }),
        ),
    ],
    open: false,
};

static OPENWEIGHTS: Members = Members {
    required: &[],
    optional: &[
        ("weights_format", Form::Text(0)),
        ("weights", Form::List(0, usize::MAX, &WEIGHTS)),
        ("tokenizer", Form::Object),
        ("config", Form::Object),
        ("serving_code", Form::Object),
    ],
    open: false,
};

static WEIGHTS: Form = Form::Members(&Members {
    required: &[("hash_b64u", Form::Base64url)],
    optional: &[("file_name", Form::Text(0)), ("size_bytes", NOT_NEGATIVE)],
    open: false,
});

static TEE_MEASUREMENT: Members = Members {
    required: &[],
    optional: &[
        ("attestation_type", Form::Text(0)),
        ("attestation_report_ref", Form::Same(&REFERENCE)),
        ("measurement", Form::Object),
        ("tcb", Form::Object),
    ],
    open: false,
};

/// A document elsewhere, by type and hash.
pub(super) static REFERENCE: Form = Form::Members(&Members {
    required: &[
        ("resource_type", Form::Text(1)),
        ("resource_hash_b64u", Form::Base64url),
    ],
    optional: &[("uri", Form::Text(0))],
    open: false,
});
