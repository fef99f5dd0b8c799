//! The list of jobs by newest activity. A job's place is its last entry below the size of the list, so
//! a page that was read once stays as it is while the log grows.
//!
//! The log holds salted hashes of job ids only. The id itself comes from the evidence or the context of
//! an entry and must hash to the subject.

use std::collections::HashSet;

use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::subject::{Field, Subject, SubjectHash, subject_hash};
use verifier::tile::TILE_WIDTH;

use super::entries::Leaf;
use super::subject::subjects_of;
use super::tiles::ReaderTree;
use super::{EntryRecord, JobSummary, LookupPage, PAGE_JOBS_MAX, Reader};
use crate::error::ReadError;
use crate::rows::{RowKey, Space};
use crate::store::LookupOrder;

/// Rows visited for one page. A job with many entries leaves many rows on which it does not appear; a
/// page that meets only those is short, and says where to go on.
const ROWS_VISITED_MAX: usize = 4_096;
/// Rows read from the store at once.
const ROWS_CHUNK: usize = 256;
/// Entries of a job that are asked for its clear id. A refused document leaves only hashes behind.
pub const ENTRIES_ASKED_MAX: usize = 16;

#[expect(clippy::missing_errors_doc, reason = "`Reader` says them")]
impl Reader {
    /// Jobs by newest activity below `as_of`; `from` is the cursor. At most 200, one more for each
    /// further job whose last entry is the same as that of the last one listed.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] where `as_of` is beyond the published size; otherwise as every question to a
    /// [`Reader`].
    pub fn jobs(
        &self,
        from: Option<LeafIndex>,
        as_of: TreeSize,
        limit: usize,
    ) -> Result<LookupPage<JobSummary>, ReadError> {
        let as_of = self.checked_size("tree size", as_of)?;
        let limit = limit.clamp(1, PAGE_JOBS_MAX);
        let tree = self.tree()?;
        let key = RowKey::job_activity();
        let mut end = from.and_then(LeafIndex::size_with).unwrap_or(as_of).min(as_of);
        let mut seen = HashSet::new();
        let mut items = Vec::new();
        for _ in 0..ROWS_VISITED_MAX / ROWS_CHUNK {
            let rows = self.rows(&key, LeafIndex::new(0), end, LookupOrder::Descending, ROWS_CHUNK)?;
            let Some(&oldest) = rows.last() else {
                return Ok(LookupPage {
                    items,
                    next: None,
                    as_of,
                });
            };
            let mut entries: Vec<Leaf> = Vec::new();
            for index in rows {
                if items.len() >= limit {
                    return Ok(LookupPage {
                        items,
                        next: Some(index),
                        as_of,
                    });
                }
                // The store reads and checks a bundle as a whole: what else of it may be wanted is read along.
                let leaf = loop {
                    match entries.pop() {
                        Some(leaf) if leaf.index == index => break leaf,
                        Some(_) => {}
                        None => entries = self.leaves_down_from(&tree, index, oldest)?,
                    }
                };
                items.extend(self.last_at(&tree, leaf, as_of, &mut seen)?);
            }
            end = TreeSize::new(oldest.value());
        }
        Ok(LookupPage {
            items,
            next: end.last_index(),
            as_of,
        })
    }

    /// The entries of one bundle down from `newest`, none before `oldest`, the newest last.
    fn leaves_down_from(
        &self,
        tree: &ReaderTree<'_>,
        newest: LeafIndex,
        oldest: LeafIndex,
    ) -> Result<Vec<Leaf>, ReadError> {
        let width = u64::from(TILE_WIDTH);
        let bundle = newest.value().saturating_sub(newest.value() % width);
        let first = bundle.max(oldest.value());
        let span = newest.value().saturating_sub(first).saturating_add(1);
        self.leaves(tree, LeafIndex::new(first), usize::try_from(span).unwrap_or(1))
    }

    /// The jobs whose last entry below `as_of` is this one.
    fn last_at(
        &self,
        tree: &ReaderTree<'_>,
        leaf: Leaf,
        as_of: TreeSize,
        seen: &mut HashSet<SubjectHash>,
    ) -> Result<Vec<JobSummary>, ReadError> {
        let (index, entry) = (leaf.index, leaf.decode()?);
        let jobs = job_hashes(&entry);
        if jobs.is_empty() {
            return Err(ReadError::corrupt(
                "a row of the list of jobs",
                "an entry with a job",
                format!("entry {index}"),
            ));
        }
        let mut last_of = Vec::new();
        for job in jobs {
            // Rows come newest first: a job met before has its place there.
            if seen.insert(job) && !self.has_later(tree, job, index, as_of)? {
                last_of.push(job);
            }
        }
        if last_of.is_empty() {
            return Ok(Vec::new());
        }
        let record = self.record(leaf)?;
        let mut found = Vec::new();
        for job in last_of {
            let told = match self.told_by(&record, job)? {
                Some(job_id) => Some(job_id),
                None => self.clear_job_id(tree, job, index)?,
            };
            if let Some(job_id) = told {
                found.push(JobSummary {
                    job_id,
                    last_index: index,
                    last_logged_at: entry.logged_at,
                });
            }
        }
        Ok(found)
    }

    fn has_later(
        &self,
        tree: &ReaderTree<'_>,
        job: SubjectHash,
        index: LeafIndex,
        as_of: TreeSize,
    ) -> Result<bool, ReadError> {
        let Some(next) = index.next() else {
            return Ok(false);
        };
        let subject = Subject {
            field: Field::Job,
            hash: job,
        };
        let later = self.end_of_subject(tree, &subject, (next, as_of), LookupOrder::Ascending)?;
        Ok(later.is_some())
    }

    /// The clear id, from this entry or the job's earlier ones; `None` if none of them tells it.
    pub fn clear_job_id(
        &self,
        tree: &ReaderTree<'_>,
        job: SubjectHash,
        last: LeafIndex,
    ) -> Result<Option<String>, ReadError> {
        let Some(end) = last.size_with() else {
            return Ok(None);
        };
        let rows = self.rows(
            &job_key(job),
            LeafIndex::new(0),
            end,
            LookupOrder::Descending,
            ENTRIES_ASKED_MAX,
        )?;
        for index in rows {
            let record = self.record(self.leaf(tree, index)?)?;
            let id = self.told_by(&record, job)?;
            if id.is_some() {
                return Ok(id);
            }
        }
        Ok(None)
    }

    /// The clear id of a job, if the record tells it. Most do in the context on them, for which no document is verified.
    fn told_by(&self, record: &EntryRecord, job: SubjectHash) -> Result<Option<String>, ReadError> {
        let is_id = |id: &String| subject_hash(&self.index_salt(), Field::Job, id) == job;
        let context = record.context.as_ref();
        let in_context = context.and_then(|context| context.job_id.clone()).filter(is_id);
        if in_context.is_some() {
            return Ok(in_context);
        }
        let verified = self.evidence(record)?;
        let ids = verified.map_or_else(Vec::new, |verified| verified.evidence.job_ids());
        Ok(ids.into_iter().find(is_id))
    }

    /// The job ids that an entry's verified document and its context name.
    pub fn clear_jobs(&self, record: &EntryRecord) -> Result<Vec<String>, ReadError> {
        let from_context = record.context.as_ref().and_then(|context| context.job_id.clone());
        let verified = self.evidence(record)?;
        let mut jobs = verified.map_or_else(Vec::new, |verified| verified.evidence.job_ids());
        jobs.extend(from_context);
        Ok(jobs)
    }
}

fn job_key(job: SubjectHash) -> RowKey {
    RowKey::new(Space::Subject(Field::Job), *job.as_bytes())
}

/// The jobs that an entry or the context on it names, each once.
pub fn job_hashes(entry: &Entry) -> Vec<SubjectHash> {
    let mut hashes: Vec<SubjectHash> = subjects_of(entry, Field::Job).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}
