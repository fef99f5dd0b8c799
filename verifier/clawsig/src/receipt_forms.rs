//! The form of gateway receipts (`schemas/clawsig.md` §4.1): as a bundle's schema has it, and with what the schema of
//! receipts adds for their metadata.

use crate::envelope_forms::{EXPIRES, LOG_PROOF, envelope};
use crate::model_forms::MODEL_IDENTITY;
use crate::schema::MemberForm::{
    self, Base64url, Closed, Constant, Count, DateTime, Integer, Number, OneOf, Open, Same, Text,
};
use crate::schema::{self, NONE, NOT_NEGATIVE, list_of};
use crate::tool_forms::BINDING;
use evidence::fault::Fault;
use evidence::json::Value;

/// A gateway receipt in its envelope, as an item of a bundle's `receipts`.
pub(crate) static RECEIPT: MemberForm = Closed(&envelope("gateway_receipt", &RECEIPT_PAYLOAD), EXPIRES);

static RECEIPT_PAYLOAD: MemberForm = Closed(
    &[
        ("receipt_version", Constant("1")),
        ("receipt_id", Text(1)),
        ("gateway_id", Text(1)),
        ("provider", Text(1)),
        ("model", Text(1)),
        ("request_hash_b64u", Base64url),
        ("response_hash_b64u", Base64url),
        ("tokens_input", NOT_NEGATIVE),
        ("tokens_output", NOT_NEGATIVE),
        ("latency_ms", NOT_NEGATIVE),
        ("timestamp", DateTime),
    ],
    &[("binding", Same(&BINDING)), ("metadata", Same(&METADATA))],
);

static METADATA: MemberForm = Open(
    NONE,
    &[
        ("model_identity", Same(&MODEL_IDENTITY)),
        ("model_identity_hash_b64u", Base64url),
        ("audit_result_refs", list_of(&AUDIT_RESULT)),
    ],
);

static AUDIT_RESULT: MemberForm = Closed(
    &[("resource_hash_b64u", Base64url)],
    &[("resource_type", Text(0)), ("uri", Text(0))],
);

/// Holds a receipt against its own schema (`gateway_receipt_envelope.v1`).
pub(crate) fn check_receipt(receipt: &Value) -> Result<(), Fault> {
    schema::check(&RECEIPT, receipt)?;
    check_further_metadata(receipt)
}

/// What the schema of receipts has and a bundle's has not.
pub(crate) fn check_further_metadata(receipt: &Value) -> Result<(), Fault> {
    let payload = receipt.as_object().and_then(|receipt| receipt.get("payload"));
    let metadata = payload
        .and_then(Value::as_object)
        .and_then(|payload| payload.get("metadata"));
    metadata.map_or(Ok(()), |metadata| {
        let in_payload = |fault| schema::below("payload", schema::below("metadata", fault));
        schema::check(&FURTHER_METADATA, metadata).map_err(in_payload)
    })
}

pub(crate) static FURTHER_METADATA: MemberForm = Open(
    NONE,
    &[
        ("x402_payment_ref", Text(1)),
        ("x402_amount_minor", Count),
        ("x402_currency", Text(1)),
        ("x402_network", Text(1)),
        ("x402_payment_auth_hash_b64u", Base64url),
        ("log_inclusion_proof", Same(&LOG_PROOF)),
        ("kinematic_fingerprint", Same(&FINGERPRINT)),
        ("sentinel_anomaly_report", Same(&ANOMALIES)),
    ],
);

const ANY_NUMBER: MemberForm = Number(f64::MIN, f64::MAX);

pub(crate) static FINGERPRINT: MemberForm = Closed(
    &[
        ("ttft_ms", ANY_NUMBER),
        ("itl_p50_ms", ANY_NUMBER),
        ("itl_p95_ms", ANY_NUMBER),
        ("itl_stddev_ms", ANY_NUMBER),
        ("chunk_count", Integer),
        ("burst_signature_b64u", Text(0)),
    ],
    &[
        ("hardware_inferred", Text(0)),
        ("confidence_score", Number(0.0, 1.0)),
        ("total_tokens", Integer),
        ("total_duration_ms", ANY_NUMBER),
    ],
);

pub(crate) static ANOMALIES: MemberForm = Closed(
    &[
        ("threat_score", Number(0.0, 100.0)),
        (
            "anomaly_type",
            OneOf(&[
                "benign",
                "prompt_injection_suspected",
                "data_exfiltration_topology",
                "alien_trajectory",
                "model_impersonation",
            ]),
        ),
    ],
    &[
        ("global_prevalence", Integer),
        ("nearest_neighbors", list_of(&Text(0))),
        ("confidence", Number(0.0, 1.0)),
    ],
);
