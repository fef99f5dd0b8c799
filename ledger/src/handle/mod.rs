//! `Ledger` (submit) and, through it, `Reader`: all that api and web ever see. Both are cheap to clone.

mod acknowledge;
mod submit;
mod workers;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, mpsc, watch};
use verifier::context::SubmitterName;
use verifier::digest::EvidenceDigest;
use verifier::hash::LeafHash;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::json::DOCUMENT_BYTES_MAX;
use verifier::kind::Kind;
use verifier::text::misplaced::Warning;

use crate::erasure::Erasure;
use crate::error::SubmitError;
use crate::metrics::Snapshot;
use crate::reader::Reader;
use crate::sequencer::{Progress, QueueItem};
use crate::shared::LogState;
pub use submit::PreparedBatch;
use workers::Workers;

/// Room for one document of the largest size: less would refuse it for ever.
const ROOM_KIB_MIN: usize = DOCUMENT_BYTES_MAX / 1024 + 1;

/// The log's entrance. The log closes when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Ledger {
    inner: Arc<LedgerInner>,
}

#[derive(Debug)]
struct LedgerInner {
    shared: Arc<LogState>,
    reader: Reader,
    /// Taken by `shutdown`: the sequencer ends when no sender is left.
    queue: Mutex<Option<mpsc::Sender<QueueItem>>>,
    /// Room for evidence in the queue, in KiB.
    room: Arc<Semaphore>,
    workers: Workers,
    progress: watch::Receiver<Progress>,
}

/// What happened to a submission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SubmissionOutcome {
    /// A new entry: 201.
    Created,
    /// Known before: 200.
    Known,
}

/// A durable entry under a signed checkpoint, with its proof.
#[derive(Clone, PartialEq, Debug)]
pub struct Ack {
    /// Whether the submission made the entry.
    pub outcome: SubmissionOutcome,
    /// Position of the entry in the log.
    pub index: LeafIndex,
    /// Kind of that entry.
    pub kind: Kind,
    /// Digest of the stored evidence.
    pub evidence_digest: EvidenceDigest,
    /// Time of logging, in milliseconds since the Unix epoch.
    pub logged_at: TimestampMs,
    /// CBOR bytes of the entry.
    pub entry: Vec<u8>,
    /// Leaf hash of the entry.
    pub leaf_hash: LeafHash,
    /// The signed checkpoint, as a note.
    pub checkpoint: String,
    /// tlog-proof text under that checkpoint.
    pub proof: String,
    /// The submission is the same statement in other bytes, which are not stored.
    pub variant: bool,
    /// Entries with the same identity and another statement.
    pub conflicts: Vec<LeafIndex>,
    /// The order in the log that covers the entry: the submission's bytes and context were dropped.
    pub erased: Option<LeafIndex>,
    /// Of a submitter's context: the first entry of the evidence that it is about.
    pub about: Option<LeafIndex>,
    /// What the author of the submission most likely did not mean. It changes nothing.
    pub warnings: Vec<Warning>,
    /// Of an erasure order: what it covers, and how far it is carried out.
    pub erasure: Option<Box<Erasure>>,
}

impl Ledger {
    pub(crate) fn new(
        shared: Arc<LogState>,
        reader: Reader,
        queue: mpsc::Sender<QueueItem>,
        queue_bytes_max: usize,
        progress: watch::Receiver<Progress>,
    ) -> Self {
        let room_kib = (queue_bytes_max / 1024).clamp(ROOM_KIB_MIN, Semaphore::MAX_PERMITS);
        Self {
            inner: Arc::new(LedgerInner {
                shared,
                reader,
                queue: Mutex::new(Some(queue)),
                room: Arc::new(Semaphore::new(room_kib)),
                workers: Workers::new(),
                progress,
            }),
        }
    }

    /// Verifies off the async threads, sequences, waits until integrated. One result a body, in order.
    ///
    /// Bodies are raw HTTP bodies or NDJSON lines: a document, or a wrapper of one. Bodies enter the log
    /// in their order, unless another caller's come in between. All receipts of one call are under one
    /// checkpoint. Dropping the future does not undo a submission. MUST be called on a tokio runtime.
    pub async fn submit_all(
        &self,
        submitter: &SubmitterName,
        bodies: Vec<Vec<u8>>,
    ) -> Vec<Result<Ack, SubmitError>> {
        let prepared = self.prepare(bodies).await;
        self.append(submitter, prepared).await
    }

    /// The first half of [`Ledger::submit_all`]: verifies off the async threads. Nothing is logged yet. MUST be called on a tokio
    /// runtime.
    pub async fn prepare(&self, bodies: Vec<Vec<u8>>) -> PreparedBatch {
        submit::prepare_all(&self.inner, bodies).await
    }

    /// The second half: sequences, and waits until integrated. MUST be called on a tokio runtime.
    pub async fn append(
        &self,
        submitter: &SubmitterName,
        prepared: PreparedBatch,
    ) -> Vec<Result<Ack, SubmitError>> {
        submit::append(&self.inner, submitter, prepared).await
    }

    /// The reading side.
    pub fn reader(&self) -> &Reader {
        &self.inner.reader
    }

    /// Counters and gauges.
    pub fn metrics(&self) -> Snapshot {
        let head = self.inner.shared.published().head;
        let waiting = self
            .inner
            .sender()
            .map_or(0, |queue| queue.max_capacity().saturating_sub(queue.capacity()));
        Snapshot {
            tree_size: head.tree.size.value(),
            head_time_ms: head.time.value(),
            indexed_to: self.inner.shared.indexed_to().value(),
            index_covered: self.inner.shared.covered().value(),
            frozen: self.inner.shared.admission().frozen.is_some(),
            queue_length: u64::try_from(waiting).unwrap_or(u64::MAX),
            ..self.inner.shared.metrics.snapshot()
        }
    }

    /// Stops taking submissions and finishes what is queued. Idempotent; also returns
    /// where the sequencer had failed.
    pub async fn shutdown(&self) {
        self.inner
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let mut progress = self.inner.progress.clone();
        // An error says that the thread is gone, which is what is waited for.
        let _ = progress.wait_for(|progress| *progress != Progress::Running).await;
    }

    /// Resolves when the sequencer has stopped for a reason other than [`Ledger::shutdown`] (unknown
    /// outcome of a write, broken invariant): the process MUST exit.
    pub async fn failed(&self) -> String {
        let mut progress = self.inner.progress.clone();
        let ended = progress.wait_for(|progress| *progress != Progress::Running).await;
        match ended.map(|progress| progress.clone()) {
            Ok(Progress::Failed(reason)) => reason,
            Ok(Progress::Running | Progress::Done) | Err(_) => std::future::pending().await,
        }
    }
}

impl LedgerInner {
    fn sender(&self) -> Option<mpsc::Sender<QueueItem>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
