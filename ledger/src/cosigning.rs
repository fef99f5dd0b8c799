//! Which witnesses cosign this log, and how far they are.
//!
//! What is here is the state of one process: the cosignatures themselves are in the store, and under the published checkpoint.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use verifier::cosignature::{Cosignature, CosignerKey};
use verifier::index::{TimestampMs, TreeSize};
use verifier::note::NoteError;
use verifier::quorum::{PolicyWitness, QuorumPolicy};

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

/// What the log does while no checkpoint has a quorum that is recent enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuorumRule {
    /// It takes evidence as if it had no witnesses.
    FailOpen,
    /// It takes none once the newest quorum is older than this.
    FailClosed {
        /// The oldest that it may be.
        age_max: Duration,
    },
}

/// The newest quorum is too old for a log that fails closed. Its witnesses are at fault, or those who run them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}, and this log takes no entries beyond {} s", age_in_words(.age.as_ref()), .age_max.as_secs())]
pub struct QuorumTooOld {
    /// How old it is; `None` where there was none yet.
    pub age: Option<Duration>,
    /// How old it may be.
    pub age_max: Duration,
}

fn age_in_words(age: Option<&Duration>) -> String {
    match age {
        None => "no checkpoint was cosigned by enough witnesses yet".to_owned(),
        Some(age) => format!(
            "enough witnesses last cosigned a checkpoint {} s ago",
            age.as_secs()
        ),
    }
}

/// What one witness of the policy does, as the log sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessState {
    /// Its line in the policy: one key. A witness with two keys has two lines.
    pub witness: PolicyWitness,
    /// What that key cosigned last, as far as it is kept; `None` before the first.
    pub newest: Option<NewestCosignature>,
    /// The code of the error of the last request; `None` where that succeeded, and before the first.
    pub last_error: Option<&'static str>,
}

impl WitnessState {
    /// Entries of a log of a size that this key did not cosign yet.
    pub fn lag(&self, size: TreeSize) -> u64 {
        let cosigned = self.newest.map_or(0, |newest| newest.size.value());
        size.value().saturating_sub(cosigned)
    }
}

/// How far the cosignatures of one key reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewestCosignature {
    /// The largest size that it signed.
    pub size: TreeSize,
    /// The newest time of one, by the cosigner's clock, in seconds since the Unix epoch.
    pub time_s: u64,
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
    policy: QuorumPolicy,
    rule: QuorumRule,
    /// Held while cosignatures are kept, so that two of one head do not overwrite each other.
    pub(crate) newest: Mutex<NewestByKey>,
    quorum: watch::Sender<Option<QuorumHead>>,
    /// By the name in the keys.
    last_errors: Mutex<BTreeMap<String, &'static str>>,
}

/// What each key cosigned last.
#[derive(Debug, Default)]
pub(crate) struct NewestByKey(BTreeMap<(String, u32), NewestCosignature>);

impl NewestByKey {
    pub(crate) fn remember(&mut self, size: TreeSize, one: &Cosignature) {
        let time_s = one.time_s();
        let new = NewestCosignature { size, time_s };
        let newest = self.0.entry(name_and_id(one.cosigner())).or_insert(new);
        newest.size = newest.size.max(size);
        newest.time_s = newest.time_s.max(time_s);
    }

    fn of(&self, key: &CosignerKey) -> Option<NewestCosignature> {
        self.0.get(&name_and_id(key)).copied()
    }
}

fn name_and_id(key: &CosignerKey) -> (String, u32) {
    (key.name().to_owned(), key.id())
}

impl Cosigning {
    pub(crate) fn new(policy: QuorumPolicy, rule: QuorumRule) -> Self {
        Self {
            policy,
            rule,
            newest: Mutex::default(),
            quorum: watch::Sender::new(None),
            last_errors: Mutex::default(),
        }
    }

    /// Whose cosignatures are enough.
    pub fn policy(&self) -> &QuorumPolicy {
        &self.policy
    }

    /// How long ago a quorum was last seen to be complete; `None` before the first.
    pub fn quorum_age(&self, now: TimestampMs) -> Option<Duration> {
        let quorum = self.quorum()?;
        Some(Duration::from_millis(
            now.value().saturating_sub(quorum.at.value()),
        ))
    }

    /// Whether the log may take evidence at a time, as far as its witnesses are concerned.
    ///
    /// # Errors
    /// [`QuorumTooOld`] where it fails closed.
    pub fn check_quorum_age(&self, now: TimestampMs) -> Result<(), QuorumTooOld> {
        let QuorumRule::FailClosed { age_max } = self.rule else {
            return Ok(());
        };
        match self.quorum_age(now) {
            Some(age) if age <= age_max => Ok(()),
            age => Err(QuorumTooOld { age, age_max }),
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
        held(&self.newest).of(key).map_or(0, |newest| newest.time_s)
    }

    /// What each witness did last, in the order of the policy.
    pub fn witnesses(&self) -> Vec<WitnessState> {
        let (newest, last_errors) = (held(&self.newest), held(&self.last_errors));
        let state = |witness: &PolicyWitness| WitnessState {
            witness: witness.clone(),
            newest: newest.of(&witness.key),
            last_error: last_errors.get(witness.key.name()).copied(),
        };
        self.policy.witnesses().iter().map(state).collect()
    }

    /// Says how the last request to a witness ended, by the name in its keys: with the code of an error, or well.
    pub fn report(&self, name: &str, error: Option<&'static str>) {
        let mut last_errors = held(&self.last_errors);
        match error {
            Some(code) => {
                last_errors.insert(name.to_owned(), code);
            }
            None => {
                last_errors.remove(name);
            }
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
