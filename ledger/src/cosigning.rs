//! Which witnesses cosign this log, and how far they are.
//!
//! What is here is the state of one process: the cosignatures themselves are in the store, and under the published checkpoint.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    /// The latest time, in milliseconds since the Unix epoch, such that the cosignatures that came then or later are enough. Of those
    /// that were kept before this process was started, the time in the cosignature counts.
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

/// What enough witnesses have signed is too old for a log that fails closed. Its witnesses are at fault, or those who run them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", too_old_in_words(.age.as_ref(), .age_max))]
pub struct QuorumTooOld {
    /// How old it is: since the newest quorum was complete, or since the first entry that it does not cover was logged, whichever is longer.
    /// `None` where there was no quorum since the start.
    pub age: Option<Duration>,
    /// How old it may be.
    pub age_max: Duration,
}

fn too_old_in_words(age: Option<&Duration>, age_max: &Duration) -> String {
    match age {
        None => "enough witnesses have not signed a checkpoint since this server was started".to_owned(),
        Some(age) => format!(
            "what enough witnesses have signed is {} s old, and at most {} s are allowed",
            age.as_secs(),
            age_max.as_secs()
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
    /// Whether a request to it has ended since the start.
    pub is_asked: bool,
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
    /// Held while cosignatures are kept, so that two of one head do not overwrite each other. Nobody who only asks waits for it.
    pub(crate) keeping: Mutex<()>,
    seen: Mutex<SeenSignatures>,
    quorum: watch::Sender<Option<QuorumHead>>,
}

/// Heads of which it is remembered when their cosignatures came; of older ones the time in the cosignature counts.
const HEADS_MAX: usize = 64;

/// A key, by its name and id.
type KeyName = (String, u32);

/// What was seen of the witnesses. Held for moments only.
#[derive(Debug, Default)]
struct SeenSignatures {
    newest: BTreeMap<KeyName, NewestCosignature>,
    /// How the last request to a witness ended, by the name in its keys.
    outcomes: BTreeMap<String, Option<&'static str>>,
    /// When the newest cosignature of each key came, of the largest heads.
    came: BTreeMap<TreeSize, BTreeMap<KeyName, TimestampMs>>,
    /// The newest checkpoint that has a quorum, as a note.
    witnessed: Option<Arc<str>>,
    /// Whether a quorum was complete since the start.
    is_confirmed: bool,
    /// When the first entry that the newest quorum does not cover was logged.
    uncovered_since: Option<TimestampMs>,
}

/// A head, and who has cosigned it.
pub(crate) struct CosignedHead<'a> {
    pub(crate) size: TreeSize,
    /// `logged_at` of its last entry.
    pub(crate) time: TimestampMs,
    /// The checkpoint with the lines.
    pub(crate) note: &'a str,
    /// Its cosignatures that hold, by the witnesses of the policy.
    pub(crate) cosignatures: &'a [Cosignature],
}

fn name_and_id(key: &CosignerKey) -> (String, u32) {
    (key.name().to_owned(), key.id())
}

impl Cosigning {
    pub(crate) fn new(policy: QuorumPolicy, rule: QuorumRule) -> Self {
        Self {
            policy,
            rule,
            keeping: Mutex::default(),
            seen: Mutex::default(),
            quorum: watch::Sender::new(None),
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
        let age = self.age_for_rule(now);
        match age {
            Some(age) if age <= age_max => Ok(()),
            age => Err(QuorumTooOld { age, age_max }),
        }
    }

    fn age_for_rule(&self, now: TimestampMs) -> Option<Duration> {
        let seen = held(&self.seen);
        let since = seen.uncovered_since.unwrap_or(now);
        let confirmed = seen.is_confirmed.then_some(());
        drop(seen);
        confirmed?;
        let uncovered = Duration::from_millis(now.value().saturating_sub(since.value()));
        Some(self.quorum_age(now)?.max(uncovered))
    }

    /// The newest checkpoint that has a quorum, with the cosignatures that are kept of it.
    pub fn witnessed_checkpoint(&self) -> Option<Arc<str>> {
        held(&self.seen).witnessed.clone()
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
        let newest = held(&self.seen).newest.get(&name_and_id(key)).copied();
        newest.map_or(0, |newest| newest.time_s)
    }

    /// What each witness did last, in the order of the policy.
    pub fn witnesses(&self) -> Vec<WitnessState> {
        let seen = held(&self.seen);
        let state = |witness: &PolicyWitness| {
            let outcome = seen.outcomes.get(witness.key.name());
            WitnessState {
                witness: witness.clone(),
                newest: seen.newest.get(&name_and_id(&witness.key)).copied(),
                is_asked: outcome.is_some(),
                last_error: outcome.copied().flatten(),
            }
        };
        self.policy.witnesses().iter().map(state).collect()
    }

    /// Says how the last request to a witness ended, by the name in its keys: with the code of an error, or well.
    pub fn report(&self, name: &str, error: Option<&'static str>) {
        held(&self.seen).outcomes.insert(name.to_owned(), error);
    }

    /// Takes cosignatures that came now. The size of the published head is asked for when nothing else may change what is seen.
    pub(crate) fn take_new(
        &self,
        head: &CosignedHead<'_>,
        new: &[Cosignature],
        now: TimestampMs,
        published: impl FnOnce() -> TreeSize,
    ) {
        let mut seen = held(&self.seen);
        let came = seen.came.entry(head.size).or_default();
        for one in new {
            came.insert(name_and_id(one.cosigner()), now);
        }
        if seen.came.len() > HEADS_MAX {
            seen.came.pop_first();
        }
        Self::take(&mut seen, head);
        if self.reach(&mut seen, head, now) {
            seen.is_confirmed = true;
            let uncovered = seen.uncovered_since.unwrap_or(head.time).max(head.time);
            seen.uncovered_since = (published() > head.size).then_some(uncovered);
        }
    }

    /// Takes cosignatures that were kept before the start. They open no log that fails closed: the store may have been set back since.
    pub(crate) fn take_kept(&self, head: &CosignedHead<'_>, now: TimestampMs) {
        let mut seen = held(&self.seen);
        Self::take(&mut seen, head);
        self.reach(&mut seen, head, now);
    }

    /// Whether each key of the policy is known to have cosigned something.
    pub(crate) fn has_met_all(&self) -> bool {
        let seen = held(&self.seen);
        let mut witnesses = self.policy.witnesses().iter();
        witnesses.all(|witness| seen.newest.contains_key(&name_and_id(&witness.key)))
    }

    /// A larger head is published. The time of its last entry stands for that of the first one that no quorum covers.
    pub(crate) fn take_published(&self, size: TreeSize, time: TimestampMs) {
        let mut seen = held(&self.seen);
        if self.quorum().is_some_and(|quorum| quorum.size < size) {
            seen.uncovered_since.get_or_insert(time);
        }
    }

    fn take(seen: &mut SeenSignatures, head: &CosignedHead<'_>) {
        for one in head.cosignatures {
            let new = NewestCosignature {
                size: head.size,
                time_s: one.time_s(),
            };
            let newest = seen.newest.entry(name_and_id(one.cosigner())).or_insert(new);
            newest.size = newest.size.max(new.size);
            newest.time_s = newest.time_s.max(new.time_s);
        }
    }

    /// Whether a head has a quorum that is the newest one, with the time since which all of it is there.
    fn reach(&self, seen: &mut SeenSignatures, head: &CosignedHead<'_>, now: TimestampMs) -> bool {
        let came = seen.came.get(&head.size);
        let at = |key: &CosignerKey| {
            let one = head.cosignatures.iter().find(|one| one.cosigner() == key)?;
            let of_cosigner = TimestampMs::new(one.time_s().saturating_mul(1_000)).min(now);
            let came = came.and_then(|came| came.get(&name_and_id(key)));
            Some(came.copied().unwrap_or(of_cosigner))
        };
        let Some(at) = self.complete_since(at) else {
            return false;
        };
        let size = head.size;
        let is_newest = self.quorum.send_if_modified(|newest| {
            let is_newer = newest.is_none_or(|newest| newest.size <= size);
            if is_newer {
                *newest = Some(QuorumHead { size, at });
            }
            is_newer
        });
        if is_newest {
            seen.witnessed = Some(Arc::from(head.note));
        }
        is_newest
    }

    /// The latest time since which there is a quorum of cosignatures that came then or later: one witness that signs again does not
    /// renew what others have not.
    fn complete_since(&self, at: impl Fn(&CosignerKey) -> Option<TimestampMs>) -> Option<TimestampMs> {
        let witnesses = self.policy.witnesses().iter();
        let mut times: Vec<TimestampMs> = witnesses.filter_map(|witness| at(&witness.key)).collect();
        times.sort_unstable_by(|one, other| other.cmp(one));
        let is_enough = |time: &TimestampMs| {
            self.policy
                .is_satisfied(|key| at(key).is_some_and(|at| at >= *time))
        };
        times.into_iter().find(is_enough)
    }
}

/// A poisoned lock only says that another thread panicked: each state here is whole at any time.
pub(crate) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
