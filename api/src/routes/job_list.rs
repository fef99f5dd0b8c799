//! `/v1/jobs`: all jobs, or those that a filter wants, with the newest verdict that is known of each.
//!
//! Without a filter the list is the log's own, and a job without a verdict yet stands in it too. With one it is
//! the projection's, as of the size that it has come to.

use crate::error::ApiError;
use crate::extract::{Params, did, hash};
use crate::page::{ListWindow, next_cursor};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::time::parse_time;
use axum::Json;
use axum::extract::State;
use ledger_query::projection::{JobFilter, JobState, Projection, RecordSummary, Verdict};
use ledger_query::{QueryEngine, jobs};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};
use verifier::digest::{PolicyHash, TokenHash};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::text::hash::HashForm;

/// The parameters of the list of jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobsQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 if absent.
    limit: Option<usize>,
    /// Pins the list to an earlier tree size. A filter goes by the newest verdict all the same.
    as_of: Option<u64>,
    /// Only jobs in this state: PASS, FAIL, RUNNING, or INCOMPLETE, which leaves out those that still run.
    state: Option<String>,
    /// The same filter under the name that the page `/jobs` uses. At most one of the two.
    verdict: Option<String>,
    /// Only jobs with this agent, by DID.
    agent: Option<String>,
    /// Only jobs under this policy, by hash.
    policy: Option<String>,
    /// Only jobs with this token, by `token_hash`.
    token: Option<String>,
    /// Only jobs with calls of this model, as `provider/model` or by its own name.
    model: Option<String>,
    /// Only jobs in which this tool was used.
    tool: Option<String>,
    /// Only jobs that this person asked for, or approved or refused an action of, as the evidence names them.
    person: Option<String>,
    /// Only jobs whose verdict or alarms have this code.
    code: Option<String>,
    /// Only jobs whose last entry is not before this time: RFC 3339, or milliseconds since the Unix epoch.
    from: Option<String>,
    /// Only jobs whose first entry is not after this time.
    to: Option<String>,
}

/// What the job's evidence names. A list has at most 256 values.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummaryView {
    runs: Vec<String>,
    /// DIDs.
    agents: Vec<String>,
    /// Each as `provider/model`.
    models: Vec<String>,
    tools: Vec<String>,
    /// Who asked for the job, or approved or refused an action of it, as the evidence names them.
    people: Vec<String>,
    /// Hashes.
    policies: Vec<String>,
    /// Token hashes.
    tokens: Vec<String>,
    /// Gateway receipts, equal statements once.
    gateway_receipts: u64,
    /// Input tokens of the models.
    tokens_input: u64,
    /// Output tokens of the models.
    tokens_output: u64,
    /// Whether a list has more values.
    cut: bool,
}

impl From<RecordSummary> for SummaryView {
    fn from(summary: RecordSummary) -> Self {
        Self {
            runs: summary.runs,
            agents: summary.agents,
            models: summary.models,
            tools: summary.tools,
            people: summary.people,
            policies: summary.policies,
            tokens: summary.tokens,
            gateway_receipts: summary.gateway_receipts,
            tokens_input: summary.tokens_input,
            tokens_output: summary.tokens_output,
            cut: summary.cut,
        }
    }
}

/// The newest verdict that is known, and the size that it speaks of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Judged)]
pub(crate) struct ListedVerdict {
    /// PASS, FAIL or INCOMPLETE; absent where the job could not be assessed, for the reason that `code` gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    verdict: Option<Verdict>,
    /// The verdict, or RUNNING for an INCOMPLETE job without a proof bundle that nobody closed or stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    state: Option<JobState>,
    /// The check that decides, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    check: Option<String>,
    /// What that found, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    title: Option<&'static str>,
    /// Stable code of the verdict, or of the reason why there is none.
    code: String,
    /// One sentence.
    message: String,
    /// The tree size of the assessment.
    #[schema(value_type = u64)]
    assessed_at: TreeSize,
    /// When the job's first entry was logged, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    first_logged_at: TimestampMs,
    /// Codes of the job's alarms.
    alarms: BTreeSet<String>,
    summary: SummaryView,
}

impl From<jobs::ExportedVerdict> for ListedVerdict {
    fn from(row: jobs::ExportedVerdict) -> Self {
        Self {
            verdict: row.verdict,
            state: row.state,
            check: row.check,
            title: row.title,
            code: row.code,
            message: row.message,
            assessed_at: row.assessed_at,
            first_logged_at: row.first_logged_at,
            alarms: row.alarms,
            summary: row.summary.into(),
        }
    }
}

/// A job and its newest entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobRow {
    /// The id, as submitted.
    job_id: String,
    /// Its last entry below the size of the list; below `assessed_at` in a list with a filter.
    #[schema(value_type = u64)]
    last_index: LeafIndex,
    /// When that was logged, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    last_logged_at: TimestampMs,
    /// Absent until the job was assessed.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    judged: Option<ListedVerdict>,
}

impl From<jobs::ExportedJob> for JobRow {
    fn from(row: jobs::ExportedJob) -> Self {
        Self {
            job_id: row.job_id,
            last_index: row.last_index,
            last_logged_at: row.last_logged_at,
            judged: row.judged.map(ListedVerdict::from),
        }
    }
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
    /// Every job that an entry below this touches was assessed since; absent where verdicts are not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    projected_to: Option<TreeSize>,
}

/// Jobs, newest activity first. With a filter: those of which it holds by the newest verdict known.
#[utoipa::path(get, path = "/v1/jobs", operation_id = "listJobs", tag = "jobs", params(JobsQuery),
    responses((status = 200, body = JobPage), (status = 503, description = "With a filter: verdicts are not known up to that size yet", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Params(query): Params<JobsQuery>,
) -> Result<Json<JobPage>, ApiError> {
    let filter = query.filter()?;
    let question = move |engine: &QueryEngine| answer(engine, &query, &filter);
    Ok(Json(state.read(question).await?))
}

impl JobsQuery {
    fn filter(&self) -> Result<JobFilter, ApiError> {
        let time =
            |name, text: &Option<String>| text.as_deref().map(|text| parse_time(name, text)).transpose();
        // What cannot be an id would match no job, and an empty list would read as an answer.
        if let Some(text) = &self.agent {
            did("agent", text)?;
        }
        if let Some(text) = &self.policy {
            hash("policy", text, HashForm::Base64url, PolicyHash::parse)?;
        }
        if let Some(text) = &self.token {
            hash("token", text, HashForm::Hex, TokenHash::parse_hex)?;
        }
        for (name, value, expected) in [
            ("model", &self.model, "the name of a model"),
            ("tool", &self.tool, "the name of a tool"),
            ("person", &self.person, "how the evidence names a person"),
            ("code", &self.code, "the code of a verdict or an alarm"),
        ] {
            if value.as_deref().is_some_and(str::is_empty) {
                return Err(ApiError::parameter(name, expected));
            }
        }
        Ok(JobFilter {
            state: self.state()?,
            agent: self.agent.clone(),
            policy: self.policy.clone(),
            token: self.token.clone(),
            model: self.model.clone(),
            tool: self.tool.clone(),
            person: self.person.clone(),
            code: self.code.clone(),
            active_from: time("from", &self.from)?,
            active_to: time("to", &self.to)?,
        })
    }

    fn state(&self) -> Result<Option<JobState>, ApiError> {
        let (name, text) = match (&self.state, &self.verdict) {
            (Some(_), Some(_)) => {
                return Err(ApiError::parameter(
                    "verdict",
                    "only one of `state` and `verdict`",
                ));
            }
            (Some(state), None) => ("state", state),
            (None, Some(verdict)) => ("verdict", verdict),
            (None, None) => return Ok(None),
        };
        let state = JobState::parse(text);
        state
            .map(Some)
            .ok_or_else(|| ApiError::parameter(name, "PASS, FAIL, RUNNING or INCOMPLETE"))
    }
}

fn answer(engine: &QueryEngine, query: &JobsQuery, filter: &JobFilter) -> Result<JobPage, ApiError> {
    // How far it has come is read first: the verdicts may be newer than that, and are never older.
    let projected_to = engine.projection().map(Projection::projected_to);
    let newest = engine.newest_job_list(filter)?;
    let published = engine.published().head.tree.size;
    let as_of = match (query.as_of, &query.cursor) {
        (None, None) => Some(newest.value()),
        (as_of, _) => as_of,
    };
    let window = ListWindow::new(published, query.cursor.as_deref(), query.limit, as_of)?;
    let page = engine.job_list(filter, (window.from, window.as_of), window.limit)?;
    Ok(JobPage {
        jobs: page
            .items
            .into_iter()
            .map(|job| jobs::ExportedJob::from(job).into())
            .collect(),
        next_cursor: next_cursor(window.as_of, page.next),
        as_of_tree_size: window.as_of,
        projected_to,
    })
}
