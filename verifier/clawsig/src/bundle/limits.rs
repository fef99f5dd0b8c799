//! What the reference asks of a payload after its schema: steps 11 and 12 (`schemas/clawsig.md` §5.5).

use std::collections::BTreeSet;

use crate::signed_envelope::check_did_syntax;
use crate::{ClawsigFailure, Reason};
use evidence::json::{Object, Value, to_js_string};

use super::forms::gateway_receipts;

const EVENTS_MAX: usize = 1000;
const RECEIPTS_MAX: usize = 1000;
const ATTESTATIONS_MAX: usize = 100;
/// Longest `JSON.stringify` of a metadata object, in bytes of UTF-8.
const METADATA_BYTES_MAX: usize = 16 * 1024;

fn malformed(message: impl Into<String>) -> ClawsigFailure {
    ClawsigFailure::fail(Reason::MalformedEnvelope, message)
}

/// The payload, if it has something to show and is within the limits.
pub(super) fn check(payload: &Value) -> Result<&Object, ClawsigFailure> {
    let payload = payload
        .as_object()
        .ok_or_else(|| malformed("the payload is no object"))?;
    let shown = payload.get("urm").is_some()
        || gateway_receipts(payload).next().is_some()
        || ["event_chain", "attestations"]
            .iter()
            .any(|name| !payload.items(name).is_empty());
    if !shown {
        return Err(malformed(
            "the bundle has no urm, event chain, receipts or attestations",
        ));
    }
    for (name, max) in [
        ("event_chain", EVENTS_MAX),
        ("receipts", RECEIPTS_MAX),
        ("attestations", ATTESTATIONS_MAX),
    ] {
        let length = payload.items(name).len();
        if length > max {
            return Err(malformed(format!("{name} has {length} items, more than {max}")));
        }
    }
    check_metadata(payload, "the bundle")?;
    if let Some(urm) = payload.object("urm") {
        check_metadata(urm, "the urm")?;
    }
    for (_, receipt) in gateway_receipts(payload) {
        let receipt = receipt.as_object().and_then(|receipt| receipt.get("payload"));
        if let Some(receipt) = receipt.and_then(Value::as_object) {
            check_metadata(receipt, "a receipt")?;
        }
    }
    check_event_ids(payload.items("event_chain"))?;
    let agent_did = payload.text("agent_did");
    check_did_syntax(agent_did.unwrap_or_default())?;
    Ok(payload)
}

fn check_metadata(holder: &Object, whose: &str) -> Result<(), ClawsigFailure> {
    let Some(metadata) = holder.get("metadata") else {
        return Ok(());
    };
    if to_js_string(metadata).len() > METADATA_BYTES_MAX {
        let message = format!("the metadata of {whose} is longer than {METADATA_BYTES_MAX} bytes");
        return Err(malformed(message));
    }
    Ok(())
}

fn check_event_ids(events: &[Value]) -> Result<(), ClawsigFailure> {
    let mut seen = BTreeSet::new();
    for event in events {
        let id = event.as_object().and_then(|event| event.get("event_id"));
        if id.and_then(Value::as_str).is_some_and(|id| !seen.insert(id)) {
            return Err(malformed("two events of the chain have one event_id"));
        }
    }
    Ok(())
}
