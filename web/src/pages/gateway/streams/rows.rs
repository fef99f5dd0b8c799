//! Streams and jobs as rows, with the numbers that a stream lacks or gave twice. What they show is judged by the rule of
//! the verdict.

use verifier::stream::{Stream, StreamState};
use verifier::subject::Field;

use super::walk::{JobReceipts, StreamOfGateway};
use super::{GatewayJobRow, StreamRow};
use crate::model::subjects::href;
use crate::model::verdict::{VerdictState, state};
use crate::text::{Time, grouped, ranged, shortened};

/// Numbers named in a row, and jobs of a stream.
const RANGES_SHOWN: usize = 8;
const JOBS_NAMED: usize = 3;
/// Characters of a stream's name.
const NAME_CHARACTERS_MAX: usize = 120;

impl StreamOfGateway {
    /// Whether no number is missing or repeated. `cut`: older receipts were not read.
    pub(super) fn is_whole(&self, cut: bool) -> bool {
        self.places.state(begin(&self.places, cut)) < StreamState::Gap
    }
}

pub(super) fn of_stream(stream: &StreamOfGateway, cut: bool) -> StreamRow {
    let places = &stream.places;
    let (first, highest) = (
        places.lowest().unwrap_or_default(),
        places.highest().unwrap_or_default(),
    );
    let (mut shown, mut words) = state_of(places, begin(places, cut));
    if cut && first > 0 {
        words = format!(
            "{words}; numbers below {} are older than this page reads",
            grouped(first)
        );
    } else if cut {
        words = format!("{words}; older receipts, which this page does not read, may have the same numbers");
    }
    if stream.cut {
        // What was not read may put a receipt at another number.
        if shown.class == "is-pass" {
            shown = state("◌", "not checked", "is-incomplete");
        }
        words = format!("{words}; a receipt in it has more contexts than this page reads");
    }
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
        state: shown,
        words,
        numbers: ranged(first, highest),
        receipts: grouped(places.receipts()),
        jobs_more: stream.jobs.len().saturating_sub(jobs.len()),
        jobs,
        last: Time::new(stream.last),
    }
}

fn state_of(places: &Stream, begins: u64) -> (VerdictState, String) {
    let highest = grouped(places.highest().unwrap_or_default());
    let closed = grouped(places.closed_at().unwrap_or_default());
    match places.state(begins) {
        StreamState::Repeated => (state("✕", "repeated", "is-fail"), repetitions(places)),
        StreamState::Gap => {
            let missing = places.missing(begins, usize::MAX);
            let missing = listed(missing.map(|(from, to)| ranged(from, to)));
            (state("✕", "gap", "is-fail"), format!("not here: {missing}"))
        }
        StreamState::Closed => (
            state("✓", "closed", "is-pass"),
            format!("without a gap, closed at {closed}"),
        ),
        StreamState::Reopened => (
            state("✕", "contradiction", "is-fail"),
            format!("closed at {closed}, and goes on to {highest}"),
        ),
        StreamState::Open => (
            state("◌", "not closed", "is-incomplete"),
            format!("without a gap up to {highest}; not closed yet"),
        ),
    }
}

/// Which numbers stand for several receipts, and which receipts have several numbers.
fn repetitions(places: &Stream) -> String {
    let mut words = Vec::new();
    let shared = listed(places.shared().map(grouped));
    if !shared.is_empty() {
        words.push(format!("two receipts with one number: {shared}"));
    }
    let moved = listed(
        places
            .moved()
            .map(|(one, other)| format!("{} and {}", grouped(one), grouped(other))),
    );
    if !moved.is_empty() {
        words.push(format!("one receipt with two numbers: {moved}"));
    }
    words.join("; ")
}

/// The first of many, and that there are more.
fn listed(mut all: impl Iterator<Item = String>) -> String {
    let shown: Vec<String> = all.by_ref().take(RANGES_SHOWN).collect();
    let more = if all.next().is_some() { " and more" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Where a stream has to begin: below the first number that was read there may be older receipts.
fn begin(places: &Stream, cut: bool) -> u64 {
    places.lowest().filter(|_| cut).unwrap_or_default()
}

pub(super) fn of_job((id, job): (String, JobReceipts)) -> GatewayJobRow {
    GatewayJobRow {
        href: href(Field::Job, &id),
        id,
        receipts: grouped(job.receipts),
        newest: job.newest.into(),
        last: Time::new(job.last),
    }
}
