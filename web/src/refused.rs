//! Pages for guests of a share link who see nothing, or not this.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use ledger_query::entrance::PageRefusal;
use verifier::index::TimestampMs;

use crate::chrome::{Chrome, Section};
use crate::sign_in::answer;
use crate::text::{Time, segment};

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedView {
    chrome: Chrome,
    title: &'static str,
    sentence: String,
    /// Address and id of each job that may be seen.
    jobs: Vec<(String, String)>,
}

/// The page, as an answer of that status.
pub fn page(status: StatusCode, refused: &PageRefusal) -> Response {
    let (title, sentence) = title_and_text(refused);
    let jobs = match refused {
        PageRefusal::OtherJob { jobs } => jobs
            .iter()
            .map(|job| (format!("/jobs/{}", segment(job)), job.clone()))
            .collect(),
        _ => Vec::new(),
    };
    let view = RefusedView {
        chrome: Chrome::bare(Section::None),
        title,
        sentence,
        jobs,
    };
    answer(status, &view)
}

fn title_and_text(refused: &PageRefusal) -> (&'static str, String) {
    const ASK: &str = "Ask the person who sent it for a new one.";
    match refused {
        PageRefusal::UnknownLink => (
            "This share link is not known here",
            format!("Check that the address was copied whole. If it was, the link ended long ago. {ASK}"),
        ),
        PageRefusal::ExpiredLink { at } => {
            let at = Time::new(TimestampMs::new(*at));
            (
                "This share link has expired",
                format!("It showed its job until {} UTC. {ASK}", at.text),
            )
        }
        PageRefusal::RevokedLink => (
            "This share link was revoked",
            format!("It shows nothing any more. {ASK}"),
        ),
        PageRefusal::MakerRemoved => (
            "This share link has ended",
            "The person who made it may not read this log any more, and their links ended with that. Ask somebody who may read \
             the log for a new one."
                .to_owned(),
        ),
        PageRefusal::NotTheForm => (
            "This form is not one of your session",
            "Nothing was done. You may have signed in again since its page was loaded: load that page again, and send the form \
             from there."
                .to_owned(),
        ),
        PageRefusal::OtherJob { .. } => (
            "Your share link does not show this page",
            "A share link shows one job with its evidence and proofs, and nothing else of this log."
                .to_owned(),
        ),
    }
}
