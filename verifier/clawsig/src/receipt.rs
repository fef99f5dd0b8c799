//! Gateway receipts (`schemas/clawsig.md` §4.3, §4.4).

use evidence::digest::{PayloadHash, StatementDigest};
use evidence::envelope;
use evidence::fault::shorten;
use evidence::json::{self, Object, Value};
use evidence::payload::{self, GatewayReceipt, Payload};
use evidence::report::Details;
use evidence::rfc3339;
use tlog::hash::sha256;
use tlog::index::TimestampMs;

use super::schema::MemberForm;
use super::signed_envelope::{self, EnvelopeForm, WellFormedEnvelope};
use super::{ClawsigFailure, ClawsigOptions, Reason};
use crate::receipt_forms::{check_further_metadata, check_receipt};

/// Most tokens of one call.
const TOKENS_MAX: u64 = 10_000_000;
/// Longest call: one hour.
const LATENCY_MS_MAX: u64 = 3_600_000;

/// What a receipt has to be. Its schema is checked apart: of a receipt in a bundle, most of it was before.
const EXPECTED: EnvelopeForm = EnvelopeForm {
    envelope_type: "gateway_receipt",
    versions: &[("1", &MemberForm::Any)],
};

/// A gateway receipt whose form, hash and signature hold, by any signer.
#[derive(Clone, PartialEq, Debug)]
pub struct VerifiedReceipt {
    /// Identifies what was signed.
    pub statement: StatementDigest,
    /// SHA-256(JCS(payload)), without a detached log proof: the same for a payload that is signed again.
    pub payload_digest: PayloadHash,
    /// DID of the signer.
    pub signer: String,
    /// The decoded payload.
    pub receipt: GatewayReceipt,
    /// Whether the hash is that of the payload without the log proof that the gateway put into it after
    /// signing. The reference refuses such receipts; the proof is nobody's word and is not read.
    pub log_proof_detached: bool,
}

/// Verifies a gateway receipt in its envelope, by the order of the reference's `verifyReceipt`.
///
/// # Errors
/// In this order: `MALFORMED_ENVELOPE`, `UNKNOWN_*`, `SCHEMA_VALIDATION_FAILED`, `INVALID_DID_FORMAT`,
/// `DEPENDENCY_NOT_CONFIGURED`, `CLAIM_NOT_FOUND`, `MALFORMED_ENVELOPE`, `HASH_MISMATCH`, `INVALID_DID_FORMAT`,
/// `SIGNATURE_INVALID`; then ours.
pub fn verify_gateway_receipt(
    document: &Value,
    options: &ClawsigOptions<'_>,
) -> Result<VerifiedReceipt, ClawsigFailure> {
    let envelope = signed_envelope::read(document, &EXPECTED)?;
    check_receipt(document)?;
    envelope.check_signer()?;
    envelope.check_allowed(options.gateways, "gateway")?;
    envelope.check_issued_at()?;
    let verified = verify(document, &envelope)?;
    for (time, what) in [
        (Some(verified.receipt.timestamp.at()), "timestamp"),
        (rfc3339::parse(envelope.text("issued_at")), "issued_at"),
    ] {
        check_not_ahead(time, options.at, what)?;
    }
    Ok(verified)
}

/// Verifies a receipt of a bundle that was held against its schema. Whether its signer counts is the
/// bundle's question.
pub(super) fn verify_embedded(document: &Value) -> Result<VerifiedReceipt, ClawsigFailure> {
    let envelope = signed_envelope::read(document, &EXPECTED)?;
    check_further_metadata(document)?;
    envelope.check_issued_at()?;
    verify(document, &envelope)
}

fn verify(document: &Value, envelope: &WellFormedEnvelope<'_>) -> Result<VerifiedReceipt, ClawsigFailure> {
    let payload = envelope.document().object("payload");
    let payload = payload
        .filter(|payload| has_sound_numbers(payload))
        .ok_or_else(|| {
            let message = "a gateway receipt counts tokens or milliseconds that cannot be";
            ClawsigFailure::fail(Reason::MalformedEnvelope, message)
        })?;
    let (statement, payload_digest, log_proof_detached) = match envelope.check_hash(Reason::HashMismatch) {
        Ok(()) => {
            let verified = envelope.check_signature()?;
            let digest = PayloadHash::from_bytes(sha256(json::jcs_of_object(payload).as_bytes()));
            (verified.statement(EXPECTED.envelope_type, ""), digest, false)
        }
        // A receipt that hashes without the log proof in its metadata; everything else stays a mismatch.
        Err(failure) => match envelope::verify(document) {
            Ok(verified) => (verified.statement(), verified.payload_digest(), true),
            Err(_) => return Err(failure),
        },
    };
    let decoded = payload::decode_as_written(EXPECTED.envelope_type, payload, "/payload")?;
    let Payload::GatewayReceipt(receipt) = decoded.payload else {
        let message = "the payload is not that of a gateway receipt";
        return Err(ClawsigFailure::fail(Reason::SchemaValidationFailed, message));
    };
    Ok(VerifiedReceipt {
        statement,
        payload_digest,
        signer: envelope.text("signer_did").to_owned(),
        receipt,
        log_proof_detached,
    })
}

/// The limits that the reference has in code; its schema says only that they are not negative.
fn has_sound_numbers(payload: &Object) -> bool {
    let within = |name: &str, max: u64| {
        let number = payload.get(name).and_then(Value::as_u64);
        number.is_some_and(|number| number <= max)
    };
    within("tokens_input", TOKENS_MAX)
        && within("tokens_output", TOKENS_MAX)
        && within("latency_ms", LATENCY_MS_MAX)
        && payload
            .text("timestamp")
            .is_some_and(|timestamp| rfc3339::parse(timestamp).is_some())
}

/// Refuses a time that lies ahead of the time of verification by more than the clocks may differ.
pub(super) fn check_not_ahead(
    time: Option<TimestampMs>,
    at: Option<TimestampMs>,
    what: &str,
) -> Result<(), ClawsigFailure> {
    let (Some(time), Some(at)) = (time, at) else {
        return Ok(());
    };
    if signed_envelope::is_past(at, Some(time), signed_envelope::SKEW_MS) {
        let message = format!("{what} lies ahead of the time of verification");
        return Err(ClawsigFailure::fail(Reason::FutureTimestampPoisoning, message));
    }
    Ok(())
}

impl VerifiedReceipt {
    /// Names what the receipt says.
    pub(super) fn note(&self, details: &mut Details) {
        details.set("signer_did", self.signer.as_str());
        details.set("statement", self.statement.to_string());
        details.set(
            "log_proof",
            if self.log_proof_detached {
                "detached"
            } else {
                "none"
            },
        );
        let receipt = &self.receipt;
        for (name, text) in [
            ("receipt_id", receipt.receipt_id.as_str()),
            ("gateway_id", receipt.gateway_id.as_str()),
            ("provider", receipt.provider.as_str()),
            ("model", receipt.model.as_str()),
        ] {
            details.set(name, shorten(text));
        }
        details.set("timestamp", receipt.timestamp.as_str());
    }
}
