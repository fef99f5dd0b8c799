//! A clock that moves when it is told to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ledger::clock::Clock;
use verifier::index::TimestampMs;

/// [`crate::key::TIME`].
const START_MS: u64 = 1_770_854_400_000;

/// Stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    now_ms: AtomicU64,
    monotonic_ms: AtomicU64,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self {
            now_ms: AtomicU64::new(START_MS),
            monotonic_ms: AtomicU64::new(0),
        }
    }
}

impl ManualClock {
    /// Time passes: both clocks go on.
    pub fn advance(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
        self.monotonic_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock.
    pub fn set_wall(&self, now: TimestampMs) {
        self.now_ms.store(now.value(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> TimestampMs {
        TimestampMs::new(self.now_ms.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic_ms.load(Ordering::SeqCst))
    }
}
