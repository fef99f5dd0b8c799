//! A list of runs on its way from the indexer to the sequencer, which alone appends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};
use verifier::index::LeafIndex;
use verifier::runs::RunList;

use crate::sequencer::QueueItem;

/// A list that is to be named by the next batch.
pub(crate) struct RunListProposal {
    pub(crate) list: RunList,
    /// Answered with the index of the index.root once it is published; dropped where it was not written.
    pub(crate) reply: oneshot::Sender<LeafIndex>,
}

/// The place of the one proposal that waits.
#[derive(Clone, Default)]
pub(crate) struct ProposalSlot(Arc<Mutex<SlotState>>);

#[derive(Default)]
struct SlotState {
    waiting: Option<RunListProposal>,
    is_closed: bool,
}

impl ProposalSlot {
    /// Takes the waiting proposal.
    pub(crate) fn take(&self) -> Option<RunListProposal> {
        self.lock().waiting.take()
    }

    /// Drops the waiting proposal and every later one: nobody takes them any more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.waiting = None;
        state.is_closed = true;
    }

    fn put(&self, proposal: RunListProposal) {
        let mut state = self.lock();
        if !state.is_closed {
            state.waiting = Some(proposal);
        }
    }

    fn lock(&self) -> MutexGuard<'_, SlotState> {
        // A poisoned lock only says that another thread panicked; the slot is whole at any time.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The indexer's way to the sequencer. It does not keep the sequencer running.
pub(crate) struct Proposer {
    pub(crate) slot: ProposalSlot,
    pub(crate) queue: mpsc::WeakSender<QueueItem>,
}

impl Proposer {
    /// Has a list named, and waits. `None` where it was not, since a write failed, the clock is in doubt, or the log is closing: it
    /// may be proposed again.
    pub(crate) fn propose(&self, list: RunList) -> Option<LeafIndex> {
        let queue = self.queue.upgrade()?;
        let (reply, answer) = oneshot::channel();
        self.slot.put(RunListProposal { list, reply });
        // Where the queue is full the sequencer is busy, and looks at the slot after each batch.
        let _ = queue.try_send(QueueItem::Proposal);
        drop(queue);
        answer.blocking_recv().ok()
    }
}
