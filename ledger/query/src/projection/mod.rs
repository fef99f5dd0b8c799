//! The newest verdict and summary of every job, kept outside the log so that jobs can be listed by them.
//!
//! Nothing here is an authority. The projection follows the published head in the background, assesses a
//! job again whenever an entry touches it or anything that its verdict depends on, and says up to which
//! size it has come. Who needs a verdict to be right asks [`QueryEngine::judged`](crate::QueryEngine::judged). What is
//! stored can be deleted at any time and is made again from the log; damage is treated the same way.
//!
//! # Why no job is missed
//!
//! A verdict is a function of the lookups of its closure. The projection keeps, for each job, what those
//! lookups were for ([`keys::Citation`]). The first entry that changes the answer to one of them carries
//! what it was for, so the job is found when that entry is followed, and is assessed at a size that
//! covers the whole window of entries being followed; whatever that adds to its lookups counts from there.

mod alarm_origin;
mod counts;
mod keys;
mod names;
mod pass;
mod period;
mod query;
mod record;
mod spread;
mod summary;
mod table;
mod thread;
mod touched;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::watch;
use verifier::index::TreeSize;

use crate::verdict::JudgedJobs;
use ledger::reader::Reader;
use ledger::store::StoreError;
use ledger::store::derived::DerivedStore;
use table::JobTable;

pub use counts::{Counts, CountsOverTime, PeriodCounts};
pub use names::{NameKind, NamePage};
pub use period::Unit;
pub use query::{AlarmCursor, AlarmFilter, AlarmListPage, ProjectionError};
pub(crate) use record::own_name;
pub use record::{
    Alarm, AlarmSource, JobFilter, JobOutcome, JobRecord, JobState, LIST_MAX, RecordSummary, Verdict,
};
pub use summary::has_ended;

/// The reading side of the projection; cheap to clone. Keeps no log open.
#[derive(Clone, Debug)]
pub struct Projection {
    inner: Arc<ProjectionInner>,
}

#[derive(Debug)]
struct ProjectionInner {
    table: JobTable,
    judged: Arc<JudgedJobs>,
    /// A reader met damage; the worker wipes.
    damaged: AtomicBool,
    assessed: AtomicU64,
    failed: AtomicU64,
    rebuilt: AtomicU64,
    projected_to: watch::Sender<TreeSize>,
    stop: watch::Sender<bool>,
    ended: watch::Sender<bool>,
}

/// Numbers of the projection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ProjectionNumbers {
    /// Every job that an entry below this touches was assessed since.
    pub projected_to: u64,
    /// Assessments since the start.
    pub assessed: u64,
    /// Jobs that could not be assessed since the start.
    pub failed: u64,
    /// How often it was wiped and begun anew since the start.
    pub rebuilt: u64,
}

impl Projection {
    /// Begins to follow a log until it closes or [`stop`](Self::stop). MUST be called on a tokio runtime.
    pub(crate) fn start(reader: &Reader, judged: Arc<JudgedJobs>, store: Arc<dyn DerivedStore>) -> Self {
        let projection = Self {
            inner: Arc::new(ProjectionInner {
                table: JobTable::new(store),
                judged,
                damaged: AtomicBool::new(false),
                assessed: AtomicU64::new(0),
                failed: AtomicU64::new(0),
                rebuilt: AtomicU64::new(0),
                projected_to: watch::Sender::new(TreeSize::new(0)),
                stop: watch::Sender::new(false),
                ended: watch::Sender::new(false),
            }),
        };
        tokio::spawn(worker::follow(
            reader.downgrade(),
            reader.watch(),
            Arc::clone(&projection.inner),
        ));
        projection
    }

    /// How far it has come.
    pub fn projected_to(&self) -> TreeSize {
        *self.inner.projected_to.borrow()
    }

    /// Numbers for the metrics endpoint.
    pub fn numbers(&self) -> ProjectionNumbers {
        ProjectionNumbers {
            projected_to: self.projected_to().value(),
            assessed: self.inner.assessed.load(Ordering::Relaxed),
            failed: self.inner.failed.load(Ordering::Relaxed),
            rebuilt: self.inner.rebuilt.load(Ordering::Relaxed),
        }
    }

    /// Resolves once it has come as far as `size`, or has ended.
    pub async fn reached(&self, size: TreeSize) {
        let mut progress = self.inner.projected_to.subscribe();
        let mut ended = self.inner.ended.subscribe();
        tokio::select! {
            // Errors say that the sender is gone, which `self` rules out.
            _ = progress.wait_for(|projected| *projected >= size) => {}
            _ = ended.wait_for(|ended| *ended) => {}
        }
    }

    /// Stops following, after the assessment under way, and keeps what was made. Idempotent.
    pub async fn stop(&self) {
        self.inner.stop.send_replace(true);
        let mut ended = self.inner.ended.subscribe();
        let _ = ended.wait_for(|ended| *ended).await;
    }

    /// Damage that a read met is the worker's to repair; the caller is told to come back.
    fn note(&self, error: StoreError) -> ProjectionError {
        if matches!(error, StoreError::Damaged { .. }) {
            self.inner.damaged.store(true, Ordering::Release);
            // Wakes the worker, which otherwise waits for the next head.
            self.inner.stop.send_modify(|_| {});
        }
        ProjectionError::Unavailable(error)
    }
}
