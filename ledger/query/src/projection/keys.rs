//! Keys of the projection. Numbers are big-endian.
//!
//! | first byte | rest | value |
//! | --- | --- | --- |
//! | 1 | – | [`Header`](super::table::ProjectionHeader) |
//! | 2 | job | [`super::record::JobRecord`] |
//! | 3 | job | its citations, 41 bytes each |
//! | 4 | citation, job | – |
//! | 5 | facet, place, job | – |
//! | 6 | alarm | [`super::record::Alarm`] |
//! | 7 | scope of alarms, entry that raised it, alarm | – |
//! | 8 | space and kind of a citation | – |
//! | 9 | unit, number of a period | [`super::counts::Counts`] |
//! | 10 | name (see [`super::names`]), job | – |
//!
//! A job is the salted hash of its id; a facet and a scope are one byte and SHA-256 of a value.

use verifier::assess::Query;
use verifier::hash::sha256;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::subject::{IndexSalt, SubjectHash};

use super::period::Unit;
use super::record::{Alarm, AlarmSource, JobRecord, JobState, own_name};
use crate::lookup_rows::LookupRows;
use ledger::rows::{RowKey, kind_key};

/// Key of the header.
pub(super) const HEADER: &[u8] = &[1];
const JOB: u8 = 2;
const CITED_BY_JOB: u8 = 3;
const CITATION: u8 = 4;
const FACET: u8 = 5;
const ALARM: u8 = 6;
const ALARM_PLACE: u8 = 7;
const SHAPE: u8 = 8;
const PERIOD: u8 = 9;
pub(super) const NAME: u8 = 10;

/// Bytes of a citation.
pub(super) const CITATION_BYTES: usize = 41;

const SHAPE_BYTES: usize = 9;

/// A citation without its key.
pub(super) type CitationBytes = [u8; SHAPE_BYTES];

/// What a verdict depends on: the entries of a lookup, of one kind or of every. One byte of space, 32 of key,
/// 8 of SHA-256 of the kind, or zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Citation([u8; CITATION_BYTES]);

impl Citation {
    pub(super) fn new(key: &RowKey, kind: Option<Kind>) -> Self {
        let mut bytes = [0; CITATION_BYTES];
        let kind = kind.map_or([0; 32], kind_key);
        let parts = [key.space.tag()].into_iter().chain(key.key).chain(kind);
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        Self(bytes)
    }

    /// What a lookup of a closure depends on.
    pub(super) fn of_query(query: &Query, salt: &IndexSalt) -> Vec<Self> {
        let rows = LookupRows::of(query, salt);
        if rows.kinds.is_empty() {
            return vec![Self::new(&rows.key, None)];
        }
        let of_kind = |kind: &Kind| Self::new(&rows.key, Some(*kind));
        rows.kinds.iter().map(of_kind).collect()
    }

    /// Space and kind. Most of what an entry carries is looked up by no closure at all, which the few shapes
    /// tell without a read.
    pub(super) fn shape(&self) -> CitationBytes {
        let mut shape = [0; SHAPE_BYTES];
        let (space, rest) = self.0.split_at(1);
        let (_, kind) = rest.split_at(32);
        let parts = space.iter().chain(kind);
        shape.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        shape
    }

    pub(super) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// By what jobs are found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum JobFacet<'a> {
    All,
    Verdict(&'a str),
    Agent(&'a str),
    Policy(&'a str),
    Token(&'a str),
    Model(&'a str),
    Tool(&'a str),
    Person(&'a str),
    Code(&'a str),
}

impl JobFacet<'_> {
    fn prefix(&self) -> Vec<u8> {
        let (tag, value) = match self {
            Self::All => (0, ""),
            Self::Verdict(value) => (1, *value),
            Self::Agent(value) => (2, *value),
            Self::Policy(value) => (3, *value),
            Self::Token(value) => (4, *value),
            Self::Model(value) => (5, *value),
            Self::Tool(value) => (6, *value),
            Self::Person(value) => (7, *value),
            Self::Code(value) => (8, *value),
        };
        prefixed(&[&[FACET, tag], &sha256(value.as_bytes())])
    }

    /// The keys of places in `from..to`.
    pub(super) fn range(&self, from: LeafIndex, to: LeafIndex) -> (Vec<u8>, Vec<u8>) {
        bounds(&self.prefix(), from, to)
    }
}

/// Under which keys a job is found.
pub(super) fn facet_keys(job: &SubjectHash, record: &JobRecord) -> Vec<Vec<u8>> {
    let summary = &record.summary;
    let verdict = record.outcome.verdict.map(super::record::Verdict::as_str);
    let running = record.state().filter(|state| *state == JobState::Running);
    let facets = std::iter::once(JobFacet::All)
        .chain(verdict.map(JobFacet::Verdict))
        .chain(running.map(|state| JobFacet::Verdict(state.as_str())))
        .chain(summary.agents.iter().map(|value| JobFacet::Agent(value)))
        .chain(summary.policies.iter().map(|value| JobFacet::Policy(value)))
        .chain(summary.tokens.iter().map(|value| JobFacet::Token(value)))
        .chain(summary.models.iter().map(|value| JobFacet::Model(value)))
        .chain(
            summary
                .models
                .iter()
                .filter_map(|value| own_name(value))
                .map(JobFacet::Model),
        )
        .chain(summary.tools.iter().map(|value| JobFacet::Tool(value)))
        .chain(summary.people.iter().map(|value| JobFacet::Person(value)))
        .chain(record.codes().map(JobFacet::Code));
    let place = record.last.index.value().to_be_bytes();
    facets
        .map(|facet| prefixed(&[&facet.prefix(), &place, job.as_bytes()]))
        .collect()
}

/// By what alarms are found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum AlarmFacet<'a> {
    All,
    Code(&'a str),
    Job(&'a str),
}

impl AlarmFacet<'_> {
    fn prefix(&self) -> Vec<u8> {
        let (tag, value) = match self {
            Self::All => (0, ""),
            Self::Code(value) => (1, *value),
            Self::Job(value) => (2, *value),
        };
        prefixed(&[&[ALARM_PLACE, tag], &sha256(value.as_bytes())])
    }

    /// The keys down from an alarm, itself included.
    pub(super) fn range_down_from(&self, place: LeafIndex, id: &[u8; 32]) -> (Vec<u8>, Vec<u8>) {
        let prefix = self.prefix();
        let end = prefixed(&[&prefix, &place.value().to_be_bytes(), id, &[0]]);
        (prefix, end)
    }
}

/// The name of an alarm: the assessment of a job raises one of a code, and so does an entry.
pub(super) fn alarm_id(alarm: &Alarm) -> [u8; 32] {
    let raised = alarm.raised.index.value().to_be_bytes();
    let (source, owner) = match alarm.source {
        AlarmSource::Assessment => (0, alarm.job_id.as_deref().unwrap_or_default().as_bytes()),
        AlarmSource::Log => (1, raised.as_slice()),
    };
    sha256(&[&[source], owner, &[0], alarm.code.as_bytes()].concat())
}

/// Under which keys an alarm is found.
pub(super) fn alarm_places(alarm: &Alarm) -> Vec<Vec<u8>> {
    let id = alarm_id(alarm);
    let place = alarm.raised.index.value().to_be_bytes();
    [AlarmFacet::All, AlarmFacet::Code(&alarm.code)]
        .into_iter()
        .chain(alarm.job_id.as_deref().map(AlarmFacet::Job))
        .map(|scope| prefixed(&[&scope.prefix(), &place, &id]))
        .collect()
}

pub(super) fn job(job: &SubjectHash) -> Vec<u8> {
    prefixed(&[&[JOB], job.as_bytes()])
}

pub(super) fn cited_by_job(job: &SubjectHash) -> Vec<u8> {
    prefixed(&[&[CITED_BY_JOB], job.as_bytes()])
}

pub(super) fn citation(citation: &Citation, job: &SubjectHash) -> Vec<u8> {
    prefixed(&[&[CITATION], citation.as_bytes(), job.as_bytes()])
}

/// The keys of the jobs that cite something, from a job on.
pub(super) fn citers(citation: &Citation, from: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let prefix = prefixed(&[&[CITATION], citation.as_bytes()]);
    (prefixed(&[&prefix, from]), prefixed(&[&prefix, &[0xff; 33]]))
}

pub(super) fn shape(shape: &CitationBytes) -> Vec<u8> {
    prefixed(&[&[SHAPE], shape])
}

/// The keys of all shapes.
pub(super) const SHAPES: (&[u8], &[u8]) = (&[SHAPE], &[SHAPE + 1]);

pub(super) fn shape_of_key(key: &[u8]) -> Option<CitationBytes> {
    key.split_first()?.1.try_into().ok()
}

pub(super) fn alarm(id: &[u8; 32]) -> Vec<u8> {
    prefixed(&[&[ALARM], id])
}

/// The key of the counts of a period.
pub(super) fn period(unit: Unit, period: u64) -> Vec<u8> {
    prefixed(&[&[PERIOD, unit.tag()], &period.to_be_bytes()])
}

/// The keys of all periods of a unit.
pub(super) const fn periods(unit: Unit) -> ([u8; 2], [u8; 2]) {
    ([PERIOD, unit.tag()], [PERIOD, unit.tag().saturating_add(1)])
}

pub(super) fn period_of_key(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|period| u64::from_be_bytes(*period))
}

/// The place and the 32 bytes at the end of a key of a facet or a scope.
pub(super) fn place_and_id(key: &[u8]) -> Option<(LeafIndex, [u8; 32])> {
    let (rest, id) = key.split_last_chunk::<32>()?;
    let (_, place) = rest.split_last_chunk::<8>()?;
    Some((LeafIndex::new(u64::from_be_bytes(*place)), *id))
}

/// The job at the end of a key of a citation.
pub(super) fn citer(key: &[u8]) -> Option<[u8; 32]> {
    key.last_chunk::<32>().copied()
}

fn bounds(prefix: &[u8], from: LeafIndex, to: LeafIndex) -> (Vec<u8>, Vec<u8>) {
    let end = |index: LeafIndex| prefixed(&[prefix, &index.value().to_be_bytes()]);
    (end(from), end(to))
}

fn prefixed(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}
