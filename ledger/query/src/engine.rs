//! The engine: a reader of the log, the verdicts that were made lately, and the list of all verdicts.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use ledger::error::ReadError;
use ledger::interest::CancellationToken;
use ledger::reader::{EntryRecord, EvidenceCache, Reader};
use ledger::store::derived::DerivedStore;
use verifier::assess::{Closure, SupposedBundle};
use verifier::index::{LeafIndex, TreeSize};

use crate::projection::{JobRecord, Projection, ProjectionError};
use crate::verdict::{self, CollectError, JudgedJob, JudgedJobs, PackFault};

/// Answers questions about one log; cheap to clone. A process needs one for each log that it has open.
///
/// Every verified read of the log is a question to the engine, too: it dereferences to its [`Reader`].
#[derive(Clone, Debug)]
pub struct QueryEngine {
    reader: Reader,
    inner: Arc<EngineInner>,
}

#[derive(Debug)]
struct EngineInner {
    judged: Arc<JudgedJobs>,
    /// Holds no reader itself, so that the log closes with its last reader.
    projection: OnceLock<Projection>,
}

impl QueryEngine {
    /// An engine over a log, which has judged nothing yet and keeps no list of verdicts.
    pub fn new(reader: Reader) -> Self {
        let judged = Arc::<JudgedJobs>::default();
        let cache: Arc<dyn EvidenceCache> = Arc::<JudgedJobs>::clone(&judged);
        reader.register_cache(&cache);
        Self {
            reader,
            inner: Arc::new(EngineInner {
                judged,
                projection: OnceLock::new(),
            }),
        }
    }

    /// The same for one question: it reads nothing more once nobody waits for the answer, and fails with
    /// [`ReadError::Abandoned`] instead.
    #[must_use]
    pub fn with_cancellation(&self, wanted: CancellationToken) -> Self {
        Self {
            reader: self.reader.with_cancellation(wanted),
            inner: Arc::clone(&self.inner),
        }
    }

    /// An entry that an index row below the published head points to.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] where it is not there; otherwise as every question to a [`Reader`].
    pub fn listed_entry(&self, index: LeafIndex) -> Result<EntryRecord, ReadError> {
        self.entry(index)?.ok_or_else(|| ReadError::Corrupt {
            what: format!("entry {index}"),
            expected: "present".to_owned(),
            found: "nothing".to_owned(),
        })
    }

    /// Begins to keep the verdict on every job in a store, and follows the log until it closes or [`stop`](Self::stop).
    /// MUST be called on a tokio runtime. A second call answers the list that the first one began.
    pub fn project(&self, store: Arc<dyn DerivedStore>) -> &Projection {
        self.inner
            .projection
            .get_or_init(|| Projection::start(&self.reader, Arc::clone(&self.inner.judged), store))
    }

    /// The list of verdicts; `None` where this engine keeps none.
    pub fn projection(&self) -> Option<&Projection> {
        self.inner.projection.get()
    }

    /// The list of verdicts, where the answer needs one.
    ///
    /// # Errors
    /// [`ProjectionError::NotKept`] where this engine keeps none.
    pub fn kept_projection(&self) -> Result<&Projection, ProjectionError> {
        self.projection().ok_or(ProjectionError::NotKept)
    }

    /// What the list of verdicts has of one job; `None` where it has nothing yet.
    ///
    /// # Errors
    /// As [`Projection::job`].
    pub fn projected_job(&self, job_id: &str) -> Result<Option<JobRecord>, ProjectionError> {
        match self.projection() {
            Some(projection) => projection.job(&self.reader, job_id),
            None => Ok(None),
        }
    }

    /// Stops following the log, after the verdict that is being made. Idempotent.
    pub async fn stop(&self) {
        if let Some(projection) = self.projection() {
            projection.stop().await;
        }
    }

    /// Everything that the verdict on a job is made from, as of a size; `None` if no entry below it names the job.
    ///
    /// # Errors
    /// [`CollectError::Closure`] with [`TooLarge`](verifier::assess::ClosureError::TooLarge) where the job has more than
    /// one assessment may hold. [`CollectError::Read`] with [`Beyond`](ledger::error::ReadError::Beyond) where `size` is
    /// beyond the published one, and otherwise as every question to a [`Reader`].
    pub fn closure(&self, job_id: &str, size: TreeSize) -> Result<Option<Closure>, CollectError> {
        self.inner.judged.closure(&self.reader, job_id, size)
    }

    /// The same of a job, or of none, and of a bundle that this log does not hold; the closure holds what the log holds,
    /// and an unknown job nothing of its own.
    ///
    /// # Errors
    /// As [`closure`](Self::closure); [`Beyond`](ledger::error::ReadError::Beyond) also for size 0, which has no time.
    pub fn closure_supposing(
        &self,
        job_id: Option<&str>,
        size: TreeSize,
        supposed: &SupposedBundle,
    ) -> Result<Closure, CollectError> {
        let judged = &self.inner.judged;
        judged.closure_supposing(&self.reader, job_id, size, supposed)
    }

    /// The verdict on a job as of a size; `None` if no entry below it names the job. What was judged lately is not judged
    /// again.
    ///
    /// # Errors
    /// As [`closure`](Self::closure).
    pub fn judged(&self, job_id: &str, size: TreeSize) -> Result<Option<Arc<JudgedJob>>, CollectError> {
        self.inner.judged.judged(&self.reader, job_id, size)
    }

    /// The newest verdict on a job for a question asked when the published size was `since`: as of that size or of a
    /// later one. Otherwise as [`judged`](Self::judged).
    ///
    /// # Errors
    /// As [`closure`](Self::closure).
    pub fn judged_since(
        &self,
        job_id: &str,
        since: TreeSize,
    ) -> Result<Option<Arc<JudgedJob>>, CollectError> {
        self.inner.judged.judged_since(&self.reader, job_id, since)
    }

    /// The verdict on a job as of the size that is asked for; without one, as new as the question, which was asked when
    /// the published size was `arrived`.
    ///
    /// # Errors
    /// As [`closure`](Self::closure).
    pub fn judged_as_asked(
        &self,
        job_id: &str,
        as_of: Option<TreeSize>,
        arrived: TreeSize,
    ) -> Result<Option<Arc<JudgedJob>>, CollectError> {
        match as_of {
            Some(size) => self.judged(job_id, size),
            None => self.judged_since(job_id, arrived),
        }
    }

    /// What the last entry covers, if that is an index.root over everything in front of it: as of this size all evidence is there, and
    /// a pack proves that. `None` where the log ends in something else.
    ///
    /// # Errors
    /// As every question to a [`Reader`].
    pub fn provable_size(&self) -> Result<Option<TreeSize>, ReadError> {
        let published = self.published().head.tree.size;
        let root = self.newest_index_root()?;
        let last = root.filter(|root| root.index.size_with() == Some(published));
        let whole = last.filter(|root| root.list.covered().next_index() == root.index);
        Ok(whole.map(|root| root.list.covered()))
    }

    /// The pack of a job that this log judged, under the newest checkpoint whose index proves that nothing was left out, or where
    /// none does, under the published one. One job under one checkpoint gives one file.
    ///
    /// # Errors
    /// [`PackFault::Pack`] where the job does not fit into one file, [`PackFault::TooManyLater`] where the pack would need
    /// too many later entries, [`PackFault::Read`] as every question to a [`Reader`].
    pub fn pack(&self, job: &JudgedJob) -> Result<Vec<u8>, PackFault> {
        verdict::pack(&self.reader, job)
    }
}

impl Deref for QueryEngine {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}
