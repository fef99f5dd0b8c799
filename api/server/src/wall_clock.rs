//! The time that documents carry: RFC 3339 in UTC with milliseconds.

use std::time::{SystemTime, UNIX_EPOCH};
use verifier::index::TimestampMs;

/// Milliseconds since the Unix epoch; 0 if the clock stands before it.
pub(crate) fn now_ms() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// Now, as documents spell it.
pub(crate) fn now_rfc3339() -> String {
    rfc3339(now_ms())
}

/// A time in milliseconds as documents spell it.
pub(crate) fn rfc3339(ms: u64) -> String {
    verifier::rfc3339::format(TimestampMs::new(ms)).unwrap_or_else(|| String::from("1970-01-01T00:00:00Z"))
}
