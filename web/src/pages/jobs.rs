//! `/jobs`: every job, newest activity first.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::reader::{JobSummary, Reader};

use super::{ROWS_MAX, answer};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::request::{Asked, ListQuery, next_href};
use crate::text::{Time, grouped, segment};

/// One job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct JobRow {
    pub(crate) id: String,
    pub(crate) href: String,
    pub(crate) last: u64,
    pub(crate) last_number: String,
    pub(crate) time: Time,
}

impl JobRow {
    pub(crate) fn new(job: &JobSummary) -> Self {
        Self {
            id: job.job_id.clone(),
            href: format!("/jobs/{}", segment(&job.job_id)),
            last: job.last_index.value(),
            last_number: grouped(job.last_index.value()),
            time: Time::new(job.last_logged_at),
        }
    }
}

#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsView {
    chrome: Chrome,
    as_of: String,
    jobs: Vec<JobRow>,
    next: Option<String>,
}

/// Handles `/jobs`.
pub(crate) async fn show(
    State(reader): State<Reader>,
    Asked(query): Asked<ListQuery>,
) -> Result<Html<String>, PageError> {
    answer(reader, move |reader| view(reader, query)).await
}

fn view(reader: &Reader, query: ListQuery) -> Result<JobsView, PageError> {
    let published = reader.published();
    let as_of = query.as_of(published.head.tree.size);
    let page = reader.jobs(query.from(), as_of, ROWS_MAX)?;
    Ok(JobsView {
        chrome: Chrome::new(Section::Jobs, reader, &published),
        as_of: grouped(as_of.value()),
        jobs: page.items.iter().map(JobRow::new).collect(),
        next: next_href("/jobs", page.next, as_of),
    })
}
