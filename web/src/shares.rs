//! The page on which share links are made and revoked. The server that stores the links supplies its content.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use ledger_query::entrance::{SharedLink, SharesPage};
use verifier::index::TimestampMs;

use crate::chrome::{Chrome, Section};
use crate::sign_in::answer;
use crate::text::{Time, segment};

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
    page: &'a SharesPage,
    until: Option<Time>,
    rows: Vec<ShareRow>,
    csrf: String,
}

/// The page, as an answer of that status.
pub fn page(status: StatusCode, page: &SharesPage) -> Response {
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

fn row(link: &SharedLink) -> ShareRow {
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
