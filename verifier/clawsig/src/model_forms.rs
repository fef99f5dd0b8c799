//! `model_identity.v1`: what a receipt or an attestation claims of a model (`schemas/clawsig.md` §4.1, §5.4).

use super::schema::{MemberForm, NONE, NOT_NEGATIVE};

/// `model_identity.v1`.
pub(super) static MODEL_IDENTITY: MemberForm = MemberForm::Closed(
    &[
        ("model_identity_version", MemberForm::Constant("1")),
        (
            "tier",
            MemberForm::OneOf(&[
                "closed_opaque",
                "closed_provider_manifest",
                "openweights_hashable",
                "tee_measured",
            ]),
        ),
        ("model", MemberForm::Same(&MODEL)),
    ],
    &[
        ("gateway_observed", MemberForm::Same(&OBSERVED)),
        ("artifacts", MemberForm::Same(&ARTIFACTS)),
        ("metadata", MemberForm::Object),
    ],
);

static MODEL: MemberForm = MemberForm::Closed(
    &[("provider", MemberForm::Text(1)), ("name", MemberForm::Text(1))],
    &[
        ("family", MemberForm::Text(0)),
        ("endpoint", MemberForm::Text(0)),
        ("region", MemberForm::Text(0)),
        ("deployment_id", MemberForm::Text(0)),
        ("revision", MemberForm::Text(0)),
    ],
);

static OBSERVED: MemberForm = MemberForm::Closed(
    &[
        ("gateway_id", MemberForm::Did),
        ("observed_at", MemberForm::DateTime),
    ],
    &[
        ("request_id", MemberForm::Text(0)),
        ("provider_response_fingerprint", MemberForm::Text(0)),
        (
            "transport",
            MemberForm::Closed(
                NONE,
                &[
                    ("provider_api", MemberForm::Text(0)),
                    ("http_status", NOT_NEGATIVE),
                    ("latency_ms", NOT_NEGATIVE),
                ],
            ),
        ),
    ],
);

static ARTIFACTS: MemberForm = MemberForm::Closed(
    NONE,
    &[
        ("provider_manifest", MemberForm::Same(&PROVIDER_MANIFEST)),
        ("openweights", MemberForm::Same(&OPENWEIGHTS)),
        ("tee_measurement", MemberForm::Same(&TEE_MEASUREMENT)),
    ],
);

static PROVIDER_MANIFEST: MemberForm = MemberForm::Closed(
    &[
        ("manifest_type", MemberForm::Constant("provider_build_manifest")),
        ("hash_b64u", MemberForm::Base64url),
    ],
    &[
        ("uri", MemberForm::Text(0)),
        ("content_type", MemberForm::Text(0)),
        (
            "signature",
            MemberForm::Closed(
                &[
                    ("signer_did", MemberForm::Did),
                    ("signature_envelope_ref", MemberForm::Same(&REFERENCE)),
                ],
                NONE,
            ),
        ),
    ],
);

static OPENWEIGHTS: MemberForm = MemberForm::Closed(
    NONE,
    &[
        ("weights_format", MemberForm::Text(0)),
        ("weights", MemberForm::List(0, usize::MAX, &WEIGHTS)),
        ("tokenizer", MemberForm::Object),
        ("config", MemberForm::Object),
        ("serving_code", MemberForm::Object),
    ],
);

static WEIGHTS: MemberForm = MemberForm::Closed(
    &[("hash_b64u", MemberForm::Base64url)],
    &[("file_name", MemberForm::Text(0)), ("size_bytes", NOT_NEGATIVE)],
);

static TEE_MEASUREMENT: MemberForm = MemberForm::Closed(
    NONE,
    &[
        ("attestation_type", MemberForm::Text(0)),
        ("attestation_report_ref", MemberForm::Same(&REFERENCE)),
        ("measurement", MemberForm::Object),
        ("tcb", MemberForm::Object),
    ],
);

/// A document elsewhere, by type and hash.
pub(super) static REFERENCE: MemberForm = MemberForm::Closed(
    &[
        ("resource_type", MemberForm::Text(1)),
        ("resource_hash_b64u", MemberForm::Base64url),
    ],
    &[("uri", MemberForm::Text(0))],
);
