//! `/problems` and `/problems/{code}`: what each reason code means, whose mistake it is, and what to do. Every
//! problem that the API answers names its page as `type`; whoever was refused may read it without a token.

use askama::Template;
use axum::response::Html;
use verifier::code::{Code, Guide};

use super::filled;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::request::{Asked, NoQuery, Segment};

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemView {
    chrome: Chrome,
    code: Code,
    guide: &'static Guide,
}

#[derive(Template)]
#[template(path = "problems.html")]
struct ProblemsView {
    chrome: Chrome,
    codes: Vec<(Code, &'static Guide)>,
}

/// Handles `GET /problems/{code}`.
pub(crate) async fn one(segment: Segment, Asked(_): Asked<NoQuery>) -> Result<Html<String>, PageError> {
    let code = Code::parse(&segment.0).and_then(|code| Some((code, code.guide()?)));
    let (code, guide) = code.ok_or(PageError::NotFound { what: "code" })?;
    filled(&ProblemView {
        chrome: Chrome::bare(Section::None),
        code,
        guide,
    })
}

/// Handles `GET /problems`.
pub(crate) async fn all(Asked(_): Asked<NoQuery>) -> Result<Html<String>, PageError> {
    let codes = Code::ALL
        .iter()
        .filter_map(|code| Some((*code, code.guide()?)))
        .collect();
    filled(&ProblemsView {
        chrome: Chrome::bare(Section::None),
        codes,
    })
}
