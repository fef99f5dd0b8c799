//! Keys that sign, and what they sign.

use crate::HarnessError;
use ledger::signer::EvidenceKey;
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use verifier::base64::encode_url;
use verifier::hash::sha256;

/// RFC 3339, now.
///
/// # Errors
/// [`HarnessError::Unexpected`] where the machine's clock is before 1970 or after 9999.
pub fn now() -> Result<String, HarnessError> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|error| HarnessError::unexpected("a clock after 1970", error.to_string()))?;
    let millis = i128::try_from(since.as_millis()).unwrap_or(i128::MAX);
    OffsetDateTime::from_unix_timestamp_nanos(millis.saturating_mul(1_000_000))
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .ok_or_else(|| HarnessError::unexpected("a time that can be written", millis.to_string()))
}

/// The operator's registration of a signer.
///
/// # Errors
/// [`HarnessError::Key`] where the payload cannot be signed; otherwise as [`now`].
pub fn registration(
    operator: &EvidenceKey,
    origin: &str,
    signer: &EvidenceKey,
    name: &str,
    roles: &[&str],
) -> Result<String, HarnessError> {
    let payload = json!({
        "event_version": "1", "log_origin": origin, "did": signer.did().as_str(), "name": name,
        "roles": roles, "not_before": "2020-01-01T00:00:00Z", "submitters": ["local"],
    });
    Ok(operator.sign_own("issuer_registration", &payload, &now()?)?)
}

/// A gateway's receipt; `number` makes it another one.
///
/// # Errors
/// [`HarnessError::Key`] where `run` cannot stand in a JSON text; otherwise as [`now`].
pub fn receipt(gateway: &EvidenceKey, run: &str, number: u64) -> Result<String, HarnessError> {
    let at = now()?;
    let hash = |what: &str| encode_url(&sha256(format!("{what} {run} {number}").as_bytes()));
    // Written by hand because the order of the members is hashed.
    let payload = format!(
        concat!(
            r#"{{"receipt_version":"1","receipt_id":"rcpt_{run}_{number}","gateway_id":"gw_test","#,
            r#""provider":"anthropic","model":"claude-test","request_hash_b64u":"{request}","#,
            r#""response_hash_b64u":"{response}","tokens_input":10,"tokens_output":20,"latency_ms":12,"#,
            r#""timestamp":"{at}","binding":{{"run_id":"{run}","event_hash_b64u":"{event}","#,
            r#""nonce":"n_{run}_{number}"}}}}"#
        ),
        run = run,
        number = number,
        request = hash("request"),
        response = hash("response"),
        event = hash("event"),
        at = at,
    );
    Ok(gateway.sign_clawsig("gateway_receipt", &payload, &at)?)
}
