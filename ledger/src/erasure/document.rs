//! One document of the log: the entry that carries it and every context on it, as far as orders and holds go.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use verifier::digest::EvidenceDigest;
use verifier::entry::Entry;
use verifier::index::LeafIndex;
use verifier::issuers::Issuers;
use verifier::kind::Kind;
use verifier::subject::{Field, IndexSalt, Subject, SubjectHash, subject_hash};

use super::state::Dispositions;
use crate::rows::{RowKey, Space};

/// Rows read at a time.
const ROWS_CHUNK: usize = 256;

/// A view of the log from which orders can be judged: the reader's, the sequencer's or that of `fsck`.
pub(crate) trait View {
    /// A failed read.
    type Error;

    /// Salt of the subject hashes.
    fn salt(&self) -> &IndexSalt;
    /// Who may sign what, and who speaks for whom.
    fn issuers(&self) -> &Issuers;
    /// Orders and holds.
    fn dispositions(&self) -> &Dispositions;
    /// An entry that a row points to.
    fn entry(&self, index: LeafIndex) -> Result<Entry, Self::Error>;
    /// Indices of a key from `from` on, ascending, at most `limit`.
    fn rows(&self, key: &RowKey, from: LeafIndex, limit: usize) -> Result<Vec<LeafIndex>, Self::Error>;
    /// The evidence that a signed `submission_context` at `index` is about, erased or not.
    fn target(&self, index: LeafIndex) -> Result<Option<EvidenceDigest>, Self::Error>;

    /// What the log says about a document below `end`. What was read once may be kept: it does not change.
    fn document(&self, digest: &EvidenceDigest, end: LeafIndex) -> Result<Arc<Document>, Self::Error>
    where
        Self: Sized,
    {
        Document::load(self, digest, end).map(Arc::new)
    }
}

/// Documents kept. Somebody may put many contexts on one document; each of them asks for it.
const DOCUMENTS_KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// The documents that were asked for last.
#[derive(Debug)]
pub(crate) struct Documents(Mutex<LruCache<(EvidenceDigest, LeafIndex), Arc<Document>>>);

impl Default for Documents {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(DOCUMENTS_KEPT)))
    }
}

impl Documents {
    /// The kept document, or what `view` loads.
    pub(crate) fn get<V: View>(
        &self,
        view: &V,
        digest: &EvidenceDigest,
        end: LeafIndex,
    ) -> Result<Arc<Document>, V::Error> {
        let key = (*digest, end);
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = kept().get(&key) {
            return Ok(Arc::clone(document));
        }
        let document = Arc::new(Document::load(view, digest, end)?);
        kept().put(key, Arc::clone(&document));
        Ok(document)
    }
}

/// Calls `visit` with every entry of a key, ascending, until it answers false.
pub(crate) fn each_row<V: View>(
    view: &V,
    key: &RowKey,
    mut visit: impl FnMut(LeafIndex) -> Result<bool, V::Error>,
) -> Result<(), V::Error> {
    let mut from = Some(LeafIndex::new(0));
    while let Some(start) = from {
        let rows = view.rows(key, start, ROWS_CHUNK)?;
        for index in &rows {
            if !visit(*index)? {
                return Ok(());
            }
        }
        from = rows.last().and_then(|last| last.next());
    }
    Ok(())
}

/// A submitter's word on earlier evidence, as against a signed context, which is evidence itself.
pub(crate) fn is_submitters_context(entry: &Entry) -> bool {
    entry.kind == Kind::Context && entry.context_subjects.is_some()
}

/// The document that an entry carries or is about; `None` where it is about none.
pub(crate) fn document_of<V: View>(
    view: &V,
    index: LeafIndex,
    entry: &Entry,
) -> Result<Option<EvidenceDigest>, V::Error> {
    match entry.kind {
        Kind::Refused | Kind::IndexRoot => Ok(None),
        Kind::Context if !is_submitters_context(entry) => view.target(index),
        _ => Ok(Some(entry.evidence_digest)),
    }
}

/// The subject of a digest as it stands in contexts, holds and orders.
pub(crate) fn evidence_subject(salt: &IndexSalt, digest: &EvidenceDigest) -> Subject {
    Subject {
        field: Field::Evidence,
        hash: subject_hash(salt, Field::Evidence, &digest.to_string()),
    }
}

/// The jobs of a list of subjects.
pub(crate) fn jobs(list: &[Subject]) -> impl Iterator<Item = SubjectHash> + '_ {
    list.iter()
        .filter(|subject| subject.field == Field::Job)
        .map(|subject| subject.hash)
}

/// What the log says about one document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) subject: Subject,
    /// The entry that carries it, and the contexts on it, ascending.
    pub(crate) entries: Vec<LeafIndex>,
    /// It is of a kind that is never erased, and contexts on it are part of what it says.
    pub(crate) stays: bool,
    /// Jobs that it belongs to, each with the first entry that says so.
    belongs: HashMap<SubjectHash, LeafIndex>,
    /// Jobs that anything about it names, each with the first entry that does.
    named: HashMap<SubjectHash, LeafIndex>,
}

impl Document {
    /// Reads the entries of a document below `end`.
    pub(crate) fn load<V: View>(view: &V, digest: &EvidenceDigest, end: LeafIndex) -> Result<Self, V::Error> {
        let mut document = Self {
            subject: evidence_subject(view.salt(), digest),
            entries: Vec::new(),
            stays: false,
            belongs: HashMap::new(),
            named: HashMap::new(),
        };
        let own = RowKey::new(Space::Evidence, *digest.as_bytes());
        let about = RowKey::new(Space::Subject(Field::Evidence), *document.subject.hash.as_bytes());
        for key in [own, about] {
            each_row(view, &key, |index| {
                if index >= end {
                    return Ok(false);
                }
                let entry = view.entry(index)?;
                // Orders, holds and reviews name evidence too; they are not about what it is.
                if key == own || entry.kind == Kind::Context {
                    document.add(index, &entry, view.issuers());
                }
                Ok(true)
            })?;
        }
        document.entries.sort_unstable();
        document.entries.dedup();
        Ok(document)
    }

    fn add(&mut self, index: LeafIndex, entry: &Entry, issuers: &Issuers) {
        self.entries.push(index);
        self.stays |= !entry.kind.is_erasable();
        let said = entry.context_subjects.as_deref().unwrap_or_default();
        for job in jobs(&entry.subjects).chain(jobs(said)) {
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
    pub(crate) fn belongs_to(&self, job: SubjectHash, at: LeafIndex) -> bool {
        self.belongs.get(&job).is_some_and(|index| *index < at)
    }

    /// The jobs that it belongs to.
    pub(crate) fn jobs(&self) -> impl Iterator<Item = SubjectHash> + '_ {
        self.belongs.keys().copied()
    }

    /// The hold that protects it at `at`.
    pub(crate) fn held(&self, dispositions: &Dispositions, at: LeafIndex) -> Option<LeafIndex> {
        dispositions.hold_among(at, |subject| match subject.field {
            Field::Job => self.named.get(&subject.hash).is_some_and(|index| *index < at),
            _ => *subject == self.subject,
        })
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
