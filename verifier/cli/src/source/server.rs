//! A log behind an address.

use std::cell::Cell;
use std::time::Duration;

use ledger_client::repeat::{self, ReadFailure};
use ledger_client::transport::{Transport, TransportFailure, TransportLimits};
use ledger_client::{StatusCode, Uri};
use verifier::tile::TilePath;

use super::{
    CHECKPOINT_BYTES_MAX, ENTRY_ANSWER_BYTES_MAX, LogSource, SourceError, bytes_max, expect_note, optional,
};
use crate::files::FileError;

/// A server by its address.
pub(crate) struct ServerUrl {
    transport: Transport,
    /// As it was given.
    address: String,
    /// The root of the server, of which `/v1/…` is.
    root: String,
    /// Where its log may be; the address may name the server or the log.
    places: [String; 2],
    /// Which of the places has the log.
    place: Cell<usize>,
    deadline: Duration,
}

impl ServerUrl {
    pub(crate) fn new(address: &str, token: Option<&str>, deadline: Duration) -> Result<Self, FileError> {
        let no_address = |why: &str| FileError::Source(format!("{address}: {why}"));
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
        Ok(Self {
            transport: Transport::new(token, TransportLimits::audit(deadline)),
            address: address.to_owned(),
            root: root.trim_end_matches('/').to_owned(),
            places,
            place: Cell::new(0),
            deadline,
        })
    }

    fn get(&self, url: &str, max: usize) -> Result<Vec<u8>, SourceError> {
        let path = url.to_owned();
        repeat::read(&self.transport, url, max).map_err(|failure| match failure {
            ReadFailure::Status(StatusCode::NOT_FOUND) => SourceError::Missing(path),
            ReadFailure::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => SourceError::Unreadable {
                path,
                reason: format!(
                    "{failure}: the log is not open to everybody; --token-file gives the token of a reader"
                ),
            },
            ReadFailure::Status(status @ (StatusCode::CONFLICT | StatusCode::PAYLOAD_TOO_LARGE)) => {
                SourceError::Refused { path, status }
            }
            ReadFailure::NoAnswer(TransportFailure::TooSlow(limit)) => SourceError::TooSlow { path, limit },
            ReadFailure::NoAnswer(TransportFailure::OutOfTime) => SourceError::TooSlow {
                path,
                limit: format!(
                    "the audit is not done after {} s; --deadline gives it more",
                    self.deadline.as_secs()
                ),
            },
            ReadFailure::Status(_) | ReadFailure::NoAnswer(TransportFailure::Address(_) | TransportFailure::Broken(_)) => {
                SourceError::Unreadable {
                    path,
                    reason: failure.to_string(),
                }
            }
        })
    }

    /// An answer of the server's API, by the path behind its root.
    pub(crate) fn answer(&self, path: &str, bytes_max: usize) -> Result<Vec<u8>, SourceError> {
        self.get(&format!("{}{path}", self.root), bytes_max)
    }

    fn place(&self) -> &str {
        self.places.get(self.place.get()).map_or("", String::as_str)
    }
}

impl LogSource for ServerUrl {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
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
                Err(error @ (SourceError::Unreadable { .. } | SourceError::TooSlow { .. })) => {
                    return Err(first.unwrap_or(error));
                }
                Err(error) => {
                    first.get_or_insert(error);
                }
            }
        }
        Err(first.unwrap_or(SourceError::Missing(self.address.clone())))
    }

    fn read(&self, path: TilePath) -> Result<Vec<u8>, SourceError> {
        self.get(&format!("{}/{path}", self.place()), bytes_max(path))
    }

    fn genesis(&self) -> Result<Option<Vec<u8>>, SourceError> {
        optional(self.answer("/v1/entries/0", ENTRY_ANSWER_BYTES_MAX))
    }
}
