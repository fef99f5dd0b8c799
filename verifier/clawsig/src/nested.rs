//! What export and aggregate bundles have in common with regard to the proof bundles that they hold.

use evidence::json::{Object, Value};
use evidence::report::Status;
use tlog::index::TimestampMs;

use super::bundle::{self, BundleFacts, Tiers};
use super::signed_envelope::SKEW_MS;
use super::{ClawsigFailure, ClawsigOptions, Reason};

/// Holds a nested proof bundle against its schema, where every fault has the same code, and where there is no
/// room for the diagnostics that a bundle of its own may carry.
pub(super) fn check_form(envelope: &Value) -> Result<(), ClawsigFailure> {
    bundle::check_form(envelope).map_err(|failure| failure.under(Reason::SchemaValidationFailed))?;
    let receipts = payload(envelope).map(|payload| payload.items("receipts"));
    let is_diagnostic = |entry: &Value| {
        entry
            .as_object()
            .is_some_and(|entry| entry.get("envelope_type").is_none())
    };
    if receipts.unwrap_or_default().iter().any(is_diagnostic) {
        return Err(ClawsigFailure::fail(
            Reason::SchemaValidationFailed,
            "an entry of a nested bundle's receipts is no envelope",
        ));
    }
    Ok(())
}

/// The payload of an envelope.
pub(super) fn payload(envelope: &Value) -> Option<&Object> {
    envelope.as_object()?.object("payload")
}

/// `payload_hash_b64u` of an envelope.
pub(super) fn payload_hash(envelope: &Value) -> &str {
    let envelope = envelope.as_object();
    envelope
        .and_then(|envelope| envelope.get("payload_hash_b64u"))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Made before it was issued, and not issued in the future.
pub(super) fn check_order(
    created_at: TimestampMs,
    issued_at: TimestampMs,
    at: Option<TimestampMs>,
) -> Result<(), ClawsigFailure> {
    if created_at > issued_at {
        return Err(ClawsigFailure::fail(
            Reason::CausalClockContradiction,
            "created_at is after issued_at",
        ));
    }
    if at.is_some_and(|at| issued_at.value() > at.value().saturating_add(SKEW_MS)) {
        return Err(ClawsigFailure::fail(
            Reason::FutureTimestampPoisoning,
            "issued_at is ahead of the time of verification",
        ));
    }
    Ok(())
}

/// A nested bundle in which nothing was found wrong.
pub(super) struct NestedBundle {
    /// What its proof bundle says.
    pub(super) facts: BundleFacts,
    /// What that is worth.
    pub(super) tiers: Tiers,
    /// What is missing: the search for what is wrong goes on, and this is reported if nothing is.
    pub(super) missing: Option<ClawsigFailure>,
}

/// Verifies a nested proof bundle. The formats have no place for a manifest of the run, so a bundle that refers
/// to one fails.
pub(super) fn verify(envelope: &Value, options: &ClawsigOptions<'_>) -> Result<NestedBundle, ClawsigFailure> {
    let options = ClawsigOptions {
        urm: None,
        ..*options
    };
    let (facts, result) = bundle::verify_proof_bundle(envelope, &options);
    let missing = match result {
        Ok(()) => None,
        Err(failure) if failure.reason == Reason::UrmMissing => {
            return Err(ClawsigFailure {
                status: Status::Fail,
                ..failure
            });
        }
        Err(failure) if failure.status == Status::Incomplete => Some(failure),
        Err(failure) => return Err(failure),
    };
    let facts = facts.and_then(|facts| facts.tiers.map(|tiers| (facts, tiers)));
    let (facts, tiers) = facts
        .ok_or_else(|| ClawsigFailure::fail(Reason::MalformedEnvelope, "the proof bundle says nothing"))?;
    Ok(NestedBundle {
        facts,
        tiers,
        missing,
    })
}
