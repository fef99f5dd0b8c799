//! Collects what an assessment reads. Which lookups belong to it is [`ClosurePlanner`]'s to say; here each is
//! answered from verified entries, as of any size up to the published one. A record that was verified lately is neither
//! read nor verified again.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use verifier::assess::{
    AsOf, Closure, ClosureError, ClosureGrowth, ClosureLookups, ClosurePlanner, Query, RecordVerifier,
    RoundRecords, SupposedBundle, VerifiedRecord,
};
use verifier::hash::NodeHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::record::StoredBytes;
use verifier::subject::{Field, SubjectHash, subject_hash};

use super::answers::SharedAnswers;
use super::pack::as_record;
use super::verified::{ErasureEpoch, VerifiedRecords};
use crate::lookup_rows::LookupRows;
use ledger::error::ReadError;
use ledger::reader::{ENTRIES_ASKED_MAX, EntryRecord, Reader, ReaderTree};
use ledger::rows::{RowKey, Space};
use ledger::shared::EntryPosition;
use ledger::store::{LookupOrder, READ_LIMIT_MAX};

/// Most entries of one closure.
pub const CLOSURE_RECORDS_MAX: usize = 50_000;
/// Most bytes of evidence of one closure; parsed, they take some four times as much.
pub const CLOSURE_EVIDENCE_BYTES_MAX: usize = 64 << 20;

/// Entries of a key of which each is asked for its kind, where all of them are known. Of more, the rows of the kinds say it.
const KNOWN_ENTRIES_MAX: usize = 256;

/// Entries that are read at once in search of those that a closure asks for.
const WINDOW_ENTRIES: usize = 1_024;

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

/// What was read and verified lately.
#[derive(Debug, Default)]
pub(super) struct KnownEvidence {
    pub(super) records: VerifiedRecords,
    pub(super) answers: SharedAnswers,
}

/// Everything that the verdict on a job is made from, as of a size; `None` if no entry below it names the job.
///
/// # Errors
/// [`CollectError::Closure`] with [`ClosureError::TooLarge`] where the job has more than one assessment may hold.
/// [`CollectError::Read`] with [`ReadError::Beyond`] where `size` is beyond the published one, and otherwise as every
/// question to a [`Reader`].
pub(super) fn closure(
    reader: &Reader,
    known: &KnownEvidence,
    job_id: &str,
    size: TreeSize,
) -> Result<Option<Closure>, CollectError> {
    let since = known.records.since();
    let tree = reader.tree()?;
    let Some(as_of) = reader.tree_in(&tree, size)? else {
        return Ok(None);
    };
    let rounds = RoundRecords::default();
    let mut planner = ClosurePlanner::new(&rounds, job_id, reader.origin(), reader.index_salt(), as_of);
    let source = ClosureSource::new(reader, &tree, known, since, size);
    let mut held = ClosureCost::default();
    while let Some((query, found)) = source.answer_next(&mut planner, &mut held)? {
        // One of the first lookups of every closure.
        if found == 0 && names_job(&query, job_id) {
            return Ok(None);
        }
    }
    Ok(Some(planner.finish()))
}

/// The first and the last entry below the size of a closure that name its job; `None` where there is none, or the closure is of no job.
pub(crate) fn job_span(closure: &Closure) -> Option<(EntryPosition, EntryPosition)> {
    let mut answers = closure.answers.iter();
    let naming = answers.find(|answer| names_job(&answer.query, &closure.job_id))?;
    let position = |index: &LeafIndex| {
        let record = closure.records.get(index)?;
        Some(EntryPosition {
            index: *index,
            logged_at: record.entry.logged_at,
        })
    };
    let first = naming.indices.first().and_then(position);
    first.zip(naming.indices.last().and_then(position))
}

/// Whether a lookup is for every entry that names a job.
fn names_job(query: &Query, job_id: &str) -> bool {
    matches!(query, Query::Subject { field: Field::Job, value, kinds } if value == job_id && kinds.is_empty())
}

/// The same of a job, or of none, and of a bundle that this log does not hold; the closure holds what the log holds,
/// and an unknown job nothing of its own.
///
/// # Errors
/// As [`closure`]; [`ReadError::Beyond`] also for size 0, which has no time.
pub(super) fn closure_supposing(
    reader: &Reader,
    known: &KnownEvidence,
    job_id: Option<&str>,
    size: TreeSize,
    supposed: &SupposedBundle,
) -> Result<Closure, CollectError> {
    let since = known.records.since();
    let tree = reader.tree()?;
    let as_of = reader
        .tree_in(&tree, size)?
        .ok_or_else(|| ReadError::beyond("tree size", size.value(), tree.size()))?;
    let rounds = RoundRecords::default();
    let (origin, salt) = (reader.origin(), reader.index_salt());
    let mut planner = ClosurePlanner::supposing(&rounds, job_id, origin, salt, as_of, supposed);
    let source = ClosureSource::new(reader, &tree, known, since, size);
    let mut held = ClosureCost::default();
    while source.answer_next(&mut planner, &mut held)?.is_some() {}
    Ok(planner.finish())
}

/// The records since the tree of a closure that one of its lookups asks for: where there is none, the closure is the
/// same as of `size`. To be asked for few entries, each of which is read.
///
/// # Errors
/// As [`closure`].
pub(super) fn added(
    reader: &Reader,
    known: &KnownEvidence,
    (older, asked): (&Closure, &ClosureLookups),
    size: TreeSize,
) -> Result<Vec<Arc<VerifiedRecord>>, CollectError> {
    let since = known.records.since();
    let tree = reader.tree()?;
    let source = ClosureSource::new(reader, &tree, known, since, size);
    let mut added = Vec::new();
    let mut from = older.as_of.size.next_index();
    while size.contains(from) {
        let entries = reader.bare_entries(from, WINDOW_ENTRIES)?;
        let Some((last, _)) = entries.last() else { break };
        let Some(next) = last.next() else { break };
        from = next;
        let below = entries.iter().filter(|(index, _)| size.contains(*index));
        for (index, _) in below.filter(|(_, entry)| asked.holds(entry)) {
            added.push(source.record(*index)?);
        }
    }
    Ok(added)
}

/// A closure as of a larger tree, from what it was and the records that its lookups found since ([`added`]).
///
/// # Errors
/// As [`closure`].
pub(super) fn grown(
    reader: &Reader,
    known: &KnownEvidence,
    older: &Closure,
    added: Vec<Arc<VerifiedRecord>>,
    as_of: AsOf,
) -> Result<Closure, CollectError> {
    let since = known.records.since();
    let tree = reader.tree()?;
    let source = ClosureSource::new(reader, &tree, known, since, as_of.size);
    let rounds = RoundRecords::default();
    let mut growth = ClosureGrowth::new(&rounds, older, as_of, added);
    let mut held = ClosureCost::default();
    while let Some(query) = growth.next_query()? {
        let (indices, records) = LookupProgress::new(&source, growth.planner(), &mut held).answer(&query)?;
        growth.supply(indices, records)?;
    }
    let closure = growth.finish();
    let mut all = ClosureCost::default();
    for record in closure.records.values() {
        all.add(record)?;
    }
    Ok(closure)
}

/// The clear id of a job below a size, from one of the last entries that name it; `None` where none of them tells it. What is read for
/// that is what the verdict on the job is made from next.
///
/// # Errors
/// As every question to a [`Reader`].
pub(super) fn job_id(
    reader: &Reader,
    known: &KnownEvidence,
    job: SubjectHash,
    size: TreeSize,
) -> Result<Option<String>, ReadError> {
    let since = known.records.since();
    let tree = reader.tree()?;
    let source = ClosureSource::new(reader, &tree, known, since, size);
    let key = RowKey::new(Space::Subject(Field::Job), *job.as_bytes());
    let rows = reader.rows(
        &key,
        LeafIndex::ZERO,
        size,
        LookupOrder::Descending,
        ENTRIES_ASKED_MAX,
    )?;
    for index in rows {
        let record = source.record(index)?;
        let mut ids = record.job_ids().into_iter();
        if let Some(id) = ids.find(|id| subject_hash(&reader.index_salt(), Field::Job, id) == job) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Where records come from: the log, or memory.
struct ClosureSource<'a> {
    reader: &'a Reader,
    tree: &'a ReaderTree<'a>,
    size: TreeSize,
    known: &'a KnownEvidence,
    since: ErasureEpoch,
    verifier: RecordVerifier,
}

impl<'a> ClosureSource<'a> {
    fn new(
        reader: &'a Reader,
        tree: &'a ReaderTree<'a>,
        known: &'a KnownEvidence,
        since: ErasureEpoch,
        size: TreeSize,
    ) -> Self {
        Self {
            reader,
            tree,
            size,
            known,
            since,
            verifier: RecordVerifier::new(reader.origin(), reader.index_salt()),
        }
    }

    /// Answers the next lookup: which one it was, and how many entries it found. `None` once the closure is whole.
    fn answer_next(
        &self,
        planner: &mut ClosurePlanner<'_>,
        held: &mut ClosureCost,
    ) -> Result<Option<(Query, usize)>, CollectError> {
        let Some(query) = planner.next_query() else {
            return Ok(None);
        };
        let (indices, records) = LookupProgress::new(self, planner, held).answer(&query)?;
        let found = indices.len();
        planner.supply(indices, records)?;
        Ok(Some((query, found)))
    }

    /// The record of an entry, where it was verified lately.
    fn kept(&self, index: LeafIndex) -> Result<Option<Arc<VerifiedRecord>>, ReadError> {
        let kept = self.known.records.get(&self.tree.leaf(index)?);
        Ok(kept.filter(|record| record.index == index))
    }

    /// Verifies a record that was read.
    fn verify(&self, record: EntryRecord) -> Arc<VerifiedRecord> {
        let hash = NodeHash::from(record.leaf_hash);
        let record = self.verifier.verify(as_record(record));
        self.known.records.keep(hash, Arc::clone(&record), self.since);
        record
    }

    fn record(&self, index: LeafIndex) -> Result<Arc<VerifiedRecord>, ReadError> {
        match self.kept(index)? {
            Some(record) => Ok(record),
            None => Ok(self.verify(self.reader.record(self.reader.leaf(self.tree, index)?)?)),
        }
    }
}

/// What a closure holds so far.
#[derive(Default)]
struct ClosureCost {
    records: usize,
    bytes: usize,
}

impl ClosureCost {
    /// Counts a record, and stops before more is held than the planner takes.
    fn add(&mut self, record: &VerifiedRecord) -> Result<(), CollectError> {
        let bytes = match &record.evidence {
            StoredBytes::Bytes(bytes) => bytes.len(),
            StoredBytes::Nothing | StoredBytes::Erased => 0,
        };
        self.bytes = self.bytes.saturating_add(bytes);
        self.records = self.records.saturating_add(1);
        if self.records > CLOSURE_RECORDS_MAX {
            return Err(too_many());
        }
        if self.bytes > CLOSURE_EVIDENCE_BYTES_MAX {
            return Err(too_large("bytes of evidence", CLOSURE_EVIDENCE_BYTES_MAX));
        }
        Ok(())
    }
}

/// One lookup under way.
struct LookupProgress<'a> {
    source: &'a ClosureSource<'a>,
    planner: &'a ClosurePlanner<'a>,
    indices: Vec<LeafIndex>,
    records: Vec<Arc<VerifiedRecord>>,
    held: &'a mut ClosureCost,
}

impl<'a> LookupProgress<'a> {
    fn new(
        source: &'a ClosureSource<'a>,
        planner: &'a ClosurePlanner<'a>,
        held: &'a mut ClosureCost,
    ) -> Self {
        Self {
            source,
            planner,
            indices: Vec::new(),
            records: Vec::new(),
            held,
        }
    }

    fn answer(mut self, query: &Query) -> Result<(Vec<LeafIndex>, Vec<Arc<VerifiedRecord>>), CollectError> {
        let ClosureSource {
            reader, size, known, ..
        } = self.source;
        let rows = LookupRows::of(query, &reader.index_salt());
        if let Some(shared) = known.answers.answer(reader, &rows, *size)? {
            self.take_all(&shared, &rows)?;
        } else if rows.kinds.is_empty() {
            self.all(&rows)?;
        } else {
            self.of_kinds(&rows)?;
        }
        Ok((self.indices, self.records))
    }

    /// Every entry of a key, whatever its kind.
    fn all(&mut self, rows: &LookupRows<'_>) -> Result<(), CollectError> {
        let ClosureSource { reader, size, .. } = self.source;
        let mut from = LeafIndex::new(0);
        loop {
            let indices = reader.rows(&rows.key, from, *size, LookupOrder::Ascending, READ_LIMIT_MAX)?;
            self.take_all(&indices, rows)?;
            match indices.last().and_then(|last| last.next()) {
                Some(next) if indices.len() == READ_LIMIT_MAX => from = next,
                _ => return Ok(()),
            }
        }
    }

    /// Every entry of a key that is of one of the kinds.
    fn of_kinds(&mut self, rows: &LookupRows<'_>) -> Result<(), CollectError> {
        let ClosureSource { reader, size, .. } = self.source;
        if let Some(known) = self.known_of_kinds(rows)? {
            return self.take_all(&known, rows);
        }
        let mut found = BTreeSet::new();
        let _ = rows.each(reader, (LeafIndex::new(0), *size), |index| {
            found.insert(index);
            if found.len() > CLOSURE_RECORDS_MAX {
                return Err(too_many());
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let found: Vec<LeafIndex> = found.into_iter().collect();
        self.take_all(&found, rows)
    }

    /// The same where a key has few entries and each is known already, as the receipt is whose number is looked up: it says its kind
    /// itself. `None` where that is not so.
    fn known_of_kinds(&self, rows: &LookupRows<'_>) -> Result<Option<Vec<LeafIndex>>, ReadError> {
        let ClosureSource { reader, size, .. } = self.source;
        let (from, limit) = (LeafIndex::ZERO, KNOWN_ENTRIES_MAX.saturating_add(1));
        let mut indices = reader.rows(&rows.key, from, *size, LookupOrder::Ascending, limit)?;
        if indices.len() > KNOWN_ENTRIES_MAX {
            return Ok(None);
        }
        let mut kinds = Vec::with_capacity(indices.len());
        for index in &indices {
            let kind = match self.planner.record(*index) {
                Some(known) => Some(known.entry.kind),
                None => self.source.kept(*index)?.map(|kept| kept.entry.kind),
            };
            let Some(kind) = kind else { return Ok(None) };
            kinds.push(kind);
        }
        let mut kinds = kinds.into_iter();
        indices.retain(|_| kinds.next().is_some_and(|kind| rows.kinds.contains(&kind)));
        Ok(Some(indices))
    }

    /// Adds entries, each of which must be what its row says. What was not verified lately is read as lists.
    fn take_all(&mut self, indices: &[LeafIndex], rows: &LookupRows<'_>) -> Result<(), CollectError> {
        let source = self.source;
        let mut new = Vec::with_capacity(indices.len());
        for &index in indices {
            self.room()?;
            self.indices.push(index);
            if let Some(known) = self.planner.record(index) {
                let is_held = rows.lead_to(&known.entry, index)?;
                self.drop_unless(is_held, index);
            } else if let Some(kept) = source.kept(index)? {
                self.take(kept, rows)?;
            } else {
                new.push(index);
            }
        }
        for list in new.chunks(READ_LIMIT_MAX) {
            let leaves = source.reader.leaves_at(source.tree, list)?;
            source.reader.each_record(leaves, |record| {
                self.take(source.verify(record), rows)?;
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

    /// Takes an entry out again that only shares 16 bytes of a hash with what is looked up.
    fn drop_unless(&mut self, is_held: bool, index: LeafIndex) {
        if !is_held {
            self.indices.retain(|taken| *taken != index);
        }
    }

    fn take(&mut self, record: Arc<VerifiedRecord>, rows: &LookupRows<'_>) -> Result<(), CollectError> {
        let is_held = rows.lead_to(&record.entry, record.index)?;
        self.drop_unless(is_held, record.index);
        if is_held {
            self.held.add(&record)?;
            self.records.push(record);
        }
        Ok(())
    }
}

fn too_many() -> CollectError {
    too_large("records", CLOSURE_RECORDS_MAX)
}

fn too_large(what: &'static str, max: usize) -> CollectError {
    ClosureError::TooLarge { what, max }.into()
}
