//! Collects what an assessment reads. Which lookups belong to it is [`Planner`]'s to say; here each is
//! answered from verified entries, as of any size up to the published one.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use verifier::assess::{
    Closure, ClosureError, Planner, Query, RecordVerifier, RoundRecords, Supposed, VerifiedRecord,
};
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::{Subject, subject_hash};

use super::pack::as_record;
use ledger::error::ReadError;
use ledger::reader::{EntryRecord, Reader, Tree, carries, require};
use ledger::rows::{RowKey, Space};
use ledger::store::{Order, READ_LIMIT_MAX};

/// Most entries of one closure.
pub const CLOSURE_RECORDS_MAX: usize = 50_000;
/// Most bytes of evidence of one closure; parsed, they take some four times as much.
pub const CLOSURE_EVIDENCE_BYTES_MAX: usize = 64 << 20;

/// Why a job has no closure.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The job has more evidence than one assessment may hold, or this reader answered wrongly.
    #[error(transparent)]
    Closure(#[from] ClosureError),
}

/// Everything that the verdict on a job is made from, as of a size; `None` if no entry below it names the job.
///
/// # Errors
/// [`CollectError::Closure`] with [`ClosureError::TooLarge`] where the job has more than one assessment may hold.
/// [`CollectError::Read`] with [`ReadError::Beyond`] where `size` is beyond the published one, and otherwise as every
/// question to a [`Reader`].
pub(crate) fn closure(
    reader: &Reader,
    job_id: &str,
    size: TreeSize,
) -> Result<Option<Closure>, CollectError> {
    let tree = reader.tree()?;
    let Some(as_of) = reader.tree_in(&tree, size)? else {
        return Ok(None);
    };
    if reader.job_span(job_id, size)?.is_none() {
        return Ok(None);
    }
    let rounds = RoundRecords::default();
    let planner = Planner::new(&rounds, job_id, reader.origin(), reader.index_salt(), as_of);
    collect(reader, &tree, planner, size).map(Some)
}

/// The same of a job, or of none, and of a bundle that this log does not hold; the closure holds what the log holds,
/// and an unknown job nothing of its own.
///
/// # Errors
/// As [`closure`]; [`ReadError::Beyond`] also for size 0, which has no time.
pub(crate) fn closure_supposing(
    reader: &Reader,
    job_id: Option<&str>,
    size: TreeSize,
    supposed: &Supposed,
) -> Result<Closure, CollectError> {
    let tree = reader.tree()?;
    let as_of = reader
        .tree_in(&tree, size)?
        .ok_or_else(|| ReadError::beyond("tree size", size.value(), tree.size()))?;
    let rounds = RoundRecords::default();
    let (origin, salt) = (reader.origin(), reader.index_salt());
    let planner = Planner::supposing(&rounds, job_id, origin, salt, as_of, supposed);
    collect(reader, &tree, planner, size)
}

fn collect(
    reader: &Reader,
    tree: &Tree<'_>,
    mut planner: Planner<'_>,
    size: TreeSize,
) -> Result<Closure, CollectError> {
    let mut held = Held::default();
    while let Some(query) = planner.next_query() {
        let (indices, records) = Lookup::new(reader, tree, size, &planner, &mut held).answer(&query)?;
        planner.supply(indices, records)?;
    }
    Ok(planner.finish())
}

/// What a closure holds so far.
#[derive(Default)]
struct Held {
    records: usize,
    bytes: usize,
}

/// One lookup under way.
struct Lookup<'a> {
    reader: &'a Reader,
    tree: &'a Tree<'a>,
    size: TreeSize,
    planner: &'a Planner<'a>,
    indices: Vec<LeafIndex>,
    records: Vec<Arc<VerifiedRecord>>,
    held: &'a mut Held,
}

impl<'a> Lookup<'a> {
    fn new(
        reader: &'a Reader,
        tree: &'a Tree<'a>,
        size: TreeSize,
        planner: &'a Planner<'a>,
        held: &'a mut Held,
    ) -> Self {
        Self {
            reader,
            tree,
            size,
            planner,
            indices: Vec::new(),
            records: Vec::new(),
            held,
        }
    }

    fn answer(mut self, query: &Query) -> Result<(Vec<LeafIndex>, Vec<Arc<VerifiedRecord>>), CollectError> {
        match query {
            Query::Kind(kind) => self.all(&RowKey::of_kind(*kind), |entry| entry.kind == *kind)?,
            Query::Subject { field, value, kinds } => {
                let subject = Subject {
                    field: *field,
                    hash: subject_hash(&self.reader.index_salt(), *field, value),
                };
                self.of_subject(&subject, kinds)?;
            }
            Query::Hashed { subject, kinds } => self.of_subject(subject, kinds)?,
            Query::Evidence(digest) => {
                let key = RowKey::new(Space::Evidence, *digest.as_bytes());
                self.all(&key, |entry| entry.evidence_digest == *digest)?;
            }
        }
        Ok((self.indices, self.records))
    }

    fn of_subject(&mut self, subject: &Subject, kinds: &[Kind]) -> Result<(), CollectError> {
        let key = RowKey::new(Space::Subject(subject.field), *subject.hash.as_bytes());
        if kinds.is_empty() {
            self.all(&key, |entry| carries(entry, subject))
        } else {
            self.of_kinds(&key, kinds, |entry| carries(entry, subject))
        }
    }

    /// Every entry of a key.
    fn all(&mut self, key: &RowKey, carries: impl Fn(&Entry) -> bool) -> Result<(), CollectError> {
        let mut from = LeafIndex::new(0);
        loop {
            let rows = self
                .reader
                .rows(key, from, self.size, Order::Ascending, READ_LIMIT_MAX)?;
            self.take_all(&rows, &carries)?;
            match rows.last().and_then(|last| last.next()) {
                Some(next) if rows.len() == READ_LIMIT_MAX => from = next,
                _ => return Ok(()),
            }
        }
    }

    /// Every entry of a key that is of one of the kinds, found in the shorter of both lists each time: a
    /// policy is cited by a million entries and published by one.
    fn of_kinds(
        &mut self,
        key: &RowKey,
        kinds: &[Kind],
        carries: impl Fn(&Entry) -> bool,
    ) -> Result<(), CollectError> {
        let mut found = BTreeSet::new();
        for kind in kinds {
            let of_kind = RowKey::of_kind(*kind);
            let mut from = LeafIndex::new(0);
            while let Some(one) = self.first(key, from)? {
                let Some(other) = self.first(&of_kind, one)? else {
                    break;
                };
                if other > one {
                    from = other;
                    continue;
                }
                found.insert(one);
                if self.indices.len().saturating_add(found.len()) > CLOSURE_RECORDS_MAX {
                    return Err(too_many());
                }
                let Some(next) = one.next() else { break };
                from = next;
            }
        }
        let found: Vec<LeafIndex> = found.into_iter().collect();
        self.take_all(&found, |entry| carries(entry) && kinds.contains(&entry.kind))
    }

    fn first(&self, key: &RowKey, from: LeafIndex) -> Result<Option<LeafIndex>, ReadError> {
        let rows = self.reader.rows(key, from, self.size, Order::Ascending, 1)?;
        Ok(rows.first().copied())
    }

    /// Adds entries, each of which must be what its row says. They are read as lists.
    fn take_all(
        &mut self,
        indices: &[LeafIndex],
        carries: impl Fn(&Entry) -> bool,
    ) -> Result<(), CollectError> {
        let mut new = Vec::with_capacity(indices.len());
        for &index in indices {
            self.room()?;
            self.indices.push(index);
            match self.planner.record(index) {
                Some(known) => require(carries(&known.entry), index)?,
                None => new.push(index),
            }
        }
        let (reader, tree) = (self.reader, self.tree);
        for list in new.chunks(READ_LIMIT_MAX) {
            reader.each_record(reader.leaves_at(tree, list)?, |record| {
                require(carries(&record.entry), record.index)?;
                self.take(record)?;
                Ok::<_, CollectError>(ControlFlow::Continue(()))
            })?;
        }
        Ok(())
    }

    fn room(&self) -> Result<(), CollectError> {
        if self.indices.len() >= CLOSURE_RECORDS_MAX {
            return Err(too_many());
        }
        Ok(())
    }

    /// Adds a record. Stops before more is held than the planner takes.
    fn take(&mut self, record: EntryRecord) -> Result<(), CollectError> {
        let bytes = record.document().map_or(0, <[u8]>::len);
        self.held.bytes = self.held.bytes.saturating_add(bytes);
        self.held.records = self.held.records.saturating_add(1);
        if self.held.records > CLOSURE_RECORDS_MAX {
            return Err(too_many());
        }
        if self.held.bytes > CLOSURE_EVIDENCE_BYTES_MAX {
            return Err(too_large("bytes of evidence", CLOSURE_EVIDENCE_BYTES_MAX));
        }
        let verifier = RecordVerifier::new(self.reader.origin(), self.reader.index_salt());
        self.records.push(verifier.verify(as_record(record)));
        Ok(())
    }
}

fn too_many() -> CollectError {
    too_large("records", CLOSURE_RECORDS_MAX)
}

fn too_large(what: &'static str, max: usize) -> CollectError {
    ClosureError::TooLarge { what, max }.into()
}
