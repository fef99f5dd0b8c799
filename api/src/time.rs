//! Times in queries.

use crate::error::ApiError;
use ledger_query::parameter;
use verifier::index::TimestampMs;
use verifier::rfc3339;

/// Milliseconds since the epoch, or RFC 3339.
pub(crate) fn parse_time(name: &'static str, text: &str) -> Result<TimestampMs, ApiError> {
    if let Some(ms) = parameter::whole_number(text) {
        return Ok(TimestampMs::new(ms));
    }
    parameter::parse_time(text)
        .ok_or_else(|| ApiError::parameter(name, "RFC 3339, or milliseconds since the Unix epoch"))
}

/// A time as people and logs spell it: RFC 3339 in UTC.
pub(crate) fn rfc3339(ms: u64) -> String {
    rfc3339::format(TimestampMs::new(ms)).unwrap_or_else(|| format!("{ms} ms after 1970"))
}

#[cfg(test)]
mod tests {
    use super::parse_time;
    use verifier::index::TimestampMs;

    #[test]
    fn reads_both_forms_of_a_time() {
        let expected = Some(TimestampMs::new(1_770_768_000_500));
        for text in [
            "1770768000500",
            "2026-02-11T00:00:00.5Z",
            "2026-02-11T01:00:00.5+01:00",
            "2026-02-11T01:00:00.5 01:00",
        ] {
            assert_eq!(parse_time("at", text).ok(), expected, "{text}");
        }
        for text in [
            "",
            "yesterday",
            "-1",
            "+1770768000500",
            "01770768000500",
            "1969-12-31T23:59:59Z",
            "2026-02-11T23:59:60Z",
            "2026-02-11 00:00:00Z",
        ] {
            assert!(parse_time("at", text).is_err(), "{text}");
        }
    }
}
