//! What the projection asks: entries in log order, the clear id of a job, contradictions.

use std::sync::{Arc, Weak};

use verifier::document::Document;
use verifier::entry::Entry;
use verifier::evidence::{Evidence, Identity};
use verifier::hash::RootHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::{Field, SubjectHash};

use super::{Inner, Reader};
use crate::error::ReadError;
use crate::projection::Projection;
use crate::rows::{RowKey, Space};
use crate::store::{Order, READ_LIMIT_MAX};

/// Earlier entries that one entry is compared with.
const COMPARED_MAX: usize = 16;

/// A reader that does not keep the log open.
#[derive(Clone, Debug)]
pub(crate) struct WeakReader(Weak<Inner>);

impl WeakReader {
    /// The reader, while somebody has the log open.
    pub(crate) fn upgrade(&self) -> Option<Reader> {
        self.0.upgrade().map(|inner| Reader { inner })
    }
}

impl Reader {
    pub(crate) fn downgrade(&self) -> WeakReader {
        WeakReader(Arc::downgrade(&self.inner))
    }

    /// The newest verdicts and summaries; `None` where this process keeps none.
    pub fn projection(&self) -> Option<&Projection> {
        self.inner.projection.get()
    }

    /// Only the first one stays.
    pub(crate) fn set_projection(&self, projection: Projection) -> &Projection {
        self.inner.projection.get_or_init(|| projection)
    }

    /// Verified entries from `from` on, without what is kept beside them.
    pub(crate) fn bare_entries(
        &self,
        from: LeafIndex,
        limit: usize,
    ) -> Result<Vec<(LeafIndex, Entry)>, ReadError> {
        let tree = self.tree()?;
        self.leaves(&tree, from, limit)?
            .iter()
            .map(|leaf| Ok((leaf.index, super::entries::decode(leaf)?)))
            .collect()
    }

    /// The clear id of a job below `size`; `None` if nothing that is kept tells it.
    pub(crate) fn job_id(&self, job: SubjectHash, size: TreeSize) -> Result<Option<String>, ReadError> {
        match size.last_index() {
            Some(last) => self.clear_job_id(&self.tree()?, job, last),
            None => Ok(None),
        }
    }

    /// The root of the tree of a size up to the published one.
    pub(crate) fn root_at(&self, size: TreeSize) -> Result<RootHash, ReadError> {
        let tree = self.tree()?;
        if size > tree.size() {
            return Err(super::beyond("tree size", size.value(), tree.size()));
        }
        tree.root_of(size)
    }

    /// Every entry below `size` that names a job, without what is kept beside it.
    pub(crate) fn entries_of_job(
        &self,
        job: &SubjectHash,
        size: TreeSize,
    ) -> Result<Vec<(LeafIndex, Entry)>, ReadError> {
        let tree = self.tree()?;
        let key = RowKey::new(Space::Subject(Field::Job), *job.as_bytes());
        let mut entries = Vec::new();
        let mut from = LeafIndex::new(0);
        loop {
            let rows = self.rows(&key, from, size, Order::Ascending, READ_LIMIT_MAX)?;
            for &index in &rows {
                entries.push((index, self.decoded(&tree, index)?));
            }
            match rows.last().and_then(|last| last.next()) {
                Some(next) if rows.len() == READ_LIMIT_MAX => from = next,
                _ => return Ok(entries),
            }
        }
    }

    /// Earlier statements of the same signer that contradict the one at `index`.
    pub(crate) fn contradicted_by(
        &self,
        index: LeafIndex,
        entry: &Entry,
    ) -> Result<Vec<LeafIndex>, ReadError> {
        let end = TreeSize::new(index.value());
        let rows = |key: &RowKey| self.rows(key, LeafIndex::new(0), end, Order::Descending, COMPARED_MAX);
        let mut shared = false;
        for subject in entry
            .subjects
            .iter()
            .filter(|subject| names_one(entry.kind, subject.field))
        {
            shared |= !rows(&RowKey::new(
                Space::Subject(subject.field),
                *subject.hash.as_bytes(),
            ))?
            .is_empty();
        }
        if !shared {
            return Ok(Vec::new());
        }
        // Equal statements are never logged twice: an earlier entry of one identity contradicts.
        let mut found = Vec::new();
        for Identity(identity) in self.identities(index)? {
            found.extend(rows(&RowKey::new(Space::Identity, identity))?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn identities(&self, index: LeafIndex) -> Result<Vec<Identity>, ReadError> {
        let record = self.entry(index)?;
        let evidence = record
            .and_then(|record| record.evidence)
            .and_then(|bytes| Document::parse(&bytes).ok())
            .and_then(|document| Evidence::verify(&document, self.origin()).ok());
        Ok(evidence.map_or_else(Vec::new, |evidence| evidence.identities().to_vec()))
    }
}

/// Whether a subject of this field names one statement of the kind: a second one may be a contradiction.
const fn names_one(kind: Kind, field: Field) -> bool {
    matches!(
        (kind, field),
        (Kind::ReceiptGateway, Field::Receipt | Field::Nonce)
            | (Kind::TokenIssued, Field::Token | Field::Jti)
            | (Kind::Bundle, Field::Bundle)
    )
}
