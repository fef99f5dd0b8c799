//! One request and its answer. Nothing that a server does keeps the caller for ever: a connection, an answer and all
//! requests together have deadlines, a body has a largest size and may have a least rate.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, RequestBuilder};
use zeroize::Zeroizing;

/// How the client names itself to servers.
const USER_AGENT: &str = concat!("evidence-ledger/", env!("CARGO_PKG_VERSION"));
/// Which authorities a server's certificate may come from: those that Mozilla trusts, as they were when this was built.
const ROOTS: RootCerts = RootCerts::WebPki;
/// How long a body may be slower than its least rate: a slow start is no attack.
const GRACE: Duration = Duration::from_secs(5);
const CHUNK_BYTES: usize = 16 * 1024;

/// How long a client waits.
#[derive(Clone, Copy, Debug)]
pub struct TransportLimits {
    /// For the address of a name, and then for a connection.
    pub connect: Duration,
    /// For one request with all of its answer.
    pub request: Duration,
    /// Redirects that are followed for one request.
    pub redirects: u32,
    /// What is asked of a server that nobody trusts.
    pub pace: Option<TransportPace>,
}

/// How fast a server has to take a request and send its answer.
#[derive(Clone, Copy, Debug)]
pub struct TransportPace {
    /// For the head of an answer.
    pub head: Duration,
    /// For the next bytes in the middle of a body.
    pub silence: Duration,
    /// Least rate of a body after its first five seconds, in bytes a second.
    pub bytes_per_second: u64,
    /// For all requests of a client together, since it was made.
    pub all: Duration,
}

impl TransportLimits {
    /// For commands: a batch of 1,000 lines is verified, synced and answered well within a minute.
    pub const COMMAND: Self = Self {
        connect: Duration::from_secs(5),
        request: Duration::from_secs(60),
        redirects: 10,
        pace: None,
    };

    /// For a witness, which is asked again a second later: a name, a connection and the answer come in some seconds or not at all. An
    /// address that moved is for the operator to look at.
    pub const WITNESS: Self = Self {
        connect: Duration::from_secs(3),
        request: Duration::from_secs(8),
        redirects: 0,
        pace: None,
    };

    /// For a webhook, whose receiver takes a message first and works on it later. An address that moved is for the operator to look at.
    pub const WEBHOOK: Self = Self {
        connect: Duration::from_secs(5),
        request: Duration::from_secs(15),
        redirects: 0,
        pace: None,
    };

    /// For an audit, which reads a whole log of a server that nobody trusts within `deadline`.
    pub const fn audit(deadline: Duration) -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: deadline,
            redirects: 3,
            pace: Some(TransportPace {
                head: Duration::from_secs(20),
                silence: Duration::from_secs(20),
                bytes_per_second: 1024,
                all: deadline,
            }),
        }
    }
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportFailure {
    /// What was given as a URL is not one. The caller's fault.
    #[error("bad uri: {0}")]
    Address(String),
    /// No connection, one that broke, or no answer in time. It may be better next time.
    #[error("{0}")]
    Broken(String),
    /// The server keeps less than the pace that was asked of it.
    #[error("{0}")]
    TooSlow(String),
    /// The time for all requests of this client is over.
    #[error("no time is left for another request")]
    OutOfTime,
}

/// What a server answered, with whatever status.
#[derive(Debug)]
pub struct HttpAnswer {
    /// HTTP status.
    pub status: StatusCode,
    /// Header fields.
    pub headers: HeaderMap,
    /// The body; of one that is too long no more than the limit and one byte.
    pub body: Vec<u8>,
}

/// A pool of connections, in the name of one caller.
#[derive(Clone, Debug)]
pub struct Transport {
    agent: Agent,
    authorization: Option<Zeroizing<String>>,
    limits: TransportLimits,
    started: Instant,
}

impl Transport {
    /// `token` is a bearer token, which every request carries.
    pub fn new(token: Option<&str>, limits: TransportLimits) -> Self {
        let agent = Agent::config_builder()
            .user_agent(USER_AGENT)
            .tls_config(TlsConfig::builder().root_certs(ROOTS).build())
            .http_status_as_error(false)
            .max_redirects(limits.redirects)
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.request))
            .timeout_resolve(limits.pace.map(|_| limits.connect))
            .timeout_recv_response(limits.pace.map(|pace| pace.head))
            .timeout_per_read(limits.pace.map(|pace| pace.silence))
            .build()
            .into();
        Self {
            agent,
            authorization: token.map(|token| Zeroizing::new(format!("Bearer {}", token.trim()))),
            limits,
            started: Instant::now(),
        }
    }

    /// `GET` with more header fields, each a name and a value.
    ///
    /// # Errors
    /// A [`TransportFailure`] where there is no answer. Any status is an answer.
    pub fn get(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        bytes_max: usize,
    ) -> Result<HttpAnswer, TransportFailure> {
        self.answer(self.begin_get(url, headers)?, bytes_max)
    }

    /// The header fields of the answer to `GET`. Its body, which may be a stream without an end, is not read.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_headers(&self, url: &str, headers: &[(&str, &str)]) -> Result<HeaderMap, TransportFailure> {
        let response = self.begin_get(url, headers)?;
        let response = response.map_err(|error| self.failure(error, AwaitedPart::Head))?;
        Ok(response.into_parts().0.headers)
    }

    fn begin_get(
        &self,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Result<Result<Response<Body>, ureq::Error>, TransportFailure> {
        self.check_time()?;
        let request = self.authorized(self.agent.get(url));
        let add = |request: RequestBuilder<_>, (name, value): &(&str, &str)| request.header(*name, *value);
        Ok(headers.iter().fold(request, add).call())
    }

    /// `POST`.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn post(
        &self,
        url: &str,
        content_type: &str,
        body: &[u8],
        bytes_max: usize,
    ) -> Result<HttpAnswer, TransportFailure> {
        self.check_time()?;
        let request = self.authorized(self.agent.post(url));
        self.answer(request.header("Content-Type", content_type).send(body), bytes_max)
    }

    /// `POST` of JSON with more header fields, each a name and a value.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn post_json_with(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        bytes_max: usize,
    ) -> Result<HttpAnswer, TransportFailure> {
        self.check_time()?;
        let request = self
            .authorized(self.agent.post(url))
            .header("Content-Type", "application/json");
        let add = |request: RequestBuilder<_>, (name, value): &(&str, &str)| request.header(*name, *value);
        self.answer(headers.iter().fold(request, add).send(body), bytes_max)
    }

    /// `DELETE`.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn delete(&self, url: &str, bytes_max: usize) -> Result<HttpAnswer, TransportFailure> {
        self.check_time()?;
        self.answer(self.authorized(self.agent.delete(url)).call(), bytes_max)
    }

    fn authorized<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.authorization {
            Some(authorization) => request.header("Authorization", authorization.as_str()),
            None => request,
        }
    }

    fn answer(
        &self,
        result: Result<Response<Body>, ureq::Error>,
        bytes_max: usize,
    ) -> Result<HttpAnswer, TransportFailure> {
        let (parts, body) = result
            .map_err(|error| self.failure(error, AwaitedPart::Head))?
            .into_parts();
        Ok(HttpAnswer {
            status: parts.status,
            headers: parts.headers,
            body: self.body(body.into_reader(), bytes_max)?,
        })
    }

    /// Reads no more than may be there, and one byte.
    fn body(&self, mut body: impl Read, max: usize) -> Result<Vec<u8>, TransportFailure> {
        let started = Instant::now();
        let mut bytes = Vec::new();
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let count = match body.read(&mut chunk) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.failure(error.into(), AwaitedPart::Body)),
            };
            let room = max.saturating_add(1).saturating_sub(bytes.len());
            bytes.extend(chunk.iter().take(count.min(room)));
            if count == 0 || bytes.len() > max {
                return Ok(bytes);
            }
            self.check_time()?;
            self.check_rate(bytes.len(), started.elapsed())?;
        }
    }

    fn check_rate(&self, read: usize, elapsed: Duration) -> Result<(), TransportFailure> {
        let Some(TransportPace { bytes_per_second, .. }) = self.limits.pace else {
            return Ok(());
        };
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        if elapsed <= GRACE || read >= elapsed.as_secs().saturating_mul(bytes_per_second) {
            return Ok(());
        }
        Err(TransportFailure::TooSlow(format!(
            "{read} bytes came in {} s, which is less than {bytes_per_second} a second",
            elapsed.as_secs()
        )))
    }

    fn check_time(&self) -> Result<(), TransportFailure> {
        match self.limits.pace {
            Some(pace) if self.started.elapsed() >= pace.all => Err(TransportFailure::OutOfTime),
            _ => Ok(()),
        }
    }

    fn failure(&self, error: ureq::Error, awaited: AwaitedPart) -> TransportFailure {
        match (error, self.limits.pace) {
            (ureq::Error::BadUri(reason), _) => TransportFailure::Address(reason),
            (error, Some(pace)) if is_timeout(&error) => match (self.check_time(), awaited) {
                (Err(out_of_time), _) => out_of_time,
                (Ok(()), AwaitedPart::Head) => {
                    TransportFailure::TooSlow(format!("no answer within {} s ({error})", pace.head.as_secs()))
                }
                (Ok(()), AwaitedPart::Body) => {
                    TransportFailure::TooSlow(format!("nothing came for {} s", pace.silence.as_secs()))
                }
            },
            (error, _) => TransportFailure::Broken(error.to_string()),
        }
    }
}

/// What a request was waiting for.
#[derive(Clone, Copy)]
enum AwaitedPart {
    Head,
    Body,
}

fn is_timeout(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Timeout(_) => true,
        ureq::Error::Io(error) => error.kind() == io::ErrorKind::TimedOut,
        _ => false,
    }
}
