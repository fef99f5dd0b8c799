//! HTTP as any client speaks it.

use crate::HarnessError;
use ledger_client::transport::{self, Transport, TransportLimits};
use serde_json::Value;

/// A status and a body.
#[derive(Debug, Clone)]
pub struct ClientAnswer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

impl ClientAnswer {
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

/// Of an answer to GET: 64 MiB.
const GET_BYTES_MAX: usize = 64 << 20;
/// Of an answer to POST: 256 MiB.
const POST_BYTES_MAX: usize = 256 << 20;

/// A client of one server, with connections kept alive.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
    url: String,
}

impl Client {
    /// A client of the server at `url`. Every status is an answer, not an error.
    pub fn new(url: &str) -> Self {
        Self::with_token(url, None)
    }

    /// The same, with a bearer token.
    pub fn with_token(url: &str, token: Option<&str>) -> Self {
        Self {
            transport: Transport::new(token, TransportLimits::COMMAND),
            url: url.to_owned(),
        }
    }

    /// GET.
    ///
    /// # Errors
    /// [`HarnessError::Http`] where no answer came, [`HarnessError::Unexpected`] where it is over 64 MiB. An error status is
    /// an answer.
    pub fn get(&self, path: &str) -> Result<ClientAnswer, HarnessError> {
        answer(self.get_with(path, &[])?, GET_BYTES_MAX)
    }

    /// Bytes of head and body of an answer to GET, compressed where the server compresses for browsers.
    pub(crate) fn transfer(&self, path: &str) -> Result<usize, HarnessError> {
        let answer = self.get_with(path, &[("accept-encoding", "gzip")])?;
        let lines = answer.headers.iter();
        let head: usize = lines
            .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
            .sum();
        Ok(head + answer.body.len())
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
        let url = format!("{}{path}", self.url);
        let accepted = [("accept", media_type), ("accept-encoding", accepted)];
        let headers = self.transport.get_headers(&url, &accepted)?;
        let coding = headers.get("content-encoding");
        Ok(coding.map(|coding| String::from_utf8_lossy(coding.as_bytes()).into_owned()))
    }

    fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<transport::HttpAnswer, HarnessError> {
        let url = format!("{}{path}", self.url);
        Ok(self.transport.get(&url, headers, GET_BYTES_MAX)?)
    }

    /// POST with a content type.
    ///
    /// # Errors
    /// [`HarnessError::Http`] where no answer came, [`HarnessError::Unexpected`] where it is over 256 MiB. An error status is
    /// an answer.
    pub fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<ClientAnswer, HarnessError> {
        let url = format!("{}{path}", self.url);
        answer(
            self.transport.post(&url, content_type, body, POST_BYTES_MAX)?,
            POST_BYTES_MAX,
        )
    }

    /// One document.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub fn submit(&self, document: &str) -> Result<ClientAnswer, HarnessError> {
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

fn answer(answer: transport::HttpAnswer, bytes_max: usize) -> Result<ClientAnswer, HarnessError> {
    if answer.body.len() > bytes_max {
        return Err(HarnessError::unexpected(
            "a shorter answer",
            format!("over {bytes_max} bytes"),
        ));
    }
    Ok(ClientAnswer {
        status: answer.status.as_u16(),
        body: answer.body,
    })
}
