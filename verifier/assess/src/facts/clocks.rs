//! When entries were logged, where the log's clock was wrong and the operator said so.

use evidence::payload::ClockConfirmation;
use tlog::index::{LeafIndex, TimestampMs};

/// The confirmations of the clock (`log.clock`) that count, in log order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clocks(Vec<ClockReading>);

#[derive(Clone, Copy, Debug)]
struct ClockReading {
    index: LeafIndex,
    /// The time at which the log stands.
    logged_at: TimestampMs,
    /// The time that it was.
    clock: TimestampMs,
    /// The least of this time and all that were confirmed later.
    least: TimestampMs,
}

impl Clocks {
    /// Enters a confirmation. It is for one position of the log; a copy at another says nothing.
    pub(super) fn confirm(&mut self, index: LeafIndex, logged_at: TimestampMs, word: &ClockConfirmation) {
        if word.tree_size.value() == index.value() {
            let clock = word.clock.at();
            self.0.push(ClockReading {
                index,
                logged_at,
                clock,
                least: clock,
            });
        }
    }

    /// To be called once all are entered.
    pub(super) fn settle(&mut self) {
        let mut least = TimestampMs::new(u64::MAX);
        for confirmed in self.0.iter_mut().rev() {
            least = least.min(confirmed.clock);
            confirmed.least = least;
        }
    }

    /// The earliest time at which an entry can have been logged. That is its `logged_at`, except that an entry was logged
    /// no later than a confirmation that follows it, and that while the log stands at a time ahead of the clock, only the
    /// confirmation before it says how early it can have been (`schemas/assessment.md`, "Confirmed clocks").
    ///
    /// It never falls from one entry to the next.
    pub(crate) fn logged_from(&self, index: LeafIndex, logged_at: TimestampMs) -> TimestampMs {
        let before = self.0.partition_point(|confirmed| confirmed.index < index);
        let newest = before.checked_sub(1).and_then(|last| self.0.get(last));
        let since = newest.filter(|newest| newest.logged_at == logged_at);
        let next = self.0.get(before);
        [since.map(|since| since.clock), next.map(|next| next.least)]
            .into_iter()
            .flatten()
            .fold(logged_at, TimestampMs::min)
    }

    /// Positions of the confirmations.
    pub(crate) fn entries(&self) -> impl ExactSizeIterator<Item = LeafIndex> {
        self.0.iter().map(|confirmed| confirmed.index)
    }
}
