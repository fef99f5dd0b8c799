//! Entries whose evidence and context were erased, and the log as orders are judged by it.

use std::sync::Arc;

use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::entry::Entry;
use verifier::erasure::{ErasableDocument, evidence_subject};
use verifier::index::LeafIndex;
use verifier::subject::IndexSalt;

use super::entries::Leaf;
use super::subject::require;
use super::tiles::ReaderTree;
use super::{EntryRecord, Reader};
use crate::coverage::{View, covering, target_of};
use crate::error::ReadError;
use crate::rows::{RowKey, Space};
use crate::shared::Admission;
use crate::store::{LookupOrder, Remains, read};

/// The published log, with what it says of orders, holds and issuers.
pub(crate) struct ReaderView<'a> {
    reader: &'a Reader,
    tree: ReaderTree<'a>,
    admission: Arc<Admission>,
}

impl View for ReaderView<'_> {
    type Error = ReadError;

    fn salt(&self) -> &IndexSalt {
        &self.reader.shared().facts.salt
    }

    fn admission(&self) -> &Admission {
        &self.admission
    }

    fn entry(&self, index: LeafIndex) -> Result<Entry, ReadError> {
        self.reader.decoded(&self.tree, index)
    }

    fn rows(&self, key: &RowKey, from: LeafIndex, limit: usize) -> Result<Vec<LeafIndex>, ReadError> {
        let end = self.tree.size();
        self.reader.rows(key, from, end, LookupOrder::Ascending, limit)
    }

    fn target(&self, index: LeafIndex) -> Result<Option<EvidenceDigest>, ReadError> {
        let entry = self.entry(index)?;
        self.reader.context_target(index, &entry)
    }

    fn document(&self, digest: &EvidenceDigest, end: LeafIndex) -> Result<Arc<ErasableDocument>, ReadError> {
        self.reader.inner.documents.get(self, digest, end)
    }
}

#[expect(clippy::missing_errors_doc, reason = "`Reader` says them")]
impl Reader {
    /// The published log as orders are judged by it.
    pub(crate) fn view(&self) -> Result<ReaderView<'_>, ReadError> {
        Ok(ReaderView {
            reader: self,
            // The tree first: what it holds is in the admission that is read after it.
            tree: self.tree()?,
            admission: self.shared().admission(),
        })
    }

    /// One entry of the published log, without its evidence and context.
    ///
    /// # Errors
    /// As every question to a [`Reader`]; [`ReadError::Corrupt`] for an index beyond the published head.
    pub fn entry_of(&self, index: LeafIndex) -> Result<Entry, ReadError> {
        self.decoded(&self.tree()?, index)
    }

    /// The entry that carries the bytes with this digest.
    pub fn by_raw(&self, raw: &RawDigest) -> Result<Option<LeafIndex>, ReadError> {
        let Some(index) = self.first_row(&RowKey::new(Space::Raw, *raw.as_bytes()))? else {
            return Ok(None);
        };
        require(self.entry_of(index)?.raw_digest == Some(*raw), index)?;
        Ok(Some(index))
    }

    /// What the signed `submission_context` at `index` is about, erased or not, checked against the entry.
    pub fn context_target(
        &self,
        index: LeafIndex,
        entry: &Entry,
    ) -> Result<Option<EvidenceDigest>, ReadError> {
        let stored = read::document(&*self.shared().store, index)?.unwrap_or_default();
        let target = match (&stored.erased, &stored.evidence) {
            (Some(remains), _) => remains.target,
            (None, Some(bytes)) => target_of(&self.verified(index, entry, bytes)?.evidence),
            (None, None) => None,
        };
        let named = |target: &EvidenceDigest| {
            let subject = evidence_subject(&self.shared().facts.salt, target);
            entry.subjects.contains(&subject)
        };
        if target.as_ref().is_some_and(named) {
            return Ok(target);
        }
        Err(ReadError::corrupt(
            format!("the evidence that entry {index} is about"),
            "the one that the entry names",
            target.map_or_else(|| "none".to_owned(), |target| target.to_string()),
        ))
    }

    /// Joins an entry with its remains. Evidence and context may be missing only where the log itself says so: an
    /// order covers the entry, and is the one by which they went.
    pub(super) fn erased_record(
        &self,
        leaf: Leaf,
        entry: Entry,
        remains: Remains,
    ) -> Result<EntryRecord, ReadError> {
        let view = self.view()?;
        // Orders after the one that is named do not matter, so that what is read for this never changes.
        let end = remains.order.next().unwrap_or(remains.order);
        let order = covering(&view, leaf.index, &entry, end)?;
        if order != Some(remains.order) {
            return Err(ReadError::corrupt(
                format!("the erasure of entry {}", leaf.index),
                order.map_or_else(
                    || "no order that covers it".to_owned(),
                    |order| format!("that by entry {order}"),
                ),
                format!("remains by entry {}", remains.order),
            ));
        }
        Ok(EntryRecord {
            index: leaf.index,
            bytes: leaf.bytes,
            entry,
            leaf_hash: leaf.hash,
            evidence: None,
            refused: None,
            context: None,
            erased: Some(remains),
        })
    }
}
