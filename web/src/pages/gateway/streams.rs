//! A gateway's receipts, as far back as one page reads: by job, and by stream with the numbers that are missing.
//! Words count as in the verdict of a job: the gateway's own, or a submitter's that is bound to it.

use std::collections::{BTreeMap, BTreeSet};

use ledger::reader::Reader;
use verifier::context::Context;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::subject::Field;

use crate::error::PageError;
use crate::model::Known;
use crate::model::signers::Signers;
use crate::model::subjects::href;
use crate::model::verdict::State;
use crate::text::{Time, counted, grouped, shortened};

/// Receipts that are read, newest first.
const RECEIPTS_READ: usize = 400;
/// Receipts whose later contexts are looked up, because none came with them.
const LOOKUPS_MAX: usize = 100;
/// Contexts on one receipt that are read.
const WORDS_READ: usize = 8;
/// Streams and jobs in the tables, ranges of missing numbers in a row, and jobs of a stream.
const ROWS_SHOWN: usize = 40;
const RANGES_SHOWN: usize = 8;
const JOBS_NAMED: usize = 3;
/// Characters of a stream's name.
const NAME_CHARACTERS_MAX: usize = 120;

/// One stream.
pub(super) struct StreamRow {
    pub(super) name: String,
    pub(super) state: State,
    pub(super) words: String,
    pub(super) numbers: String,
    pub(super) receipts: String,
    pub(super) jobs: Vec<(String, Option<String>)>,
    pub(super) jobs_more: usize,
    pub(super) last: Time,
}

/// One job.
pub(super) struct JobRow {
    pub(super) id: String,
    pub(super) href: Option<String>,
    pub(super) receipts: String,
    pub(super) newest: u64,
    pub(super) newest_number: String,
    pub(super) last: Time,
}

/// See the module.
pub(super) struct Receipts {
    pub(super) read: String,
    /// Whether there are older ones that were not read.
    pub(super) cut: bool,
    pub(super) streams: Vec<StreamRow>,
    pub(super) streams_more: usize,
    pub(super) jobs: Vec<JobRow>,
    pub(super) jobs_more: usize,
    /// Receipts that no counted word ties to a job, and that stand in no stream.
    pub(super) jobless: u64,
    pub(super) streamless: u64,
    /// The newest ones, for their lateness.
    pub(super) known: Vec<Known>,
}

#[derive(Default)]
struct Stream {
    name: Option<String>,
    numbers: BTreeSet<u64>,
    closed_at: Option<u64>,
    jobs: BTreeSet<String>,
    last: TimestampMs,
}

#[derive(Default)]
struct Job {
    receipts: u64,
    newest: LeafIndex,
    last: TimestampMs,
}

/// What is read of the receipts, before it takes the form of rows.
struct Walk<'a> {
    reader: &'a Reader,
    signers: &'a Signers,
    lookups: usize,
    streams: BTreeMap<[u8; 32], Stream>,
    jobs: BTreeMap<String, Job>,
    jobless: u64,
    streamless: u64,
}

pub(super) fn of(
    reader: &Reader,
    did: &str,
    as_of: TreeSize,
    signers: &Signers,
) -> Result<Receipts, PageError> {
    let page = reader.subject(Field::Gateway, did, None, as_of, true, RECEIPTS_READ)?;
    let mut walk = Walk {
        reader,
        signers,
        lookups: LOOKUPS_MAX,
        streams: BTreeMap::new(),
        jobs: BTreeMap::new(),
        jobless: 0,
        streamless: 0,
    };
    let mut newest = Vec::new();
    let mut read = 0_u64;
    for index in &page.items {
        let Some(known) = Known::read(reader, *index)? else {
            continue;
        };
        if known.record.entry.kind != Kind::ReceiptGateway {
            continue;
        }
        read += 1;
        walk.receipt(&known)?;
        newest.push(known);
    }
    let cut = page.next.is_some();
    let (streams_all, jobs_all) = (walk.streams.len(), walk.jobs.len());
    let mut streams: Vec<Stream> = walk.streams.into_values().collect();
    // What lacks a number first, then by newest activity.
    streams.sort_by_key(|stream| {
        let whole = missing(&stream.numbers, begin(&stream.numbers, cut)).is_empty();
        (whole, std::cmp::Reverse(stream.last))
    });
    let mut jobs: Vec<(String, Job)> = walk.jobs.into_iter().collect();
    jobs.sort_by_key(|(_, job)| std::cmp::Reverse(job.newest));
    Ok(Receipts {
        read: counted(read, "receipt", "receipts"),
        cut,
        streams_more: streams_all.saturating_sub(ROWS_SHOWN),
        streams: streams
            .iter()
            .take(ROWS_SHOWN)
            .map(|stream| stream_row(stream, cut))
            .collect(),
        jobs_more: jobs_all.saturating_sub(ROWS_SHOWN),
        jobs: jobs.into_iter().take(ROWS_SHOWN).map(job_row).collect(),
        jobless: walk.jobless,
        streamless: walk.streamless,
        known: newest,
    })
}

impl Walk<'_> {
    fn receipt(&mut self, known: &Known) -> Result<(), PageError> {
        let mut words = self.words(known);
        let placed = words
            .iter()
            .any(|word| word.stream.is_some() && word.job_id.is_some());
        if !placed && self.lookups > 0 {
            self.lookups -= 1;
            let entry = &known.record.entry;
            let indices = self.reader.by_evidence(&entry.evidence_digest)?;
            for index in indices
                .into_iter()
                .filter(|index| *index != known.record.index)
                .take(WORDS_READ)
            {
                if let Some(context) = Known::read(self.reader, index)? {
                    words.extend(self.words(&context));
                }
            }
        }
        let at = known.record.entry.logged_at;
        let jobs: BTreeSet<&String> = words.iter().filter_map(|word| word.job_id.as_ref()).collect();
        self.jobless += u64::from(jobs.is_empty());
        for job_id in &jobs {
            let job = self.jobs.entry((*job_id).clone()).or_default();
            job.receipts += 1;
            job.newest = job.newest.max(known.record.index);
            job.last = job.last.max(at);
        }
        self.streamless += u64::from(words.iter().all(|word| word.stream.is_none()));
        for word in &words {
            let Some((hash, number, last)) = word.stream else {
                continue;
            };
            let stream = self.streams.entry(hash).or_default();
            stream.numbers.insert(number);
            stream.last = stream.last.max(at);
            if last {
                stream.closed_at = stream.closed_at.max(Some(number));
            }
            stream.name = stream.name.take().or_else(|| word.name.clone());
            stream.jobs.extend(word.job_id.clone());
        }
        Ok(())
    }

    /// The words of an entry that count.
    fn words(&self, known: &Known) -> Vec<Word> {
        let entry = &known.record.entry;
        let signed = match known.evidence.as_ref().map(verifier::evidence::Evidence::payload) {
            Some(Payload::SubmissionContext(said)) => Some(&said.context),
            _ => None,
        };
        let bound = entry
            .submitter
            .as_ref()
            .is_some_and(|name| self.signers.is_bound(&entry.signer, name, entry.logged_at));
        let told = known.record.context.as_ref().filter(|_| bound);
        let word = |context: &Context| Word {
            job_id: context.job_id.clone(),
            name: context.stream.as_ref().map(|claim| claim.stream.clone()),
            stream: entry
                .stream
                .as_ref()
                .map(|position| (position.stream, position.number, position.last)),
        };
        signed.or(told).map(word).into_iter().collect()
    }
}

/// What one context says that counts.
struct Word {
    job_id: Option<String>,
    /// Of the stream, in clear.
    name: Option<String>,
    stream: Option<([u8; 32], u64, bool)>,
}

fn stream_row(stream: &Stream, cut: bool) -> StreamRow {
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

fn job_row((id, job): (String, Job)) -> JobRow {
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
