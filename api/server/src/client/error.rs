//! Why a request has no answer, and whether asking again can help.

use std::time::Duration;

/// Why a request has no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nothing is known to have arrived. The network's or the server's fault.
    #[error("no answer from {url}: {reason}")]
    Connection { url: String, reason: String },
    /// 429 or 503: nothing was logged.
    #[error("the server takes nothing now ({status}): {detail}")]
    Busy {
        status: u16,
        retry_after: Option<Duration>,
        detail: String,
    },
    /// The server refused the request. The caller's fault.
    #[error("{status} {code}: {detail}{}", at(pointer))]
    Refused {
        status: u16,
        code: String,
        detail: String,
        pointer: String,
    },
    /// An answer of another form than this version reads.
    #[error("{url} gave an answer that cannot be read: {reason}")]
    Unreadable { url: String, reason: String },
    /// The token file.
    #[error("{path}: {source}")]
    TokenFile { path: String, source: std::io::Error },
}

fn at(pointer: &str) -> String {
    if pointer.is_empty() {
        String::new()
    } else {
        format!(" (at {pointer})")
    }
}

impl ClientError {
    /// Whether the same request may succeed later.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Connection { .. } | Self::Busy { .. })
    }

    /// How long the server asked to be left alone.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
