//! `/v1/runs`: executions, each by one agent.

use crate::error::ApiError;
use crate::extract::{Params, Segment};
use crate::page::EntryPage;
use crate::problem::Problem;
use crate::provable_list::{ProvableListQuery, naming};
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use verifier::subject::Field;

/// The entries of a run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunAnswer {
    /// The id, as asked.
    run_id: String,
    #[serde(flatten)]
    page: EntryPage,
}

/// The entries whose documents name a run.
///
/// With `proof=true` the page carries a subject-proof of the question `["subject", "run", run_id, []]` for its part of the list. Where the index
/// does not get there, that is 409 `INDEX_BEHIND`.
#[utoipa::path(get, path = "/v1/runs/{run_id}", operation_id = "run", tag = "runs",
    params(("run_id" = String, Path, description = "Percent-encoded"), ProvableListQuery),
    responses((status = 200, body = RunAnswer), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    Segment(run_id): Segment,
    Params(query): Params<ProvableListQuery>,
) -> Result<Json<RunAnswer>, ApiError> {
    let missing = ApiError::NotFound { what: "run" };
    let page = naming(&state, Field::Run, run_id.clone(), query, missing).await?;
    Ok(Json(RunAnswer { run_id, page }))
}
