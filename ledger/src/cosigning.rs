//! Which witnesses cosign this log, and how far they are.
//!
//! What is here is the state of one process: the cosignatures themselves are in the store, and under the published checkpoint.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use verifier::cosignature::CosignerKey;
use verifier::index::{TimestampMs, TreeSize};
use verifier::note::NoteError;
use verifier::quorum::QuorumPolicy;

use crate::error::ReadError;

/// The newest head whose cosignatures are enough for the policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QuorumHead {
    /// Its size.
    pub size: TreeSize,
    /// When its quorum was last seen to be complete here, in milliseconds since the Unix epoch. Of one that was kept before
    /// this process was started, the time of its newest cosignature.
    pub at: TimestampMs,
}

/// What one witness does, as the log sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessState {
    /// The name in its key.
    pub name: String,
    /// The size that it cosigned last; 0 before the first since the start.
    pub cosigned_to: TreeSize,
    /// The code of the error of its last request; `None` where that succeeded.
    pub last_error: Option<&'static str>,
}

/// Why cosignatures were not kept.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum KeepError {
    /// No policy says who cosigns: the caller's fault.
    #[error("this log has no witnesses")]
    NotCosigned,
    /// They are of another checkpoint, or by a key that is not in the policy: the caller's fault.
    #[error(
        "a cosignature by {cosigner} is not of the head of size {size}, or not by a witness of the policy"
    )]
    Foreign {
        /// The name in its key.
        cosigner: String,
        /// The size of the head.
        size: TreeSize,
    },
    /// With them the checkpoint would be no note that readers take.
    #[error("the checkpoint with its cosignatures would not be readable: {0}")]
    Note(#[from] NoteError),
    /// The store failed.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The witnesses of a log and what is known of them.
#[derive(Debug)]
pub struct Cosigning {
    pub(crate) policy: QuorumPolicy,
    /// Held while cosignatures are kept, so that two of one head do not overwrite each other.
    pub(crate) newest_times: Mutex<NewestTimes>,
    quorum: watch::Sender<Option<QuorumHead>>,
    witnesses: Mutex<Vec<WitnessState>>,
}

/// The time of the newest cosignature by name and key id, in seconds since the Unix epoch.
pub(crate) type NewestTimes = BTreeMap<(String, u32), u64>;

impl Cosigning {
    pub(crate) fn new(policy: QuorumPolicy) -> Self {
        Self {
            policy,
            newest_times: Mutex::default(),
            quorum: watch::Sender::new(None),
            witnesses: Mutex::default(),
        }
    }

    /// The newest head that has a quorum; `None` before the first.
    pub fn quorum(&self) -> Option<QuorumHead> {
        *self.quorum.borrow()
    }

    /// Follows it. Its size never goes back.
    pub fn watch_quorum(&self) -> watch::Receiver<Option<QuorumHead>> {
        self.quorum.subscribe()
    }

    /// The time of the newest cosignature by a key that is kept, in seconds since the Unix epoch; 0 before the first.
    pub fn newest_time_s(&self, key: &CosignerKey) -> u64 {
        let times = held(&self.newest_times);
        times
            .get(&(key.name().to_owned(), key.id()))
            .copied()
            .unwrap_or(0)
    }

    /// What each witness did last, in the order in which they were first heard of.
    pub fn witnesses(&self) -> Vec<WitnessState> {
        held(&self.witnesses).clone()
    }

    /// Says what a witness did last, in place of what was said of it before.
    pub fn report(&self, state: WitnessState) {
        let mut witnesses = held(&self.witnesses);
        match witnesses.iter_mut().find(|known| known.name == state.name) {
            Some(known) => *known = state,
            None => witnesses.push(state),
        }
    }

    /// A head was seen to have a quorum. One that is smaller than the newest changes nothing.
    pub(crate) fn reach(&self, head: QuorumHead) {
        self.quorum.send_if_modified(|newest| {
            let is_newer = newest.is_none_or(|newest| newest.size <= head.size);
            if is_newer {
                *newest = Some(head);
            }
            is_newer
        });
    }
}

/// A poisoned lock only says that another thread panicked: each state here is whole at any time.
pub(crate) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
