//! The description of this API, generated from the handlers: `/openapi.json`, and `schemas/openapi.json` in
//! the repository, which a test keeps equal to it.

use crate::error::ApiError;
use crate::extract::JSON;
use crate::routes::{
    alarms, assessments, batch, checkpoints, entries, erasures, events, evidence, health, issuers, job_list,
    jobs, log, metrics, packs, policies, proofs, runs, tiles, tokens, verify,
};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Evidence Ledger",
        description = "An append-only evidence ledger. Times are milliseconds since the Unix epoch; errors are RFC 9457 problems. \
            Off loopback every read but the checkpoint, hash tiles and health needs a bearer token. A compact JWS in any path, \
            query or context value is answered 422 TOKEN_LEAKED and not logged."
    ),
    paths(
        evidence::submit, evidence::by_digest, batch::submit,
        entries::list, entries::one, entries::proof, entries::evidence,
        erasures::list, erasures::one,
        job_list::list, jobs::one, jobs::entries, assessments::one, alarms::list, packs::download, verify::check,
        runs::one, tokens::one,
        policies::list, policies::one, policies::diff::diff, policies::evaluate::evaluate, issuers::list,
        log::describe, checkpoints::find, proofs::consistency, proofs::inclusion, events::follow,
        tiles::checkpoint, tiles::hashes, tiles::entries,
        health::alive, health::ready, metrics::scrape,
    ),
    components(schemas(checkpoints::CheckpointView)),
    modifiers(&Finish),
    security((), ("bearer" = [])),
)]
struct Description;

/// Names the one way to say who asks, and leaves out what the package does not state.
struct Finish;

impl utoipa::Modify for Finish {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        let components = openapi
            .components
            .get_or_insert_with(utoipa::openapi::Components::new);
        openapi.info.license = None;
        components.add_security_scheme("bearer", scheme);
    }
}

/// The description as pretty-printed JSON with a final newline.
///
/// # Errors
/// None that the generated description can cause; they are serde's.
pub fn document() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Description::openapi())?;
    text.push('\n');
    Ok(text)
}

/// `GET /openapi.json`.
pub(crate) async fn serve() -> Result<Response, ApiError> {
    let text = document().map_err(|error| ApiError::Internal(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, JSON)], text).into_response())
}
