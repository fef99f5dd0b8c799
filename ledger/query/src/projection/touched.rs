//! What a window of entries may have changed.

use std::collections::{BTreeMap, BTreeSet};

use verifier::entry::Entry;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::subject::{Field, SubjectHash};

use super::keys::{Citation, CitationBytes};
use ledger::rows::{RowKey, Space};

/// Jobs and lookups, each with the last entry that touches it.
#[derive(Debug, Default)]
pub(super) struct TouchedJobs {
    pub(super) jobs: BTreeMap<SubjectHash, LeafIndex>,
    pub(super) cited: BTreeMap<Citation, LeafIndex>,
    /// Jobs whose evidence was ordered to be erased.
    pub(super) erased_jobs: BTreeSet<SubjectHash>,
    /// Whether anything was ordered to be erased.
    pub(super) erasure: bool,
}

impl TouchedJobs {
    /// Adds an entry that was logged at `at`. Only lookups of a shape that some closure has are kept.
    pub(super) fn add(&mut self, entry: &Entry, at: LeafIndex, shapes: &BTreeSet<CitationBytes>) {
        let context = entry.context_subjects.iter().flatten();
        for subject in entry.subjects.iter().chain(context) {
            let key = RowKey::new(Space::Subject(subject.field), *subject.hash.as_bytes());
            self.cite(Citation::new(&key, None), at, shapes);
            self.cite(Citation::new(&key, Some(entry.kind)), at, shapes);
            if subject.field == Field::Job {
                latest(self.jobs.entry(subject.hash).or_insert(at), at);
                if entry.kind == Kind::ErasureOrdered {
                    self.erased_jobs.insert(subject.hash);
                }
            }
        }
        self.cite(Citation::new(&RowKey::of_kind(entry.kind), None), at, shapes);
        if !matches!(entry.kind, Kind::Refused | Kind::IndexRoot) {
            let key = RowKey::new(Space::Evidence, *entry.evidence_digest.as_bytes());
            self.cite(Citation::new(&key, None), at, shapes);
        }
        self.erasure |= entry.kind == Kind::ErasureOrdered;
    }

    fn cite(&mut self, citation: Citation, at: LeafIndex, shapes: &BTreeSet<CitationBytes>) {
        if shapes.contains(&citation.shape()) {
            latest(self.cited.entry(citation).or_insert(at), at);
        }
    }
}

pub(super) fn latest(kept: &mut LeafIndex, at: LeafIndex) {
    *kept = (*kept).max(at);
}
