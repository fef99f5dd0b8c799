//! `/v1/jobs/{job_id}/explanation`: the assessment in the words of the job's page.
//!
//! The assessment itself is bytes that everybody comes to from the same log, and that are hashed. What only helps to
//! read it is answered here, apart from it.

use super::assessments::{AssessmentQuery, judged};
use crate::error::ApiError;
use crate::extract::{Params, Segment};
use crate::problem::Problem;
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use ledger_query::QueryEngine;
use ledger_query::projection::{JobState, has_ended};
use ledger_query::verdict::JudgedJob;
use serde::Serialize;
use utoipa::ToSchema;
use verifier::assess::{Check, NotCounted};
use verifier::check::Status;
use verifier::index::{LeafIndex, TreeSize};

/// A check as a reader needs it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckView {
    /// Name of the check.
    #[schema(example = "token.valid")]
    id: &'static str,
    /// What it found, in a few words.
    #[schema(example = "Token used after revocation")]
    title: &'static str,
    /// pass, fail, incomplete, `not_applicable` or `not_evaluated`.
    status: &'static str,
    /// Stable; `OK` for pass.
    code: &'static str,
    /// One sentence.
    message: String,
    /// The entries that decide it, ascending, at most 100.
    #[schema(value_type = Vec<u64>)]
    entries: Vec<LeafIndex>,
}

impl From<&Check> for CheckView {
    fn from(check: &Check) -> Self {
        Self {
            id: check.id.as_str(),
            title: check.title(),
            status: check.status.as_str(),
            code: check.code,
            message: check.message.clone(),
            entries: check.entries.clone(),
        }
    }
}

/// Why some evidence does not count for the job, or not wholly, and how to mend it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotCountedView {
    /// Stable code of the reason.
    #[schema(example = "SUBMITTER_NOT_LINKED")]
    code: String,
    /// Why it does not count.
    message: String,
    /// How to mend it.
    mend: String,
    /// The operator's command, where one mends it: for a POSIX shell in which `URL` is this server's address and
    /// `OPERATOR_KEY` the path of the operator's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    command: Option<String>,
    /// How many entries it is about.
    count: usize,
    /// The first 100 of them, ascending.
    #[schema(value_type = Vec<u64>)]
    entries: Vec<LeafIndex>,
}

impl From<NotCounted> for NotCountedView {
    fn from(told: NotCounted) -> Self {
        let NotCounted {
            code,
            message,
            mend,
            command,
            count,
            entries,
        } = told;
        Self {
            code,
            message,
            mend,
            command,
            count,
            entries,
        }
    }
}

/// The verdict on a job, each check with its title, and what does not count.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explanation {
    /// The id, as asked.
    job_id: String,
    /// PASS, FAIL or INCOMPLETE.
    #[schema(value_type = String)]
    verdict: Status,
    /// The verdict, or RUNNING for an INCOMPLETE job without a proof bundle that nobody closed or stopped.
    #[schema(value_type = String)]
    state: JobState,
    /// The check that decides, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    check: Option<&'static str>,
    /// What that found, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    title: Option<&'static str>,
    /// Stable code of the verdict.
    code: &'static str,
    /// One sentence.
    message: String,
    /// Every check, in table order.
    checks: Vec<CheckView>,
    /// What does not count, at most 100 reasons; empty where everything counts.
    not_counted: Vec<NotCountedView>,
    /// How many reasons there are in all.
    not_counted_count: usize,
    /// The tree size that the answer is of.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

impl Explanation {
    fn of(job: &JudgedJob) -> Self {
        let (closure, examined) = (job.closure(), job.examined());
        let assessment = &examined.assessment;
        let decisive = assessment.decisive();
        Self {
            job_id: closure.job_id.clone(),
            verdict: assessment.verdict,
            state: JobState::of(assessment.verdict.into(), has_ended(closure, examined)),
            check: decisive.map(|check| check.id.as_str()),
            title: decisive.map(Check::title),
            code: assessment.code,
            message: assessment.message.clone(),
            checks: assessment.checks.iter().map(CheckView::from).collect(),
            not_counted: NotCounted::all(&examined.uncounted)
                .into_iter()
                .map(NotCountedView::from)
                .collect(),
            not_counted_count: examined.uncounted.len(),
            as_of_tree_size: closure.as_of.size,
        }
    }
}

/// The verdict on a job in the words of its page: what each check found, and why evidence does not count, with the change
/// or the command that mends it.
#[utoipa::path(get, path = "/v1/jobs/{job_id}/explanation", operation_id = "jobExplanation", tag = "jobs",
    params(("job_id" = String, Path, description = "Percent-encoded"), AssessmentQuery),
    responses(
        (status = 200, body = Explanation),
        (status = 404, description = "No entry below that size names the job", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "More evidence than is assessed here", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    segment: Segment,
    Params(query): Params<AssessmentQuery>,
) -> Result<Json<Explanation>, ApiError> {
    let job_id = segment.id("job_id")?;
    let arrived = state.engine().published().head.tree.size;
    let question = move |engine: &QueryEngine| -> Result<Explanation, ApiError> {
        Ok(Explanation::of(&*judged(engine, &job_id, &query, arrived)?))
    };
    Ok(Json(state.assess(question).await?))
}
