//! What can go wrong with a request. [`crate::problem`] maps it to a code, an HTTP status and a body.

use crate::problem::NextRange;
use ledger::error::{ReadError, SubmitError};
use ledger_query::parameter::QueryFault;
use ledger_query::projection::ProjectionError;
use ledger_query::share::PoolFull;
use ledger_query::verdict::CollectError;
use verifier::assess::ClosureError;
use verifier::fault::Fault;
use verifier::index::{LeafIndex, TreeSize};

/// Why a request has no answer of its own kind.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// The ledger did not take a submission.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The thing asked for is not in this log. The caller is at fault.
    #[error("this log holds no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// The path is none of this server's. The caller is at fault.
    #[error("there is no such address")]
    NoAddress,
    /// What was asked for was erased by an order in the log. Nobody is at fault.
    #[error("it was erased by the order in entry {order}")]
    Erased {
        /// The entry of the order.
        order: LeafIndex,
    },
    /// A path segment, query parameter or header has another form. The caller is at fault.
    #[error("{name}: expected {expected}")]
    Parameter {
        /// Name of the segment, parameter or header.
        name: &'static str,
        /// What would have been accepted.
        expected: String,
    },
    /// A path segment or query parameter that cannot be an id. The caller is at fault.
    #[error("{name}: expected {expected}, found {found}")]
    Id {
        /// Name of the segment or parameter.
        name: &'static str,
        /// What would have been accepted.
        expected: String,
        /// What is wrong with it.
        found: String,
    },
    /// The query string is not what the address takes.
    #[error(transparent)]
    Query(#[from] QueryFault),
    /// A body, or the number of its lines, exceeds a limit. Nothing of it was logged.
    #[error("at most {max} {unit}")]
    TooLarge {
        /// The limit, in the unit that `unit` names.
        max: usize,
        /// What is counted, such as bytes or lines.
        unit: &'static str,
    },
    /// A job has more evidence than one assessment may hold. Nobody is at fault; nothing was judged.
    #[error("the job's evidence exceeds {max} {what}: it is not assessed here")]
    ClosureTooLarge {
        /// What is counted: records, lookups or bytes of evidence.
        what: &'static str,
        /// The limit, in the unit that `what` names.
        max: usize,
    },
    /// The connection broke before the whole body was here.
    #[error("the body could not be read to its end")]
    BodyIncomplete,
    /// The body came more slowly than the server waits for.
    #[error(
        "the body came too slowly: at least {bytes} bytes, or the rest of it, are expected every {seconds} s"
    )]
    BodyTooSlow {
        /// What has to come …
        bytes: usize,
        /// … in this time.
        seconds: f64,
    },
    /// Not exactly one Host header, or one that contradicts the request line.
    #[error("Host: expected {expected}")]
    HostInvalid {
        /// What would have been accepted.
        expected: &'static str,
    },
    /// Another content type. The caller is at fault.
    #[error("expected content type {}", .expected.join(" or "))]
    UnsupportedMediaType {
        /// Those that are read here.
        expected: &'static [&'static str],
    },
    /// A content coding that is not undone here. The caller is at fault.
    #[error("expected no content encoding, or gzip alone")]
    UnsupportedEncoding,
    /// The caller accepts no form of what it asks for.
    #[error("Accept allows none of {}", .available.join(", "))]
    NotAcceptable {
        /// The forms that there are.
        available: &'static [&'static str],
    },
    /// A position, size or cursor beyond the log's end: the caller's mistake, or a log that was rolled back.
    #[error(
        "{name}: {asked} is beyond the end of this log, whose newest checkpoint is of size {size}. If this log gave you \
         that position, it was rolled back or replaced, and you may hold the proof: keep your checkpoint, receipts and \
         entries, and compare them with /log/checkpoint (ledger-verify audit)"
    )]
    PositionAhead {
        /// Which parameter or header, or what was asked for.
        name: &'static str,
        /// The position or size that was asked for.
        asked: u64,
        /// The published size.
        size: u64,
    },
    /// The log's index does not cover what was asked about, or not yet. Nobody is at fault, for a second.
    #[error("{0}")]
    IndexBehind(String),
    /// More entries than one proved answer holds. Nobody is at fault: it comes in pieces.
    #[error(
        "the answer has more than {max} entries: ask for it in pieces, of which the first is at {}",
        .next.address
    )]
    AnswerTooLong {
        /// The most entries of one proved answer.
        max: usize,
        /// The first piece.
        next: NextRange,
    },
    /// A compact JWS in the path or the query.
    #[error("the {place} holds a compact JWS: tokens are bearer secrets, look them up by token_hash")]
    TokenLeaked {
        /// path or query.
        place: &'static str,
    },
    /// No token, an unknown one, or one of another role.
    #[error("{expected} is needed")]
    Unauthenticated {
        /// The role whose token is needed.
        expected: &'static str,
    },
    /// The caller is known, and may not do this.
    #[error("{reason}")]
    Forbidden {
        /// Why the caller may not do this.
        reason: &'static str,
    },
    /// `wait=witnessed` without witnesses.
    #[error("no witness is configured; use wait=integrated")]
    WitnessNotConfigured,
    /// The quorum did not come in time. Nobody is at fault but witnesses, or who runs them.
    #[error(
        "entry {index} is in the log under a signed checkpoint, but not enough witnesses cosigned one that covers it within \
         {waited_s} s: {witnesses}. Nothing is lost: send the same document again to go on waiting"
    )]
    NotWitnessed {
        /// The entry.
        index: LeafIndex,
        /// How long the server waited, in seconds.
        waited_s: u64,
        /// How far each witness is.
        witnesses: String,
    },
    /// One submitter has too many requests under way.
    #[error("too many submissions of this submitter are under way")]
    TooManyRequests,
    /// Too many tokens that are nobody's came from one peer.
    #[error(
        "too many requests with an unknown token came from this address: correct the token first. Requests with a valid \
         token are answered at any time"
    )]
    UnknownTokens {
        /// Seconds until the next one counts as a new attempt.
        wait_s: u64,
    },
    /// As many share links are open as there may be.
    #[error("{max} share links are open, which is as many as there may be: revoke one first")]
    LinksFull {
        /// How many share links may be open.
        max: usize,
    },
    /// A pool is used up, or the caller's share of it. Nothing was logged.
    #[error(transparent)]
    Full(#[from] PoolFull),
    /// The server sheds load. Nothing was logged.
    #[error("{reason}")]
    Overloaded {
        /// What is exhausted.
        reason: &'static str,
    },
    /// No answer within the limit. A submission may still be logged; repeating it is safe.
    #[error("no answer within the time limit; repeating the request is safe")]
    TimedOut,
    /// The path exists, the method does not.
    #[error("this address takes {allowed} only")]
    MethodNotAllowed {
        /// The methods that it takes.
        allowed: &'static str,
    },
    /// Our fault; the text is for the log only.
    #[error("{0}")]
    Internal(String),
}

impl ApiError {
    /// A parameter of another form than `expected`.
    pub(crate) fn parameter(name: &'static str, expected: impl Into<String>) -> Self {
        Self::Parameter {
            name,
            expected: expected.into(),
        }
    }

    /// What was sent has a fault, and nothing of it was logged.
    pub(crate) const fn refused(fault: Fault) -> Self {
        Self::Submit(SubmitError::Refused {
            fault,
            refused_entry: None,
            known_index: None,
        })
    }

    /// A position, size or cursor beyond the published size.
    pub(crate) const fn position_ahead(name: &'static str, asked: u64, published: TreeSize) -> Self {
        Self::PositionAhead {
            name,
            asked,
            size: published.value(),
        }
    }
}

impl From<CollectError> for ApiError {
    fn from(error: CollectError) -> Self {
        match error {
            CollectError::Read(error) => error.into(),
            CollectError::Closure(ClosureError::TooLarge { what, max }) => {
                Self::ClosureTooLarge { what, max }
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<ProjectionError> for ApiError {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Read(error) => error.into(),
            ProjectionError::NotKept => Self::Overloaded {
                reason: "this server keeps no list of verdicts",
            },
            ProjectionError::Behind { .. } => Self::Overloaded {
                reason: "verdicts are not known up to that size yet",
            },
            ProjectionError::Outdated => Self::parameter("cursor", "a newer list: begin it again"),
            other => {
                tracing::warn!(error = %other, "the projection gave no answer");
                Self::Overloaded {
                    reason: "the list of verdicts is being made again",
                }
            }
        }
    }
}

/// What a store lacks although the signed head says that it is there.
pub(crate) fn missing(what: String) -> ReadError {
    ReadError::Corrupt {
        what,
        expected: "present".to_owned(),
        found: "nothing".to_owned(),
    }
}
