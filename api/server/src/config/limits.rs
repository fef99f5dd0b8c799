//! What bounds memory, latency, descriptors and disk use: see [`ledger::config::Limits`], [`api::limits::HostLimits`] and
//! [`ConnectionLimits`].

use super::numbers::numbers;
use crate::connections::ConnectionLimits;
use api::limits::{BodyPace, WAIT_S_MAX};
use ledger_query::share::PoolLimits;
use std::time::Duration;

/// Works of one kind at once: each has a thread.
const THREADS_MAX: u64 = 64;
/// Smallest head that a server must take: the buffer of a connection is no smaller.
const HEAD_BYTES_MIN: u64 = 8 << 10;
/// Largest of anything: far beyond what a host has.
const ANY_MAX: u64 = 1 << 40;

numbers! {
    /// All limits, by their keys.
    LimitsConfig in "limits";
    batch_entries_max: 1_024, 1, ANY_MAX;
    batch_bytes_max: 16_777_216, 1, ANY_MAX;
    /// 0 closes a batch with what waits when it begins.
    batch_age_ms: 20, 0, 60_000;
    /// 0 keeps no index. The format asks for an index.root within 1,000 ms, and with 900 a busy log was late.
    index_after_ms: 700, 0, 700;
    queue_entries_max: 8_192, 1, ANY_MAX;
    queue_bytes_max: 134_217_728, 1, ANY_MAX;
    /// 0 logs no refusal.
    refused_per_minute_max: 60, 0, 1_000_000;
    body_bytes_in_flight_max: 268_435_456, 1, ANY_MAX;
    question_bytes_in_flight_max: 134_217_728, 1, ANY_MAX;
    pack_bytes_in_flight_max: 536_870_912, 1, ANY_MAX;
    submissions_per_submitter_max: 1_024, 1, 1_000_000;
    reads_concurrent_max: 16, 1, THREADS_MAX;
    public_reads_concurrent_max: 4, 1, THREADS_MAX;
    pages_concurrent_max: 4, 1, THREADS_MAX;
    assessments_concurrent_max: 2, 1, THREADS_MAX;
    verifications_concurrent_max: 2, 1, THREADS_MAX;
    waiting_max: 1_024, 1, 1_000_000;
    streams_max: 256, 1, 1_000_000;
    connections_max: 2_048, 1, 1_000_000;
    connections_per_peer_max: 1_024, 1, 1_000_000;
    head_timeout_s: 15, 1, 3_600;
    head_bytes_max: 32_768, HEAD_BYTES_MIN, 1 << 20;
    body_window_s: 10, 1, 3_600;
    body_window_bytes_min: 65_536, 1, 1 << 20;
    write_stall_s: 30, 1, 3_600;
    /// A long poll must not run into it.
    request_timeout_s: 60, WAIT_S_MAX + 1, 86_400;
    keep_alive_s: 15, 1, 3_600;
}

impl LimitsConfig {
    /// The sequencer's part.
    pub(crate) fn to_ledger(&self) -> ledger::config::Limits {
        ledger::config::Limits {
            batch_entries_max: size(self.batch_entries_max),
            batch_bytes_max: size(self.batch_bytes_max),
            batch_age_max: Duration::from_millis(self.batch_age_ms),
            queue_entries_max: size(self.queue_entries_max),
            queue_bytes_max: size(self.queue_bytes_max),
            index_after: (self.index_after_ms > 0).then(|| Duration::from_millis(self.index_after_ms)),
            refused_per_minute_max: u32::try_from(self.refused_per_minute_max).unwrap_or(u32::MAX),
        }
    }

    /// The HTTP surface's part.
    pub(crate) fn to_api(&self) -> api::limits::HostLimits {
        api::limits::HostLimits {
            pools: PoolLimits {
                submission_bytes: size(self.body_bytes_in_flight_max),
                question_bytes: size(self.question_bytes_in_flight_max),
                pack_bytes: size(self.pack_bytes_in_flight_max),
                streams: size(self.streams_max),
                reads: size(self.reads_concurrent_max),
                public_reads: size(self.public_reads_concurrent_max),
                pages: size(self.pages_concurrent_max),
                assessments: size(self.assessments_concurrent_max),
                verifications: size(self.verifications_concurrent_max),
                waiting: size(self.waiting_max),
            },
            submissions_per_submitter_max: size(self.submissions_per_submitter_max),
            body_pace: BodyPace {
                window: Duration::from_secs(self.body_window_s),
                bytes: size(self.body_window_bytes_min),
            },
            request_timeout: Duration::from_secs(self.request_timeout_s),
            keep_alive: Duration::from_secs(self.keep_alive_s),
            ..api::limits::HostLimits::default()
        }
    }

    /// The connections' part.
    pub(crate) fn to_connections(&self) -> ConnectionLimits {
        ConnectionLimits {
            connections_max: size(self.connections_max),
            per_peer_max: size(self.connections_per_peer_max),
            head_timeout: Duration::from_secs(self.head_timeout_s),
            head_bytes_max: size(self.head_bytes_max),
            write_stall: Duration::from_secs(self.write_stall_s),
        }
    }
}

pub(super) fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
