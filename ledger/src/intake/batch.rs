//! A batch under construction: drafts in index order, and what they make known.

use std::sync::Arc;

use verifier::entry::Entry;
use verifier::hash::LeafHash;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::runs::RunList;
use verifier::subject::Field;

use crate::row_table::{FoundIndices, RowTable};
use crate::rows::{Row, RowKey, Space};
use crate::shared::Admission;

/// An entry that is about to be committed, with the evidence and context stored with it.
pub(crate) struct EntryDraft {
    pub(crate) entry: Entry,
    /// Its CBOR.
    pub(crate) bytes: Vec<u8>,
    pub(crate) leaf: LeafHash,
    pub(crate) evidence: Option<Vec<u8>>,
    pub(crate) context: Option<Vec<u8>>,
}

/// The entries of one batch, none of them in the log yet. Thrown away whole if the commit fails.
pub(crate) struct Batch {
    /// Index of the first draft: the size of the committed tree.
    pub(crate) first: LeafIndex,
    /// `logged_at` of every draft.
    pub(crate) logged_at: TimestampMs,
    pub(crate) drafts: Vec<EntryDraft>,
    /// Of every draft, unsorted.
    pub(crate) rows: Vec<Row>,
    /// Admission as of the next index.
    pub(crate) admission: Arc<Admission>,
    /// Whether a draft changed `admission`.
    pub(crate) admission_changed: bool,
    /// Entries and evidence.
    pub(crate) bytes: usize,
    /// The runs that the index.root of this batch names, if it has one.
    pub(crate) named: Option<RunList>,
    /// The rows that decisions look up.
    known: RowTable,
}

impl Batch {
    pub(crate) fn new(first: LeafIndex, logged_at: TimestampMs, admission: Arc<Admission>) -> Self {
        Self {
            first,
            logged_at,
            drafts: Vec::new(),
            rows: Vec::new(),
            admission,
            admission_changed: false,
            bytes: 0,
            named: None,
            known: RowTable::default(),
        }
    }

    /// The index that the next draft gets.
    pub(crate) fn next_index(&self) -> LeafIndex {
        let count = u64::try_from(self.drafts.len()).unwrap_or(u64::MAX);
        LeafIndex::new(self.first.value().saturating_add(count))
    }

    pub(crate) fn draft(&self, index: LeafIndex) -> Option<&EntryDraft> {
        let offset = index.value().checked_sub(self.first.value())?;
        self.drafts.get(usize::try_from(offset).ok()?)
    }

    /// The drafts that carry a key, ascending.
    pub(crate) fn known(&self, key: &RowKey) -> FoundIndices<'_> {
        self.known.of_key(key)
    }

    /// Adds a draft with its rows.
    pub(crate) fn push(&mut self, draft: EntryDraft, rows: Vec<Row>) {
        for row in &rows {
            if is_decisive(row.key.space) {
                self.known.add(row);
            }
        }
        self.bytes = self
            .bytes
            .saturating_add(draft.bytes.len())
            .saturating_add(draft.evidence.as_ref().map_or(0, Vec::len));
        self.rows.extend(rows);
        self.drafts.push(draft);
    }

    /// Changes admission from the next index on.
    pub(crate) fn change_admission(&mut self, change: impl FnOnce(&mut Admission)) {
        change(Arc::make_mut(&mut self.admission));
        self.admission_changed = true;
    }
}

/// Whether decisions look a space up.
fn is_decisive(space: Space) -> bool {
    matches!(
        space,
        Space::Raw
            | Space::Evidence
            | Space::Statement
            | Space::Identity
            | Space::Said
            | Space::Context
            | Space::Refused
            | Space::Subject(Field::Evidence | Field::Job)
    )
}
