//! A log behind an address. Nothing that a server does keeps the auditor for ever: a connection, an answer and the
//! whole audit have deadlines, a body has a least rate and a largest size.

use std::cell::Cell;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::{StatusCode, Uri};
use verifier::tile::TilePath;

use crate::files::InputError;
use crate::source::{
    CHECKPOINT_BYTES_MAX, GENESIS_BYTES_MAX, ReadError, Source, bytes_max, expect_note, optional,
};

/// A server that answers at all accepts a connection within this time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Redirects that are followed for one resource.
const REDIRECTS_MAX: u32 = 3;
/// A server has sent the head of its answer within this time.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// What is not asked of the rate of a body: a slow start is no attack.
const GRACE: Duration = Duration::from_secs(5);
/// Least rate of a body after that, in bytes a second since its first byte was asked for.
const RATE_MIN: u64 = 1024;
/// A server that says nothing for so long in the middle of a body has stopped.
const SILENCE_MAX: Duration = Duration::from_secs(20);
/// A connection that breaks, and what is not there, are asked for this often.
const ATTEMPTS: u32 = 3;

/// A server by its address.
pub(crate) struct Server {
    agent: Agent,
    /// As it was given.
    address: String,
    /// The root of the server, of which `/v1/…` is.
    root: String,
    /// Where its log may be; the address may name the server or the log.
    places: [String; 2],
    /// Which of the places has the log.
    place: Cell<usize>,
    token: Option<String>,
    ends: Instant,
    deadline: Duration,
}

impl Server {
    pub(crate) fn new(address: &str, token: Option<String>, deadline: Duration) -> Result<Self, InputError> {
        let no_address = |why: &str| InputError::Source(format!("{address}: {why}"));
        let uri: Uri = address.parse().map_err(|_| no_address("not a URL"))?;
        if uri.query().is_some() || address.contains('#') {
            return Err(no_address("the address of a log has no query and no fragment"));
        }
        let given = address.trim_end_matches('/');
        let given = given
            .strip_suffix("/checkpoint")
            .unwrap_or(given)
            .trim_end_matches('/');
        let (root, places) = match given.strip_suffix("/log") {
            Some(root) => (root, [given.to_owned(), format!("{given}/log")]),
            None => (given, [format!("{given}/log"), given.to_owned()]),
        };
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(HEAD_TIMEOUT))
            .timeout_per_read(Some(SILENCE_MAX))
            .timeout_global(Some(deadline))
            .max_redirects(REDIRECTS_MAX)
            .http_status_as_error(false)
            .build();
        let now = Instant::now();
        Ok(Self {
            agent: config.into(),
            address: address.to_owned(),
            root: root.trim_end_matches('/').to_owned(),
            places,
            place: Cell::new(0),
            token,
            ends: now.checked_add(deadline).unwrap_or(now),
            deadline,
        })
    }

    fn get(&self, url: &str, max: usize) -> Result<Vec<u8>, ReadError> {
        let unreadable = |reason: String| ReadError::Unreadable {
            path: url.to_owned(),
            reason,
        };
        let mut attempt = 1;
        loop {
            let is_last = attempt == ATTEMPTS;
            match self.request(url, max) {
                Ok((StatusCode::OK, bytes)) => return Ok(bytes),
                Ok((StatusCode::NOT_FOUND, _)) if is_last => return Err(ReadError::Missing(url.to_owned())),
                Ok((status, _)) if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN => {
                    return Err(unreadable(format!(
                        "status {status}: the log is not open to everybody; --token-file gives the token of a reader"
                    )));
                }
                Ok((status, _))
                    if is_last || (status.is_client_error() && status != StatusCode::NOT_FOUND) =>
                {
                    return Err(unreadable(format!("status {status}")));
                }
                Err(Stop::TooSlow(limit)) => {
                    return Err(ReadError::TooSlow {
                        path: url.to_owned(),
                        limit,
                    });
                }
                Err(Stop::Broken(reason)) if is_last => return Err(unreadable(reason)),
                Ok(_) | Err(Stop::Broken(_)) => attempt += 1,
            }
        }
    }

    fn request(&self, url: &str, max: usize) -> Result<(StatusCode, Vec<u8>), Stop> {
        self.check_deadline()?;
        let mut request = self.agent.get(url);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = request.call().map_err(|error| self.stopped(&error))?;
        let status = response.status();
        let bytes = self.body(response.into_body().into_reader(), max)?;
        Ok((status, bytes))
    }

    /// Reads no more than may be there, and one byte.
    fn body(&self, mut body: impl Read, max: usize) -> Result<Vec<u8>, Stop> {
        let started = Instant::now();
        let mut bytes = Vec::new();
        let mut chunk = vec![0; 16 * 1024];
        loop {
            let count = match body.read(&mut chunk) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if is_timeout(&error) => return Err(self.silent()),
                Err(error) => return Err(Stop::Broken(error.to_string())),
            };
            let room = max.saturating_add(1).saturating_sub(bytes.len());
            bytes.extend(chunk.iter().take(count.min(room)));
            if count == 0 || bytes.len() > max {
                return Ok(bytes);
            }
            self.check_deadline()?;
            let elapsed = started.elapsed();
            let read = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if elapsed > GRACE && read < elapsed.as_secs().saturating_mul(RATE_MIN) {
                return Err(Stop::TooSlow(format!(
                    "{read} bytes came in {} s, which is less than {RATE_MIN} a second",
                    elapsed.as_secs()
                )));
            }
        }
    }

    fn check_deadline(&self) -> Result<(), Stop> {
        if Instant::now() < self.ends {
            return Ok(());
        }
        Err(self.past_deadline())
    }

    fn past_deadline(&self) -> Stop {
        Stop::TooSlow(format!(
            "the audit is not done after {} s; --deadline gives it more",
            self.deadline.as_secs()
        ))
    }

    /// A body of which nothing more came.
    fn silent(&self) -> Stop {
        match self.check_deadline() {
            Ok(()) => Stop::TooSlow(format!("nothing came for {} s", SILENCE_MAX.as_secs())),
            Err(stop) => stop,
        }
    }

    fn stopped(&self, error: &ureq::Error) -> Stop {
        match error {
            ureq::Error::Timeout(_) if self.check_deadline().is_err() => self.past_deadline(),
            ureq::Error::Timeout(_) => {
                Stop::TooSlow(format!("no answer within {} s ({error})", HEAD_TIMEOUT.as_secs()))
            }
            other => Stop::Broken(other.to_string()),
        }
    }

    fn place(&self) -> &str {
        self.places.get(self.place.get()).map_or("", String::as_str)
    }
}

/// Why a request ended without an answer.
enum Stop {
    /// It may be better next time.
    Broken(String),
    /// The limit that was reached. It is not asked again.
    TooSlow(String),
}

fn is_timeout(error: &io::Error) -> bool {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<ureq::Error>());
    matches!(inner, Some(ureq::Error::Timeout(_))) || error.kind() == io::ErrorKind::TimedOut
}

impl Source for Server {
    fn checkpoint(&self) -> Result<Vec<u8>, ReadError> {
        let mut first = None;
        for (position, place) in self.places.iter().enumerate() {
            let read = self
                .get(&format!("{place}/checkpoint"), CHECKPOINT_BYTES_MAX)
                .map_err(|error| error.at_start(&self.address))
                .and_then(|bytes| expect_note(&self.address, bytes));
            match read {
                Ok(bytes) => {
                    self.place.set(position);
                    return Ok(bytes);
                }
                // Where one place cannot be read, the other would tell nothing new.
                Err(error @ (ReadError::Unreadable { .. } | ReadError::TooSlow { .. })) => {
                    return Err(first.unwrap_or(error));
                }
                Err(error) => {
                    first.get_or_insert(error);
                }
            }
        }
        Err(first.unwrap_or(ReadError::Missing(self.address.clone())))
    }

    fn read(&self, path: TilePath) -> Result<Vec<u8>, ReadError> {
        self.get(&format!("{}/{path}", self.place()), bytes_max(path))
    }

    fn genesis(&self) -> Result<Option<Vec<u8>>, ReadError> {
        let read = self.get(&format!("{}/v1/entries/0", self.root), GENESIS_BYTES_MAX);
        optional(read)
    }
}
