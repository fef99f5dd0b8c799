//! What bounds the memory and the work that one caller, or all of them, can ask for.
//!
//! The constants are part of the contract of the API and are documented in `openapi.json`; what a host of
//! another size may want different stands in [`Limits`].

use std::time::Duration;
use verifier::json::DOCUMENT_BYTES_MAX;

/// A wrapper `{"evidence": …, "context": …}` may exceed its document by this much: a context has five
/// members of at most 256 bytes, of which each byte may be a six-byte escape.
pub const WRAPPER_SLACK_BYTES: usize = 16 * 1024;
/// Largest body of `POST /v1/evidence`, and largest line of a batch.
pub const SUBMISSION_BYTES_MAX: usize = DOCUMENT_BYTES_MAX + WRAPPER_SLACK_BYTES;
/// Largest body of `POST /v1/evidence/batch`.
pub const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most documents in one batch; blank lines are not counted.
pub const BATCH_LINES_MAX: usize = 1_000;
pub use ledger::verify::{VERIFY_BYTES_MAX, VERIFY_LINES_MAX};
/// Most items in one page of any list.
pub const PAGE_ITEMS_MAX: usize = 200;
/// Items in a page of which the caller names no limit.
pub const PAGE_ITEMS_DEFAULT: usize = 50;
/// A page that carries evidence ends with the item that crosses this sum, so that one answer stays below
/// this plus one document.
pub const PAGE_EVIDENCE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Entries that one poll of the event feed looks at when it filters by kind.
pub const EVENT_SCAN_MAX: usize = 4_096;
/// Assessments under way at once: each may hold a job's whole evidence, and takes a processor while it lasts.
pub const ASSESSMENTS_CONCURRENT_MAX: usize = 2;
/// Jobs judged for one page of a token's uses.
pub const TOKEN_JOBS_MAX: usize = 8;
/// Longest `wait_s` of a long poll, in seconds.
pub const WAIT_S_MAX: u64 = 30;

/// Limits that depend on the host.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Request bodies held in memory at once, over all submitters. Beyond it submissions get 503.
    pub body_bytes_in_flight_max: usize,
    /// Bytes of packs held in memory at once, from when they are made until they are sent. Beyond it packs get 503.
    pub pack_bytes_in_flight_max: usize,
    /// Submissions of one submitter under way at once. Beyond it they get 429.
    pub submissions_per_submitter_max: usize,
    /// Reads that occupy a blocking thread at once; further ones wait, at most `request_timeout`.
    pub reads_concurrent_max: usize,
    /// Event streams open at once. Beyond it new ones get 503.
    pub streams_max: usize,
    /// Longest time to the head of an answer. It must exceed [`WAIT_S_MAX`].
    pub request_timeout: Duration,
    /// Pause after which an idle event stream sends a comment, so that proxies keep it open.
    pub keep_alive: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_in_flight_max: 256 * 1024 * 1024,
            pack_bytes_in_flight_max: 512 * 1024 * 1024,
            submissions_per_submitter_max: 1_024,
            reads_concurrent_max: 64,
            streams_max: 256,
            request_timeout: Duration::from_secs(60),
            keep_alive: Duration::from_secs(15),
        }
    }
}
