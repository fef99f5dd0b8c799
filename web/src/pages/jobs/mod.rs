//! `/jobs`: every job by newest activity, or those that a filter wants, with the newest verdict known of each.
//!
//! Without a filter the list is the log's own, and holds jobs that nobody has judged yet; with one it is the
//! projection's.

mod query;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use ledger::reader::LookupPage;
use ledger_query::QueryEngine;
use ledger_query::jobs::{ExportedJob, ListedJob};
use ledger_query::parameter::ListCursor;
use ledger_query::projection::JobFilter;
use verifier::index::{LeafIndex, TreeSize};

use super::projected::{self, ListedJobRow as TableRow};
use super::{ROWS_MAX, asked, filled};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::export::{ExportItem, ExportLinks, Format, ListPage, whole};
use crate::faults::FormFaults;
use crate::pages::filters::FilterQuery;
use crate::state::Pages;
use query::JobsPageQuery;

#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsView {
    chrome: Chrome,
    as_of: String,
    lag: Option<String>,
    fields: JobsPageQuery,
    faults: FormFaults,
    filtered: bool,
    jobs: Vec<TableRow>,
    next: Option<String>,
    export: ExportLinks,
}

/// Handles `/jobs`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    FilterQuery(query, faults): FilterQuery<JobsPageQuery>,
) -> Result<Response, PageError> {
    let query = query.trimmed();
    let (filter, faults) = query.filter(faults)?;
    match query.format()? {
        Some(format) if faults.is_empty() => exported(pages, &query, filter, format).await,
        _ => asked(pages, move |engine| respond(engine, query, (filter, faults))).await,
    }
}

/// What is not known of a job yet is left out of JSON, and empty in CSV.
impl ExportItem for ExportedJob {
    const COLUMNS: &'static [&'static str] = &[
        "job_id",
        "last_index",
        "last_logged_at",
        "first_logged_at",
        "state",
        "verdict",
        "check",
        "title",
        "code",
        "message",
        "alarms",
        "assessed_at",
        "gateway_receipts",
        "tokens_input",
        "tokens_output",
        "models",
        "tools",
        "agents",
        "people",
        "policies",
        "tokens",
        "runs",
        "cut",
    ];
    const TIMES: &'static [&'static str] = &["last_logged_at", "first_logged_at"];
}

/// The whole list from the cursor on.
async fn exported(
    pages: Pages,
    query: &JobsPageQuery,
    filter: JobFilter,
    format: Format,
) -> Result<Response, PageError> {
    let (as_of, from) = query.place()?;
    let pinned = {
        let filter = filter.clone();
        asked(pages.clone(), move |engine| pinned(engine, &filter, as_of)).await?
    };
    whole(
        pages,
        (format, "jobs", pinned),
        move |engine, next: Option<LeafIndex>| {
            let page = engine.job_list(&filter, (next.or(from), pinned), ROWS_MAX)?;
            Ok(ListPage {
                items: page.items.into_iter().map(ExportedJob::from).collect(),
                next: page.next,
            })
        },
    )
    .await
}

fn respond(
    engine: &QueryEngine,
    query: JobsPageQuery,
    (filter, faults): (JobFilter, FormFaults),
) -> Result<Response, PageError> {
    let (as_of, from) = query.place()?;
    if !faults.is_empty() {
        let none = LookupPage {
            items: Vec::new(),
            next: None,
            as_of: engine.published().head.tree.size,
        };
        let status = faults.status();
        let view = view(engine, (query, faults), &filter, &none)?;
        return Ok((status, filled(&view)?).into_response());
    }
    let as_of = pinned(engine, &filter, as_of)?;
    let page = engine.job_list(&filter, (from, as_of), ROWS_MAX)?;
    Ok(filled(&view(engine, (query, faults), &filter, &page)?)?.into_response())
}

/// The size that a list is as of.
fn pinned(engine: &QueryEngine, filter: &JobFilter, as_of: Option<TreeSize>) -> Result<TreeSize, PageError> {
    Ok(match as_of {
        Some(as_of) => as_of,
        None => engine.newest_job_list(filter)?,
    })
}

fn view(
    engine: &QueryEngine,
    (fields, faults): (JobsPageQuery, FormFaults),
    filter: &JobFilter,
    page: &LookupPage<ListedJob>,
) -> Result<JobsView, PageError> {
    let published = engine.published();
    let as_of = page.as_of;
    let cursor = |place: LeafIndex| ("cursor", ListCursor { as_of, place }.to_string());
    let pinned = ("as_of", as_of.to_string());
    Ok(JobsView {
        chrome: Chrome::new(Section::Jobs, engine, &published),
        as_of: super::as_of_words(engine, as_of)?,
        lag: projected::lag(engine, published.head.tree.size)?,
        next: page.next.map(|next| fields.href(&[cursor(next)])),
        export: ExportLinks::of(&fields.href(&[pinned])),
        filtered: !filter.is_empty() || !faults.is_empty(),
        faults,
        fields,
        jobs: page
            .items
            .iter()
            .map(|job| TableRow::listed(&job.summary, job.record.as_ref()))
            .collect(),
    })
}
