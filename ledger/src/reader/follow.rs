//! What follows the log asks: entries in log order, the clear id of a job, contradictions.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};

use verifier::entry::Entry;
use verifier::evidence::Evidence;
use verifier::hash::RootHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::issuers::Issuers;
use verifier::kind::Kind;
use verifier::subject::{Field, Subject, SubjectHash};

use super::subject::is_of_subject;
use super::{Reader, ReaderInner};
use crate::contradiction::{ContradictionSource, LOOKED_AT, contradicted};
use crate::error::ReadError;
use crate::interest::CancellationToken;
use crate::rows::{RowKey, Space};
use crate::shared::Admission;
use crate::store::{LookupOrder, READ_LIMIT_MAX};

/// A reader that does not keep the log open.
#[derive(Clone, Debug)]
pub struct WeakReader(Weak<ReaderInner>);

impl WeakReader {
    /// The reader, while somebody has the log open.
    pub fn upgrade(&self) -> Option<Reader> {
        self.0.upgrade().map(|inner| Reader {
            inner,
            wanted: CancellationToken::default(),
        })
    }
}

#[expect(clippy::missing_errors_doc, reason = "`Reader` says them")]
impl Reader {
    /// The same reader, which lets the log close.
    pub fn downgrade(&self) -> WeakReader {
        WeakReader(Arc::downgrade(&self.inner))
    }

    /// Verified entries from `from` on, without their evidence and contexts.
    pub fn bare_entries(&self, from: LeafIndex, limit: usize) -> Result<Vec<(LeafIndex, Entry)>, ReadError> {
        let tree = self.tree()?;
        self.leaves(&tree, from, limit)?
            .iter()
            .map(|leaf| Ok((leaf.index, leaf.decode()?)))
            .collect()
    }

    /// The clear id of a job below `size`; `None` if nothing that is kept tells it.
    pub fn job_id(&self, job: SubjectHash, size: TreeSize) -> Result<Option<String>, ReadError> {
        match size.last_index() {
            Some(last) => self.clear_job_id(&self.tree()?, job, last),
            None => Ok(None),
        }
    }

    /// The root of the tree of a size up to the published one.
    pub fn root_at(&self, size: TreeSize) -> Result<RootHash, ReadError> {
        let tree = self.tree()?;
        if size > tree.size() {
            return Err(ReadError::beyond("tree size", size.value(), tree.size()));
        }
        tree.root_of(size)
    }

    /// Every entry below `size` that names a job, without its evidence and context.
    pub fn entries_of_job(
        &self,
        job: &SubjectHash,
        size: TreeSize,
    ) -> Result<Vec<(LeafIndex, Entry)>, ReadError> {
        let tree = self.tree()?;
        let subject = Subject {
            field: Field::Job,
            hash: *job,
        };
        let key = RowKey::new(Space::Subject(subject.field), *job.as_bytes());
        let mut entries = Vec::new();
        let mut from = LeafIndex::new(0);
        loop {
            let rows = self.rows(&key, from, size, LookupOrder::Ascending, READ_LIMIT_MAX)?;
            for leaf in self.leaves_at(&tree, &rows)? {
                let entry = leaf.decode()?;
                if is_of_subject(&entry, &subject, leaf.index)? {
                    entries.push((leaf.index, entry));
                }
            }
            match rows.last().and_then(|last| last.next()) {
                Some(next) if rows.len() == READ_LIMIT_MAX => from = next,
                _ => return Ok(entries),
            }
        }
    }

    /// Those of some entries, in ascending order, that have a name which an earlier entry has, though only one statement may have it. Only
    /// these can contradict an earlier one ([`contradicted_by`](Self::contradicted_by)). All names are looked up together, since
    /// nearly all are new.
    pub fn with_known_names(&self, entries: &[(LeafIndex, Entry)]) -> Result<BTreeSet<LeafIndex>, ReadError> {
        let mut known = BTreeSet::new();
        let Some(end) = entries.last().and_then(|(index, _)| index.size_with()) else {
            return Ok(known);
        };
        let named = entries.iter();
        let named: Vec<(RowKey, LeafIndex)> = named
            .flat_map(|(index, entry)| names(entry).map(|key| (key, *index)))
            .collect();
        for named in named.chunks(READ_LIMIT_MAX) {
            self.wanted().check()?;
            let keys: Vec<RowKey> = named.iter().map(|(key, _)| *key).collect();
            let firsts = self.shared().rows.first_rows(&keys, end.next_index())?;
            let earlier = named.iter().zip(firsts);
            let earlier = earlier.filter(|((_, index), first)| first.is_some_and(|first| first < *index));
            known.extend(earlier.map(|((_, index), _)| *index));
        }
        Ok(known)
    }

    /// Earlier statements that contradict the one at `index`, which has the name of one ([`with_known_names`](Self::with_known_names)).
    pub fn contradicted_by(&self, index: LeafIndex, entry: &Entry) -> Result<Vec<LeafIndex>, ReadError> {
        let end = TreeSize::new(index.value());
        let record = self.entry(index)?;
        match record.map(|record| self.evidence(&record)).transpose()?.flatten() {
            Some(verified) => self.contradictions(&verified.evidence, index, entry.logged_at, end),
            None => Ok(Vec::new()),
        }
    }

    /// The statements below `end` that contradict one that stands at `index`, ascending; a lookup of its ids finds
    /// those beyond the first few.
    pub fn contradictions(
        &self,
        evidence: &Evidence,
        index: LeafIndex,
        logged_at: TimestampMs,
        end: TreeSize,
    ) -> Result<Vec<LeafIndex>, ReadError> {
        let source = LogPrefix {
            reader: self,
            end,
            admission: self.shared().admission(),
        };
        contradicted(&source, evidence, index, logged_at)
    }
}

/// The log below a size.
struct LogPrefix<'a> {
    reader: &'a Reader,
    end: TreeSize,
    /// Of now: what was registered after an entry says nothing about it.
    admission: Arc<Admission>,
}

impl ContradictionSource for LogPrefix<'_> {
    fn rows(&self, key: &RowKey) -> Result<Vec<LeafIndex>, ReadError> {
        let from = LeafIndex::new(0);
        self.reader
            .rows(key, from, self.end, LookupOrder::Ascending, LOOKED_AT)
    }

    fn entry(&self, index: LeafIndex) -> Result<Entry, ReadError> {
        self.reader.entry_of(index)
    }

    fn issuers(&self) -> &Issuers {
        &self.admission.issuers
    }
}

/// The keys of an entry that only one statement may have.
fn names(entry: &Entry) -> impl Iterator<Item = RowKey> {
    let subjects = entry.subjects.iter();
    let naming = subjects.filter(|subject| names_one(entry.kind, subject.field));
    naming.map(|subject| RowKey::new(Space::Subject(subject.field), *subject.hash.as_bytes()))
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
