//! Reading a document of the log, with every context on it, for the rule by which orders are judged
//! ([`verifier::erasure`]).

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use verifier::digest::EvidenceDigest;
use verifier::entry::Entry;
use verifier::erasure::{ErasableDocument, evidence_subject, is_submitters_context};
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::subject::{Field, IndexSalt};

use crate::rows::{RowKey, Space};
use crate::shared::Admission;

/// Rows read at a time.
const ROWS_CHUNK: usize = 256;

/// A view of the log from which orders can be judged: the reader's, the sequencer's or that of `fsck`.
pub(crate) trait View {
    /// A failed read.
    type Error;

    /// Salt of the subject hashes.
    fn salt(&self) -> &IndexSalt;
    /// Who may sign what, and what was ordered and is held.
    fn admission(&self) -> &Admission;
    /// An entry that a row points to.
    fn entry(&self, index: LeafIndex) -> Result<Entry, Self::Error>;
    /// Indices of a key from `from` on, ascending, at most `limit`.
    fn rows(&self, key: &RowKey, from: LeafIndex, limit: usize) -> Result<Vec<LeafIndex>, Self::Error>;
    /// The evidence that a signed `submission_context` at `index` is about, erased or not.
    fn target(&self, index: LeafIndex) -> Result<Option<EvidenceDigest>, Self::Error>;

    /// What the log says about a document below `end`. What was read once may be kept: it does not change.
    fn document(&self, digest: &EvidenceDigest, end: LeafIndex) -> Result<Arc<ErasableDocument>, Self::Error>
    where
        Self: Sized,
    {
        load(self, digest, end).map(Arc::new)
    }
}

/// Documents kept. Somebody may put many contexts on one document; each of them asks for it.
const DOCUMENTS_KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// The documents that were asked for last.
#[derive(Debug)]
pub(crate) struct DocumentCache(Mutex<LruCache<(EvidenceDigest, LeafIndex), Arc<ErasableDocument>>>);

impl Default for DocumentCache {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(DOCUMENTS_KEPT)))
    }
}

impl DocumentCache {
    /// The kept document, or what `view` loads.
    pub(crate) fn get<V: View>(
        &self,
        view: &V,
        digest: &EvidenceDigest,
        end: LeafIndex,
    ) -> Result<Arc<ErasableDocument>, V::Error> {
        let key = (*digest, end);
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = kept().get(&key) {
            return Ok(Arc::clone(document));
        }
        let document = Arc::new(load(view, digest, end)?);
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

/// Reads the entries of a document below `end`.
pub(crate) fn load<V: View>(
    view: &V,
    digest: &EvidenceDigest,
    end: LeafIndex,
) -> Result<ErasableDocument, V::Error> {
    let mut document = ErasableDocument::new(evidence_subject(view.salt(), digest));
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
                document.add(index, &entry, &view.admission().issuers);
            }
            Ok(true)
        })?;
    }
    document.entries.sort_unstable();
    document.entries.dedup();
    Ok(document)
}
