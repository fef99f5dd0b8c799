//! Times in queries.

use crate::error::ApiError;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use verifier::index::TimestampMs;

/// Milliseconds since the epoch, or RFC 3339 (whose `+` may have become a space in a query).
pub(crate) fn parse_time(name: &'static str, text: &str) -> Result<TimestampMs, ApiError> {
    if let Ok(ms) = text.parse::<u64>() {
        return Ok(TimestampMs::new(ms));
    }
    let parsed = OffsetDateTime::parse(&text.replace(' ', "+"), &Rfc3339).ok();
    let ms = parsed.and_then(|time| u64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok());
    ms.map(TimestampMs::new)
        .ok_or_else(|| ApiError::parameter(name, "RFC 3339, or milliseconds since the Unix epoch"))
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
        for text in ["", "yesterday", "-1", "1969-12-31T23:59:59Z"] {
            assert!(parse_time("at", text).is_err(), "{text}");
        }
    }
}
