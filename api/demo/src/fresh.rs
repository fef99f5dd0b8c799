//! What makes each document of the demo a new one: the time, and ids that nobody guesses.

use ledger::clock::{Clock as _, SystemClock};

use super::DemoError;

/// Milliseconds since the Unix epoch; 0 if the clock is before it.
pub(super) fn now_ms() -> u64 {
    SystemClock::new().now().value()
}

/// Now, as documents spell it: RFC 3339 in UTC with milliseconds.
pub(super) fn now_rfc3339() -> String {
    verifier::rfc3339::format(SystemClock::new().now())
        .unwrap_or_else(|| String::from("1970-01-01T00:00:00Z"))
}

/// 128 random bits as 32 hex digits.
pub(super) fn random_id() -> Result<String, DemoError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
