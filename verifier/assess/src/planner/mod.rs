//! Which lookups make up a closure (normative: `schemas/assessment.md`, "Closure").
//!
//! A round links what is known and asks what follows from it; the rounds end when nothing new follows. The
//! links are those of the assessment itself, without its signature checks: what a dishonest log adds to a
//! closure makes it larger and decides nothing.

mod grow;
mod known;
mod lookups;
mod planned_lookups;
mod records;

pub use grow::{ClosureGrowth, ClosureLookups};

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::closure::{AsOf, Closure, ClosureError, LookupAnswer, Query};
use super::facts::SupposedLink;
use super::suppose::{NO_JOB, SupposedBundle};
use super::verified::{RecordVerifier, VerifiedRecord};
use evidence::record::StoredBytes;
use evidence::subject::IndexSalt;
use known::KnownDocuments;
use lookups::{LookupKey, carries, key_of, kinds_of, matches};
use planned_lookups::PlannedLookups;
use tlog::index::LeafIndex;

/// Most entries of a closure.
const RECORDS_MAX: usize = 262_144;
/// Most bytes of evidence in a closure.
const EVIDENCE_BYTES_MAX: usize = 512 * 1024 * 1024;
/// Most lookups of a closure.
const QUERIES_MAX: usize = 1_048_576;
/// Most rounds. Six are usual; a chain of operators that register each other may need more.
const ROUNDS_MAX: usize = 64;

/// The records that each round of one [`ClosurePlanner`] brought. What the planner knows refers to them.
#[derive(Debug)]
pub struct RoundRecords([OnceLock<Vec<Arc<VerifiedRecord>>>; ROUNDS_MAX]);

impl Default for RoundRecords {
    fn default() -> Self {
        Self([const { OnceLock::new() }; ROUNDS_MAX])
    }
}

/// Asks for one lookup after another until the closure is whole.
#[derive(Debug)]
pub struct ClosurePlanner<'a> {
    closure: Closure,
    verifier: RecordVerifier,
    /// What was asked last, and what that goes by.
    asked: Option<(Query, LookupKey)>,
    wants: PlannedLookups,
    carriers: records::RecordIndex,
    known: KnownDocuments<'a>,
    rounds: std::slice::Iter<'a, OnceLock<Vec<Arc<VerifiedRecord>>>>,
    /// What came since the last round began.
    fresh: Vec<Arc<VerifiedRecord>>,
    has_begun: bool,
    evidence_bytes: usize,
}

impl<'a> ClosurePlanner<'a> {
    /// Begins with the job. `rounds`: none that another planner had.
    pub fn new(rounds: &'a RoundRecords, job_id: &str, origin: &str, salt: IndexSalt, as_of: AsOf) -> Self {
        Self {
            closure: Closure {
                job_id: job_id.to_owned(),
                origin: origin.to_owned(),
                salt,
                as_of,
                answers: Vec::new(),
                records: BTreeMap::new(),
            },
            verifier: RecordVerifier::new(origin, salt),
            asked: None,
            wants: PlannedLookups::default(),
            carriers: records::RecordIndex::default(),
            known: KnownDocuments::new(job_id, origin, salt),
            rounds: rounds.0.iter(),
            fresh: Vec::new(),
            has_begun: false,
            evidence_bytes: 0,
        }
    }

    /// Begins with a bundle that the log does not hold: what it cites is looked up too, and it is in no answer. Without
    /// a job it is looked at alone.
    pub fn supposing(
        rounds: &'a RoundRecords,
        job_id: Option<&str>,
        origin: &str,
        salt: IndexSalt,
        as_of: AsOf,
        supposed: &SupposedBundle,
    ) -> Self {
        let tie = if job_id.is_some() {
            SupposedLink::ByLinks
        } else {
            SupposedLink::Alone
        };
        let mut planner = Self::new(rounds, job_id.unwrap_or(NO_JOB), origin, salt, as_of);
        planner.fresh.push(supposed.verified(tie));
        planner
    }

    /// The next lookup, as of the closure's size; `None` once the closure is whole.
    pub fn next_query(&mut self) -> Option<Query> {
        self.advance().map(|(query, _)| query.clone())
    }

    /// The same, with what the lookup goes by.
    fn advance(&mut self) -> Option<&(Query, LookupKey)> {
        if self.wants.is_empty() {
            self.begin_round();
        }
        let salt = self.closure.salt;
        self.asked = self.wants.next().map(|query| {
            let key = key_of(&query, &salt);
            (query, key)
        });
        self.asked.as_ref()
    }

    /// Asks what follows from what the last round brought; nothing where that is nothing.
    fn begin_round(&mut self) {
        if self.has_begun && self.fresh.is_empty() {
            return;
        }
        let Some(round) = self.rounds.next() else { return };
        if !self.has_begun {
            self.has_begun = true;
            self.wants.begin(&self.closure.job_id);
        }
        let fresh = std::mem::take(&mut self.fresh);
        let changed = self.known.add(round.get_or_init(|| fresh));
        let records = self.closure.records.values().map(|record| record.record());
        self.wants
            .follow(&self.known, &changed, records, &self.closure.salt);
    }

    /// Whether the closure holds the record of an entry already.
    pub fn knows(&self, index: LeafIndex) -> bool {
        self.record(index).is_some()
    }

    /// The record of an entry that the closure holds already.
    pub fn record(&self, index: LeafIndex) -> Option<&Arc<VerifiedRecord>> {
        self.closure.records.get(&index)
    }

    /// Answers the lookup that [`next_query`](Self::next_query) gave last: every index, ascending, and the
    /// records of those that the planner does not know.
    ///
    /// # Errors
    /// `WrongAnswer` where an index is out of order or not below the size, where a record is missing, is of another
    /// log, was not asked for or does not carry what was asked, and where a record that is known carries what was
    /// asked at another time and was not in that answer; `TooLarge` beyond the bounds.
    pub fn supply(
        &mut self,
        indices: Vec<LeafIndex>,
        records: Vec<Arc<VerifiedRecord>>,
    ) -> Result<(), ClosureError> {
        let Some((query, key)) = self.asked.take() else {
            return Err(wrong("nothing was asked"));
        };
        self.check_indices(&indices)?;
        for record in records {
            self.add(record, &indices)?;
        }
        for index in &indices {
            let Some(record) = self.closure.records.get(index) else {
                return Err(wrong(format!("the record of entry {index} is missing")));
            };
            if !matches(kinds_of(&query), record.entry.kind) || !carries(&record.entry, key) {
                return Err(wrong(format!("entry {index} is not what was asked for")));
            }
        }
        let answer = LookupAnswer { query, indices };
        self.carriers.close(key, &answer, self.closure.answers.len())?;
        self.closure.answers.push(answer);
        bounded(self.closure.answers.len(), QUERIES_MAX, "lookups")
    }

    /// The closure as collected; whole once [`next_query`](Self::next_query) gave `None`.
    pub fn finish(self) -> Closure {
        self.closure
    }

    fn check_indices(&self, indices: &[LeafIndex]) -> Result<(), ClosureError> {
        let size = self.closure.as_of.size;
        let ascending = indices
            .iter()
            .zip(indices.iter().skip(1))
            .all(|(one, next)| one < next);
        if ascending && indices.last().is_none_or(|&last| size.contains(last)) {
            Ok(())
        } else {
            Err(wrong("indices are not ascending or not below the size"))
        }
    }

    fn add(&mut self, record: Arc<VerifiedRecord>, indices: &[LeafIndex]) -> Result<(), ClosureError> {
        let index = record.index;
        if !self.verifier.is_of(&record) {
            return Err(wrong(format!("the record of entry {index} is of another log")));
        }
        if indices.binary_search(&index).is_err() {
            return Err(wrong(format!("entry {index} is not in the answer")));
        }
        if self.knows(index) {
            return Err(wrong(format!("entry {index} was there already")));
        }
        if let StoredBytes::Bytes(bytes) = &record.evidence {
            self.evidence_bytes = self.evidence_bytes.saturating_add(bytes.len());
            bounded(self.evidence_bytes, EVIDENCE_BYTES_MAX, "bytes of evidence")?;
        }
        self.carriers.add(&record, &self.closure.answers)?;
        self.fresh.push(Arc::clone(&record));
        self.closure.records.insert(index, record);
        bounded(self.closure.records.len(), RECORDS_MAX, "records")
    }
}

fn wrong(why: impl Into<String>) -> ClosureError {
    ClosureError::WrongAnswer(why.into())
}

fn bounded(found: usize, max: usize, what: &'static str) -> Result<(), ClosureError> {
    if found > max {
        Err(ClosureError::TooLarge { what, max })
    } else {
        Ok(())
    }
}
