//! Submissions that are decided in one go: what the log has of them is looked up together.

use tokio::sync::mpsc;
use verifier::index::LeafIndex;

use super::state::{
    PendingSubmission, QueueItem, RETRY_STORAGE_S, ReplySender, SequencerAnswer, SequencerReply,
    SubmittedDocument, next_submission, unavailable,
};
use crate::error::{ReadError, SubmitError};
use crate::intake::{BatchDecider, FirstEntries, IntakeDecision, Undecided};

/// Submissions that are looked up together: enough to share the cost of a lookup, few enough that a batch is closed at its age.
const GROUP_SUBMISSIONS_MAX: usize = 128;

/// A waiter and what was decided for it.
pub(super) struct DecidedSubmission {
    pub(super) decision: Result<IntakeDecision, SubmitError>,
    pub(super) spent: Box<SubmittedDocument>,
    pub(super) reply: ReplySender,
}

impl DecidedSubmission {
    /// Whether the decision speaks of an entry at or past `first`.
    pub(super) fn depends_on(&self, first: LeafIndex) -> bool {
        match &self.decision {
            Ok(decision) => decision.depends_on(first),
            Err(SubmitError::Frozen(frozen)) => frozen.index >= first,
            Err(_) => false,
        }
    }

    /// Tells the waiter what came of the decision. One that went away does not undo its submission.
    pub(super) fn answer(
        self,
        settle: impl FnOnce(Result<IntakeDecision, SubmitError>) -> Result<SequencerAnswer, SubmitError>,
    ) {
        let answer = settle(self.decision);
        let _ = self.reply.send(SequencerReply::new(answer, Some(self.spent)));
    }
}

/// What a batch has room for.
#[derive(Clone, Copy)]
pub(super) struct BatchRoom {
    pub(super) entries: usize,
    /// Of entries and evidence.
    pub(super) bytes: usize,
}

impl BatchRoom {
    /// A submission, and those that wait behind it as far as there is room, of whose evidence the last one may go beyond it.
    pub(super) fn take(
        self,
        first: PendingSubmission,
        queue: &mut mpsc::Receiver<QueueItem>,
    ) -> Vec<PendingSubmission> {
        let mut bytes = first.document.item.raw.len();
        let mut group = vec![first];
        while group.len() < self.entries.min(GROUP_SUBMISSIONS_MAX) && bytes < self.bytes {
            let Some(next) = next_submission(queue) else {
                break;
            };
            bytes = bytes.saturating_add(next.document.item.raw.len());
            group.push(next);
        }
        group
    }
}

/// Decides a group, in its order.
pub(super) fn decide_group(
    decider: &mut BatchDecider<'_>,
    group: Vec<PendingSubmission>,
    all: &mut Vec<DecidedSubmission>,
) {
    let items = group.iter().map(|pending| &pending.document.item);
    let firsts = FirstEntries::of(&decider.shared.rows, decider.batch.first, items);
    let is_known = firsts.map(|firsts| decider.firsts = firsts);
    for PendingSubmission {
        mut document,
        room,
        reply,
    } in group
    {
        let SubmittedDocument { submitter, item } = document.as_mut();
        let decision = match &is_known {
            Ok(()) => match decider.decide(submitter, item) {
                Ok(decision) => Ok(decision),
                Err(Undecided::QuorumTooOld(error)) => Err(error.into()),
                Err(Undecided::Frozen(error)) => Err(error.into()),
                Err(Undecided::Read(error)) => Err(unreadable(&error)),
            },
            Err(error) => Err(unreadable(error)),
        };
        // What is left of it counts to the batch now.
        drop(room);
        all.push(DecidedSubmission {
            decision,
            spent: document,
            reply,
        });
    }
}

fn unreadable(error: &ReadError) -> SubmitError {
    tracing::error!(%error, "a submission could not be decided");
    unavailable("storage cannot be read", RETRY_STORAGE_S)
}
