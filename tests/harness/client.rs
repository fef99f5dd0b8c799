//! HTTP as any client speaks it.

use crate::HarnessError;
use serde_json::Value;
use std::time::Duration;
use ureq::http::header::{HeaderName, HeaderValue};

/// A status and a body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// [`HarnessError::Json`] where it is not JSON.
    pub fn json(&self) -> Result<Value, HarnessError> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A client of one server, with connections kept alive.
#[derive(Debug, Clone)]
pub struct Client {
    agent: ureq::Agent,
    url: String,
}

impl Client {
    /// A client of the server at `url`. Every status is an answer, not an error.
    pub fn new(url: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self {
            agent: config.into(),
            url: url.to_owned(),
        }
    }

    /// GET.
    ///
    /// # Errors
    /// [`HarnessError::Http`] where no answer came, or one over 64 MiB. An error status is an answer.
    pub fn get(&self, path: &str) -> Result<Answer, HarnessError> {
        let mut response = self.agent.get(format!("{}{path}", self.url)).call()?;
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        Ok(Answer {
            status: response.status().as_u16(),
            body,
        })
    }

    /// Bytes of head and body of an answer to GET, compressed where the server compresses for browsers.
    pub(crate) fn transfer(&self, path: &str) -> Result<usize, HarnessError> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let mut response = request.header("accept-encoding", "gzip").call()?;
        let line =
            |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + ": \r\n".len();
        let head: usize = response.headers().iter().map(line).sum();
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        Ok(head + body.len())
    }

    /// In which coding the answer to GET comes, given the codings that are accepted; `None` if as it is.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn coding(
        &self,
        path: &str,
        media_type: &str,
        accepted: &str,
    ) -> Result<Option<String>, HarnessError> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let request = request.header("accept", media_type);
        let response = request.header("accept-encoding", accepted).call()?;
        let coding = response.headers().get("content-encoding");
        Ok(coding.map(|coding| String::from_utf8_lossy(coding.as_bytes()).into_owned()))
    }

    /// POST with a content type.
    ///
    /// # Errors
    /// [`HarnessError::Http`] where no answer came, or one over 256 MiB. An error status is an answer.
    pub fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Answer, HarnessError> {
        let mut response = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("content-type", content_type)
            .send(body)?;
        let body = response.body_mut().with_config().limit(256 << 20).read_to_vec()?;
        Ok(Answer {
            status: response.status().as_u16(),
            body,
        })
    }

    /// One document.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub fn submit(&self, document: &str) -> Result<Answer, HarnessError> {
        self.post("/v1/evidence", "application/json", document.as_bytes())
    }

    /// Many documents; one answer object a line.
    ///
    /// # Errors
    /// [`HarnessError::Unexpected`] where the status is not 200, [`HarnessError::Json`] where a line is not
    /// JSON; otherwise as [`post`](Self::post).
    pub fn submit_batch(&self, documents: &[String]) -> Result<Vec<Value>, HarnessError> {
        let answer = self.post(
            "/v1/evidence/batch",
            "application/x-ndjson",
            documents.join("\n").as_bytes(),
        )?;
        if answer.status != 200 {
            return Err(HarnessError::unexpected("status 200 for a batch", answer.text()));
        }
        answer
            .text()
            .lines()
            .map(|line| Ok(serde_json::from_str(line)?))
            .collect()
    }
}
