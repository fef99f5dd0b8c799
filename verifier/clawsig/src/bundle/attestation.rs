//! Attestations: step 28 (`schemas/clawsig.md` §5.3). None of them fails a bundle; each only counts or does not.

use crate::ClawsigOptions;
use crate::signed_envelope::{check_did_syntax, is_past, key_of};
use evidence::json::{Object, Value, jcs_of_object};
use evidence::rfc3339;
use tlog::base64;

/// How many attestations count: signed, by an attester that was named, about this agent, not expired.
pub(super) fn count(payload: &Object, agent_did: &str, options: &ClawsigOptions<'_>) -> usize {
    payload
        .items("attestations")
        .iter()
        .filter_map(Value::as_object)
        .filter(|attestation| counts(attestation, agent_did, options))
        .count()
}

fn counts(attestation: &Object, agent_did: &str, options: &ClawsigOptions<'_>) -> bool {
    let text = |name: &str| attestation.text_or_empty(name);
    let attester = text("attester_did");
    if text("subject_did") != agent_did || !options.attesters.iter().any(|did| did == attester) {
        return false;
    }
    let expired = attestation.get("expires_at").is_some()
        && rfc3339::parse(text("expires_at")).is_none_or(|expires_at| is_past(expires_at, options.at, 0));
    if expired || check_did_syntax(attester).is_err() {
        return false;
    }
    // The message is the item itself, with an empty signature.
    let message = jcs_of_object(&attestation.with("signature_b64u", &Value::String(String::new())));
    let signature = base64::decode_url_array::<64>(text("signature_b64u"));
    let Ok(key) = key_of(attester) else { return false };
    signature.is_some_and(|signature| key.verify(message.as_bytes(), &signature))
}
