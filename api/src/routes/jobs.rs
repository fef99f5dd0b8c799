//! `/v1/jobs`: units of authorized work, by the id that an analyst holds.

use crate::error::ApiError;
use crate::extract::{Params, Segment};
use crate::limits::PAGE_ITEMS_MAX;
use crate::page::{EntryListQuery, EntryPage, Window, existing, load, next_cursor, visit};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::view::verified;
use axum::Json;
use axum::extract::State;
use ledger::reader::Reader;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{IntoParams, ToSchema};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::subject::Field;

/// The refusal of a job id that no entry names.
const NO_JOB: ApiError = ApiError::NotFound { what: "job" };

/// The parameters of the list of jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobsQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 if absent.
    limit: Option<usize>,
    /// Pins the list to an earlier tree size.
    as_of: Option<u64>,
}

/// A job and its newest entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobRow {
    /// The id, as submitted.
    job_id: String,
    /// Its last entry below the size of the list.
    #[schema(value_type = u64)]
    last_index: LeafIndex,
    /// When that was logged, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    last_logged_at: TimestampMs,
}

/// A page of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobPage {
    /// Newest activity first.
    jobs: Vec<JobRow>,
    /// For the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// The tree size that the list is pinned to.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

/// All jobs, newest activity first.
#[utoipa::path(get, path = "/v1/jobs", operation_id = "listJobs", tag = "jobs", params(JobsQuery), responses((status = 200, body = JobPage)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Params(query): Params<JobsQuery>,
) -> Result<Json<JobPage>, ApiError> {
    let question = move |reader: &Reader| -> Result<JobPage, ApiError> {
        let published = reader.published().head.tree.size;
        let window = Window::new(published, query.cursor.as_deref(), query.limit, query.as_of)?;
        let page = reader.jobs(window.from, window.as_of, window.limit)?;
        let row = |job: ledger::reader::JobSummary| JobRow {
            job_id: job.job_id,
            last_index: job.last_index,
            last_logged_at: job.last_logged_at,
        };
        Ok(JobPage {
            jobs: page.items.into_iter().map(row).collect(),
            next_cursor: next_cursor(window.as_of, page.next),
            as_of_tree_size: window.as_of,
        })
    };
    Ok(Json(state.read(question).await?))
}

/// The entries that name a job, in its own words or in a context.
#[utoipa::path(get, path = "/v1/jobs/{job_id}/entries", operation_id = "jobEntries", tag = "jobs",
    params(("job_id" = String, Path, description = "Percent-encoded"), EntryListQuery),
    responses((status = 200, body = EntryPage), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn entries(
    State(state): State<ApiState>,
    Segment(job_id): Segment,
    Params(query): Params<EntryListQuery>,
) -> Result<Json<EntryPage>, ApiError> {
    let question = move |reader: &Reader| -> Result<EntryPage, ApiError> {
        let window = query.window(reader.published().head.tree.size)?;
        let page = reader.subject(
            Field::Job,
            &job_id,
            window.from,
            window.as_of,
            false,
            window.limit,
        )?;
        if page.items.is_empty() && window.is_first() {
            return Err(NO_JOB);
        }
        load(reader, &page, query.with_evidence())
    };
    Ok(Json(state.read(question).await?))
}

/// The parameters of one job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobQuery {
    /// Looks at an earlier tree size.
    as_of: Option<u64>,
}

/// A place in the log and its time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Place {
    /// 0-based position in the log.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// In milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    logged_at: TimestampMs,
}

/// What the entries of a job are and what they name. It judges nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobAnswer {
    /// The id, as asked.
    job_id: String,
    /// Its first entry.
    first: Place,
    /// Its last entry below the size.
    last: Place,
    /// Entries that were looked at for what follows: all, or the first 200.
    counted: usize,
    /// Whether these are all entries of the job.
    complete: bool,
    /// How many of them there are of each kind.
    #[schema(value_type = BTreeMap<String, u64>)]
    kinds: BTreeMap<Kind, u64>,
    /// The identifiers that their documents and contexts name, by subject field: run, token, policy, …
    subjects: BTreeMap<&'static str, BTreeSet<String>>,
    /// The tree size that the answer is pinned to.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

/// One job in short.
#[utoipa::path(get, path = "/v1/jobs/{job_id}", operation_id = "job", tag = "jobs",
    params(("job_id" = String, Path, description = "Percent-encoded"), JobQuery),
    responses((status = 200, body = JobAnswer), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    Segment(job_id): Segment,
    Params(query): Params<JobQuery>,
) -> Result<Json<JobAnswer>, ApiError> {
    Ok(Json(
        state
            .read(move |reader| summary(reader, job_id, query.as_of))
            .await?,
    ))
}

fn summary(reader: &Reader, job_id: String, as_of: Option<u64>) -> Result<JobAnswer, ApiError> {
    let window = Window::new(
        reader.published().head.tree.size,
        None,
        Some(PAGE_ITEMS_MAX),
        as_of,
    )?;
    let page = reader.subject(Field::Job, &job_id, None, window.as_of, false, window.limit)?;
    let newest = reader.subject(Field::Job, &job_id, None, window.as_of, true, 1)?;
    let (Some(first), Some(last)) = (page.items.first(), newest.items.first()) else {
        return Err(NO_JOB);
    };
    let place = |index: LeafIndex| -> Result<Place, ApiError> {
        Ok(Place {
            index,
            logged_at: existing(reader, index)?.entry.logged_at,
        })
    };
    let (first, last) = (place(*first)?, place(*last)?);
    let mut kinds: BTreeMap<Kind, u64> = BTreeMap::new();
    let mut subjects: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    visit(reader, &page, false, |record| {
        *kinds.entry(record.entry.kind).or_default() += 1;
        let named = verified(&record, reader.origin())?.map(|evidence| evidence.subjects().to_vec());
        let context = record.context.as_ref().map(verifier::context::Context::subjects);
        for subject in named.into_iter().chain(context).flatten() {
            subjects
                .entry(subject.field.as_str())
                .or_default()
                .insert(subject.value);
        }
        Ok(())
    })?;
    Ok(JobAnswer {
        job_id,
        first,
        last,
        counted: page.items.len(),
        complete: page.next.is_none(),
        kinds,
        subjects,
        as_of_tree_size: window.as_of,
    })
}
