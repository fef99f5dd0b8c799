//! `/healthz` and `/readyz`: is the process alive, does the log do what it is there for. `/metrics`: the numbers of the ledger and of the
//! HTTP surface.

use crate::error::ApiError;
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use ledger::cosigning::Cosigning;
use ledger_query::QueryEngine;
use serde::Serialize;
use utoipa::ToSchema;
use verifier::index::TreeSize;

/// Whether the log takes entries, or has ended and answers questions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready`, `frozen`, `clock_paused`, `quorum_too_old` or `stopped`.
    status: &'static str,
    /// Entries under the newest checkpoint.
    #[schema(value_type = u64)]
    tree_size: TreeSize,
    /// Absent where the log has no witnesses.
    #[serde(skip_serializing_if = "Option::is_none")]
    witnesses: Option<WitnessReadiness>,
}

/// How far the log's witnesses are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WitnessReadiness {
    /// Size of the newest checkpoint that enough of them cosigned; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    quorum_size: Option<TreeSize>,
    /// Seconds since enough of them last cosigned a checkpoint; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    quorum_age_s: Option<u64>,
    /// Each of the policy, in its order.
    each: Vec<WitnessLag>,
}

/// How far one witness is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WitnessLag {
    /// What the policy calls it.
    name: String,
    /// Entries under the newest checkpoint that it did not cosign yet.
    lag: u64,
    /// The code with which the last request to it failed; absent where it succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<&'static str>,
}

impl WitnessReadiness {
    fn of(cosigning: &Cosigning, engine: &QueryEngine) -> Self {
        let size = engine.published().head.tree.size;
        let each = cosigning.witnesses().into_iter().map(|state| WitnessLag {
            lag: state.lag(size),
            name: state.witness.name,
            last_error: state.last_error,
        });
        Self {
            quorum_size: cosigning.quorum().map(|quorum| quorum.size),
            quorum_age_s: cosigning.quorum_age(engine.now()).map(|age| age.as_secs()),
            each: each.collect(),
        }
    }
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "alive", tag = "health", responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// The log takes entries, or was closed for good and stays in service for its readers.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "health",
    responses((status = 200, body = Readiness), (status = 503, description = "Paused by the clock rule, closed because its witnesses are behind, or stopped", body = Readiness)))]
pub(crate) async fn ready(State(state): State<ApiState>) -> (StatusCode, Json<Readiness>) {
    let (ledger, engine) = (state.ledger(), state.engine());
    let cosigning = engine.cosigning();
    let is_closed = |cosigning: &Cosigning| cosigning.check_quorum_age(engine.now()).is_err();
    let status = if ledger.failed().now_or_never().is_some() {
        "stopped"
    } else if engine.admission().frozen.is_some() {
        // Neither its clock nor its witnesses decide about entries any more.
        "frozen"
    } else if ledger.metrics().clock_paused {
        "clock_paused"
    } else if cosigning.as_deref().is_some_and(is_closed) {
        "quorum_too_old"
    } else {
        "ready"
    };
    let code = if matches!(status, "ready" | "frozen") {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        code,
        Json(Readiness {
            status,
            tree_size: engine.published().head.tree.size,
            witnesses: cosigning
                .as_deref()
                .map(|cosigning| WitnessReadiness::of(cosigning, engine)),
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
