//! Which failed requests are made again, and when: the one table for every client of this project.
//!
//! | caller | again after | not again after | pauses |
//! | --- | --- | --- | --- |
//! | a command that submits | no connection, 429, 503 | another status: the same request is refused again | growing from 0.2 to 10 s, or what the server asks for, up to 2 min; in all as long as the caller says |
//! | a webhook | any answer but 2xx, or none; four times, and at the next round | 410: the receiver is gone for good, and says it | growing from 0.2 to 10 s |
//! | an audit | a broken connection, 404, 5xx; twice | another 4xx, a server that is too slow | none |
//!
//! 404 is asked again because a server may be behind a proxy whose other servers have the tile already.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use backon::{BlockingRetryable, ConstantBuilder, ExponentialBuilder};
use ureq::http::StatusCode;

use crate::log::ClientError;
use crate::transport::{Transport, TransportFailure};

const FIRST_DELAY: Duration = Duration::from_millis(200);
const LONGEST_DELAY: Duration = Duration::from_secs(10);
/// A server that asks for a longer rest is asked again after this one.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(120);
/// How often a message is handed over again, before the next round.
const DELIVERY_REPEATS: usize = 4;
/// How often an audit repeats a request that failed.
const AUDIT_REPEATS: usize = 2;

/// Makes a command's request until it succeeds or a repetition cannot help. `pauses` bounds the time spent waiting
/// between the attempts.
///
/// # Errors
/// The last attempt's.
pub fn patiently<T>(
    pauses: Duration,
    attempt: impl FnMut() -> Result<T, ClientError>,
) -> Result<T, ClientError> {
    let asked_for = Rc::new(Cell::new(Duration::ZERO));
    let pause = Rc::clone(&asked_for);
    let backoff = ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(FIRST_DELAY)
        .with_max_delay(LONGEST_DELAY)
        .without_max_times()
        .with_total_delay(Some(pauses));
    attempt
        .retry(backoff)
        .when(ClientError::is_transient)
        .notify(|error, _| asked_for.set(error.retry_after().unwrap_or_default().min(RETRY_AFTER_MAX)))
        .sleep(move |delay: Duration| std::thread::sleep(delay.max(pause.take())))
        .call()
}

/// Why a webhook did not take a message.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryFailure {
    /// It answered another status than 2xx.
    #[error("the receiver answered status {0}")]
    Status(StatusCode),
    /// It did not answer.
    #[error(transparent)]
    NoAnswer(#[from] TransportFailure),
}

/// Hands a message to a webhook, with the status of the answer. The attempt is made anew each time, since its signature has a time.
///
/// # Errors
/// The last attempt's.
pub fn deliver(
    mut attempt: impl FnMut() -> Result<StatusCode, TransportFailure>,
) -> Result<(), DeliveryFailure> {
    let backoff = ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(FIRST_DELAY)
        .with_max_delay(LONGEST_DELAY)
        .with_max_times(DELIVERY_REPEATS);
    let attempt = || match attempt()? {
        status if status.is_success() => Ok(()),
        status => Err(DeliveryFailure::Status(status)),
    };
    let may_help = |failure: &DeliveryFailure| !matches!(failure, DeliveryFailure::Status(StatusCode::GONE));
    attempt.retry(backoff).when(may_help).call()
}

/// Why an audit did not read a resource.
#[derive(Debug, thiserror::Error)]
pub enum ReadFailure {
    /// The server answered another status than 200.
    #[error("status {0}")]
    Status(StatusCode),
    /// It did not answer.
    #[error(transparent)]
    NoAnswer(#[from] TransportFailure),
}

impl ReadFailure {
    fn is_transient(&self) -> bool {
        match self {
            Self::Status(status) => *status == StatusCode::NOT_FOUND || !status.is_client_error(),
            Self::NoAnswer(failure) => matches!(failure, TransportFailure::Broken(_)),
        }
    }
}

/// Reads a resource for an audit: its bytes, of one that is too long `bytes_max` and one.
///
/// # Errors
/// The last attempt's.
pub fn read(transport: &Transport, url: &str, bytes_max: usize) -> Result<Vec<u8>, ReadFailure> {
    let at_once = ConstantBuilder::default()
        .with_delay(Duration::ZERO)
        .with_max_times(AUDIT_REPEATS);
    let attempt = || match transport.get(url, &[], bytes_max)? {
        answer if answer.status == StatusCode::OK => Ok(answer.body),
        answer => Err(ReadFailure::Status(answer.status)),
    };
    attempt.retry(at_once).when(ReadFailure::is_transient).call()
}
