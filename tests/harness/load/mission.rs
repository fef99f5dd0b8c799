//! The work that the bench gives its load generator, and what that answers. Both are one line of JSON on a pipe.

use serde::{Deserialize, Serialize};

use super::traffic::Traffic;

/// What the generator writes when everything is signed.
pub const READY: &str = "ready";
/// What it waits for then.
pub const GO: &str = "go";

/// What to send, and how.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mission {
    /// Address of the server, without a scheme.
    pub address: String,
    /// The log's public key, with which proofs are checked.
    pub log_key: String,
    /// Bearer token.
    pub token: Option<String>,
    /// What is sent.
    pub traffic: Traffic,
    /// How many requests.
    pub requests: u64,
    /// How soon.
    pub pace: Pace,
    /// Whether all is signed before the clock starts. Ten million receipts would not fit into memory.
    pub signed_before: bool,
}

/// How soon requests follow each other.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Pace {
    /// Each connection sends its next request when it has the answer: for throughput.
    Closed {
        /// Connections.
        connections: u64,
    },
    /// Requests are due at a fixed rate, whatever the server does, and their latency counts from when they were due: for latency.
    Open {
        /// Requests a second.
        rate: u64,
        /// Connections that are there to send.
        connections: u64,
    },
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MissionReport {
    /// Documents that were logged, or answers to GET.
    pub items: u64,
    /// Bytes of the bodies that were sent.
    pub bytes: u64,
    /// From the first request to the last answer, in seconds.
    pub elapsed_s: f64,
    /// Half of the requests were answered within so many milliseconds.
    pub p50_ms: f64,
    /// Of a hundred requests, 99 were.
    pub p99_ms: f64,
    /// Proofs that were checked to the signature.
    pub checked: u64,
}
