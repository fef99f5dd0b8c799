//! `/v1/runs`: executions, each by one agent.

use crate::error::ApiError;
use crate::extract::{Params, Segment};
use crate::page::{EntryListQuery, EntryPage, naming};
use crate::problem::Problem;
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use ledger_query::QueryEngine;
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
#[utoipa::path(get, path = "/v1/runs/{run_id}", operation_id = "run", tag = "runs",
    params(("run_id" = String, Path, description = "Percent-encoded"), EntryListQuery),
    responses((status = 200, body = RunAnswer), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    Segment(run_id): Segment,
    Params(query): Params<EntryListQuery>,
) -> Result<Json<RunAnswer>, ApiError> {
    let question = move |engine: &QueryEngine| -> Result<RunAnswer, ApiError> {
        let page = naming(engine, (Field::Run, &run_id), &query)?;
        let page = page.ok_or(ApiError::NotFound { what: "run" })?;
        Ok(RunAnswer { run_id, page })
    };
    Ok(Json(state.read(question).await?))
}
