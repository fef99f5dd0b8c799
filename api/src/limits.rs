//! What bounds the memory and the work that one caller, or all of them, can ask for.
//!
//! The constants are part of the contract of the API and are documented in `openapi.json`; what a host of
//! another size may want different stands in [`HostLimits`].

use ledger_query::share::PoolLimits;
use ledger_query::subject_proof::PROVED_ENTRIES_MAX;
use std::time::Duration;

/// Largest body of `POST /v1/evidence`, and largest line of a batch.
pub use verifier::document::SUBMISSION_BYTES_MAX;
/// Largest body of `POST /v1/evidence/batch`.
pub const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most documents in one batch; blank lines are not counted.
pub const BATCH_LINES_MAX: usize = 1_000;
pub use ledger_query::verify::{VERIFY_BYTES_MAX, VERIFY_LINES_MAX};
/// Most items in one page of any list.
pub const PAGE_ITEMS_MAX: usize = 200;
/// Items in a page of which the caller names no limit.
pub const PAGE_ITEMS_DEFAULT: usize = 50;
/// A page that carries evidence ends with the item that crosses this sum, so that one answer stays below
/// this plus one document.
pub const PAGE_EVIDENCE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Entries that one poll of the event feed looks at when it filters by kind.
pub const EVENT_SCAN_MAX: usize = 4_096;
pub use ledger_query::token::TOKEN_JOBS_MAX;
/// Longest `wait_s` of a long poll, in seconds.
pub const WAIT_S_MAX: u64 = 30;

/// Limits that depend on the host.
#[derive(Clone, Debug)]
pub struct HostLimits {
    /// What callers may have under way at once, in all; half of it each. Beyond it they get 503 or 429.
    pub pools: PoolLimits,
    /// Submissions of one submitter under way at once. Beyond it they get 429.
    pub submissions_per_submitter_max: usize,
    /// The slowest that a body may come.
    pub body_pace: BodyPace,
    /// Longest time to the head of an answer. It must exceed [`WAIT_S_MAX`].
    pub request_timeout: Duration,
    /// Most entries of one proved answer. A longer one comes in pieces.
    pub proved_entries_max: usize,
    /// Longest time that a submission with `wait=witnessed` waits for its quorum. It must be shorter than `request_timeout`.
    pub witnessed_wait: Duration,
    /// Pause after which an idle event stream sends a comment, so that proxies keep it open.
    pub keep_alive: Duration,
}

impl Default for HostLimits {
    fn default() -> Self {
        Self {
            pools: PoolLimits::default(),
            submissions_per_submitter_max: 1_024,
            body_pace: BodyPace::default(),
            request_timeout: Duration::from_secs(60),
            proved_entries_max: PROVED_ENTRIES_MAX,
            witnessed_wait: Duration::from_secs(20),
            keep_alive: Duration::from_secs(15),
        }
    }
}

/// The slowest that a request's body may come: `bytes`, or the rest of it, within each `window`.
#[derive(Clone, Copy, Debug)]
pub struct BodyPace {
    /// Time in which the server waits for the body; its own work does not count.
    pub window: Duration,
    /// What has to come in that time.
    pub bytes: usize,
}

impl Default for BodyPace {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(10),
            bytes: 64 * 1024,
        }
    }
}
