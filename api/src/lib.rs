//! The HTTP surface of the ledger: `/v1`, the C2SP tiles under `/log/`, health and metrics.
//!
//! [`router`] needs no socket: `ledgerd` binds one, tests call it directly. This crate knows neither storage
//! nor signing; it asks [`ledger::handle::Ledger`] and maps what comes back.
//!
//! What stands around every route, from the outside in: one log line and metrics (by the route's pattern,
//! never by the path), panics, the time limit, leaked tokens, anything but one host, foreign hosts, whose share of the
//! pools it is, the session that the request belongs to, the pace of the body; and before what is not public, the reader's
//! token or session.

pub mod auth;
pub mod entrance;
pub mod error;
mod extract;
mod guard;
pub mod guests;
pub mod limits;
pub mod links;
mod metrics;
mod negotiate;
mod observe;
pub mod openapi;
mod pace;
mod page;
pub mod problem;
mod provable_list;
mod proved;
mod proxies;
mod routes;
pub mod session;
mod shares;
mod sharing;
mod single_header;
pub mod state;
mod time;
mod view;
mod witnessed;

pub use auth::{AuthConfig, Credential, PeerAddress};
pub use entrance::{protect_pages, protect_reads};
pub use limits::HostLimits;
pub use proxies::{TrustedProxies, VisitorTransport};
pub use shares::ConnectionNumbers;
pub use state::{AccessStores, ApiState};

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};
use error::ApiError;
use routes::{
    alarms, assessments, batch, checkpoints, entries, erasures, events, evidence, explanations, health,
    issuers, job_list, jobs, log, log_keys, packs, policies, proofs, runs, subjects, tiles, tokens, verify,
};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// Every route of the API, ready to be served.
pub fn router(state: ApiState) -> Router {
    let routes = public(&state)
        .merge(protect_reads(reads().with_state(state.clone()), &state))
        .merge(submissions().with_state(state.clone()))
        .merge(shares().with_state(state.clone()))
        .fallback(|| async { ApiError::NoAddress })
        // What takes POST said so itself.
        .method_not_allowed_fallback(|| async {
            ApiError::MethodNotAllowed {
                allowed: "GET and HEAD",
            }
        })
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(from_fn(entrance::require_csrf_header))
        .layer(from_fn(guard::refuse_leaked_tokens));
    surround(routes, state)
}

/// Puts around `router` what stands around every route of the API. For the pages, which are not part of it, and
/// refuse tokens in addresses themselves, in words for people.
pub fn surround(router: Router, state: ApiState) -> Router {
    router
        .layer(from_fn_with_state(state.clone(), pace::pace_body))
        .layer(from_fn_with_state(state.clone(), entrance::count_as_caller))
        .layer(from_fn_with_state(state.clone(), entrance::recognise))
        .layer(from_fn_with_state(state.clone(), guard::refuse_foreign_hosts))
        .layer(from_fn(guard::require_one_host))
        .layer(from_fn_with_state(state.clone(), guard::limit_time))
        .layer(CatchPanicLayer::custom(guard::answer_panic))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(from_fn_with_state(state, observe::observe))
}

fn public(state: &ApiState) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/log/checkpoint", get(tiles::checkpoint))
        .route("/v1/log/keys", get(log_keys::list))
        .route("/log/tile/{*path}", get(tiles::hashes))
        .with_state(state.clone())
}

async fn post_only() -> ApiError {
    ApiError::MethodNotAllowed { allowed: "POST" }
}

fn submissions() -> Router<ApiState> {
    Router::new()
        .route("/v1/evidence", post(evidence::submit))
        .route("/v1/evidence/batch", post(batch::submit))
        .method_not_allowed_fallback(post_only)
        .layer(negotiate::decompression())
        .layer(from_fn(negotiate::name_codings))
}

/// What those who may read let others see.
fn shares() -> Router<ApiState> {
    Router::new()
        .route("/v1/shares", get(routes::links::list).post(routes::links::make))
        .route("/v1/shares/{id}", delete(routes::links::revoke))
        .method_not_allowed_fallback(|| async {
            ApiError::MethodNotAllowed {
                allowed: "GET, HEAD and POST, or DELETE with the link's id",
            }
        })
}

/// Reads whose question is a body.
fn questions() -> Router<ApiState> {
    Router::new()
        .route("/v1/verify", post(verify::check))
        .route("/v1/policies/{hash}/evaluate", post(policies::evaluate::evaluate))
        .method_not_allowed_fallback(post_only)
        .layer(negotiate::decompression())
        .layer(from_fn(negotiate::name_codings))
}

fn reads() -> Router<ApiState> {
    Router::new()
        .route("/v1/log", get(log::describe))
        .route("/v1/evidence/{digest}", get(evidence::by_digest))
        .route("/v1/entries", get(entries::list))
        .route("/v1/entries/{index}", get(entries::one))
        .route("/v1/entries/{index}/proof", get(entries::proof))
        .route("/v1/entries/{index}/evidence", get(entries::evidence))
        .route("/v1/erasures", get(erasures::list))
        .route("/v1/erasures/{index}", get(erasures::one))
        .route("/v1/jobs", get(job_list::list))
        .route("/v1/jobs/{job_id}/assessment", get(assessments::one))
        .route("/v1/jobs/{job_id}/explanation", get(explanations::one))
        .route("/v1/alarms", get(alarms::list))
        .route("/v1/jobs/{job_id}", get(jobs::one))
        .route("/v1/jobs/{job_id}/entries", get(jobs::entries))
        .route("/v1/jobs/{job_id}/pack", get(packs::download))
        .route("/v1/runs/{run_id}", get(runs::one))
        .route("/v1/tokens/{token_hash}", get(tokens::one))
        .route("/v1/policies", get(policies::list))
        .route("/v1/policies/diff", get(policies::diff::diff))
        .route("/v1/policies/{hash}", get(policies::one))
        .route("/v1/issuers", get(issuers::list))
        .route("/v1/checkpoints", get(checkpoints::find))
        .route("/v1/proofs/consistency", get(proofs::consistency))
        .route("/v1/proofs/inclusion", get(proofs::inclusion))
        .route("/v1/subjects/{field}/{value}/proof", get(subjects::proof))
        .route("/v1/kinds/{kind}/proof", get(subjects::of_kind))
        .route("/v1/evidence/{digest}/proof", get(subjects::of_evidence))
        .route("/v1/events", get(events::follow))
        .route("/log/tile/entries/{*path}", get(tiles::entries))
        .route("/openapi.json", get(openapi::serve))
        .route("/metrics", get(health::scrape))
        .merge(questions())
}
