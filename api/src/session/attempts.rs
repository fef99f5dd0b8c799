//! Tokens that are nobody's, counted for each peer: those that are typed into the sign-in page, and those that come
//! with requests. Whether a token is somebody's is asked first, and costs a hash; so the holder of a valid token is
//! never kept out by others behind the same address, such as a program whose token has expired. Beyond the limit a
//! peer is answered 429 and nothing more is written to the server's log about it. This is no protection for weak
//! tokens, whose guesses it only bounds in what they cost: tokens have 256 random bits where they were made as the
//! documentation says.

use ledger::clock::Clock;
use ledger_query::share::Caller;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::store::SessionLimits;

/// Peers that are remembered. Beyond them, the one whose time began first is forgotten.
const PEERS_MAX: usize = 4_096;

#[derive(Clone, Copy, Debug)]
struct AttemptWindow {
    began: Duration,
    failures: u32,
}

/// Unknown tokens, counted for each peer and period of time.
#[derive(Debug)]
pub(crate) struct Attempts {
    limits: SessionLimits,
    clock: Arc<dyn Clock>,
    peers: Mutex<HashMap<Caller, AttemptWindow>>,
}

impl Attempts {
    pub(crate) fn new(limits: SessionLimits, clock: Arc<dyn Clock>) -> Self {
        Self {
            limits,
            clock,
            peers: Mutex::default(),
        }
    }

    /// Counts a failure. Answers how long the peer has to wait where it had as many before as it may have; what it then
    /// sends is not counted.
    pub(crate) fn failed(&self, peer: &Caller) -> Option<Duration> {
        let now = self.clock.monotonic();
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let left = |window: &AttemptWindow| {
            let since = now.saturating_sub(window.began);
            self.limits.failure_window.saturating_sub(since)
        };
        let is_over = |window: &AttemptWindow| left(window).is_zero();
        if !peers.contains_key(peer) && peers.len() >= PEERS_MAX {
            peers.retain(|_, window| !is_over(window));
            if peers.len() >= PEERS_MAX {
                let oldest = peers.iter().min_by_key(|(_, window)| window.began);
                if let Some(oldest) = oldest.map(|(peer, _)| peer.clone()) {
                    peers.remove(&oldest);
                }
            }
        }
        let fresh = AttemptWindow {
            began: now,
            failures: 0,
        };
        let window = peers.entry(peer.clone()).or_insert(fresh);
        if is_over(window) {
            *window = fresh;
        }
        if window.failures >= self.limits.failures_max {
            return Some(left(window));
        }
        window.failures = window.failures.saturating_add(1);
        None
    }
}

/// Whole seconds, rounded up.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}
