//! `model_identity.v1`: what a receipt or an attestation claims of a model (`schemas/clawsig.md` §4.1, §5.4).

use super::schema::{Form, NONE, NOT_NEGATIVE};

/// `model_identity.v1`.
pub(super) static MODEL_IDENTITY: Form = Form::Closed(
    &[
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
        ("model", Form::Same(&MODEL)),
    ],
    &[
        ("gateway_observed", Form::Same(&OBSERVED)),
        ("artifacts", Form::Same(&ARTIFACTS)),
        ("metadata", Form::Object),
    ],
);

static MODEL: Form = Form::Closed(
    &[("provider", Form::Text(1)), ("name", Form::Text(1))],
    &[
        ("family", Form::Text(0)),
        ("endpoint", Form::Text(0)),
        ("region", Form::Text(0)),
        ("deployment_id", Form::Text(0)),
        ("revision", Form::Text(0)),
    ],
);

static OBSERVED: Form = Form::Closed(
    &[("gateway_id", Form::Did), ("observed_at", Form::DateTime)],
    &[
        ("request_id", Form::Text(0)),
        ("provider_response_fingerprint", Form::Text(0)),
        (
            "transport",
            Form::Closed(
                NONE,
                &[
                    ("provider_api", Form::Text(0)),
                    ("http_status", NOT_NEGATIVE),
                    ("latency_ms", NOT_NEGATIVE),
                ],
            ),
        ),
    ],
);

static ARTIFACTS: Form = Form::Closed(
    NONE,
    &[
        ("provider_manifest", Form::Same(&PROVIDER_MANIFEST)),
        ("openweights", Form::Same(&OPENWEIGHTS)),
        ("tee_measurement", Form::Same(&TEE_MEASUREMENT)),
    ],
);

static PROVIDER_MANIFEST: Form = Form::Closed(
    &[
        ("manifest_type", Form::Constant("provider_build_manifest")),
        ("hash_b64u", Form::Base64url),
    ],
    &[
        ("uri", Form::Text(0)),
        ("content_type", Form::Text(0)),
        (
            "signature",
            Form::Closed(
                &[
                    ("signer_did", Form::Did),
                    ("signature_envelope_ref", Form::Same(&REFERENCE)),
                ],
                NONE,
            ),
        ),
    ],
);

static OPENWEIGHTS: Form = Form::Closed(
    NONE,
    &[
        ("weights_format", Form::Text(0)),
        ("weights", Form::List(0, usize::MAX, &WEIGHTS)),
        ("tokenizer", Form::Object),
        ("config", Form::Object),
        ("serving_code", Form::Object),
    ],
);

static WEIGHTS: Form = Form::Closed(
    &[("hash_b64u", Form::Base64url)],
    &[("file_name", Form::Text(0)), ("size_bytes", NOT_NEGATIVE)],
);

static TEE_MEASUREMENT: Form = Form::Closed(
    NONE,
    &[
        ("attestation_type", Form::Text(0)),
        ("attestation_report_ref", Form::Same(&REFERENCE)),
        ("measurement", Form::Object),
        ("tcb", Form::Object),
    ],
);

/// A document elsewhere, by type and hash.
pub(super) static REFERENCE: Form = Form::Closed(
    &[
        ("resource_type", Form::Text(1)),
        ("resource_hash_b64u", Form::Base64url),
    ],
    &[("uri", Form::Text(0))],
);
