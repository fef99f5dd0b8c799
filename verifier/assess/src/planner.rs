//! Which lookups make up a closure (normative: `schemas/assessment.md`, "Closure").
//!
//! A round links what is known and asks what follows from it; the rounds end when nothing new follows. The
//! links are those of the assessment itself, without its signature checks: what a dishonest log adds to a
//! closure makes it larger and decides nothing.

mod records;
mod wants;

use std::collections::{BTreeMap, HashSet, VecDeque};

use super::closure::{Answer, AsOf, Closure, ClosureError, Completeness, Query};
use super::facts::{Doc, Tie};
use super::suppose::{NO_JOB, Supposed};
use evidence::record::{Kept, Record};
use evidence::subject::IndexSalt;
use tlog::index::LeafIndex;

/// Most entries of a closure.
const RECORDS_MAX: usize = 262_144;
/// Most bytes of evidence in a closure.
const EVIDENCE_BYTES_MAX: usize = 512 * 1024 * 1024;
/// Most lookups of a closure.
const QUERIES_MAX: usize = 1_048_576;
/// Most rounds. Six are usual; a chain of operators that register each other may need more.
const ROUNDS_MAX: usize = 64;

/// Asks for one lookup after another until the closure is whole.
#[derive(Debug)]
pub struct Planner {
    closure: Closure,
    asked: Option<Query>,
    open: VecDeque<Query>,
    known: HashSet<Query>,
    carriers: records::Carriers,
    docs: BTreeMap<LeafIndex, Doc>,
    evidence_bytes: usize,
    rounds: usize,
}

impl Planner {
    /// Begins with the job.
    pub fn new(job_id: &str, origin: &str, salt: IndexSalt, as_of: AsOf) -> Self {
        Self {
            closure: Closure {
                job_id: job_id.to_owned(),
                origin: origin.to_owned(),
                salt,
                as_of,
                answers: Vec::new(),
                records: BTreeMap::new(),
            },
            asked: None,
            open: VecDeque::new(),
            known: HashSet::new(),
            carriers: records::Carriers::default(),
            docs: BTreeMap::new(),
            evidence_bytes: 0,
            rounds: 0,
        }
    }

    /// Begins with a bundle that the log does not hold: what it cites is looked up too, and it is in no answer. Without
    /// a job it is looked at alone.
    pub fn supposing(
        job_id: Option<&str>,
        origin: &str,
        salt: IndexSalt,
        as_of: AsOf,
        supposed: &Supposed,
    ) -> Self {
        let tie = if job_id.is_some() {
            Tie::ByLinks
        } else {
            Tie::Alone
        };
        let mut planner = Self::new(job_id.unwrap_or(NO_JOB), origin, salt, as_of);
        planner.docs.insert(supposed.index(), supposed.read(tie));
        planner
    }

    /// The next lookup, as of the closure's size; `None` once the closure is whole.
    pub fn next_query(&mut self) -> Option<Query> {
        if self.open.is_empty() && self.rounds < ROUNDS_MAX {
            self.rounds = self.rounds.saturating_add(1);
            for query in wants::of(&self.closure, &self.docs) {
                if self.known.insert(query.clone()) {
                    self.open.push_back(query);
                }
            }
        }
        self.asked = self.open.pop_front();
        self.asked.clone()
    }

    /// Whether the closure holds the record of an entry already.
    pub fn knows(&self, index: LeafIndex) -> bool {
        self.record(index).is_some()
    }

    /// The record of an entry that the closure holds already.
    pub fn record(&self, index: LeafIndex) -> Option<&Record> {
        self.closure.records.get(&index)
    }

    /// Answers the lookup that [`next_query`](Self::next_query) gave last: every index, ascending, and the
    /// records of those that the planner does not know.
    ///
    /// # Errors
    /// `WrongAnswer` where an index is out of order or not below the size, where a record is missing, was
    /// not asked for or does not carry what was asked, and where a record that is known carries what was
    /// asked at another time and was not in that answer; `TooLarge` beyond the bounds.
    pub fn supply(&mut self, indices: Vec<LeafIndex>, records: Vec<Record>) -> Result<(), ClosureError> {
        let Some(query) = self.asked.take() else {
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
            if !records::answers(record, &query, &self.closure.salt) {
                return Err(wrong(format!("entry {index} is not what was asked for")));
            }
        }
        self.carriers.close(&query, &indices, &self.closure)?;
        self.closure.answers.push(Answer {
            query,
            indices,
            completeness: Completeness::NotProved,
        });
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

    fn add(&mut self, record: Record, indices: &[LeafIndex]) -> Result<(), ClosureError> {
        let index = record.index;
        if indices.binary_search(&index).is_err() {
            return Err(wrong(format!("entry {index} is not in the answer")));
        }
        if self.knows(index) {
            return Err(wrong(format!("entry {index} was there already")));
        }
        if let Kept::Bytes(bytes) = &record.evidence {
            self.evidence_bytes = self.evidence_bytes.saturating_add(bytes.len());
            bounded(self.evidence_bytes, EVIDENCE_BYTES_MAX, "bytes of evidence")?;
        }
        self.carriers.add(&record)?;
        self.docs.insert(index, Doc::read(&record));
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
