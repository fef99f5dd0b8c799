//! Jobs with their verdicts. A closure and its assessment are functions of the job, of the size and of what was
//! erased until then: the last ones are kept, since a page, its next sheet, its assessment and its pack are asked for
//! one after the other, and each signature of a job was verified for the first of them.
//!
//! While a log grows, each size is another one. A question for the newest verdict is answered with one that is as new
//! as the question ([`QueryEngine::judged_since`](crate::engine::QueryEngine::judged_since)): of a hundred who ask at once, the first has the job judged.
//!
//! What came since a job was judged is none of its business where no lookup of its closure has a new answer: then it keeps
//! its verdict, as of the later size. Otherwise its closure grows by what came: nothing of it is read or verified again,
//! and the verdict is that of a closure that is collected anew, byte for byte.
//!
//! What is kept is forgotten whenever evidence gives way to its remains ([`EvidenceCache::forget`]), so that no
//! erased byte is answered from memory, or stays in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use lru::LruCache;
use verifier::assess::{Closure, ClosureLookups, JobExamination, SupposedBundle, examine};
use verifier::index::TreeSize;
use verifier::subject::SubjectHash;

use super::collect::{self, CollectError, KnownEvidence};
use crate::lookup_rows::is_unchanged;
use ledger::error::ReadError;
use ledger::reader::{EvidenceCache, Reader};

/// What may be kept, by [`cost`]: a job of some twenty thousand receipts, or eight hundred jobs of twenty-five.
const COST_MAX: usize = 96 << 20;
/// Bytes that a job takes in memory on top of its records.
const JOB_COST: usize = 2 << 10;
/// Most entries, or as many as the closure has lookups, that are read to see which of them a closure asks for. Where
/// there are more, each lookup is asked instead.
const READ_ENTRIES_MAX: usize = 256;

/// A job as of a size. Only a reader makes one.
#[derive(Debug)]
pub struct JudgedJob {
    closure: Closure,
    examined: JobExamination,
    /// What the lookups of the closure go by, once somebody asked.
    asked: OnceLock<Arc<ClosureLookups>>,
}

impl PartialEq for JudgedJob {
    fn eq(&self, other: &Self) -> bool {
        (&self.closure, &self.examined) == (&other.closure, &other.examined)
    }
}

impl JudgedJob {
    const fn new(closure: Closure, examined: JobExamination) -> Self {
        Self {
            closure,
            examined,
            asked: OnceLock::new(),
        }
    }

    fn asked(&self) -> &Arc<ClosureLookups> {
        let closure = &self.closure;
        let queries = closure.answers.iter().map(|answer| &answer.query);
        self.asked
            .get_or_init(|| Arc::new(ClosureLookups::of(queries, &closure.salt)))
    }

    /// Everything that the verdict is made from, as the log has it.
    pub const fn closure(&self) -> &Closure {
        &self.closure
    }

    /// The assessment of the closure, with what pages show of it.
    pub const fn examined(&self) -> &JobExamination {
        &self.examined
    }
}

type JudgedKey = (String, TreeSize);

/// The jobs that were judged last.
#[derive(Debug, Default)]
pub(crate) struct JudgedJobs {
    held: Mutex<JudgedCache>,
    known: KnownEvidence,
}

#[derive(Debug)]
struct JudgedCache {
    jobs: LruCache<JudgedKey, Arc<JudgedJob>>,
    /// The largest size of each job that was kept, for as long as that one is.
    newest: HashMap<String, TreeSize>,
    cost: usize,
    /// How often all was forgotten. Who began to collect before the last time may hold what was erased meanwhile.
    forgotten: u64,
}

impl Default for JudgedCache {
    fn default() -> Self {
        Self {
            jobs: LruCache::unbounded(),
            newest: HashMap::new(),
            cost: 0,
            forgotten: 0,
        }
    }
}

impl JudgedCache {
    fn keep(&mut self, key: JudgedKey, job: Arc<JudgedJob>) {
        let added = cost(&job);
        if added > COST_MAX {
            return;
        }
        let (id, size) = &key;
        if self.newest.get(id).is_none_or(|newest| newest < size) {
            self.newest.insert(id.clone(), *size);
        }
        let replaced = self.jobs.put(key, job);
        let freed = replaced.map_or(0, |job| cost(&job));
        self.cost = self.cost.saturating_sub(freed).saturating_add(added);
        while self.cost > COST_MAX {
            let Some(((id, size), job)) = self.jobs.pop_lru() else {
                self.cost = 0;
                break;
            };
            self.cost = self.cost.saturating_sub(cost(&job));
            if self.newest.get(&id) == Some(&size) {
                self.newest.remove(&id);
            }
        }
    }
}

/// What is known when a collection begins.
enum CollectionStart {
    /// The job was judged before.
    Judged(Arc<JudgedJob>),
    /// How often all was forgotten until then.
    At(u64),
}

impl JudgedJobs {
    /// A poisoned lock only says that another reader panicked; what is held was put there whole.
    fn held(&self) -> MutexGuard<'_, JudgedCache> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, key: &JudgedKey) -> CollectionStart {
        let mut held = self.held();
        match held.jobs.get(key) {
            Some(job) => CollectionStart::Judged(Arc::clone(job)),
            None => CollectionStart::At(held.forgotten),
        }
    }

    /// The newest of a job that is kept, if it is as of less than `size`.
    fn older(&self, job_id: &str, size: TreeSize) -> Option<Arc<JudgedJob>> {
        let held = self.held();
        let older = held.newest.get(job_id).copied().filter(|newest| *newest < size)?;
        held.jobs.peek(&(job_id.to_owned(), older)).cloned()
    }

    /// The newest of a job that is kept, if it is as of `since` or later.
    fn newest(&self, job_id: &str, since: TreeSize) -> Option<Arc<JudgedJob>> {
        let mut held = self.held();
        let size = held.newest.get(job_id).copied().filter(|size| *size >= since)?;
        held.jobs.get(&(job_id.to_owned(), size)).cloned()
    }

    /// Keeps what was collected since, unless all was forgotten meanwhile. Answers the one that stays: of two threads that judged the
    /// same job, both go on with the verdict of the first.
    fn keep(&self, key: JudgedKey, job: Arc<JudgedJob>, forgotten: u64) -> Arc<JudgedJob> {
        let mut held = self.held();
        if held.forgotten != forgotten {
            return job;
        }
        if let Some(first) = held.jobs.get(&key) {
            return Arc::clone(first);
        }
        held.keep(key, Arc::clone(&job));
        job
    }
}

impl EvidenceCache for JudgedJobs {
    fn forget(&self) {
        let mut held = self.held();
        held.forgotten = held.forgotten.wrapping_add(1);
        held.jobs.clear();
        held.newest.clear();
        held.cost = 0;
        self.known.records.forget();
    }
}

impl JudgedJobs {
    /// The verdict on a job as of a size; `None` if no entry below it names the job. What was judged lately
    /// is not judged again.
    ///
    /// # Errors
    /// As [`closure`](Self::closure).
    pub(crate) fn judged(
        &self,
        reader: &Reader,
        job_id: &str,
        size: TreeSize,
    ) -> Result<Option<Arc<JudgedJob>>, CollectError> {
        let key = (job_id.to_owned(), size);
        let forgotten = match self.begin(&key) {
            CollectionStart::Judged(job) => return Ok(Some(job)),
            CollectionStart::At(forgotten) => forgotten,
        };
        let judged = if let Some(grown) = self.judged_before(reader, job_id, size)? {
            grown
        } else {
            let Some(closure) = self.closure(reader, job_id, size)? else {
                return Ok(None);
            };
            reader.wanted().check()?;
            let examined = examine(&closure);
            JudgedJob::new(closure, examined)
        };
        Ok(Some(self.keep(key, Arc::new(judged), forgotten)))
    }

    /// A job that was judged as of an earlier size, as of this one: with the verdict that it had, where nothing that came
    /// between is any of its business; else judged again from the closure that it had and what came since. `None` where
    /// there is no earlier one, or too much came since.
    fn judged_before(
        &self,
        reader: &Reader,
        job_id: &str,
        size: TreeSize,
    ) -> Result<Option<JudgedJob>, CollectError> {
        let Some(older) = self.older(job_id, size) else {
            return Ok(None);
        };
        let Some(as_of) = reader.tree_of(size)? else {
            return Ok(None);
        };
        let since = size.value().saturating_sub(older.closure.as_of.size.value());
        let readable = older.closure.answers.len().max(READ_ENTRIES_MAX);
        let added = if usize::try_from(since).is_ok_and(|since| since <= readable) {
            let asked = (&older.closure, older.asked().as_ref());
            collect::added(reader, &self.known, asked, size)?
        } else if is_unchanged(reader, &older.closure, size)? {
            Vec::new()
        } else {
            return Ok(None);
        };
        let unchanged = added.is_empty().then(|| older.examined.as_of(as_of)).flatten();
        if let Some(examined) = unchanged {
            let closure = Closure {
                as_of,
                ..older.closure.clone()
            };
            let judged = JudgedJob::new(closure, examined);
            // The same lookups go by the same.
            let _ = judged.asked.set(Arc::clone(older.asked()));
            return Ok(Some(judged));
        }
        let closure = collect::grown(reader, &self.known, &older.closure, added, as_of)?;
        reader.wanted().check()?;
        let examined = examine(&closure);
        Ok(Some(JudgedJob::new(closure, examined)))
    }

    /// Everything that the verdict on a job is made from, as of a size.
    ///
    /// # Errors
    /// As [`collect::closure`].
    pub(crate) fn closure(
        &self,
        reader: &Reader,
        job_id: &str,
        size: TreeSize,
    ) -> Result<Option<Closure>, CollectError> {
        collect::closure(reader, &self.known, job_id, size)
    }

    /// The clear id of a job below a size.
    ///
    /// # Errors
    /// As [`collect::job_id`].
    pub(crate) fn job_id(
        &self,
        reader: &Reader,
        job: SubjectHash,
        size: TreeSize,
    ) -> Result<Option<String>, ReadError> {
        collect::job_id(reader, &self.known, job, size)
    }

    /// The same of a job, or of none, and of a bundle that this log does not hold.
    ///
    /// # Errors
    /// As [`collect::closure_supposing`].
    pub(crate) fn closure_supposing(
        &self,
        reader: &Reader,
        job_id: Option<&str>,
        size: TreeSize,
        supposed: &SupposedBundle,
    ) -> Result<Closure, CollectError> {
        collect::closure_supposing(reader, &self.known, job_id, size, supposed)
    }

    /// The newest verdict on a job for a question asked when the published size was `since`: as of that size or of a
    /// later one. Otherwise as [`judged`](Self::judged).
    ///
    /// # Errors
    /// As [`closure`](Self::closure).
    pub(crate) fn judged_since(
        &self,
        reader: &Reader,
        job_id: &str,
        since: TreeSize,
    ) -> Result<Option<Arc<JudgedJob>>, CollectError> {
        match self.newest(job_id, since) {
            Some(job) => Ok(Some(job)),
            None => self.judged(reader, job_id, reader.published().head.tree.size),
        }
    }
}

/// About how many bytes a job takes in memory.
fn cost(job: &JudgedJob) -> usize {
    let records = job.closure.records.values();
    records
        .map(|record| record.memory())
        .fold(JOB_COST, usize::saturating_add)
}

#[cfg(test)]
#[expect(clippy::panic, reason = "a test")]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use verifier::assess::AsOf;
    use verifier::hash::RootHash;
    use verifier::index::TimestampMs;
    use verifier::subject::IndexSalt;

    /// A job of no entries, which costs the least that any job does.
    fn job() -> Arc<JudgedJob> {
        let closure = Closure {
            job_id: "job".to_owned(),
            origin: "log.example/a".to_owned(),
            salt: IndexSalt::from_bytes([7; 32]),
            as_of: AsOf {
                size: TreeSize::new(1),
                root: RootHash::from_bytes([0; 32]),
                time: TimestampMs::new(0),
            },
            answers: Vec::new(),
            records: BTreeMap::new(),
        };
        let examined = examine(&closure);
        Arc::new(JudgedJob::new(closure, examined))
    }

    #[test]
    fn what_was_collected_across_an_erasure_is_not_kept() {
        let jobs = JudgedJobs::default();
        let key = || ("job".to_owned(), TreeSize::new(1));
        let CollectionStart::At(before) = jobs.begin(&key()) else {
            panic!("nothing was judged yet");
        };
        jobs.forget();
        jobs.keep(key(), job(), before);
        let CollectionStart::At(after) = jobs.begin(&key()) else {
            panic!("evidence that was read before the erasure is kept");
        };
        jobs.keep(key(), job(), after);
        assert!(matches!(jobs.begin(&key()), CollectionStart::Judged(_)));
        jobs.forget();
        assert!(matches!(jobs.begin(&key()), CollectionStart::At(_)));
    }

    #[test]
    fn beyond_the_bound_the_job_that_nobody_asked_for_the_longest_gives_way() {
        let most = COST_MAX / JOB_COST;
        let key = |number: usize| (format!("job-{number}"), TreeSize::new(1));
        let mut held = JudgedCache::default();
        let job = job();
        for number in 0..most {
            held.keep(key(number), Arc::clone(&job));
        }
        assert_eq!(held.jobs.len(), most);
        // One kept twice counts once.
        held.keep(key(1), Arc::clone(&job));
        assert_eq!(held.jobs.len(), most);
        assert!(held.jobs.get(&key(0)).is_some());
        held.keep(key(most), job);
        assert_eq!(held.jobs.len(), most);
        assert!(held.jobs.contains(&key(0)) && !held.jobs.contains(&key(2)));
    }
}
