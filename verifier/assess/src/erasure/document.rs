//! One document of the log: the entry that carries it and every context on it, as far as orders and holds go.

use std::collections::HashMap;

use super::Dispositions;
use evidence::digest::EvidenceDigest;
use evidence::entry::Entry;
use evidence::issuers::Issuers;
use evidence::kind::Kind;
use evidence::subject::{Field, IndexSalt, Subject, SubjectHash, subject_hash};
use tlog::index::LeafIndex;

/// What the log says about one document: the entry that carries it and the contexts on it are one.
#[derive(Clone, PartialEq, Debug)]
pub struct ErasableDocument {
    /// What orders and holds by digest name it by.
    pub subject: Subject,
    /// The entry that carries it, and the contexts on it, in the order in which they were added.
    pub entries: Vec<LeafIndex>,
    /// It is of a kind that is never erased, and contexts on it are part of what it says.
    pub stays: bool,
    /// Whether the entry that carries it was added: without it, nobody knows of which kind it is.
    pub has_own: bool,
    /// Jobs that it belongs to, each with the first entry that says so.
    belongs: HashMap<SubjectHash, LeafIndex>,
    /// Jobs that anything about it names, each with the first entry that does.
    named: HashMap<SubjectHash, LeafIndex>,
}

impl ErasableDocument {
    /// A document of which nothing was added yet.
    pub fn new(subject: Subject) -> Self {
        Self {
            subject,
            entries: Vec::new(),
            stays: false,
            has_own: false,
            belongs: HashMap::new(),
            named: HashMap::new(),
        }
    }

    /// Adds the entry that carries it, or a context on it. `issuers` as of that entry or of any later position.
    pub fn add(&mut self, index: LeafIndex, entry: &Entry, issuers: &Issuers) {
        self.entries.push(index);
        self.stays |= !entry.kind.is_erasable();
        self.has_own |= entry.kind != Kind::Context;
        let said = entry.context_subjects.as_deref().unwrap_or_default();
        for job in jobs(entry.every_subject()) {
            first(&mut self.named, job, index);
        }
        // What the signer signed counts, whether in the evidence or in a context of its own.
        for job in jobs(&entry.subjects) {
            first(&mut self.belongs, job, index);
        }
        if is_counted(index, entry, issuers) {
            for job in jobs(said) {
                first(&mut self.belongs, job, index);
            }
        }
    }

    /// Whether it belongs to a job as of `at`.
    pub fn belongs_to(&self, job: SubjectHash, at: LeafIndex) -> bool {
        self.belongs.get(&job).is_some_and(|index| *index < at)
    }

    /// The jobs that it belongs to.
    pub fn jobs(&self) -> impl Iterator<Item = SubjectHash> + '_ {
        self.belongs.keys().copied()
    }

    /// The hold that protects it at `at`.
    pub fn held(&self, dispositions: &Dispositions, at: LeafIndex) -> Option<LeafIndex> {
        dispositions.hold_among(at, |subject| match subject.field {
            Field::Job => self.named.get(&subject.hash).is_some_and(|index| *index < at),
            _ => *subject == self.subject,
        })
    }
}

/// The subject of a digest as it stands in contexts, holds and orders.
pub fn evidence_subject(salt: &IndexSalt, digest: &EvidenceDigest) -> Subject {
    Subject {
        field: Field::Evidence,
        hash: subject_hash(salt, Field::Evidence, &digest.to_string()),
    }
}

/// The jobs among subjects.
pub fn jobs<'a>(subjects: impl IntoIterator<Item = &'a Subject>) -> impl Iterator<Item = SubjectHash> {
    subjects
        .into_iter()
        .filter(|subject| subject.field == Field::Job)
        .map(|subject| subject.hash)
}

/// A submitter's word on earlier evidence, as against a signed context, which is evidence itself.
pub fn is_submitters_context(entry: &Entry) -> bool {
    entry.kind == Kind::Context && entry.context_subjects.is_some()
}

/// The document that an entry carries or is about, by its subject; `None` where it is about none.
pub fn document_subject(salt: &IndexSalt, entry: &Entry) -> Option<Subject> {
    match entry.kind {
        Kind::Refused | Kind::IndexRoot => None,
        Kind::Context if !is_submitters_context(entry) => {
            let mut subjects = entry.subjects.iter();
            subjects.find(|subject| subject.field == Field::Evidence).copied()
        }
        _ => Some(evidence_subject(salt, &entry.evidence_digest)),
    }
}

fn first(map: &mut HashMap<SubjectHash, LeafIndex>, job: SubjectHash, index: LeafIndex) {
    let known = map.entry(job).or_insert(index);
    *known = index.min(*known);
}

/// Whether the submitter of an entry's context speaks for the evidence's signer: bound to it by a registration
/// earlier in the log whose window covers the entry.
fn is_counted(index: LeafIndex, entry: &Entry, issuers: &Issuers) -> bool {
    let (Some(submitter), Some(issuer)) = (&entry.submitter, issuers.find(&entry.signer)) else {
        return false;
    };
    issuer.registrations.iter().any(|registration| {
        registration.index < index
            && registration.covers(entry.logged_at)
            && registration.submitters.contains(submitter)
    })
}
