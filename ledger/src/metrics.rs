//! Numbers for the metrics endpoint; the API names and exports them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// A point-in-time copy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Snapshot {
    /// Size of the published tree.
    pub tree_size: u64,
    /// Time of that head, ms since the epoch.
    pub head_time_ms: u64,
    /// Size up to which index segments are merged.
    pub indexed_to: u64,
    /// Entries that the newest index.root covers.
    pub index_covered: u64,
    /// Submissions that wait for the sequencer.
    pub queue_length: u64,
    /// Batches since start.
    pub batches: u64,
    /// New entries since start.
    pub entries: u64,
    /// Submissions since start that were known before.
    pub duplicates: u64,
    /// Entries since start that contradict an earlier one.
    pub conflicts: u64,
    /// Refused submissions since start.
    pub refused: u64,
    /// Seconds spent in commits since start.
    pub commit_seconds: f64,
    /// Whether sequencing is paused by the clock rule.
    pub clock_paused: bool,
    /// Whether the log has ended.
    pub frozen: bool,
}

/// The live counters. Each is exact by itself; a snapshot of several is not taken at one instant.
#[derive(Debug, Default)]
pub struct Metrics {
    pub(crate) batches: AtomicU64,
    pub(crate) entries: AtomicU64,
    pub(crate) duplicates: AtomicU64,
    pub(crate) conflicts: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) clock_paused: AtomicBool,
    commit_micros: AtomicU64,
}

impl Metrics {
    pub(crate) fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn add_commit_time(&self, spent: Duration) {
        let micros = u64::try_from(spent.as_micros()).unwrap_or(u64::MAX);
        self.commit_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// The counters; the caller adds what the published head says.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let micros = self.commit_micros.load(Ordering::Relaxed);
        Snapshot {
            batches: self.batches.load(Ordering::Relaxed),
            entries: self.entries.load(Ordering::Relaxed),
            duplicates: self.duplicates.load(Ordering::Relaxed),
            conflicts: self.conflicts.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            commit_seconds: Duration::from_micros(micros).as_secs_f64(),
            clock_paused: self.clock_paused.load(Ordering::Relaxed),
            ..Snapshot::default()
        }
    }
}
