//! `/healthz` and `/readyz`: is the process alive, does the log take entries. `/metrics`: the numbers of the ledger and of the
//! HTTP surface.

use crate::error::ApiError;
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use serde::Serialize;
use utoipa::ToSchema;
use verifier::index::TreeSize;

/// Whether the log takes entries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready`, `clock_paused` or `stopped`.
    status: &'static str,
    /// Entries under the newest checkpoint.
    #[schema(value_type = u64)]
    tree_size: TreeSize,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "alive", tag = "health", responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// The log takes entries.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "health",
    responses((status = 200, body = Readiness), (status = 503, description = "Paused by the clock rule, or stopped", body = Readiness)))]
pub(crate) async fn ready(State(state): State<ApiState>) -> (StatusCode, Json<Readiness>) {
    let ledger = state.ledger();
    let status = if ledger.failed().now_or_never().is_some() {
        "stopped"
    } else if ledger.metrics().clock_paused {
        "clock_paused"
    } else {
        "ready"
    };
    let code = if status == "ready" {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        code,
        Json(Readiness {
            status,
            tree_size: state.engine().published().head.tree.size,
        }),
    )
}

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Numbers for Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "health",
    responses((status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text")))]
pub(crate) async fn scrape(State(state): State<ApiState>) -> Result<Response, ApiError> {
    let text = state
        .http()
        .text()
        .map_err(|error| ApiError::Internal(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response())
}
