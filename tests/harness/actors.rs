//! Keys that sign, and what they sign.

use crate::HarnessError;
use kit::documents;
use ledger::signer::EvidenceKey;
use std::time::{SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

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
/// As [`now`].
pub fn registration(
    operator: &EvidenceKey,
    origin: &str,
    signer: &EvidenceKey,
    name: &str,
    roles: &[&str],
) -> Result<String, HarnessError> {
    let draft = documents::registration(origin, signer.did().as_str(), name, roles);
    Ok(draft.with("/submitters", ["local"]).at(&now()?).sign(operator))
}

/// A gateway's receipt; `number` makes it another one.
///
/// # Errors
/// As [`now`].
pub fn receipt(gateway: &EvidenceKey, run: &str, number: u64) -> Result<String, HarnessError> {
    let draft = documents::gateway_receipt(&format!("rcpt_{run}_{number}"), run);
    Ok(draft.at(&now()?).sign(gateway))
}
