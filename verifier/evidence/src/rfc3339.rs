//! RFC 3339 times: read and written here for documents, queries and messages alike.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use tlog::index::TimestampMs;

/// Longest text that is read; a full time with nanoseconds and offset has 35 bytes.
const TEXT_BYTES_MAX: usize = 64;

/// Reads a full RFC 3339 time (§5.6) with an offset, to the millisecond below.
///
/// `None` for anything else, for leap seconds (a log's clock has none, and other readers of the
/// same document refuse them), and for times before 1970.
pub fn parse(text: &str) -> Option<TimestampMs> {
    // The `date-time` of JSON Schema wants the letter, where the library also takes a space.
    let separator = text.as_bytes().get(10).copied();
    let leap_second = text.get(17..19) == Some("60");
    if text.len() > TEXT_BYTES_MAX || !matches!(separator, Some(b'T' | b't')) || leap_second {
        return None;
    }
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let milliseconds = time.unix_timestamp_nanos().div_euclid(1_000_000);
    u64::try_from(milliseconds).ok().map(TimestampMs::new)
}

/// Writes a time as RFC 3339 in UTC, `2026-02-11T09:30:00.5Z`; `None` past the year 9999, which the format does not have.
pub fn format(at: TimestampMs) -> Option<String> {
    let nanoseconds = i128::from(at.value()).saturating_mul(1_000_000);
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?;
    time.format(&Rfc3339).ok()
}
