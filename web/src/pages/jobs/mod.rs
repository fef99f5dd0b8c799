//! `/jobs`: every job by newest activity, or those that a filter wants, with the newest verdict known of each.
//!
//! Without a filter the list is the log's own, and holds jobs that nobody has judged yet; with one it is the
//! projection's.

mod download;
mod query;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use ledger::projection::{JobFilter, JobRecord, ProjectionError};
use ledger::reader::{JobSummary, Reader};
use verifier::index::{LeafIndex, TreeSize};

use super::projected::{self, JobRow};
use super::{ROWS_MAX, asked, filled};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::request::Asked;
use crate::state::Pages;
use crate::text::grouped;
pub(crate) use query::JobsQuery;
use query::{Fields, Format};

#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsView {
    chrome: Chrome,
    as_of: String,
    lag: Option<String>,
    fields: Fields,
    filtered: bool,
    jobs: Vec<JobRow>,
    next: Option<String>,
    csv: String,
    ndjson: String,
}

/// A page of the list, before it takes a form.
struct Found {
    jobs: Vec<(JobSummary, Option<JobRecord>)>,
    next: Option<LeafIndex>,
    as_of: TreeSize,
}

/// Handles `/jobs`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    Asked(query): Asked<JobsQuery>,
) -> Result<Response, PageError> {
    asked(pages, move |reader| respond(reader, &query)).await
}

fn respond(reader: &Reader, query: &JobsQuery) -> Result<Response, PageError> {
    let fields = query.fields();
    let filter = fields.filter()?;
    let format = query.format()?;
    let (as_of, from) = query.place()?;
    let found = if filter.is_empty() {
        all(reader, as_of, from)?
    } else {
        filtered(reader, &filter, as_of, from)?
    };
    match format {
        Format::NdJson => download::ndjson(&found),
        Format::Csv => download::csv(&found),
        Format::Page => Ok(filled(&view(reader, fields, &filter, from, &found))?.into_response()),
    }
}

fn all(reader: &Reader, as_of: Option<TreeSize>, from: Option<LeafIndex>) -> Result<Found, PageError> {
    let as_of = as_of.unwrap_or(reader.published().head.tree.size);
    let page = reader.jobs(from, as_of, ROWS_MAX)?;
    let mut jobs = Vec::with_capacity(page.items.len());
    for job in page.items {
        let record = match reader.projected_job(&job.job_id) {
            // The list is the log's: it is whole while verdicts are made again.
            Err(ProjectionError::Unavailable(_)) => None,
            other => other?,
        };
        jobs.push((job, record));
    }
    Ok(Found {
        jobs,
        next: page.next,
        as_of,
    })
}

fn filtered(
    reader: &Reader,
    filter: &JobFilter,
    as_of: Option<TreeSize>,
    from: Option<LeafIndex>,
) -> Result<Found, PageError> {
    let projection = projected::projection(reader)?;
    let as_of = as_of.unwrap_or(projection.projected_to());
    let page = projection.jobs(reader, filter, from, as_of, ROWS_MAX)?;
    let job = |record: JobRecord| {
        let job = JobSummary {
            job_id: record.job_id.clone(),
            last_index: record.last.index,
            last_logged_at: record.last.logged_at,
        };
        (job, Some(record))
    };
    Ok(Found {
        jobs: page.items.into_iter().map(job).collect(),
        next: page.next,
        as_of,
    })
}

fn view(
    reader: &Reader,
    fields: Fields,
    filter: &JobFilter,
    from: Option<LeafIndex>,
    found: &Found,
) -> JobsView {
    let published = reader.published();
    let cursor = |place: LeafIndex| ("cursor", format!("{}.{place}", found.as_of));
    let here = match from {
        Some(from) => cursor(from),
        None => ("as_of", found.as_of.to_string()),
    };
    JobsView {
        chrome: Chrome::new(Section::Jobs, reader, &published),
        as_of: grouped(found.as_of.value()),
        lag: projected::lag(reader.projection(), published.head.tree.size),
        next: found.next.map(|next| fields.href(&[cursor(next)])),
        csv: fields.href(&[here.clone(), ("format", "csv".to_owned())]),
        ndjson: fields.href(&[here, ("format", "ndjson".to_owned())]),
        filtered: !filter.is_empty(),
        fields,
        jobs: found
            .jobs
            .iter()
            .map(|(job, record)| JobRow::listed(job, record.as_ref()))
            .collect(),
    }
}
