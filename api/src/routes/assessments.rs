//! `/v1/jobs/{job_id}/assessment`: the verdict on a job, made from the log and never from the projection.

use crate::error::ApiError;
use crate::extract::{Params, Segment};
use crate::negotiate::JSON;
use crate::problem::Problem;
use crate::state::ApiState;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger_query::QueryEngine;
use ledger_query::verdict::JudgedJob;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use verifier::digest::RawDigest;
use verifier::hash::sha256;
use verifier::index::TreeSize;

/// The parameters of an assessment.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AssessmentQuery {
    /// Judges what was logged below this tree size; the published size if absent.
    as_of: Option<u64>,
}

/// See [`QueryEngine::judged_as_asked`].
pub(super) fn judged(
    engine: &QueryEngine,
    job_id: &str,
    query: &AssessmentQuery,
    arrived: TreeSize,
) -> Result<Arc<JudgedJob>, ApiError> {
    let as_of = query.as_of.map(TreeSize::new);
    let job = engine.judged_as_asked(job_id, as_of, arrived)?;
    job.ok_or(ApiError::NotFound { what: "job" })
}

/// The verdict on a job: the bytes that an offline verifier comes to from the same log. It is never taken from the
/// projection. For one job and size it stays the same, unless evidence is erased. Titles of checks, and why evidence
/// does not count, are under `/v1/jobs/{job_id}/explanation`.
#[utoipa::path(get, path = "/v1/jobs/{job_id}/assessment", operation_id = "jobAssessment", tag = "jobs",
    params(("job_id" = String, Path, description = "Percent-encoded"), AssessmentQuery),
    responses(
        (status = 200, description = "The assessment as JCS (RFC 8785), as in `schemas/assessment.md`", body = Object, content_type = "application/json"),
        (status = 304, description = "The assessment that If-None-Match names"),
        (status = 404, description = "No entry below that size names the job", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "More evidence than is assessed here", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    segment: Segment,
    Params(query): Params<AssessmentQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let job_id = segment.id("job_id")?;
    let arrived = state.engine().published().head.tree.size;
    let question = move |engine: &QueryEngine| -> Result<String, ApiError> {
        let job = judged(engine, &job_id, &query, arrived)?;
        Ok(job.examined().assessment.to_jcs().to_owned())
    };
    let body = state.assess(question).await?;
    let digest = RawDigest::from_bytes(sha256(body.as_bytes()));
    let etag = HeaderValue::from_str(&format!("\"{digest}\""))
        .map_err(|error| ApiError::Internal(error.to_string()))?;
    // An erasure may change it: kept copies are asked about again.
    let cache = HeaderValue::from_static("private, no-cache");
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|value| *value == etag);
    let metadata = [(header::ETAG, etag), (header::CACHE_CONTROL, cache)];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, metadata).into_response());
    }
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static(JSON))];
    Ok((metadata, json, body).into_response())
}
