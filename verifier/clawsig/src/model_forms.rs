//! `model_identity.v1`: what a receipt or an attestation claims of a model (`schemas/clawsig.md` §4.1, §5.4).

use super::schema::MemberForm::{
    self, AnyObject, Base64url, Closed, Constant, DateTime, Did, OneOf, Same, Text,
};
use super::schema::{NONE, NOT_NEGATIVE, list_of};

/// `model_identity.v1`.
pub(super) static MODEL_IDENTITY: MemberForm = Closed(
    &[
        ("model_identity_version", Constant("1")),
        (
            "tier",
            OneOf(&[
                "closed_opaque",
                "closed_provider_manifest",
                "openweights_hashable",
                "tee_measured",
            ]),
        ),
        ("model", Same(&MODEL)),
    ],
    &[
        ("gateway_observed", Same(&OBSERVED)),
        ("artifacts", Same(&ARTIFACTS)),
        ("metadata", AnyObject),
    ],
);

static MODEL: MemberForm = Closed(
    &[("provider", Text(1)), ("name", Text(1))],
    &[
        ("family", Text(0)),
        ("endpoint", Text(0)),
        ("region", Text(0)),
        ("deployment_id", Text(0)),
        ("revision", Text(0)),
    ],
);

static OBSERVED: MemberForm = Closed(
    &[("gateway_id", Did), ("observed_at", DateTime)],
    &[
        ("request_id", Text(0)),
        ("provider_response_fingerprint", Text(0)),
        (
            "transport",
            Closed(
                NONE,
                &[
                    ("provider_api", Text(0)),
                    ("http_status", NOT_NEGATIVE),
                    ("latency_ms", NOT_NEGATIVE),
                ],
            ),
        ),
    ],
);

static ARTIFACTS: MemberForm = Closed(
    NONE,
    &[
        ("provider_manifest", Same(&PROVIDER_MANIFEST)),
        ("openweights", Same(&OPENWEIGHTS)),
        ("tee_measurement", Same(&TEE_MEASUREMENT)),
    ],
);

static PROVIDER_MANIFEST: MemberForm = Closed(
    &[
        ("manifest_type", Constant("provider_build_manifest")),
        ("hash_b64u", Base64url),
    ],
    &[
        ("uri", Text(0)),
        ("content_type", Text(0)),
        (
            "signature",
            Closed(
                &[("signer_did", Did), ("signature_envelope_ref", Same(&REFERENCE))],
                NONE,
            ),
        ),
    ],
);

static OPENWEIGHTS: MemberForm = Closed(
    NONE,
    &[
        ("weights_format", Text(0)),
        ("weights", list_of(&WEIGHTS)),
        ("tokenizer", AnyObject),
        ("config", AnyObject),
        ("serving_code", AnyObject),
    ],
);

static WEIGHTS: MemberForm = Closed(
    &[("hash_b64u", Base64url)],
    &[("file_name", Text(0)), ("size_bytes", NOT_NEGATIVE)],
);

static TEE_MEASUREMENT: MemberForm = Closed(
    NONE,
    &[
        ("attestation_type", Text(0)),
        ("attestation_report_ref", Same(&REFERENCE)),
        ("measurement", AnyObject),
        ("tcb", AnyObject),
    ],
);

/// A document elsewhere, by type and hash.
pub(super) static REFERENCE: MemberForm = Closed(
    &[("resource_type", Text(1)), ("resource_hash_b64u", Base64url)],
    &[("uri", Text(0))],
);
