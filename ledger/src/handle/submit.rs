//! The way of a submission: prepare, queue, wait, acknowledge.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use verifier::context::SubmitterName;
use verifier::digest::RawDigest;
use verifier::text::misplaced::Warning;

use super::acknowledge::{Answered, acknowledge};
use super::{Ack, LedgerInner};
use crate::error::SubmitError;
use crate::intake::{PreparedSubmission, prepare_each};
use crate::sequencer::{PendingSubmission, QueueItem, SequencerAnswer, SequencerReply, SubmittedDocument};

/// When to try again after a full queue.
const RETRY_QUEUE_S: u64 = 1;
/// When to try again at another process.
const RETRY_STOPPED_S: u64 = 5;
/// A lone document up to this size is verified where its request is answered, which takes less than handing it to another thread and
/// back: 248 µs of processor time a receipt instead of 373, where each comes alone (docs/performance.md).
const VERIFIED_AT_ONCE_BYTES_MAX: usize = 8 << 10;

/// Submissions that were verified, in the order in which they are to be logged.
pub struct PreparedBatch(Vec<Result<PreparedSubmission, SubmitError>>);

struct QueuedSubmission {
    raw_digest: RawDigest,
    warnings: Vec<Warning>,
    reply: oneshot::Receiver<SequencerReply>,
}

pub(super) async fn append(
    inner: &Arc<LedgerInner>,
    submitter: &SubmitterName,
    prepared: PreparedBatch,
) -> Vec<Result<Ack, SubmitError>> {
    let waiting = enqueue_all(inner, submitter, prepared.0);
    let mut answered = Vec::with_capacity(waiting.len());
    for waiting in waiting {
        answered.push(match waiting {
            Ok(waiting) => wait(waiting).await,
            Err(error) => Err(error),
        });
    }
    // Everything that was answered is under the head that is published now.
    let published = Arc::new(inner.shared.published());
    let reader = inner.reader.clone();
    let acknowledge = move |answered: Result<Answered, SubmitError>| {
        answered.and_then(|answered| acknowledge(&reader, &published, answered))
    };
    if is_lone_new_entry(&answered) {
        return answered.into_iter().map(acknowledge).collect();
    }
    let acks = inner.workers.map(answered, acknowledge).await;
    acks.into_iter()
        .map(|ack| ack.unwrap_or(Err(SubmitError::Unknown)))
        .collect()
}

/// Whether one new entry is all that is to be acknowledged: its proof is made from hashes that are in memory, and a context or an order of
/// erasure takes a lookup more. An entry that the log had before is read from disk.
fn is_lone_new_entry(answered: &[Result<Answered, SubmitError>]) -> bool {
    matches!(
        answered,
        [Ok(Answered {
            answer: SequencerAnswer::Logged { .. },
            ..
        })]
    )
}

pub(super) async fn prepare_all(inner: &Arc<LedgerInner>, bodies: Vec<Vec<u8>>) -> PreparedBatch {
    let shared = Arc::clone(&inner.shared);
    let prepare = move |bodies: Vec<Vec<u8>>| prepare_each(&bodies, &shared.facts);
    let is_lone_and_small = matches!(bodies.as_slice(), [body] if body.len() <= VERIFIED_AT_ONCE_BYTES_MAX);
    let prepared = if is_lone_and_small {
        prepare(bodies).into_iter().map(Some).collect()
    } else {
        inner.workers.map_lists(bodies, prepare).await
    };
    let prepared = prepared.into_iter().map(|prepared| match prepared {
        Some(Ok(prepared)) => Ok(prepared),
        Some(Err(fault)) => Err(SubmitError::Refused {
            fault,
            refused_entry: None,
            known_index: None,
        }),
        None => Err(unavailable("verification failed", RETRY_STOPPED_S)),
    });
    PreparedBatch(prepared.collect())
}

/// Queues without waiting: a full queue is the submitter's to know of.
fn enqueue_all(
    inner: &LedgerInner,
    submitter: &SubmitterName,
    prepared: Vec<Result<PreparedSubmission, SubmitError>>,
) -> Vec<Result<QueuedSubmission, SubmitError>> {
    let queue = inner.sender();
    prepared
        .into_iter()
        .map(|prepared| enqueue(inner, queue.as_ref(), submitter, prepared?))
        .collect()
}

fn enqueue(
    inner: &LedgerInner,
    queue: Option<&mpsc::Sender<QueueItem>>,
    submitter: &SubmitterName,
    mut item: PreparedSubmission,
) -> Result<QueuedSubmission, SubmitError> {
    let stopping = || unavailable("the log is stopping", RETRY_STOPPED_S);
    let full = || unavailable("the queue is full", RETRY_QUEUE_S);
    let queue = queue.ok_or_else(stopping)?;
    let kib = u32::try_from(item.raw.len() / 1024)
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let room = Arc::clone(&inner.room)
        .try_acquire_many_owned(kib)
        .map_err(|_| full())?;
    let raw_digest = item.raw_digest;
    let warnings = std::mem::take(&mut item.warnings);
    let (sender, reply) = oneshot::channel();
    let submitter = submitter.clone();
    let pending = PendingSubmission {
        document: Box::new(SubmittedDocument { submitter, item }),
        room,
        reply: sender,
    };
    match queue.try_send(QueueItem::Submission(pending)) {
        Ok(()) => Ok(QueuedSubmission {
            raw_digest,
            warnings,
            reply,
        }),
        Err(mpsc::error::TrySendError::Full(_)) => Err(full()),
        Err(mpsc::error::TrySendError::Closed(_)) => Err(stopping()),
    }
}

async fn wait(waiting: QueuedSubmission) -> Result<Answered, SubmitError> {
    // A reply that was dropped says that the sequencer died while it held the submission.
    let reply = waiting.reply.await;
    let answer = reply.map_or(Err(SubmitError::Unknown), |reply| reply.answer)?;
    Ok(Answered {
        raw_digest: waiting.raw_digest,
        warnings: waiting.warnings,
        answer,
    })
}

pub(super) fn unavailable(reason: &'static str, retry_after_s: u64) -> SubmitError {
    SubmitError::Unavailable {
        reason,
        retry_after_s,
    }
}
