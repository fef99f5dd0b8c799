//! `/healthz` and `/readyz`: is the process alive, does the log take entries.

use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
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
