//! A list of runs on its way from the indexer to the sequencer, which alone appends.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use verifier::index::LeafIndex;
use verifier::runs::RunList;

/// A list that is to be named by the next batch.
pub(crate) struct RunListProposal {
    pub(crate) list: RunList,
    /// Answered with the index of the index.root once it is published; dropped where it was not written.
    pub(crate) reply: oneshot::Sender<LeafIndex>,
}

/// How far the indexer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum IndexerStage {
    /// It has not proposed yet what was uncovered at the start.
    #[default]
    Starting,
    /// It proposes in time.
    Running,
    /// It proposes nothing any more.
    Gone,
}

/// The place of the one proposal that waits.
#[derive(Clone, Default)]
pub(crate) struct ProposalSlot(Arc<SharedSlot>);

#[derive(Default)]
struct SharedSlot {
    state: Mutex<SlotState>,
    changed: Condvar,
}

#[derive(Default)]
struct SlotState {
    waiting: Option<RunListProposal>,
    is_closed: bool,
    stage: IndexerStage,
}

impl ProposalSlot {
    /// Takes the waiting proposal.
    pub(crate) fn take(&self) -> Option<RunListProposal> {
        self.lock().waiting.take()
    }

    /// Waits for a proposal while the indexer is in a stage; whether one is there.
    pub(crate) fn wait_in(&self, stage: IndexerStage) -> bool {
        let is_awaited = |slot: &mut SlotState| slot.waiting.is_none() && slot.stage == stage;
        let slot = self.0.changed.wait_while(self.lock(), is_awaited);
        slot.unwrap_or_else(PoisonError::into_inner).waiting.is_some()
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
            self.0.changed.notify_all();
        }
    }

    fn enter(&self, stage: IndexerStage) {
        self.lock().stage = stage;
        self.0.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, SlotState> {
        // A poisoned lock only says that another thread panicked; the slot is whole at any time.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The indexer's way to the sequencer. It does not keep the sequencer running.
pub(crate) struct Proposer {
    pub(crate) slot: ProposalSlot,
    /// Has the sequencer look at the slot soon, where it waits for submissions. Everywhere else it looks by itself.
    pub(crate) wake: Box<dyn Fn() + Send>,
}

impl Proposer {
    /// Has a list named, and waits. `None` where it was not, since a write failed, the clock is in doubt, or the log is closing: it
    /// may be proposed again.
    pub(crate) fn propose(&self, list: RunList) -> Option<LeafIndex> {
        let (reply, answer) = oneshot::channel();
        self.slot.put(RunListProposal { list, reply });
        (self.wake)();
        answer.blocking_recv().ok()
    }

    /// Lets the sequencer go on that waits for what was uncovered at the start.
    pub(crate) fn started(&self) {
        self.slot.enter(IndexerStage::Running);
    }
}

impl Drop for Proposer {
    /// However the indexer ended, nobody may wait for it.
    fn drop(&mut self) {
        self.slot.enter(IndexerStage::Gone);
    }
}
