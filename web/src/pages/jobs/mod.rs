//! `/jobs`: every job by newest activity, or those that a filter wants, with the newest verdict known of each.
//!
//! Without a filter the list is the log's own, and holds jobs that nobody has judged yet; with one it is the
//! projection's.

mod export;
mod query;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use ledger::reader::JobSummary;
use ledger_query::QueryEngine;
use ledger_query::projection::{JobFilter, JobRecord, ProjectionError};
use verifier::index::{LeafIndex, TreeSize};

use super::projected::{self, JobRow};
use super::{ROWS_MAX, asked, filled};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::export::{Format, Links, Part, whole};
use crate::faults::Faults;
use crate::pages::filters::Withheld;
use crate::request::Asked;
use crate::state::Pages;
use export::Line;
use query::Fields;
pub(crate) use query::JobsQuery;

#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsView {
    chrome: Chrome,
    as_of: String,
    lag: Option<String>,
    fields: Fields,
    faults: Faults,
    filtered: bool,
    jobs: Vec<JobRow>,
    next: Option<String>,
    export: Links,
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
    let (filter, faults) = query.fields().filter(Faults::default())?;
    match query.format()? {
        Some(format) if faults.is_empty() => exported(pages, &query, filter, format).await,
        _ => asked(pages, move |engine| respond(engine, &query, (filter, faults))).await,
    }
}

/// Handles a form with a field that must get into no address.
pub(crate) async fn refuse(
    State(pages): State<Pages>,
    Withheld(query, faults): Withheld<JobsQuery>,
) -> Result<Response, PageError> {
    let asked_for = query.fields().filter(faults)?;
    asked(pages, move |engine| respond(engine, &query, asked_for)).await
}

/// The whole list from the cursor on.
async fn exported(
    pages: Pages,
    query: &JobsQuery,
    filter: JobFilter,
    format: Format,
) -> Result<Response, PageError> {
    let (as_of, from) = query.place()?;
    let pinned = {
        let filter = filter.clone();
        asked(pages.clone(), move |engine| newest(engine, &filter, as_of)).await?
    };
    whole(
        pages,
        (format, "jobs", pinned),
        move |engine, next: Option<LeafIndex>| {
            let found = found(engine, &filter, Some(pinned), next.or(from))?;
            let line = |(job, record)| Line::new(job, record);
            Ok(Part {
                items: found.jobs.into_iter().map(line).collect(),
                next: found.next,
            })
        },
    )
    .await
}

/// The size that a list is as of which names none.
fn newest(engine: &QueryEngine, filter: &JobFilter, as_of: Option<TreeSize>) -> Result<TreeSize, PageError> {
    Ok(match as_of {
        Some(as_of) => as_of,
        None if filter.is_empty() => engine.published().head.tree.size,
        None => projected::projection(engine)?.projected_to(),
    })
}

fn found(
    engine: &QueryEngine,
    filter: &JobFilter,
    as_of: Option<TreeSize>,
    from: Option<LeafIndex>,
) -> Result<Found, PageError> {
    let as_of = newest(engine, filter, as_of)?;
    if filter.is_empty() {
        all(engine, as_of, from)
    } else {
        filtered(engine, filter, as_of, from)
    }
}

fn respond(
    engine: &QueryEngine,
    query: &JobsQuery,
    (filter, faults): (JobFilter, Faults),
) -> Result<Response, PageError> {
    let fields = query.fields();
    let (as_of, from) = query.place()?;
    if !faults.is_empty() {
        let found = Found {
            jobs: Vec::new(),
            next: None,
            as_of: engine.published().head.tree.size,
        };
        let status = faults.status();
        let view = view(engine, (fields, faults), &filter, &found)?;
        return Ok((status, filled(&view)?).into_response());
    }
    let found = found(engine, &filter, as_of, from)?;
    Ok(filled(&view(engine, (fields, faults), &filter, &found)?)?.into_response())
}

fn all(engine: &QueryEngine, as_of: TreeSize, from: Option<LeafIndex>) -> Result<Found, PageError> {
    let page = engine.jobs(from, as_of, ROWS_MAX)?;
    let mut jobs = Vec::with_capacity(page.items.len());
    for job in page.items {
        let record = match engine.projected_job(&job.job_id) {
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
    engine: &QueryEngine,
    filter: &JobFilter,
    as_of: TreeSize,
    from: Option<LeafIndex>,
) -> Result<Found, PageError> {
    let projection = projected::projection(engine)?;
    let page = projection.jobs(engine, filter, from, as_of, ROWS_MAX)?;
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
    engine: &QueryEngine,
    (fields, faults): (Fields, Faults),
    filter: &JobFilter,
    found: &Found,
) -> Result<JobsView, PageError> {
    let published = engine.published();
    let cursor = |place: LeafIndex| ("cursor", format!("{}.{place}", found.as_of));
    let pinned = ("as_of", found.as_of.to_string());
    Ok(JobsView {
        chrome: Chrome::new(Section::Jobs, engine, &published),
        as_of: super::as_of_words(engine, found.as_of)?,
        lag: projected::lag(engine, published.head.tree.size)?,
        next: found.next.map(|next| fields.href(&[cursor(next)])),
        export: Links {
            csv: fields.href(&[pinned.clone(), ("format", "csv".to_owned())]),
            ndjson: fields.href(&[pinned, ("format", "ndjson".to_owned())]),
        },
        filtered: !filter.is_empty() || !faults.is_empty(),
        faults,
        fields,
        jobs: found
            .jobs
            .iter()
            .map(|(job, record)| JobRow::listed(job, record.as_ref()))
            .collect(),
    })
}
