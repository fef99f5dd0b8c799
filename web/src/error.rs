//! What pages answer when there is nothing to show. The public text says what to do; the cause of a
//! failure of ours goes to the log.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{Html, IntoResponse, Redirect, Response};
use ledger::error::ReadError;
use ledger_query::share::{PoolFull, WorkError};
use ledger_query::verdict::CollectError;
use verifier::assess::ClosureError;
use verifier::code::Code;

use crate::chrome::{Chrome, Section};

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// The log has no such thing.
    #[error("no such {what}")]
    NotFound { what: &'static str },
    /// A part of the address has another form.
    #[error("{what} is not {expected}")]
    Malformed {
        what: &'static str,
        expected: &'static str,
    },
    /// A parameter that the page does not take, or of another form.
    #[error("{detail}")]
    Query { detail: String },
    /// A part of the address cannot be an id.
    #[error("{what}: expected {expected}, found {found}")]
    NoId {
        what: &'static str,
        expected: String,
        found: String,
    },
    /// A hash in another spelling than ours: its page has another address.
    #[error("the page is at {href}")]
    OtherSpelling { href: String },
    /// A bearer token in the address.
    #[error("a token in the address")]
    TokenLeaked,
    /// A bearer token in what a form sent.
    #[error("a token in a form")]
    TokenSent,
    /// What looks like a secret in the search form.
    #[error("a secret in the search form")]
    SecretSought { sha256: String },
    /// The address is there, the method is not.
    #[error("this page takes {allowed} only")]
    MethodNotAllowed { allowed: &'static str },
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A job with more evidence than one assessment may hold.
    #[error("more than {max} {what}")]
    TooLarge { what: &'static str, max: usize },
    /// Verdicts are not known, or not yet.
    #[error("no verdicts: {why}")]
    NoVerdicts { why: String },
    /// The session of who asked ended while the answer was sent.
    #[error("the session has ended")]
    SignedOut,
    /// The server stops while the answer is sent.
    #[error("the server stops")]
    Stopping,
    /// More is asked for than the server does at once, or than it does for one caller.
    #[error(transparent)]
    Busy(#[from] PoolFull),
    /// The server is at fault.
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
    /// What to search for instead, where there is something.
    search: Option<String>,
}

/// A token is looked up by its hash, made where the token is.
const HASH_A_TOKEN: &str = "printf %s \"$TOKEN\" | sha256sum";

impl PageError {
    /// What the page says of it, in sentences.
    pub(crate) fn message(&self) -> String {
        self.view().3
    }

    fn view(&self) -> (StatusCode, &'static str, Code, String, &'static str) {
        match self {
            Self::NotFound { what: "page" } => (
                StatusCode::NOT_FOUND,
                "Not found",
                Code::NotFound,
                "There is no page at this address.".to_owned(),
                "Check that the address was copied whole, or search for what you need.",
            ),
            Self::NotFound { what } => (
                StatusCode::NOT_FOUND,
                "Not found",
                Code::NotFound,
                format!("There is no such {what} here, or not yet."),
                "Ids are compared byte for byte, including capitals and spaces. In an address they are percent-encoded.",
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
                "Unknown parameters are refused, so that a misspelt filter never shows more than you asked for.",
            ),
            Self::NoId { what, expected, found } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Not an id",
                Code::InvalidId,
                format!("The {what} in this address is not valid: expected {expected}, found {found}."),
                "No id in this log has such characters, because two ids could look alike. Copy the id again.",
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
                "This address contains what looks like a token. A token is a secret: anyone who has it can use it."
                    .to_owned(),
                "Revoke the token, because it is in this browser's history now. Look it up by its SHA-256 (64 hex digits), which is safe to share:",
            ),
            Self::TokenSent => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "A token in what you sent",
                Code::TokenLeaked,
                "What you sent contains what looks like a token. A token is a secret: anyone who has it can use it."
                    .to_owned(),
                "It was neither verified nor kept. Evidence never needs the token itself. Look it up by its SHA-256 (64 hex digits), which is safe to share:",
            ),
            Self::SecretSought { .. } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "This looks like a secret",
                Code::TokenLeaked,
                "What you typed looks like a token, a key or a password, and no id in this log is spelled so. It was not put \
                 into an address, and nothing of it was kept."
                    .to_owned(),
                "A token is found by its SHA-256, which is safe to share.",
            ),
            Self::MethodNotAllowed { allowed } => (
                StatusCode::METHOD_NOT_ALLOWED,
                "Method not allowed",
                Code::MethodNotAllowed,
                format!("This page accepts {allowed} only."),
                "Open the address in a browser. Evidence is sent to /v1/evidence.",
            ),
            Self::TooLarge { what, max } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Too much evidence for one page",
                Code::ClosureTooLarge,
                format!("This job has more than {max} {what}, which is too much for one verdict."),
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
                format!("This page needs the list of verdicts, and {why}."),
                "The page of each job works without that list.",
            ),
            Self::Busy(full) => busy(*full),
            Self::SignedOut => (
                StatusCode::UNAUTHORIZED,
                "Signed out",
                Code::Unauthenticated,
                "The session ended before the whole answer was sent.".to_owned(),
                "Sign in again, and ask again.",
            ),
            Self::Stopping => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The server is stopping",
                Code::Unavailable,
                "The server stopped before the whole answer was sent.".to_owned(),
                "Ask again in a moment.",
            ),
            Self::Read(ReadError::Beyond { size, .. }) => (
                StatusCode::CONFLICT,
                "Not in the log yet",
                Code::PositionAhead,
                format!(
                    "The log has {} entries; this address is about later ones.",
                    crate::text::grouped(*size)
                ),
                "Entries are numbered from 0. If this log gave you the address, it was rolled back or replaced, and you may hold the proof. Keep it, and compare it with the newest checkpoint.",
            ),
            Self::Read(ReadError::Corrupt { .. }) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Stored bytes do not match the signed log",
                Code::Internal,
                "The stored data does not have the hash that the log has signed, so it is not shown."
                    .to_owned(),
                "The operator can find the damaged data in the server's log and with `ledgerd fsck`.",
            ),
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "This page could not be made",
                Code::Internal,
                "The server failed. This says nothing about the evidence.".to_owned(),
                "Try again. If it fails again, the operator finds the cause in the server's log.",
            ),
        }
    }
}

/// What a visitor is told who has to come back.
fn busy(full: PoolFull) -> (StatusCode, &'static str, Code, String, &'static str) {
    match full {
        PoolFull::Pool(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Too busy for this page just now",
            Code::Unavailable,
            "The server is busy with pages for others.".to_owned(),
            "Wait a moment and load the page again. Nothing is lost, and evidence is still being logged.",
        ),
        PoolFull::Share(_) => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many pages at once",
            Code::TooManyRequests,
            "Too many pages are being requested from your address.".to_owned(),
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

impl From<WorkError> for PageError {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Full(full) => Self::Busy(full),
            WorkError::Failed(why) => Self::Internal(why),
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
            search: match &self {
                Self::SecretSought { sha256 } => Some(sha256.clone()),
                _ => None,
            },
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
