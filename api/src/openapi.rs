//! The description of this API, generated from the handlers: `/openapi.json`, and `schemas/openapi.json` in
//! the repository, which a test keeps equal to it.

use crate::error::ApiError;
use crate::negotiate::JSON;
use crate::routes::{
    alarms, assessments, batch, checkpoints, entries, erasures, events, evidence, explanations, health,
    issuers, job_list, jobs, links, log, log_keys, packs, policies, proofs, runs, subjects, tiles, tokens,
    verify,
};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{self, ContentBuilder, Ref, RefOr, ResponseBuilder};

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
        job_list::list, jobs::one, jobs::entries, assessments::one, explanations::one, alarms::list, packs::download, verify::check,
        runs::one, tokens::one,
        links::make, links::list, links::revoke,
        policies::list, policies::one, policies::diff::diff, policies::evaluate::evaluate, issuers::list,
        log::describe, log_keys::list, checkpoints::find, proofs::consistency, proofs::inclusion, subjects::proof, subjects::of_kind, subjects::of_evidence, events::follow,
        tiles::checkpoint, tiles::hashes, tiles::entries,
        health::alive, health::ready, health::scrape,
    ),
    components(schemas(checkpoints::CheckpointView, checkpoints::CheckpointPage)),
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
        for (path, item) in &mut openapi.paths.paths {
            for operation in [&mut item.get, &mut item.post, &mut item.delete]
                .into_iter()
                .flatten()
            {
                add_common_problems(path, operation);
            }
        }
    }
}

/// Parameters that name a place in the log.
const POSITIONS: &[&str] = &[
    "after_index",
    "as_of",
    "cursor",
    "first",
    "from",
    "index",
    "second",
    "size",
];

const INVALID_PARAMETER: &str = "A parameter or id that is not valid, or a compact JWS in the path or query";
const BEHIND: &str = "`INDEX_BEHIND`: with `proof=true`, where the index does not cover that size, or not yet, or there is none; \
                      `POSITION_AHEAD`: a position, size or cursor beyond the log's end";
const AHEAD: &str = "`POSITION_AHEAD`: a position, size or cursor beyond the log's end";

/// The problems that any operation can answer with, because what stands before the handlers gives them.
fn add_common_problems(path: &str, operation: &mut Operation) {
    let mut common = vec![("422", INVALID_PARAMETER)];
    if path.starts_with("/v1/") || path.starts_with("/log/tile/entries") {
        common.push(("401", "Who asks has no valid token where one is needed"));
        common.push((
            "429",
            "`UNKNOWN_TOKENS`: too many tokens that nobody has came from this address; a valid one never waits",
        ));
    }
    if path.starts_with("/v1/") {
        common.push((
            "503",
            "Not now: the server is busy, or the log is paused; `Retry-After` says when",
        ));
    }
    let takes = |names: &[&str]| {
        let mut parameters = operation.parameters.iter().flatten();
        parameters.any(|parameter| match parameter {
            RefOr::T(parameter) => {
                matches!(parameter.parameter_in, ParameterIn::Query)
                    && names.contains(&parameter.name.as_str())
            }
            RefOr::Ref(_) => false,
        })
    };
    if takes(&["proof"]) {
        common.push(("409", BEHIND));
    } else if takes(POSITIONS) {
        common.push(("409", AHEAD));
    }
    let responses = &mut operation.responses.responses;
    if responses.get("200").is_some_and(has_several_forms) {
        common.push(("406", meaning("406")));
    }
    for (status, description) in common {
        let range = format!("{}XX", status.get(..1).unwrap_or_default());
        if !responses.contains_key(&range) && !responses.contains_key(status) {
            responses.insert(status.to_owned(), problem(description).into());
        }
    }
    for (status, response) in responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            meaning(status).clone_into(&mut response.description);
        }
    }
}

/// Whether the caller chooses between forms of an answer.
fn has_several_forms(answer: &RefOr<openapi::Response>) -> bool {
    matches!(answer, RefOr::T(answer) if answer.content.len() > 1)
}

/// What a status means where its operation has nothing to add. `OpenAPI` wants each response described.
fn meaning(status: &str) -> &'static str {
    match status {
        "400" => "The body is not what this address takes",
        "403" => "The caller may not do this",
        "404" => "The log has no such thing",
        "406" => "No media type that `Accept` takes is given here",
        "409" => AHEAD,
        "422" => INVALID_PARAMETER,
        _ if status.starts_with('2') => "Done",
        _ => "What was sent is not valid; the problem says why",
    }
}

fn problem(description: &str) -> openapi::Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
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
