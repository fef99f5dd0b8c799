//! Why a request has no answer, and whether asking again can help.

use std::time::Duration;

use verifier::text::shown;

use super::answers::ServerRange;

/// Why a request has no answer that can be used. What a server says stays on one line: it must not look like another
/// message of ours.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nothing is known to have arrived. The network's or the server's fault.
    #[error(
        "no answer from {url}: {}. Is the server running, and is --url its address?",
        shown::line(reason)
    )]
    Connection {
        /// Which address was asked.
        url: String,
        /// What the system or the network said.
        reason: String,
    },
    /// 429 or 503: nothing was logged.
    #[error(
        "the server is busy ({status}) and took nothing: {}. Try again later",
        shown::line(detail)
    )]
    Busy {
        /// HTTP status.
        status: u16,
        /// How long the server asked to be left alone.
        retry_after: Option<Duration>,
        /// What the server said.
        detail: String,
    },
    /// The server refused the request. The caller's fault.
    #[error("the server refused it: {status} {}: {}{}{}", shown::line(code), shown::line(detail), at(pointer), advice(*status))]
    Refused {
        /// HTTP status.
        status: u16,
        /// The problem's code; empty where the answer is not a problem of ours.
        code: String,
        /// What the server said.
        detail: String,
        /// Which part of the request the problem is about, as a JSON pointer; may be empty.
        pointer: String,
        /// A part of what was asked for that one answer holds, where it was too long.
        next_range: Option<ServerRange>,
    },
    /// An answer of another form than this version reads.
    #[error(
        "{url} gave an answer that cannot be read: {}. Is it the address of an evidence ledger?",
        shown::line(reason)
    )]
    Unreadable {
        /// Which address was asked.
        url: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The token file.
    #[error("cannot read the token file {path}: {source}")]
    TokenFile {
        /// Which file.
        path: String,
        /// The operating system's error.
        source: std::io::Error,
    },
}

fn at(pointer: &str) -> String {
    if pointer.is_empty() {
        String::new()
    } else {
        format!(" (at {})", shown::line(pointer))
    }
}

/// What the caller can do about a refusal, where the server cannot know it.
const fn advice(status: u16) -> &'static str {
    match status {
        401 | 429 => ". Name the file that holds your token with --token-file",
        _ => "",
    }
}

impl ClientError {
    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Connection { .. } | Self::Busy { .. })
    }

    /// How long the server asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
