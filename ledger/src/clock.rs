//! The injected clock, and the rule that decides `logged_at` (`schemas/intake.md`, "Time").
//!
//! `logged_at` never goes back, whatever the wall clock does, and is at most 2 s ahead of it. Where
//! the wall clock contradicts the log (it is behind the last entry by more than that) or itself (it
//! stepped by more than 60 s against the monotonic clock), nothing is sequenced until it agrees again
//! or the operator confirms it with a signed `log_clock`, which is logged: a wrong time would stand in the
//! log for ever.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use verifier::index::TimestampMs;

/// How far `logged_at` may be ahead of the clock, ms.
pub const LEAD_MS_MAX: u64 = 2_000;
/// How far the wall clock may step against the monotonic clock, ms.
pub const STEP_MS_MAX: u64 = 60_000;

/// Wall and monotonic time.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// Milliseconds since the epoch.
    fn now(&self) -> TimestampMs;
    /// Monotonic time since some fixed start.
    fn monotonic(&self) -> Duration;
}

/// The operating system's clocks.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// Starts the monotonic clock.
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> TimestampMs {
        // A clock before 1970 reads as 0, which the rule below refuses like any that is far behind.
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        TimestampMs::new(millis(since))
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Why sequencing pauses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClockDoubt {
    /// The wall clock is behind the log.
    #[error("the clock is {behind_ms} ms behind the last entry")]
    Behind {
        /// By how much.
        behind_ms: u64,
    },
    /// The wall clock stepped.
    #[error("the clock stepped by {step_ms} ms against the monotonic clock")]
    Stepped {
        /// By how much, either way.
        step_ms: u64,
    },
}

/// The newest `log.clock` entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConfirmedClock {
    /// Its `logged_at`: where the log stood.
    pub logged_at: TimestampMs,
    /// The time that the operator confirmed.
    pub clock: TimestampMs,
}

/// Decides `logged_at`. Owned by the sequencer.
pub(crate) struct LoggedAt {
    clock: Arc<dyn Clock>,
    /// When the clocks last agreed.
    agreed: (TimestampMs, Duration),
    /// `logged_at` of the last entry.
    last: TimestampMs,
}

impl LoggedAt {
    pub(crate) fn new(clock: Arc<dyn Clock>, last: TimestampMs) -> Self {
        let agreed = (clock.now(), clock.monotonic());
        Self { clock, agreed, last }
    }

    /// The time of the next batch, or why there must not be one now. Not taken before
    /// [`LoggedAt::commit`].
    ///
    /// While the log stands where it stood when the clock was confirmed, the clock is held against the time
    /// that was confirmed instead of the log's, which is ahead. That follows from the log alone, so that a
    /// restart does not forget it, and ends by itself once the clock has caught up.
    pub(crate) fn next(&mut self, confirmed: Option<ConfirmedClock>) -> Result<TimestampMs, ClockDoubt> {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let floor = confirmed
            .filter(|confirmed| confirmed.logged_at == self.last)
            .map_or(self.last, |confirmed| confirmed.clock.min(self.last));
        let behind_ms = floor.value().saturating_sub(now.value());
        let elapsed_ms = millis(monotonic.saturating_sub(self.agreed.1));
        let expected = self.agreed.0.value().saturating_add(elapsed_ms);
        let step_ms = now.value().abs_diff(expected);
        if step_ms > STEP_MS_MAX {
            return Err(ClockDoubt::Stepped { step_ms });
        }
        if behind_ms > LEAD_MS_MAX {
            return Err(ClockDoubt::Behind { behind_ms });
        }
        self.agreed = (now, monotonic);
        Ok(self.last.max(now))
    }

    /// Records that entries with this time are in the log.
    pub(crate) fn commit(&mut self, logged_at: TimestampMs) {
        self.last = self.last.max(logged_at);
    }

    /// The time of a batch that holds nothing but a confirmation of the clock, and the clock that it has to
    /// agree with.
    pub(crate) fn to_confirm(&self) -> (TimestampMs, TimestampMs) {
        let now = self.clock.now();
        (self.last.max(now), now)
    }

    /// Whether the log stands ahead of the clock by more than it may by itself.
    pub(crate) fn is_ahead(&self) -> bool {
        self.last.value().saturating_sub(self.clock.now().value()) > LEAD_MS_MAX
    }

    /// The operator's confirmation is in the log: the clocks agree as of now.
    pub(crate) fn confirm(&mut self) {
        self.agreed = (self.clock.now(), self.clock.monotonic());
    }

    /// Monotonic time, for rate limits.
    pub(crate) fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
