//! `/problems` and `/checks`: what each reason code and each check means, its usual cause, and what to do. Every
//! problem that the API answers names its page as `type`; nobody needs a token to read it.

use askama::Template;
use axum::response::Html;
use verifier::assess::{CheckId, CheckStatus, title};
use verifier::code::{Code, Guide, bundle_reasons, groups, guide_to};

use super::filled;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::request::{NoQuery, PageQuery, PathSegment};

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemView {
    chrome: Chrome,
    code: String,
    guide: Guide,
    /// The checks that can end with the code.
    checks: Vec<CheckId>,
    /// Whether a refusal can have it.
    refuses: bool,
}

/// Codes with what they are about.
struct ProblemGroup {
    title: &'static str,
    codes: Vec<(&'static str, Guide)>,
}

#[derive(Template)]
#[template(path = "problems.html")]
struct ProblemsView {
    chrome: Chrome,
    groups: Vec<ProblemGroup>,
}

#[derive(Template)]
#[template(path = "check.html")]
struct ProblemCheck {
    chrome: Chrome,
    id: CheckId,
    /// How it can end, and what it is called then.
    titles: [(&'static str, &'static str); 3],
    codes: Vec<(&'static str, Guide)>,
}

#[derive(Template)]
#[template(path = "checks.html")]
struct ChecksView {
    chrome: Chrome,
    checks: &'static [CheckId],
}

/// Handles `GET /problems/{code}`.
pub(crate) async fn one(
    segment: PathSegment,
    PageQuery(_): PageQuery<NoQuery>,
) -> Result<Html<String>, PageError> {
    let code = segment.0;
    let guide = guide_to(&code).ok_or(PageError::NotFound { what: "code" })?;
    let checks = CheckId::ALL.iter().copied();
    filled(&ProblemView {
        chrome: Chrome::bare(Section::None),
        checks: checks.filter(|id| id.codes().contains(&code.as_str())).collect(),
        refuses: Code::parse(&code).is_some(),
        guide,
        code,
    })
}

/// Handles `GET /problems`.
pub(crate) async fn all(PageQuery(_): PageQuery<NoQuery>) -> Result<Html<String>, PageError> {
    let found = groups().map(|(title, codes)| ProblemGroup {
        title,
        codes: codes.to_vec(),
    });
    let refusals = Code::ALL
        .iter()
        .filter_map(|code| Some((code.as_str(), *code.guide()?)));
    let more = [
        ProblemGroup {
            title: "Proof bundles that are not valid",
            codes: bundle_reasons().collect(),
        },
        ProblemGroup {
            title: "Requests and documents that are refused",
            codes: refusals.collect(),
        },
    ];
    filled(&ProblemsView {
        chrome: Chrome::bare(Section::None),
        groups: found.chain(more).collect(),
    })
}

/// Handles `GET /checks/{id}`.
pub(crate) async fn check(
    segment: PathSegment,
    PageQuery(_): PageQuery<NoQuery>,
) -> Result<Html<String>, PageError> {
    let id = CheckId::parse(&segment.0).ok_or(PageError::NotFound { what: "check" })?;
    let codes = id.codes().iter();
    filled(&ProblemCheck {
        chrome: Chrome::bare(Section::None),
        titles: [
            ("passed", title(id, CheckStatus::Pass, "")),
            ("failed", title(id, CheckStatus::Fail, "")),
            ("incomplete", title(id, CheckStatus::Incomplete, "")),
        ],
        codes: codes.filter_map(|code| Some((*code, guide_to(code)?))).collect(),
        id,
    })
}

/// Handles `GET /checks`.
pub(crate) async fn checks(PageQuery(_): PageQuery<NoQuery>) -> Result<Html<String>, PageError> {
    filled(&ChecksView {
        chrome: Chrome::bare(Section::None),
        checks: CheckId::ALL,
    })
}
