//! Limits with units and their arithmetic.

use std::time::Duration;

/// What bounds memory, latency and disk use of one log.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Entries in one batch; closes it.
    pub batch_entries_max: usize,
    /// Bytes of entries and evidence in one batch; closes it. One submission may go beyond it, by a
    /// document of at most 1 MiB.
    pub batch_bytes_max: usize,
    /// Age of a batch; closes it.
    pub batch_age_max: Duration,
    /// Submissions waiting for the sequencer; more are answered 503.
    pub queue_entries_max: usize,
    /// Evidence bytes of those, in units of 1 KiB each rounded up; more are answered 503. Verified
    /// evidence takes some four times its bytes: the default bounds the queue by 512 MiB.
    pub queue_bytes_max: usize,
    /// How long an entry waits at most until an index.root covers it, with some 300 ms more where the log is busy. `None`: the log
    /// gets no index.root, and nothing is proved about what is not in it.
    pub index_after: Option<Duration>,
    /// Refused entries a minute and submitter; further ones are answered but not logged.
    pub refused_per_minute_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_entries_max: 1024,
            batch_bytes_max: 16 << 20,
            batch_age_max: Duration::from_millis(20),
            queue_entries_max: 8192,
            queue_bytes_max: 128 << 20,
            index_after: None,
            refused_per_minute_max: 60,
        }
    }
}
