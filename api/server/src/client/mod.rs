//! A blocking HTTP client of one log, as `submit`, `issuer` and the demo's actors use it.
//!
//! It tells apart what a later attempt can better ([`ClientError::is_transient`]) from what it cannot.

mod error;

pub(crate) use error::ClientError;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::path::Path;
use std::time::Duration;
use ureq::http::Response;
use ureq::{Agent, Body};
use verifier::code::Code;
use zeroize::Zeroizing;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A batch of 1,000 lines is verified, synced and answered well within this.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// 1,000 acknowledgements of about 10 KiB each, and room.
const ANSWER_BYTES_MAX: u64 = 64 << 20;
/// What is shown of a problem that is not of the form we know.
const EXCERPT_CHARS_MAX: usize = 300;

/// The status of an answer about an entry that was there before.
pub(crate) const KNOWN: u16 = 200;

/// What `GET /v1/log` says, as far as clients need it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LogFacts {
    pub(crate) origin: String,
    pub(crate) vkey: String,
    pub(crate) tree_size: u64,
}

/// An acknowledgement, as far as clients need it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Acknowledged {
    pub(crate) index: u64,
    pub(crate) logged_at: u64,
    /// The order that erased the evidence: what was sent was dropped.
    pub(crate) erased_by: Option<u64>,
    /// Of a context: the entry of the evidence that it is about.
    pub(crate) about_index: Option<u64>,
    /// What the author most likely did not mean.
    #[serde(default)]
    pub(crate) warnings: Vec<Warning>,
    /// Whether the log had the entry before: the answer's status says it.
    #[serde(skip)]
    pub(crate) was_known: bool,
}

/// A thing about an accepted document that changes nothing.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Warning {
    pub(crate) code: String,
    pub(crate) pointer: String,
    pub(crate) message: Option<String>,
}

impl Warning {
    /// In one sentence, with its code.
    pub(crate) fn told(self) -> String {
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
pub(crate) struct BatchLine {
    pub(crate) status: u16,
    pub(crate) index: Option<u64>,
    pub(crate) erased_by: Option<u64>,
    pub(crate) about_index: Option<u64>,
    #[serde(default)]
    pub(crate) warnings: Vec<Warning>,
    pub(crate) problem: Option<Problem>,
}

/// RFC 9457.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Problem {
    #[serde(default)]
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) detail: String,
    #[serde(default)]
    pub(crate) pointer: String,
}

/// Evidence with what its submitter says about it.
#[derive(Serialize)]
struct Wrapper<'a> {
    evidence: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a serde_json::Value>,
}

/// The body that submits `document` byte for byte under `context`.
pub(crate) fn wrap(document: &RawValue, context: Option<&serde_json::Value>) -> serde_json::Result<Vec<u8>> {
    match context {
        Some(_) => serde_json::to_vec(&Wrapper {
            evidence: document,
            context,
        }),
        None => Ok(document.get().as_bytes().to_vec()),
    }
}

/// A connection pool to one server, in one submitter's name.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    base: String,
    authorization: Option<Zeroizing<String>>,
}

impl Client {
    /// A client of the server at `url`; `token` is a bearer token.
    pub(crate) fn new(url: &str, token: Option<&str>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(ANSWER_TIMEOUT))
            .build()
            .into();
        Self {
            agent,
            base: url.trim_end_matches('/').to_owned(),
            authorization: token.map(|token| Zeroizing::new(format!("Bearer {}", token.trim()))),
        }
    }

    /// A client whose token stands in a file.
    pub(crate) fn with_token_file(url: &str, token_file: Option<&Path>) -> Result<Self, ClientError> {
        let Some(path) = token_file else {
            return Ok(Self::new(url, None));
        };
        let token = std::fs::read_to_string(path)
            .map(Zeroizing::new)
            .map_err(|source| ClientError::TokenFile {
                path: path.display().to_string(),
                source,
            })?;
        Ok(Self::new(url, Some(&token)))
    }

    /// The facts that documents for this log must state.
    pub(crate) fn log(&self) -> Result<LogFacts, ClientError> {
        self.get_json("/v1/log")
    }

    /// `GET`, as text.
    pub(crate) fn get_text(&self, path: &str) -> Result<String, ClientError> {
        let url = self.url(path);
        let bytes = self.get(&url)?;
        String::from_utf8(bytes).map_err(|error| ClientError::Unreadable {
            url,
            reason: error.to_string(),
        })
    }

    /// `GET`, as bytes, of which there may be more than of any other answer.
    pub(crate) fn get_file(&self, path: &str, bytes_max: usize) -> Result<Vec<u8>, ClientError> {
        let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
        let url = self.url(path);
        answer_up_to(&url, self.request(&url), limit).map(|(_, bytes)| bytes)
    }

    /// `GET`, as JSON.
    pub(crate) fn get_json<T: for<'de> Deserialize<'de>>(&self, path: &str) -> Result<T, ClientError> {
        let url = self.url(path);
        let bytes = self.get(&url)?;
        read_json(&url, &bytes)
    }

    /// Submits one body and waits until it is integrated.
    pub(crate) fn submit(&self, body: &[u8]) -> Result<Acknowledged, ClientError> {
        let url = self.url("/v1/evidence");
        let (status, bytes) = self.post(&url, "application/json", body)?;
        let acknowledged: Acknowledged = read_json(&url, &bytes)?;
        Ok(Acknowledged {
            was_known: status == KNOWN,
            ..acknowledged
        })
    }

    /// Submits NDJSON; one answer a line, in order.
    pub(crate) fn submit_batch(&self, lines: &[u8]) -> Result<Vec<BatchLine>, ClientError> {
        let url = self.url("/v1/evidence/batch");
        let (_, bytes) = self.post(&url, "application/x-ndjson", lines)?;
        bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| read_json(&url, line))
            .collect()
    }

    /// The page of an entry.
    pub(crate) fn entry_address(&self, index: u64) -> String {
        self.url(&format!("/entries/{index}"))
    }

    /// `POST` of JSON, answered with JSON.
    pub(crate) fn post_json<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<T, ClientError> {
        let url = self.url(path);
        let (_, bytes) = self.post(&url, "application/json", body.to_string().as_bytes())?;
        read_json(&url, &bytes)
    }

    /// `DELETE`, answered with JSON.
    pub(crate) fn delete_json<T: for<'de> Deserialize<'de>>(&self, path: &str) -> Result<T, ClientError> {
        let url = self.url(path);
        let mut request = self.agent.delete(&url);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization.as_str());
        }
        read_json(&url, &answer(&url, request.call())?)
    }

    /// The address of a path of this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn get(&self, url: &str) -> Result<Vec<u8>, ClientError> {
        answer(url, self.request(url))
    }

    fn request(&self, url: &str) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.get(url);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization.as_str());
        }
        request.call()
    }

    fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<(u16, Vec<u8>), ClientError> {
        let mut request = self.agent.post(url).header("Content-Type", content_type);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization.as_str());
        }
        answer_up_to(url, request.send(body), ANSWER_BYTES_MAX)
    }
}

fn answer(url: &str, result: Result<Response<Body>, ureq::Error>) -> Result<Vec<u8>, ClientError> {
    answer_up_to(url, result, ANSWER_BYTES_MAX).map(|(_, bytes)| bytes)
}

fn answer_up_to(
    url: &str,
    result: Result<Response<Body>, ureq::Error>,
    bytes_max: u64,
) -> Result<(u16, Vec<u8>), ClientError> {
    let connection = |error: ureq::Error| match error {
        ureq::Error::BadUri(reason) => ClientError::Unreadable {
            url: url.to_owned(),
            reason,
        },
        other => ClientError::Connection {
            url: url.to_owned(),
            reason: other.to_string(),
        },
    };
    let mut response = result.map_err(connection)?;
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok())
        .map(Duration::from_secs);
    let bytes = response
        .body_mut()
        .with_config()
        .limit(bytes_max)
        .read_to_vec()
        .map_err(connection)?;
    if (200..300).contains(&status) {
        return Ok((status, bytes));
    }
    let problem: Problem = serde_json::from_slice(&bytes).unwrap_or_else(|_| Problem {
        detail: String::from_utf8_lossy(&bytes)
            .chars()
            .take(EXCERPT_CHARS_MAX)
            .collect(),
        ..Problem::default()
    });
    Err(match status {
        // However long one waits, the same token is refused again.
        429 | 503 if problem.code != Code::UnknownTokens.as_str() => ClientError::Busy {
            status,
            retry_after,
            detail: problem.detail,
        },
        _ => ClientError::Refused {
            status,
            code: problem.code,
            detail: problem.detail,
            pointer: problem.pointer,
        },
    })
}

fn read_json<T: for<'de> Deserialize<'de>>(url: &str, bytes: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(bytes).map_err(|error| ClientError::Unreadable {
        url: url.to_owned(),
        reason: error.to_string(),
    })
}
