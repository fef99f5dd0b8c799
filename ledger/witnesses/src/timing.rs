//! When witnesses are asked, and how long they have.

use std::time::Duration;

use ledger_client::transport::TransportLimits;

/// How often one witness is asked, and how long each may take.
#[derive(Clone, Copy, Debug)]
pub struct PushTiming {
    /// Shortest time from one checkpoint to the next for the same witness.
    pub between: Duration,
    /// How long a checkpoint waits for its quorum before a newer one takes its place: witnesses that are slower than
    /// `between` then still sign the same one.
    pub patience: Duration,
    /// After this time without a newer checkpoint the same one is sent again, so that the log is known to be watched.
    pub refresh: Duration,
    /// Longest pause after failures, without its random part, which is as long at most.
    pub retry_max: Duration,
    /// Bounds of one request.
    pub request: TransportLimits,
}

impl Default for PushTiming {
    fn default() -> Self {
        Self {
            between: Duration::from_secs(1),
            patience: Duration::from_secs(5),
            refresh: Duration::from_secs(60),
            retry_max: Duration::from_secs(30),
            request: TransportLimits::WITNESS,
        }
    }
}
