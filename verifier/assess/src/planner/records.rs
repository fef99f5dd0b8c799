//! What a record carries, and whether earlier answers should have had it.

use std::collections::HashMap;

use super::super::closure::{Closure, Query};
use super::wrong;
use crate::closure::ClosureError;
use evidence::digest::EvidenceDigest;
use evidence::kind::Kind;
use evidence::record::{Record, is_evidence};
use evidence::subject::{IndexSalt, Subject, subject_hash};
use tlog::index::LeafIndex;

/// What lookups go by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Key {
    Kind(Kind),
    Subject(Subject),
    Evidence(EvidenceDigest),
}

/// An answer that was given.
#[derive(Debug)]
struct Given {
    kinds: Vec<Kind>,
    indices: Vec<LeafIndex>,
}

/// Records by what they carry, and answers by what they were asked: an entry that comes up in one lookup
/// and was kept back in another is noticed whichever comes first.
#[derive(Debug, Default)]
pub(super) struct Carriers {
    records: HashMap<Key, Vec<(LeafIndex, Kind)>>,
    answers: HashMap<Key, Vec<Given>>,
}

impl Carriers {
    /// A new record: every answer that it belongs to has to hold it.
    pub(super) fn add(&mut self, record: &Record) -> Result<(), ClosureError> {
        let (index, kind) = (record.index, record.entry.kind);
        for key in keys(record) {
            let withheld = self
                .answers
                .get(&key)
                .into_iter()
                .flatten()
                .any(|given| matches(&given.kinds, kind) && given.indices.binary_search(&index).is_err());
            if withheld {
                return Err(wrong(format!(
                    "entry {index} was kept back from an earlier lookup"
                )));
            }
            self.records.entry(key).or_default().push((index, kind));
        }
        Ok(())
    }

    /// A new answer: it has to hold every record that is known and belongs to it.
    pub(super) fn close(
        &mut self,
        query: &Query,
        indices: &[LeafIndex],
        closure: &Closure,
    ) -> Result<(), ClosureError> {
        let (key, kinds) = key_of(query, &closure.salt);
        let withheld = self
            .records
            .get(&key)
            .into_iter()
            .flatten()
            .find(|(index, kind)| matches(&kinds, *kind) && indices.binary_search(index).is_err());
        if let Some((index, _)) = withheld {
            return Err(wrong(format!("entry {index} is known and was kept back")));
        }
        self.answers.entry(key).or_default().push(Given {
            kinds,
            indices: indices.to_vec(),
        });
        Ok(())
    }
}

/// Whether a record is one that the lookup asks for.
pub(super) fn answers(record: &Record, query: &Query, salt: &IndexSalt) -> bool {
    let (key, kinds) = key_of(query, salt);
    matches(&kinds, record.entry.kind) && carries(record, key)
}

fn carries(record: &Record, key: Key) -> bool {
    let entry = &record.entry;
    match key {
        Key::Kind(kind) => entry.kind == kind,
        Key::Evidence(digest) => is_evidence(entry.kind) && entry.evidence_digest == digest,
        Key::Subject(subject) => {
            entry.subjects.contains(&subject)
                || entry
                    .context_subjects
                    .iter()
                    .flatten()
                    .any(|carried| *carried == subject)
        }
    }
}

fn matches(kinds: &[Kind], kind: Kind) -> bool {
    kinds.is_empty() || kinds.contains(&kind)
}

fn keys(record: &Record) -> Vec<Key> {
    let entry = &record.entry;
    let context = entry.context_subjects.as_deref().unwrap_or_default();
    let mut subjects: Vec<Subject> = entry.subjects.iter().chain(context).copied().collect();
    subjects.sort_unstable();
    subjects.dedup();
    let mut keys: Vec<Key> = subjects.into_iter().map(Key::Subject).collect();
    keys.push(Key::Kind(entry.kind));
    if is_evidence(entry.kind) {
        keys.push(Key::Evidence(entry.evidence_digest));
    }
    keys
}

fn key_of(query: &Query, salt: &IndexSalt) -> (Key, Vec<Kind>) {
    match query {
        Query::Kind(kind) => (Key::Kind(*kind), Vec::new()),
        Query::Evidence(digest) => (Key::Evidence(*digest), Vec::new()),
        Query::Subject { field, value, kinds } => {
            let hash = subject_hash(salt, *field, value);
            (Key::Subject(Subject { field: *field, hash }), kinds.clone())
        }
        Query::Hashed { subject, kinds } => (Key::Subject(*subject), kinds.clone()),
    }
}
