//! What pages answer when there is nothing to show. The public text says what to do; the cause of a
//! failure of ours goes to the log.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{Html, IntoResponse, Redirect, Response};
use ledger::error::ReadError;
use ledger::reader::CollectError;
use ledger::share::{Full, NotDone};
use verifier::assess::ClosureError;
use verifier::code::Code;

use crate::chrome::{Chrome, Section};

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// The log has no such thing.
    #[error("no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// A part of the address has another form.
    #[error("{what} is not {expected}")]
    Malformed {
        /// Which part.
        what: &'static str,
        /// The form.
        expected: &'static str,
    },
    /// A parameter that the page does not take, or of another form.
    #[error("{detail}")]
    Query {
        /// Which, and why: a sentence.
        detail: String,
    },
    /// A part of the address cannot be an id.
    #[error("{what}: expected {expected}, found {found}")]
    NoId {
        /// Which part.
        what: &'static str,
        /// What would be one.
        expected: String,
        /// What is wrong with it.
        found: String,
    },
    /// A hash in another spelling than ours: its page has another address.
    #[error("the page is at {href}")]
    OtherSpelling {
        /// The address.
        href: String,
    },
    /// A bearer token in the address.
    #[error("a token in the address")]
    TokenLeaked,
    /// A bearer token in what a form sent.
    #[error("a token in a form")]
    TokenSent,
    /// The address is there, the method is not.
    #[error("this page takes {allowed} only")]
    MethodNotAllowed {
        /// The methods that it takes.
        allowed: &'static str,
    },
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A job with more evidence than one assessment may hold.
    #[error("more than {max} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        max: usize,
    },
    /// Verdicts are not known, or not yet.
    #[error("no verdicts: {why}")]
    NoVerdicts {
        /// Why, in words.
        why: String,
    },
    /// More is asked for than the server does at once, or than it does for one caller.
    #[error(transparent)]
    Busy(#[from] Full),
    /// Ours.
    #[error("cannot make the page: {0}")]
    Internal(String),
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorView {
    chrome: Chrome,
    status: u16,
    title: &'static str,
    code: Code,
    message: String,
    hint: &'static str,
    /// What to run instead, where a command helps.
    command: Option<&'static str>,
}

/// A token is looked up by its hash, made where the token is.
const HASH_A_TOKEN: &str = "printf %s \"$TOKEN\" | sha256sum";

impl PageError {
    fn view(&self) -> (StatusCode, &'static str, Code, String, &'static str) {
        match self {
            Self::NotFound { what: "page" } => (
                StatusCode::NOT_FOUND,
                "Not found",
                Code::NotFound,
                "There is no such address.".to_owned(),
                "Check that the address was copied whole; the search finds what this log holds.",
            ),
            Self::NotFound { what } => (
                StatusCode::NOT_FOUND,
                "Not found",
                Code::NotFound,
                format!("There is no such {what} here, or not yet."),
                "Ids are compared byte for byte, with capitals and spaces. In an address they are percent-encoded.",
            ),
            Self::Malformed { what, expected } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "This address is not valid",
                Code::InvalidParameter,
                format!("The {what} in this address is not {expected}."),
                "Check that the address was copied whole.",
            ),
            Self::Query { detail } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "This address is not valid",
                Code::InvalidParameter,
                detail.clone(),
                "A parameter that is not known is refused, so that a misspelt filter never shows more than was asked for.",
            ),
            Self::NoId { what, expected, found } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Not an id",
                Code::InvalidId,
                format!("The {what} in this address cannot be one: expected {expected}, found {found}."),
                "No id in this log has such characters, so that no two look alike. Copy the id again from where it is shown.",
            ),
            Self::OtherSpelling { href } => (
                StatusCode::PERMANENT_REDIRECT,
                "Elsewhere",
                Code::NotFound,
                format!("The page is at {href}."),
                "",
            ),
            Self::TokenLeaked => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "A token in the address",
                Code::TokenLeaked,
                "This address holds what looks like a token. Tokens are secrets: whoever has one can use it."
                    .to_owned(),
                "Revoke the token: it stands in this browser's history now. Look it up by its SHA-256 (64 hex digits), which is safe to share:",
            ),
            Self::TokenSent => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "A token in what you sent",
                Code::TokenLeaked,
                "What you sent holds what looks like a token. Tokens are secrets: whoever has one can use it."
                    .to_owned(),
                "Nothing of it was verified or kept. Evidence never needs the token itself: look it up by its SHA-256 (64 hex digits), which is safe to share:",
            ),
            Self::MethodNotAllowed { allowed } => (
                StatusCode::METHOD_NOT_ALLOWED,
                "This page does not take that method",
                Code::MethodNotAllowed,
                format!("This page takes {allowed} only."),
                "Open the address itself; evidence is sent to /v1/evidence.",
            ),
            Self::TooLarge { what, max } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Too much evidence for one page",
                Code::ClosureTooLarge,
                format!("This job has more than {max} {what}; no verdict is made of that much here."),
                "Its entries are listed, page by page, under /v1/jobs/{job_id}/entries.",
            ),
            _ => self.trouble(),
        }
    }

    /// What is the server's matter and not that of the address.
    fn trouble(&self) -> (StatusCode, &'static str, Code, String, &'static str) {
        match self {
            Self::NoVerdicts { why } => (
                StatusCode::SERVICE_UNAVAILABLE,
                "No list of verdicts now",
                Code::Unavailable,
                format!("This page is made from a list of verdicts, and {why}."),
                "Each job's own page judges it from the log, without that list.",
            ),
            Self::Busy(full) => busy(*full),
            Self::Read(ReadError::Beyond { size, .. }) => (
                StatusCode::CONFLICT,
                "Not in the log yet",
                Code::PositionAhead,
                format!(
                    "The log has {} entries; this address speaks of later ones.",
                    crate::text::grouped(*size)
                ),
                "Positions count from 0. If this log gave you the address, it was rolled back or replaced, and what you hold may prove it: keep it, and compare it with the newest checkpoint.",
            ),
            Self::Read(ReadError::Corrupt { .. }) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Stored bytes do not match the signed log",
                Code::Internal,
                "What is stored here does not hash to what the log has signed, so it is not shown."
                    .to_owned(),
                "The operator finds the damaged object in the server's log and with ledgerd fsck.",
            ),
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "This page could not be made",
                Code::Internal,
                "The server failed; this says nothing about the evidence.".to_owned(),
                "Try again. If it stays so, the server's log has the cause.",
            ),
        }
    }
}

/// What a visitor is told who has to come back.
fn busy(full: Full) -> (StatusCode, &'static str, Code, String, &'static str) {
    match full {
        Full::Pool(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Too busy for this page just now",
            Code::Unavailable,
            "The server is making as many pages for others as it does at one time.".to_owned(),
            "Wait a moment and load the page again. Nothing is lost, and evidence is still logged meanwhile.",
        ),
        Full::Share(_) => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many pages at once",
            Code::TooManyRequests,
            "From where you are, as many pages are asked for as the server makes for one caller at one time."
                .to_owned(),
            "Wait a moment and load the page again.",
        ),
    }
}

impl From<CollectError> for PageError {
    fn from(error: CollectError) -> Self {
        match error {
            CollectError::Read(error) => error.into(),
            CollectError::Closure(ClosureError::TooLarge { what, max }) => Self::TooLarge { what, max },
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<NotDone> for PageError {
    fn from(error: NotDone) -> Self {
        match error {
            NotDone::Full(full) => Self::Busy(full),
            NotDone::Failed(why) => Self::Internal(why),
        }
    }
}

/// Seconds after which a page that there was no room for may be asked for again.
const RETRY_AFTER_S: &str = "1";

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        if let Self::OtherSpelling { href } = &self {
            return Redirect::permanent(href).into_response();
        }
        let (status, title, code, message, hint) = self.view();
        let is_busy = matches!(self, Self::Busy(_));
        if status.is_server_error() && !is_busy {
            tracing::error!(error = %self, "a page could not be made");
        }
        let chrome = Chrome::bare(Section::None);
        let view = ErrorView {
            command: matches!(self, Self::TokenLeaked | Self::TokenSent).then_some(HASH_A_TOKEN),
            chrome,
            status: status.as_u16(),
            title,
            code,
            message,
            hint,
        };
        match view.render() {
            Ok(html) if is_busy => (status, [(RETRY_AFTER, RETRY_AFTER_S)], Html(html)).into_response(),
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                tracing::error!(%error, "the error page could not be made");
                (status, title).into_response()
            }
        }
    }
}
