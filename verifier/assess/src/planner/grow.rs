//! The closure of a job that grew, from what it was as of a smaller tree.
//!
//! The lookups are planned anew, round by round, so that the closure is the one that anybody would collect as of the new
//! size: byte for byte, and with the same errors. But only what the log grew by is asked for: an answer is that of the
//! smaller tree and what came since, and every record that was verified is taken as it is.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::lookups::{LookupKey, key_of, keys, kinds_of, matches};
use super::{ClosurePlanner, RoundRecords};
use crate::closure::{AsOf, Closure, ClosureError, Query};
use crate::verified::VerifiedRecord;
use evidence::entry::Entry;
use evidence::kind::Kind;
use evidence::subject::IndexSalt;
use tlog::index::LeafIndex;

/// What the lookups of a closure go by: whether an entry that came later is in the answer of one of them.
#[derive(Clone, Debug)]
pub struct ClosureLookups {
    /// The kinds that are asked for; empty: every kind.
    kinds: HashMap<LookupKey, Vec<Kind>>,
}

impl ClosureLookups {
    /// Of the lookups of a closure. The cost is that of one hash for each.
    pub fn of<'q>(queries: impl Iterator<Item = &'q Query>, salt: &IndexSalt) -> Self {
        let mut all: HashMap<LookupKey, Vec<Kind>> = HashMap::new();
        for query in queries {
            let asked = kinds_of(query);
            all.entry(key_of(query, salt))
                .and_modify(|kinds| {
                    if asked.is_empty() || kinds.is_empty() {
                        kinds.clear();
                    } else {
                        kinds.extend(asked);
                    }
                })
                .or_insert_with(|| asked.to_vec());
        }
        Self { kinds: all }
    }

    /// Whether one of the lookups asks for this entry.
    pub fn holds(&self, entry: &Entry) -> bool {
        let mut keys = keys(entry).into_iter();
        keys.any(|key| {
            self.kinds
                .get(&key)
                .is_some_and(|kinds| matches(kinds, entry.kind))
        })
    }
}

/// Collects the closure as of a larger tree.
#[derive(Debug)]
pub struct ClosureGrowth<'a> {
    planner: ClosurePlanner<'a>,
    older: &'a Closure,
    answers: HashMap<&'a Query, &'a [LeafIndex]>,
    added: BTreeMap<LeafIndex, Arc<VerifiedRecord>>,
    carriers: HashMap<LookupKey, Vec<(LeafIndex, Kind)>>,
}

impl<'a> ClosureGrowth<'a> {
    /// Begins with a closure of the same log as of a smaller tree, and every record since then that one of its lookups asks
    /// for ([`ClosureLookups::holds`]); further ones do no harm.
    pub fn new(
        rounds: &'a RoundRecords,
        older: &'a Closure,
        as_of: AsOf,
        added: impl IntoIterator<Item = Arc<VerifiedRecord>>,
    ) -> Self {
        let added: BTreeMap<LeafIndex, Arc<VerifiedRecord>> = added
            .into_iter()
            .filter(|record| !older.as_of.size.contains(record.index))
            .map(|record| (record.index, record))
            .collect();
        let mut carriers: HashMap<LookupKey, Vec<(LeafIndex, Kind)>> = HashMap::new();
        for record in added.values() {
            for key in keys(&record.entry) {
                let found = (record.index, record.entry.kind);
                carriers.entry(key).or_default().push(found);
            }
        }
        let answers = older.answers.iter();
        Self {
            planner: ClosurePlanner::new(rounds, &older.job_id, &older.origin, older.salt, as_of),
            older,
            answers: answers
                .map(|answer| (&answer.query, answer.indices.as_slice()))
                .collect(),
            added,
            carriers,
        }
    }

    /// The next lookup that the smaller closure has not; `None` once the closure is whole.
    ///
    /// # Errors
    /// As [`ClosurePlanner::supply`]: `TooLarge` beyond the bounds; `WrongAnswer` where the smaller closure or the records that
    /// were added are not those of the log.
    pub fn next_query(&mut self) -> Result<Option<Query>, ClosureError> {
        while let Some((query, key)) = self.planner.advance() {
            let Some(known) = self.answers.get(query) else {
                return Ok(Some(query.clone()));
            };
            let mut indices = known.to_vec();
            if let Some(carriers) = self.carriers.get(key) {
                let of_kinds = carriers
                    .iter()
                    .filter(|(_, kind)| matches(kinds_of(query), *kind));
                indices.extend(of_kinds.map(|(index, _)| *index));
            }
            let records = self.unknown(&indices);
            self.planner.supply(indices, records)?;
        }
        Ok(None)
    }

    /// The planner, which knows what was collected so far.
    pub const fn planner(&self) -> &ClosurePlanner<'a> {
        &self.planner
    }

    /// A record that the smaller closure holds, or that was added to it.
    pub fn record(&self, index: LeafIndex) -> Option<&Arc<VerifiedRecord>> {
        self.older.records.get(&index).or_else(|| self.added.get(&index))
    }

    /// Answers the lookup that [`next_query`](Self::next_query) gave, as of the larger tree: see [`ClosurePlanner::supply`].
    ///
    /// # Errors
    /// As [`ClosurePlanner::supply`].
    pub fn supply(
        &mut self,
        indices: Vec<LeafIndex>,
        records: Vec<Arc<VerifiedRecord>>,
    ) -> Result<(), ClosureError> {
        self.planner.supply(indices, records)
    }

    /// The closure as collected; whole once [`next_query`](Self::next_query) gave `None`.
    pub fn finish(self) -> Closure {
        self.planner.finish()
    }

    fn unknown(&self, indices: &[LeafIndex]) -> Vec<Arc<VerifiedRecord>> {
        let unknown = indices.iter().filter(|index| !self.planner.knows(**index));
        unknown.filter_map(|index| self.record(*index).cloned()).collect()
    }
}
