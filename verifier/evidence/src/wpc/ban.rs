//! From where on a policy must not be used: withdrawals and freezes, at a position of the log and a time (normative:
//! `docs/policies.md`, "Withdrawn and frozen").
//!
//! Assessment, preflight and pages ask these functions. Which statements count (their signer was entitled to them), and
//! which versions of a policy are older, the caller finds out.

use crate::payload::{PolicyFrozen, PolicyWithdrawn, Timestamp};
use tlog::index::{LeafIndex, TimestampMs};

/// A statement in the log that keeps a policy from being used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ban {
    /// The position of the statement in the log.
    pub index: LeafIndex,
    /// From when on it holds, in milliseconds since the epoch: never before it was logged.
    pub from: TimestampMs,
}

impl Ban {
    /// A withdrawal holds from the time that it names on, but not before it was logged.
    pub fn of_withdrawal(index: LeafIndex, logged_at: TimestampMs, said: &PolicyWithdrawn) -> Self {
        Self {
            index,
            from: logged_at.max(said.withdrawn_at.at()),
        }
    }
}

/// The withdrawals of one policy, in log order: at each position, of this and all before it the one that holds first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Withdrawals {
    indices: Vec<LeafIndex>,
    first: Vec<Ban>,
}

impl Withdrawals {
    /// Adds a withdrawal that comes after all others.
    pub fn push(&mut self, ban: Ban) {
        let earlier = self.first.last().copied();
        let first = earlier.filter(|earlier| earlier.from <= ban.from).unwrap_or(ban);
        self.indices.push(ban.index);
        self.first.push(first);
    }

    /// The withdrawal that holds at `at`, of those before `position`; of several the one that held first.
    pub fn in_force(&self, position: LeafIndex, at: TimestampMs) -> Option<Ban> {
        let before = self.indices.partition_point(|index| *index < position);
        let first = self.first.get(before.checked_sub(1)?)?;
        (first.from <= at).then_some(*first)
    }
}

/// When a freeze ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FreezeEnd {
    /// At this time, which still belongs to it.
    At(TimestampMs),
    /// Never by itself.
    Never,
}

impl FreezeEnd {
    /// As the statement says.
    pub fn of(said: &PolicyFrozen) -> Self {
        said.until
            .as_ref()
            .map(Timestamp::at)
            .map_or(Self::Never, Self::At)
    }

    /// Whether the freeze lasts at a time.
    pub fn lasts_at(self, at: TimestampMs) -> bool {
        self >= Self::At(at)
    }
}

/// The freezes of a policy's older versions, in log order, and at each position the latest end of this and all before
/// it. A freeze holds from its logging on, so that of two the earlier one holds first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Freezes {
    all: Vec<Ban>,
    ends: Vec<FreezeEnd>,
}

impl Freezes {
    /// Adds a freeze that was logged at `logged_at` and comes after all others.
    pub fn push(&mut self, index: LeafIndex, logged_at: TimestampMs, end: FreezeEnd) {
        let latest = self.ends.last().copied().map_or(end, |latest| latest.max(end));
        self.all.push(Ban {
            index,
            from: logged_at,
        });
        self.ends.push(latest);
    }

    /// The first freeze before `position` whose end `lasts` long enough.
    pub fn first(&self, position: LeafIndex, lasts: impl Fn(FreezeEnd) -> bool) -> Option<Ban> {
        let at = self.ends.partition_point(|end| !lasts(*end));
        self.all.get(at).copied().filter(|ban| ban.index < position)
    }

    /// The first freeze before `position` that has not ended at `at`. When it was logged is not looked at: it stands before
    /// `position`, and so it holds there, even for what says that it was done before.
    pub fn in_force(&self, position: LeafIndex, at: TimestampMs) -> Option<Ban> {
        self.first(position, |end| end.lasts_at(at))
    }
}
