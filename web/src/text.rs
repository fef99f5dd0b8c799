//! Numbers with units, times in UTC, ids in addresses, long text cut short, and how templates write text.

use core::fmt;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use askama::filters::{Escaper, Html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use time::OffsetDateTime;
use time::format_description::{self, BorrowedFormatItem};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
pub(crate) use verifier::text::plain::counted;
use verifier::text::{plain, shown};

/// How every template writes a value, in text and in attributes (`askama.toml`): escaped for HTML, and with what
/// nobody sees made visible.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LineText;

/// The same for texts of several lines, within `<pre>`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Block;

impl Escaper for LineText {
    fn write_escaped_str<W: fmt::Write>(&self, to: W, text: &str) -> fmt::Result {
        Html.write_escaped_str(to, &shown::line(text).to_string())
    }
}

impl Escaper for Block {
    fn write_escaped_str<W: fmt::Write>(&self, to: W, text: &str) -> fmt::Result {
        Html.write_escaped_str(to, &shown::block(text).to_string())
    }
}

/// Where a name begins and ends within a sentence: two noncharacters, which [`isolated`] shows where a name has them.
const NAME: [char; 2] = ['\u{FDD0}', '\u{FDD1}'];

/// A name out of a document within a sentence of ours, for `|escape("told")`: letters in it that run from right to
/// left would move the numbers next to it.
pub(crate) fn isolated(name: &str) -> String {
    let [opens, closes] = NAME;
    format!("{opens}{}{closes}", shown::line(name))
}

/// As [`LineText`], with each [`isolated`] name in an element of its own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SentenceText;

impl Escaper for SentenceText {
    fn write_escaped_str<W: fmt::Write>(&self, mut to: W, text: &str) -> fmt::Result {
        let [opens, closes] = NAME;
        let mut within = false;
        for piece in text.split_inclusive(NAME) {
            let words = piece.trim_end_matches(NAME);
            LineText.write_escaped_str(&mut to, words)?;
            if !within && piece.ends_with(opens) {
                to.write_str("<bdi>")?;
                within = true;
            } else if within && piece.ends_with(closes) {
                to.write_str("</bdi>")?;
                within = false;
            }
        }
        // Long sentences are cut wherever they are long.
        if within { to.write_str("</bdi>") } else { Ok(()) }
    }
}

/// What RFC 3986 leaves unreserved stays as it is, everything else is percent-encoded.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

static TIME_FORM: LazyLock<Vec<BorrowedFormatItem<'static>>> = LazyLock::new(|| {
    format_description::parse_borrowed::<2>(
        "[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:3]",
    )
    .unwrap_or_default()
});

/// A moment, for people and for machines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Time {
    at: TimestampMs,
    /// `2026-02-11 14:03:01.204`, in UTC.
    pub(crate) text: String,
    /// RFC 3339, for `<time datetime>`.
    pub(crate) iso: String,
}

impl Time {
    pub(crate) fn new(at: TimestampMs) -> Self {
        let nanoseconds = i128::from(at.value()) * 1_000_000;
        let text = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
            .ok()
            .and_then(|moment| moment.format(&*TIME_FORM).ok())
            .filter(|text| !text.is_empty());
        match text {
            Some(text) => {
                let iso = format!("{}Z", text.replacen(' ', "T", 1));
                Self { at, text, iso }
            }
            // Past the year 9999 the number itself is all there is to say.
            None => Self {
                at,
                text: format!("{at} ms since 1970"),
                iso: String::new(),
            },
        }
    }

    /// `28 Nov 2026 12:53`, in UTC: the time as people say it.
    pub(crate) fn minute(&self) -> String {
        let nanoseconds = i128::from(self.at.value()) * 1_000_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
            .ok()
            .and_then(|moment| moment.format(&*MINUTE_FORM).ok())
            .unwrap_or_else(|| self.text.clone())
    }

    /// How long ago that was when the page is made, or how long it is until then; `None` past the year 9999.
    pub(crate) fn ago(&self) -> Option<String> {
        (!self.iso.is_empty()).then(|| relative(self.at, now()))
    }
}

/// The time of the page, in milliseconds since the Unix epoch: for how long ago something was, and for nothing else.
pub(crate) fn now() -> TimestampMs {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    TimestampMs::new(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

static MINUTE_FORM: LazyLock<Vec<BorrowedFormatItem<'static>>> = LazyLock::new(|| {
    format_description::parse_borrowed::<2>("[day padding:none] [month repr:short] [year] [hour]:[minute]")
        .unwrap_or_default()
});

/// As of when a page speaks: `28 Nov 2026 12:53 UTC (115 entries)`, the time of the newest entry that it covers.
pub(crate) fn as_of(time: TimestampMs, entries: u64) -> String {
    let minute = Time::new(time).minute();
    format!("{minute} UTC ({})", counted(entries, "entry", "entries"))
}

/// Milliseconds of the units in which people say how long ago something was, the largest first; a month has 30 days,
/// and a year 365. `web/assets/zone.js` has the same.
const UNITS: [(u64, &str); 5] = [
    (31_536_000_000, "year"),
    (2_592_000_000, "month"),
    (86_400_000, "day"),
    (3_600_000, "hour"),
    (60_000, "minute"),
];

/// How long before or after `now` a moment is, in the largest whole unit: `3 minutes ago`, `in 2 days`.
fn relative(at: TimestampMs, now: TimestampMs) -> String {
    let distance = at.value().abs_diff(now.value());
    let ago = at <= now;
    let unit = UNITS.iter().find(|(length, _)| distance >= *length);
    match unit {
        Some((length, name)) => {
            let length = counted(distance / length, name, &format!("{name}s"));
            if ago {
                format!("{length} ago")
            } else {
                format!("in {length}")
            }
        }
        None if ago => "less than a minute ago".to_owned(),
        None => "in less than a minute".to_owned(),
    }
}

/// A moment in epoch seconds, as tokens have it.
pub(crate) fn epoch_seconds(seconds: u64) -> Time {
    Time::new(TimestampMs::new(seconds.saturating_mul(1_000)))
}

/// How long ago: the two largest units.
pub(crate) fn age(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min {} s", seconds % 60),
        3_600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} d {} h", grouped(days), hours % 24),
    }
}

/// A number in groups of digits; of one that is no `u64`, the largest that there is.
pub(crate) fn grouped(number: impl TryInto<u64>) -> String {
    plain::grouped(number.try_into().unwrap_or(u64::MAX))
}

/// `7`, `2 to 3`: the numbers of a range, both ends included.
pub(crate) fn ranged(from: u64, to: u64) -> String {
    if from == to {
        grouped(from)
    } else {
        format!("{} to {}", grouped(from), grouped(to))
    }
}

/// A position in the log or a size of it: as addresses have it, and in groups of digits for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct GroupedNumber(u64);

impl GroupedNumber {
    pub(crate) fn grouped(self) -> String {
        grouped(self.0)
    }
}

impl fmt::Display for GroupedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<LeafIndex> for GroupedNumber {
    fn from(index: LeafIndex) -> Self {
        Self(index.value())
    }
}

impl From<&LeafIndex> for GroupedNumber {
    fn from(index: &LeafIndex) -> Self {
        (*index).into()
    }
}

impl From<TreeSize> for GroupedNumber {
    fn from(size: TreeSize) -> Self {
        Self(size.value())
    }
}

/// An id as one segment of a path.
pub(crate) fn segment(id: &str) -> String {
    utf8_percent_encode(id, SEGMENT).to_string()
}

/// At most `characters_max` characters, with a mark where something is missing.
pub(crate) fn shortened(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_with_milliseconds() {
        let time = Time::new(TimestampMs::new(1_770_818_581_204));
        assert_eq!(time.text, "2026-02-11 14:03:01.204");
        assert_eq!(time.iso, "2026-02-11T14:03:01.204Z");
    }

    #[test]
    fn a_moment_is_said_in_its_largest_whole_unit_before_and_after_the_page() {
        let now = 1_795_870_380_000;
        for (at, text) in [
            (now, "less than a minute ago"),
            (now + 59_999, "in less than a minute"),
            (now - 60_000, "1 minute ago"),
            (now - 3_599_999, "59 minutes ago"),
            (now + 7_200_000, "in 2 hours"),
            (now - 30 * 86_400_000, "1 month ago"),
            (0, "56 years ago"),
        ] {
            assert_eq!(relative(TimestampMs::new(at), TimestampMs::new(now)), text);
        }
    }

    #[test]
    fn ages_have_their_two_largest_units() {
        for (ms, text) in [
            (12, "12 ms"),
            (41_000, "41 s"),
            (260_000, "4 min 20 s"),
            (7_260_000, "2 h 1 min"),
            (90_000_000, "1 d 1 h"),
        ] {
            assert_eq!(age(ms), text);
        }
    }

    #[test]
    fn ids_become_one_segment_of_a_path() {
        assert_eq!(segment("job/1 ü?"), "job%2F1%20%C3%BC%3F");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shortened("äöü", 2), "äö…");
        assert_eq!(shortened("äöü", 3), "äöü");
    }
}
