//! The page on which share links are made and revoked. The server that stores the links supplies its content.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use verifier::index::TimestampMs;

use crate::chrome::{Chrome, Section};
use crate::sign_in::answer;
use crate::text::{Time, segment};

/// A share link in the list. Times are milliseconds since the Unix epoch.
#[derive(Clone, Debug)]
pub struct ShareLinkView {
    /// The link's public name: 16 hex digits that open nothing.
    pub id: String,
    /// The job that it shows.
    pub job_id: String,
    /// Who made it.
    pub made_by: String,
    /// When it was made.
    pub made_at: u64,
    /// When it expires.
    pub until: u64,
    /// `open`, `expired`, `revoked` or `maker_removed`.
    pub state: &'static str,
    /// Whether it can be revoked.
    pub is_open: bool,
    /// Who revoked it.
    pub revoked_by: Option<String>,
}

/// The link that was just made.
#[derive(Clone, Debug)]
pub struct NewShare {
    /// The job that it shows.
    pub job_id: String,
    /// The path that opens it.
    pub path: String,
    /// The whole address.
    pub address: String,
    /// When it expires, in milliseconds since the Unix epoch.
    pub until: u64,
}

/// What is on the page.
#[derive(Clone, Debug)]
pub struct Shares {
    /// What stands in the field for the job.
    pub job: String,
    /// The link that was just made.
    pub made: Option<NewShare>,
    /// Why none was made.
    pub problem: Option<String>,
    /// All links, the newest first.
    pub links: Vec<ShareLinkView>,
    /// The longest that a link may hold, in days.
    pub days_max: u64,
    /// Whether links are of any use here.
    pub is_needed: bool,
}

struct ShareRow {
    id: String,
    job: String,
    href: String,
    made_by: String,
    made_at: Time,
    until: Time,
    state: String,
    is_open: bool,
}

#[derive(Template)]
#[template(path = "shares.html")]
struct SharesView<'a> {
    chrome: Chrome,
    page: &'a Shares,
    until: Option<Time>,
    rows: Vec<ShareRow>,
    csrf: String,
}

/// The page, as an answer of that status.
pub fn page(status: StatusCode, page: &Shares) -> Response {
    let chrome = Chrome::bare(Section::None);
    let csrf = chrome
        .visitor
        .as_ref()
        .map_or(String::new(), |visitor| visitor.csrf.clone());
    let until = page
        .made
        .as_ref()
        .map(|made| Time::new(TimestampMs::new(made.until)));
    let rows = page.links.iter().map(row).collect();
    answer(
        status,
        &SharesView {
            chrome,
            page,
            until,
            rows,
            csrf,
        },
    )
}

fn row(link: &ShareLinkView) -> ShareRow {
    let state = match (link.state, &link.revoked_by) {
        ("revoked", Some(by)) => format!("revoked by {by}"),
        ("maker_removed", _) => format!("ended: {} may not read any more", link.made_by),
        (state, _) => state.to_owned(),
    };
    ShareRow {
        id: link.id.clone(),
        job: link.job_id.clone(),
        href: format!("/jobs/{}", segment(&link.job_id)),
        made_by: link.made_by.clone(),
        made_at: Time::new(TimestampMs::new(link.made_at)),
        until: Time::new(TimestampMs::new(link.until)),
        state,
        is_open: link.is_open,
    }
}
