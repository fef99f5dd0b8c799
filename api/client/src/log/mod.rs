//! A blocking client of one log, as commands use it.
//!
//! It tells apart what a later attempt can better ([`ClientError::is_transient`]) from what it cannot.

mod answers;
mod error;

pub use answers::{
    Acknowledged, BatchAnswerLine, KNOWN, ServerLogFacts, ServerProblem, ServerRange, ServerWarning, wrap,
};
pub use error::ClientError;

use std::path::Path;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::transport::{Transport, TransportLimits};

/// 1,000 acknowledgements of about 10 KiB each, and room.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// A connection pool to one server, in one submitter's name.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
    base: String,
}

impl Client {
    /// A client of the server at `url`; `token` is a bearer token.
    pub fn new(url: &str, token: Option<&str>) -> Self {
        Self {
            transport: Transport::new(token, TransportLimits::COMMAND),
            base: url.trim_end_matches('/').to_owned(),
        }
    }

    /// A client whose token is in a file.
    ///
    /// # Errors
    /// [`ClientError::TokenFile`] where the file cannot be read: the person who named it is at fault.
    pub fn with_token_file(url: &str, token_file: Option<&Path>) -> Result<Self, ClientError> {
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
    ///
    /// # Errors
    /// As [`get_json`](Self::get_json).
    pub fn log(&self) -> Result<ServerLogFacts, ClientError> {
        self.get_json("/v1/log")
    }

    /// `GET`, as text.
    ///
    /// # Errors
    /// [`ClientError::Unreadable`] where the answer is not text; otherwise as [`get_file`](Self::get_file).
    pub fn get_text(&self, path: &str) -> Result<String, ClientError> {
        let url = self.url(path);
        let bytes = self.get_file(path, ANSWER_BYTES_MAX)?;
        String::from_utf8(bytes).map_err(|error| ClientError::Unreadable {
            url,
            reason: error.to_string(),
        })
    }

    /// `GET`, as bytes, of which there may be more than of any other answer.
    ///
    /// # Errors
    /// [`ClientError::Connection`] where no answer came or a longer one, [`ClientError::Busy`] and
    /// [`ClientError::Refused`] where the server gave another status than 2xx.
    pub fn get_file(&self, path: &str, bytes_max: usize) -> Result<Vec<u8>, ClientError> {
        let url = self.url(path);
        let answer = self.transport.get(&url, &[], bytes_max);
        answers::accepted(&url, answer, bytes_max).map(|(_, bytes)| bytes)
    }

    /// `GET`, as JSON.
    ///
    /// # Errors
    /// [`ClientError::Unreadable`] where the answer is of another form; otherwise as [`get_file`](Self::get_file).
    pub fn get_json<T: for<'de> Deserialize<'de>>(&self, path: &str) -> Result<T, ClientError> {
        let bytes = self.get_file(path, ANSWER_BYTES_MAX)?;
        answers::read_json(&self.url(path), &bytes)
    }

    /// Submits one body and waits until it is integrated.
    ///
    /// # Errors
    /// As [`get_json`](Self::get_json).
    pub fn submit(&self, body: &[u8]) -> Result<Acknowledged, ClientError> {
        let url = self.url("/v1/evidence");
        let (status, bytes) = self.post(&url, "application/json", body)?;
        let acknowledged: Acknowledged = answers::read_json(&url, &bytes)?;
        Ok(Acknowledged {
            was_known: status == KNOWN,
            ..acknowledged
        })
    }

    /// Submits NDJSON; one answer a line, in order.
    ///
    /// # Errors
    /// As [`get_json`](Self::get_json).
    pub fn submit_batch(&self, lines: &[u8]) -> Result<Vec<BatchAnswerLine>, ClientError> {
        let url = self.url("/v1/evidence/batch");
        let (_, bytes) = self.post(&url, "application/x-ndjson", lines)?;
        bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| answers::read_json(&url, line))
            .collect()
    }

    /// The page of an entry.
    pub fn entry_address(&self, index: u64) -> String {
        self.url(&format!("/entries/{index}"))
    }

    /// `POST` of JSON, answered with JSON.
    ///
    /// # Errors
    /// As [`get_json`](Self::get_json).
    pub fn post_json<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<T, ClientError> {
        let url = self.url(path);
        let (_, bytes) = self.post(&url, "application/json", body.to_string().as_bytes())?;
        answers::read_json(&url, &bytes)
    }

    /// `DELETE`, answered with JSON.
    ///
    /// # Errors
    /// As [`get_json`](Self::get_json).
    pub fn delete_json<T: for<'de> Deserialize<'de>>(&self, path: &str) -> Result<T, ClientError> {
        let url = self.url(path);
        let answer = self.transport.delete(&url, ANSWER_BYTES_MAX);
        let (_, bytes) = answers::accepted(&url, answer, ANSWER_BYTES_MAX)?;
        answers::read_json(&url, &bytes)
    }

    /// The address of a path of this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<(u16, Vec<u8>), ClientError> {
        let answer = self.transport.post(url, content_type, body, ANSWER_BYTES_MAX);
        answers::accepted(url, answer, ANSWER_BYTES_MAX)
    }
}
