//! The sign-in page. The server that keeps sessions supplies its content, and answers its form.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use ledger_query::entrance::{EntranceNotice, SignInPage};
use std::time::Duration;

use crate::chrome::{Chrome, Section};
use crate::error::PageError;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInView<'a> {
    chrome: Chrome,
    next: &'a str,
    notice: Option<(&'static str, String)>,
    is_needed: bool,
    /// Whether a token may be sent from here.
    has_form: bool,
}

/// The page, as an answer of that status.
pub fn page(status: StatusCode, page: &SignInPage) -> Response {
    let view = SignInView {
        chrome: Chrome::bare(Section::None),
        next: &page.next,
        notice: page.notice.map(title_and_text),
        is_needed: page.is_needed,
        has_form: page.notice != Some(EntranceNotice::Plain),
    };
    answer(status, &view)
}

/// A page that is made of what somebody else knows.
pub(crate) fn answer(status: StatusCode, view: &impl Template) -> Response {
    match view.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => PageError::Internal(error.to_string()).into_response(),
    }
}

/// A title and a sentence.
fn title_and_text(notice: EntranceNotice) -> (&'static str, String) {
    match notice {
        EntranceNotice::Ended => (
            "Your session has ended",
            "Sign in again to go on. Sessions end after a time without use, at the latest after some hours, and when the \
             server restarts."
                .to_owned(),
        ),
        EntranceNotice::Unknown => (
            "That token is not known here",
            "Check that you copied all of it. Tokens are given out by the operator of this log.".to_owned(),
        ),
        EntranceNotice::Wait(wait) => (
            "That token is not known here, and there were too many wrong ones",
            format!(
                "Too many unknown tokens came from your network address. The next one is looked at in {}. A valid token is \
                 accepted at any time.",
                minutes(wait)
            ),
        ),
        EntranceNotice::Plain => (
            "You cannot sign in over plain HTTP",
            "This page came over http://, where everybody on the way can read a token, and where browsers keep no session. Open \
             the same address with https://. If nothing answers there, the operator has to set up TLS first (docs/opening.md)."
                .to_owned(),
        ),
        EntranceNotice::NotFromHere => (
            "The form did not come from this page",
            "Another site may have sent it, so it was not used. Load this page again and send the form from here."
                .to_owned(),
        ),
    }
}

/// Rounded up.
fn minutes(wait: Duration) -> String {
    match wait.as_secs().div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}
