//! How far the index falls behind (`schemas/index.md` §3, rule 3).

use std::collections::VecDeque;

use crate::index::{LeafIndex, TimestampMs, TreeSize};

/// Nothing but an index.root is sequenced later than this after the oldest entry that is not covered.
const LAG_MS_MAX: u64 = 1_000;
/// Most times of entries that are not covered. A log without breaches has 1,001 at most.
const TIMES_MAX: usize = 4_096;

/// The entries that came too late behind one that was not covered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct LagBreaches {
    pub(super) count: u64,
    pub(super) first: Option<LeafIndex>,
    pub(super) longest_ms: u64,
}

/// Entries with one time.
#[derive(Clone, Copy, Debug)]
struct EntriesAt {
    logged_at: TimestampMs,
    last: LeafIndex,
}

/// Watches the times of entries that are not covered.
#[derive(Debug, Default)]
pub(super) struct IndexLag {
    /// Whether the log has an index; the rule holds from there on.
    holds: bool,
    /// The entries that are not covered, without index.root, oldest first.
    uncovered: VecDeque<EntriesAt>,
    breaches: LagBreaches,
}

impl IndexLag {
    /// Goes on with the entries that an earlier replay left uncovered; `None` where the log had no index.
    pub(super) fn resume(kept: Option<&[(u64, u64)]>) -> Self {
        let times = kept
            .unwrap_or_default()
            .iter()
            .map(|(logged_at, last)| EntriesAt {
                logged_at: TimestampMs::new(*logged_at),
                last: LeafIndex::new(*last),
            });
        Self {
            holds: kept.is_some(),
            uncovered: times.collect(),
            breaches: LagBreaches::default(),
        }
    }

    /// What [`resume`](Self::resume) takes.
    pub(super) fn keep(&self) -> Option<Vec<(u64, u64)>> {
        let times = self.uncovered.iter();
        let times = times.map(|entries| (entries.logged_at.value(), entries.last.value()));
        self.holds.then(|| times.collect())
    }

    /// The oldest entries that are not covered: the last one of them, and their time in milliseconds.
    pub(super) fn oldest(&self) -> Option<(LeafIndex, u64)> {
        let oldest = self.uncovered.front()?;
        Some((oldest.last, oldest.logged_at.value()))
    }

    /// What was found since the log has an index.
    pub(super) fn breaches(&self) -> Option<LagBreaches> {
        self.holds.then_some(self.breaches)
    }

    /// Takes an index.root with a list of runs. Only entries behind the first one count: an older log may have had much to cover with it.
    pub(super) fn take_index_root(&mut self, covered: TreeSize) {
        // Their times ascend with their indices.
        let first = self
            .uncovered
            .partition_point(|entries| covered.contains(entries.last));
        self.uncovered.drain(..first);
        self.holds = true;
    }

    /// Takes any other entry.
    pub(super) fn take_entry(&mut self, index: LeafIndex, logged_at: TimestampMs) {
        if !self.holds {
            return;
        }
        match self.uncovered.back_mut() {
            Some(newest) if newest.logged_at == logged_at => newest.last = index,
            _ => self.push(EntriesAt {
                logged_at,
                last: index,
            }),
        }
        let oldest = self
            .uncovered
            .front()
            .map_or(logged_at, |oldest| oldest.logged_at);
        let lag_ms = logged_at.value().saturating_sub(oldest.value());
        if lag_ms > LAG_MS_MAX {
            self.breaches.count = self.breaches.count.saturating_add(1);
            self.breaches.first.get_or_insert(index);
            self.breaches.longest_ms = self.breaches.longest_ms.max(lag_ms);
        }
    }

    /// Where there are too many times, entries between the oldest and the newest count as logged a little later, so that no lag is
    /// shown longer than it was.
    fn push(&mut self, entries: EntriesAt) {
        if self.uncovered.len() >= TIMES_MAX {
            let mut place = 0_usize;
            self.uncovered.retain(|_| {
                place = place.saturating_add(1);
                place == 1 || place.is_multiple_of(2)
            });
        }
        self.uncovered.push_back(entries);
    }
}
