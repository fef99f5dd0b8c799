//! Lookups, by what entries carry.

use crate::closure::Query;
use evidence::digest::EvidenceDigest;
use evidence::entry::Entry;
use evidence::kind::Kind;
use evidence::record::is_evidence;
use evidence::subject::{IndexSalt, Subject, subject_hash};

/// What lookups go by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum LookupKey {
    Kind(Kind),
    Subject(Subject),
    Evidence(EvidenceDigest),
}

/// What a lookup goes by.
pub(super) fn key_of(query: &Query, salt: &IndexSalt) -> LookupKey {
    match query {
        Query::Kind(kind) => LookupKey::Kind(*kind),
        Query::Evidence(digest) => LookupKey::Evidence(*digest),
        Query::Subject { field, value, .. } => LookupKey::Subject(Subject {
            field: *field,
            hash: subject_hash(salt, *field, value),
        }),
        Query::Hashed { subject, .. } => LookupKey::Subject(*subject),
    }
}

/// The kinds of entries that a lookup asks for; empty: of every kind.
pub(super) fn kinds_of(query: &Query) -> &[Kind] {
    match query {
        Query::Kind(_) | Query::Evidence(_) => &[],
        Query::Subject { kinds, .. } | Query::Hashed { kinds, .. } => kinds,
    }
}

/// Whether entries of a kind are among those asked for.
pub(super) fn matches(kinds: &[Kind], kind: Kind) -> bool {
    kinds.is_empty() || kinds.contains(&kind)
}

/// Whether an entry carries what a lookup goes by.
pub(super) fn carries(entry: &Entry, key: LookupKey) -> bool {
    match key {
        LookupKey::Kind(kind) => entry.kind == kind,
        LookupKey::Evidence(digest) => is_evidence(entry.kind) && entry.evidence_digest == digest,
        LookupKey::Subject(subject) => entry.every_subject().any(|carried| *carried == subject),
    }
}

/// Everything that an entry carries, each once.
pub(super) fn keys(entry: &Entry) -> Vec<LookupKey> {
    let mut subjects: Vec<Subject> = entry.every_subject().copied().collect();
    subjects.sort_unstable();
    subjects.dedup();
    let mut keys: Vec<LookupKey> = subjects.into_iter().map(LookupKey::Subject).collect();
    keys.push(LookupKey::Kind(entry.kind));
    if is_evidence(entry.kind) {
        keys.push(LookupKey::Evidence(entry.evidence_digest));
    }
    keys
}
