//! Streams and jobs as rows, with the numbers that a stream lacks.

use std::collections::BTreeSet;

use verifier::subject::Field;

use super::walk::{Job, Stream};
use super::{JobRow, StreamRow};
use crate::model::subjects::href;
use crate::model::verdict::State;
use crate::text::{Time, grouped, shortened};

/// Ranges of missing numbers in a row, and jobs of a stream.
const RANGES_SHOWN: usize = 8;
const JOBS_NAMED: usize = 3;
/// Characters of a stream's name.
const NAME_CHARACTERS_MAX: usize = 120;

impl Stream {
    /// Whether no number is missing. `cut`: older receipts were not read.
    pub(super) fn is_whole(&self, cut: bool) -> bool {
        missing(&self.numbers, begin(&self.numbers, cut)).is_empty()
    }
}

pub(super) fn of_stream(stream: &Stream, cut: bool) -> StreamRow {
    let first = stream.numbers.first().copied().unwrap_or_default();
    let highest = stream.numbers.last().copied().unwrap_or_default();
    let missing = missing(&stream.numbers, begin(&stream.numbers, cut));
    let (state, words) = state_of(&missing, stream.closed_at, highest);
    let words = if cut && first > 0 {
        format!(
            "{words}; numbers below {} are older than what this page reads",
            grouped(first)
        )
    } else {
        words
    };
    let jobs: Vec<(String, Option<String>)> = stream
        .jobs
        .iter()
        .take(JOBS_NAMED)
        .map(|id| (id.clone(), href(Field::Job, id)))
        .collect();
    StreamRow {
        name: shortened(
            stream.name.as_deref().unwrap_or("not known here in clear"),
            NAME_CHARACTERS_MAX,
        ),
        state,
        words,
        numbers: if first == highest {
            grouped(first)
        } else {
            format!("{} to {}", grouped(first), grouped(highest))
        },
        receipts: grouped(u64::try_from(stream.numbers.len()).unwrap_or(u64::MAX)),
        jobs_more: stream.jobs.len().saturating_sub(jobs.len()),
        jobs,
        last: Time::new(stream.last),
    }
}

fn state_of(missing: &[(u64, u64)], closed_at: Option<u64>, highest: u64) -> (State, String) {
    let state = |glyph, word, class| State { glyph, word, class };
    if !missing.is_empty() {
        let range = |(from, to): &(u64, u64)| {
            if from == to {
                grouped(*from)
            } else {
                format!("{} to {}", grouped(*from), grouped(*to))
            }
        };
        let shown: Vec<String> = missing.iter().take(RANGES_SHOWN).map(range).collect();
        let more = if missing.len() > RANGES_SHOWN {
            " and more"
        } else {
            ""
        };
        return (
            state("✕", "gap", "is-fail"),
            format!("not here: {}{more}", shown.join(", ")),
        );
    }
    match closed_at {
        Some(last) if last == highest => (
            state("✓", "closed", "is-pass"),
            format!("without a gap, closed at {}", grouped(last)),
        ),
        Some(last) => (
            state("✕", "contradiction", "is-fail"),
            format!("closed at {}, and goes on to {}", grouped(last), grouped(highest)),
        ),
        None => (
            state("◌", "open", "is-incomplete"),
            format!("without a gap up to {}; nothing closes it yet", grouped(highest)),
        ),
    }
}

/// Where a stream has to begin: below the first number that was read there may be older receipts.
fn begin(numbers: &BTreeSet<u64>, cut: bool) -> u64 {
    numbers.first().copied().filter(|_| cut).unwrap_or_default()
}

/// The numbers from `begins` up to the highest that are not there, as ranges, both ends included.
fn missing(numbers: &BTreeSet<u64>, begins: u64) -> Vec<(u64, u64)> {
    let mut ranges = Vec::new();
    let mut expected = begins;
    for number in numbers {
        if *number > expected {
            ranges.push((expected, number.saturating_sub(1)));
        }
        expected = number.saturating_add(1);
    }
    ranges
}

pub(super) fn of_job((id, job): (String, Job)) -> JobRow {
    JobRow {
        href: href(Field::Job, &id),
        id,
        receipts: grouped(job.receipts),
        newest: job.newest.value(),
        newest_number: grouped(job.newest.value()),
        last: Time::new(job.last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_numbers_are_ranges_and_begin_where_the_reading_begins() {
        let numbers: BTreeSet<u64> = [2, 3, 5, 9].into();
        assert_eq!(missing(&numbers, 0), [(0, 1), (4, 4), (6, 8)]);
        assert_eq!(missing(&numbers, 2), [(4, 4), (6, 8)]);
        assert!(missing(&BTreeSet::new(), 0).is_empty());
        assert!(missing(&[u64::MAX].into(), u64::MAX).is_empty());
    }

    #[test]
    fn a_stream_that_goes_on_after_its_end_contradicts_itself() {
        assert_eq!(state_of(&[], Some(3), 3).0.word, "closed");
        assert_eq!(state_of(&[], Some(3), 4).0.word, "contradiction");
        assert_eq!(state_of(&[], None, 4).0.word, "open");
        assert_eq!(state_of(&[(1, 1)], Some(4), 4).0.word, "gap");
    }
}
