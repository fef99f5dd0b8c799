//! Lengths of time by which jobs are counted, all in UTC.

use time::{Date, Month, OffsetDateTime};
use verifier::index::TimestampMs;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 86_400_000;
const YEAR_MAX: u64 = 9_999;

/// A length of time that begins on the clock or in the calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Unit {
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight.
    Day,
    /// A month of the calendar.
    Month,
    /// A year of the calendar.
    Year,
}

impl Unit {
    /// All, from the shortest to the longest.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Month, Self::Year];

    /// The period that a moment lies in. Periods of one unit are numbered without gaps. What lies past the year
    /// 9999, which no calendar of ours has, counts to the last month and year.
    pub(super) fn period_of(self, at: TimestampMs) -> u64 {
        match self {
            Self::Hour => at.value() / HOUR_MS,
            Self::Day => at.value() / DAY_MS,
            Self::Month => {
                let (year, month) = calendar(at);
                year * 12 + u64::from(u8::from(month)) - 1
            }
            Self::Year => calendar(at).0,
        }
    }

    /// When a period begins.
    pub(super) fn begin_of(self, period: u64) -> TimestampMs {
        TimestampMs::new(match self {
            Self::Hour => period.saturating_mul(HOUR_MS),
            Self::Day => period.saturating_mul(DAY_MS),
            Self::Month => first_of(period / 12, period % 12 + 1),
            Self::Year => first_of(period, 1),
        })
    }

    pub(super) const fn tag(self) -> u8 {
        match self {
            Self::Hour => 0,
            Self::Day => 1,
            Self::Month => 2,
            Self::Year => 3,
        }
    }
}

fn calendar(at: TimestampMs) -> (u64, Month) {
    let seconds = i64::try_from(at.value() / 1_000).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|moment| Some((u64::try_from(moment.year()).ok()?, moment.month())))
        .unwrap_or((YEAR_MAX, Month::December))
}

/// Midnight of the first day of a month (1 to 12), in milliseconds since the Unix epoch; 0 for what no calendar of
/// ours has.
fn first_of(year: u64, month: u64) -> u64 {
    let date = || {
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        Date::from_calendar_date(i32::try_from(year).ok()?, month, 1).ok()
    };
    date()
        .and_then(|date| u64::try_from(date.midnight().assume_utc().unix_timestamp()).ok())
        .map_or(0, |seconds| seconds.saturating_mul(1_000))
}
