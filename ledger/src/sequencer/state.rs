//! What travels between submitters and the sequencer.

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use verifier::context::SubmitterName;
use verifier::index::LeafIndex;

use crate::error::SubmitError;
use crate::intake::{EntryDraft, IntakeDecision, PreparedSubmission};

/// When to try again after a failed write or read.
pub(super) const RETRY_STORAGE_S: u64 = 5;
/// Where an outcome goes. Dropped unanswered only if the sequencer died: the outcome is then unknown.
pub(crate) type ReplySender = oneshot::Sender<SequencerReply>;

/// What a waiter gets.
pub(crate) struct SequencerReply {
    pub(crate) answer: Result<SequencerAnswer, SubmitError>,
    /// What is left of its submission. It is given back because the sequencer, which is alone, would need a tenth of its time to free what
    /// many workers allocated.
    _spent: Option<Box<SubmittedDocument>>,
}

impl SequencerReply {
    pub(crate) fn new(
        answer: Result<SequencerAnswer, SubmitError>,
        spent: Option<Box<SubmittedDocument>>,
    ) -> Self {
        Self {
            answer,
            _spent: spent,
        }
    }
}

/// What wakes the sequencer.
pub(crate) enum QueueItem {
    /// A submission.
    Submission(PendingSubmission),
    /// A list of runs waits in its slot.
    Proposal,
}

/// What is decided.
pub(crate) struct SubmittedDocument {
    pub(crate) submitter: SubmitterName,
    pub(crate) item: PreparedSubmission,
}

/// A submission that waits.
pub(crate) struct PendingSubmission {
    pub(crate) document: Box<SubmittedDocument>,
    /// Its share of the queue's bytes, given back when it leaves the queue.
    pub(crate) room: OwnedSemaphorePermit,
    /// Answered once the outcome is durable and published.
    pub(crate) reply: ReplySender,
}

/// An entry that is published.
#[derive(Debug)]
pub(crate) enum SequencerAnswer {
    /// A new entry; what a receipt needs of it, so that it need not be read again.
    Logged {
        index: LeafIndex,
        entry: Vec<u8>,
        variant: bool,
        conflicts: Vec<LeafIndex>,
    },
    /// An entry of this or an earlier batch.
    Known {
        index: LeafIndex,
        variant: bool,
        erased: Option<LeafIndex>,
    },
}

impl SequencerAnswer {
    /// What the waiter of a decision is told after its batch was published. `draft` is the decision's
    /// own, where it made one.
    pub(crate) fn of(decision: IntakeDecision, draft: Option<&EntryDraft>) -> Result<Self, SubmitError> {
        match decision {
            IntakeDecision::Logged {
                index,
                variant,
                conflicts,
            } => match draft {
                Some(draft) => Ok(Self::Logged {
                    index,
                    entry: draft.bytes.clone(),
                    variant,
                    conflicts,
                }),
                None => Ok(Self::Known {
                    index,
                    variant,
                    erased: None,
                }),
            },
            IntakeDecision::Known {
                index,
                variant,
                erased,
            } => Ok(Self::Known {
                index,
                variant,
                erased,
            }),
            IntakeDecision::Refused {
                fault,
                refused_entry,
                known_index,
            } => Err(SubmitError::Refused {
                fault,
                refused_entry,
                known_index,
            }),
        }
    }
}

/// Why the sequencer stops other than by being asked to: the process MUST exit.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct FatalStop(pub(crate) String);

/// Where the sequencer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It takes submissions.
    Running,
    /// It finished what was queued.
    Done,
    /// It stopped for this reason.
    Failed(String),
}

/// Reports the end of the sequencer whatever way it ends: a panic is a broken invariant.
pub(crate) struct ProgressGuard(pub(crate) watch::Sender<Progress>);

impl ProgressGuard {
    pub(crate) fn end(&self, progress: Progress) {
        self.0.send_replace(progress);
    }
}

impl Drop for ProgressGuard {
    fn drop(&mut self) {
        self.0.send_if_modified(|progress| {
            let panicked = *progress == Progress::Running;
            if panicked {
                *progress = Progress::Failed("the sequencer panicked".to_owned());
            }
            panicked
        });
    }
}

/// The next submission that waits. A list of runs is looked for in its slot, whatever the queue says.
pub(super) fn next_submission(queue: &mut mpsc::Receiver<QueueItem>) -> Option<PendingSubmission> {
    loop {
        match queue.try_recv().ok()? {
            QueueItem::Submission(pending) => return Some(pending),
            QueueItem::Proposal => {}
        }
    }
}

pub(super) fn unavailable(reason: &'static str, retry_after_s: u64) -> SubmitError {
    SubmitError::Unavailable {
        reason,
        retry_after_s,
    }
}
