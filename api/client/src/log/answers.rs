//! What a log answers, as far as commands read it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use verifier::code::Code;

use super::ClientError;
use crate::transport::{HttpAnswer, TransportFailure};

/// How much is shown of a problem that is not of the form we know.
const EXCERPT_CHARS_MAX: usize = 300;

/// The status of an answer about an entry that was there before.
pub const KNOWN: u16 = 200;

/// What `GET /v1/log` says, as far as clients need it.
#[derive(Clone, Debug, Deserialize)]
pub struct ServerLogFacts {
    /// The log's name, which every document for it states.
    pub origin: String,
    /// The key that signs its checkpoints, as verifiers take it.
    pub vkey: String,
    /// How many entries it has.
    pub tree_size: u64,
}

/// An acknowledgement, as far as clients need it.
#[derive(Clone, Debug, Deserialize)]
pub struct Acknowledged {
    /// The index of the entry.
    pub index: u64,
    /// When it was logged, in milliseconds since the Unix epoch.
    pub logged_at: u64,
    /// The order that erased the evidence: what was sent was dropped.
    pub erased_by: Option<u64>,
    /// Of a context: the entry of the evidence that it is about.
    pub about_index: Option<u64>,
    /// What the author most likely did not mean.
    #[serde(default)]
    pub warnings: Vec<ServerWarning>,
    /// Whether the log had the entry before: the answer's status says it.
    #[serde(skip)]
    pub was_known: bool,
}

/// A thing about an accepted document that changes nothing.
#[derive(Clone, Debug, Deserialize)]
pub struct ServerWarning {
    /// Which kind of mistake it is.
    pub code: String,
    /// Which part of the document it is about, as a JSON pointer.
    pub pointer: String,
    /// The same as a sentence.
    pub message: Option<String>,
}

impl ServerWarning {
    /// In one sentence, with its code.
    pub fn sentence(self) -> String {
        let Self {
            code,
            pointer,
            message,
        } = self;
        match message {
            Some(message) => format!("warning: {message} ({code})"),
            None => format!("warning: {code} at {pointer}"),
        }
    }
}

/// One line of a batch's answer. `status` decides which of the other members are there.
#[derive(Debug, Deserialize)]
pub struct BatchAnswerLine {
    /// The HTTP status that the document alone would have been answered with.
    pub status: u16,
    /// The index of its entry.
    pub index: Option<u64>,
    /// The order that erased the evidence.
    pub erased_by: Option<u64>,
    /// Of a context: the entry of the evidence that it is about.
    pub about_index: Option<u64>,
    /// What the author most likely did not mean.
    #[serde(default)]
    pub warnings: Vec<ServerWarning>,
    /// Why nothing was logged.
    pub problem: Option<ServerProblem>,
}

/// A problem (RFC 9457), as far as clients need it.
#[derive(Debug, Default, Deserialize)]
pub struct ServerProblem {
    /// Stable code.
    #[serde(default)]
    pub code: String,
    /// What is wrong, in a sentence.
    #[serde(default)]
    pub detail: String,
    /// Which part of the request it is about, as a JSON pointer.
    #[serde(default)]
    pub pointer: String,
    /// A part of what was asked for that one answer holds.
    pub next_range: Option<ServerRange>,
}

/// A range of entries, as a problem names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub struct ServerRange {
    /// The index of its first entry.
    pub since: u64,
    /// The index behind its last entry.
    pub to: u64,
}

/// Evidence with what its submitter says about it.
#[derive(Serialize)]
struct SubmissionBody<'a> {
    evidence: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a serde_json::Value>,
}

/// The body that submits `document` byte for byte under `context`.
///
/// # Errors
/// Where the context cannot be written as JSON.
pub fn wrap(document: &RawValue, context: Option<&serde_json::Value>) -> serde_json::Result<Vec<u8>> {
    match context {
        Some(_) => serde_json::to_vec(&SubmissionBody {
            evidence: document,
            context,
        }),
        None => Ok(document.get().as_bytes().to_vec()),
    }
}

/// Status and body of an answer that says that the request was accepted.
pub(super) fn accepted(
    url: &str,
    answer: Result<HttpAnswer, TransportFailure>,
    bytes_max: usize,
) -> Result<(u16, Vec<u8>), ClientError> {
    let url = url.to_owned();
    let answer = match answer {
        Ok(answer) => answer,
        Err(TransportFailure::Address(reason)) => return Err(ClientError::Unreadable { url, reason }),
        Err(failure) => {
            let reason = failure.to_string();
            return Err(ClientError::Connection { url, reason });
        }
    };
    if answer.body.len() > bytes_max {
        let reason = format!("the response body is larger than request limit: {bytes_max}");
        return Err(ClientError::Connection { url, reason });
    }
    if answer.status.is_success() {
        return Ok((answer.status.as_u16(), answer.body));
    }
    Err(refusal(&answer))
}

fn refusal(answer: &HttpAnswer) -> ClientError {
    let status = answer.status.as_u16();
    let problem: ServerProblem = serde_json::from_slice(&answer.body).unwrap_or_else(|_| ServerProblem {
        detail: String::from_utf8_lossy(&answer.body)
            .chars()
            .take(EXCERPT_CHARS_MAX)
            .collect(),
        ..ServerProblem::default()
    });
    match status {
        // However long one waits, the same token is refused again.
        429 | 503 if problem.code != Code::UnknownTokens.as_str() => ClientError::Busy {
            status,
            retry_after: retry_after(answer),
            detail: problem.detail,
        },
        _ => ClientError::Refused {
            status,
            code: problem.code,
            detail: problem.detail,
            pointer: problem.pointer,
            next_range: problem.next_range,
        },
    }
}

fn retry_after(answer: &HttpAnswer) -> Option<Duration> {
    let value = answer.headers.get("retry-after")?.to_str().ok()?;
    value.parse().ok().map(Duration::from_secs)
}

pub(super) fn read_json<T: for<'de> Deserialize<'de>>(url: &str, bytes: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(bytes).map_err(|error| ClientError::Unreadable {
        url: url.to_owned(),
        reason: error.to_string(),
    })
}
