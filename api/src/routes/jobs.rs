//! `/v1/jobs`: units of authorized work, by the id that an analyst holds.

use crate::error::ApiError;
use crate::extract::{Params, Segment};
use crate::limits::PAGE_ITEMS_MAX;
use crate::page::{EntryPage, ListWindow, visit};
use crate::problem::Problem;
use crate::provable_list::{ProvableListQuery, naming};
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use ledger_query::QueryEngine;
use ledger_query::projection::{JobRecord, JobState, Projection, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{IntoParams, ToSchema};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::subject::Field;

/// The refusal of a job id that no entry names.
const NO_JOB: ApiError = ApiError::NotFound { what: "job" };

/// The entries that name a job, in its own words or in a context.
///
/// With `proof=true` the page carries a subject-proof of the question `["subject", "job", job_id, []]` for its part of the list. Where the index
/// does not get there, that is 409 `INDEX_BEHIND`.
#[utoipa::path(get, path = "/v1/jobs/{job_id}/entries", operation_id = "jobEntries", tag = "jobs",
    params(("job_id" = String, Path, description = "Percent-encoded"), ProvableListQuery),
    responses((status = 200, body = EntryPage), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn entries(
    State(state): State<ApiState>,
    segment: Segment,
    Params(query): Params<ProvableListQuery>,
) -> Result<Json<EntryPage>, ApiError> {
    let job_id = segment.id("job_id")?;
    Ok(Json(naming(&state, Field::Job, job_id, query, NO_JOB).await?))
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
pub(crate) struct EntryTime {
    /// 0-based position in the log.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// In milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    logged_at: TimestampMs,
}

/// The newest verdict that is known of a job: what `/v1/jobs/{job_id}/assessment` says as of that size.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KnownVerdict {
    /// PASS, FAIL or INCOMPLETE; absent where the job could not be assessed, for the reason that `code` gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    verdict: Option<Verdict>,
    /// The verdict, or RUNNING for an INCOMPLETE job without a proof bundle that nobody closed or stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    state: Option<JobState>,
    /// Stable code of the verdict, or of the reason why there is none.
    code: String,
    /// The tree size of the assessment.
    #[schema(value_type = u64)]
    assessed_at: TreeSize,
}

impl From<JobRecord> for KnownVerdict {
    fn from(record: JobRecord) -> Self {
        Self {
            verdict: record.outcome.verdict,
            state: record.state(),
            code: record.outcome.code,
            assessed_at: record.assessed_at,
        }
    }
}

/// What the entries of a job are and what they name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobAnswer {
    /// The id, as asked.
    job_id: String,
    /// Its first entry.
    first: EntryTime,
    /// Its last entry below the size.
    last: EntryTime,
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
    /// Absent for an earlier size, where verdicts are not kept, and until the job was assessed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    known_verdict: Option<KnownVerdict>,
    /// The known verdict has regard to every entry below this; absent for an earlier size, and where verdicts are not
    /// kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    projected_to: Option<TreeSize>,
}

/// One job in short.
#[utoipa::path(get, path = "/v1/jobs/{job_id}", operation_id = "job", tag = "jobs",
    params(("job_id" = String, Path, description = "Percent-encoded"), JobQuery),
    responses((status = 200, body = JobAnswer), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    segment: Segment,
    Params(query): Params<JobQuery>,
) -> Result<Json<JobAnswer>, ApiError> {
    let job_id = segment.id("job_id")?;
    Ok(Json(
        state
            .read(move |engine| summary(engine, &job_id, query.as_of))
            .await?,
    ))
}

fn summary(engine: &QueryEngine, job_id: &str, as_of: Option<u64>) -> Result<JobAnswer, ApiError> {
    let window = ListWindow::new(
        engine.published().head.tree.size,
        None,
        Some(PAGE_ITEMS_MAX),
        as_of,
    )?;
    let page = engine.subject(Field::Job, job_id, None, window.as_of, false, window.limit)?;
    let newest = engine.subject(Field::Job, job_id, None, window.as_of, true, 1)?;
    let (Some(first), Some(last)) = (page.items.first(), newest.items.first()) else {
        return Err(NO_JOB);
    };
    let place = |index: LeafIndex| -> Result<EntryTime, ApiError> {
        Ok(EntryTime {
            index,
            logged_at: engine.listed_entry(index)?.entry.logged_at,
        })
    };
    let (first, last) = (place(*first)?, place(*last)?);
    let mut kinds: BTreeMap<Kind, u64> = BTreeMap::new();
    let mut subjects: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    visit(engine, &page, false, |record| {
        *kinds.entry(record.entry.kind).or_default() += 1;
        let named = engine
            .evidence(&record)?
            .map(|verified| verified.evidence.subjects().to_vec());
        let context = record.context.as_ref().map(verifier::context::Context::subjects);
        for subject in named.into_iter().chain(context).flatten() {
            subjects
                .entry(subject.field.as_str())
                .or_default()
                .insert(subject.value);
        }
        Ok(())
    })?;
    // How far it has come is read first: the verdict may be newer than that, and is never older.
    let projection = engine.projection().filter(|_| as_of.is_none());
    let projected_to = projection.map(Projection::projected_to);
    let known = match projection {
        Some(_) => engine.known_job(job_id)?,
        None => None,
    };
    Ok(JobAnswer {
        job_id: job_id.to_owned(),
        first,
        last,
        counted: page.items.len(),
        complete: page.next.is_none(),
        kinds,
        subjects,
        as_of_tree_size: window.as_of,
        known_verdict: known.map(KnownVerdict::from),
        projected_to,
    })
}
