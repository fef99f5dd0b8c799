//! `/v1/shares`: share links, for readers. They are made, listed and revoked; the token of a link is shown once, to
//! the reader who makes it.

use crate::error::ApiError;
use crate::extract::{Params, Segment, read_body};
use crate::links::LinkId;
use crate::negotiate::{JSON, require_media_type};
use crate::problem::Problem;
use crate::sharing::{made, path, revoked, shared, sharer};
use crate::state::ApiState;
use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use ledger_query::entrance::SharedLink;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;
use verifier::context::SubmitterName;

/// Longest body of a request for a link: an id, escaped, and a number.
const BODY_BYTES_MAX: usize = 16 << 10;

/// The link that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLink {
    /// The job that it shows.
    job_id: String,
    /// Seconds for which it holds.
    for_s: u64,
}

/// A link that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MadeLink {
    #[serde(flatten)]
    link: SharedLink,
    /// The path that opens the link. It is shown once and stored nowhere; anyone who has it sees the job.
    path: String,
}

/// The links that are open, and those that ended in the last 30 days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkList {
    shares: Vec<SharedLink>,
}

/// Nothing is asked of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmptyQuery {}

/// Extractor: somebody who may read by their own right, and so let others read.
#[derive(Clone, Debug)]
pub(crate) struct Sharer(pub(crate) SubmitterName);

impl FromRequestParts<ApiState> for Sharer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let caller = state.auth().caller(&parts.headers, parts.extensions.get())?;
        sharer(state, caller).map(Self)
    }
}

/// Makes a link to a job.
///
/// Who makes it, which job, and until when is logged by the server.
#[utoipa::path(post, path = "/v1/shares", operation_id = "share", tag = "shares", request_body = NewLink,
    responses(
        (status = 201, body = MadeLink),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such job", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "As many links are open as there may be", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn make(
    State(state): State<ApiState>,
    Sharer(sharer): Sharer,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<MadeLink>), ApiError> {
    require_media_type(&headers, &[JSON])?;
    let mut room = state.hold_question()?;
    let body = read_body(&state, body, BODY_BYTES_MAX, &mut room).await?;
    let asked: NewLink = serde_json::from_slice(&body)
        .map_err(|error| ApiError::parameter("body", format!("job_id and for_s: {error}")))?;
    let (link, token) = made(&state, &sharer, asked.job_id, Duration::from_secs(asked.for_s)).await?;
    let path = path(&token);
    let link = shared(&state, link, state.links().now());
    Ok((StatusCode::CREATED, Json(MadeLink { link, path })))
}

/// Share links, the newest first.
#[utoipa::path(get, path = "/v1/shares", operation_id = "shares", tag = "shares",
    responses(
        (status = 200, body = LinkList),
        (status = 403, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    _sharer: Sharer,
    Params(EmptyQuery {}): Params<EmptyQuery>,
) -> Json<LinkList> {
    let links = state.links().list().into_iter();
    let now = state.links().now();
    let shares = links.map(|link| shared(&state, link, now)).collect();
    Json(LinkList { shares })
}

/// Revokes a link: its guests see nothing more from now on.
#[utoipa::path(delete, path = "/v1/shares/{id}", operation_id = "revokeShare", tag = "shares",
    params(("id" = String, Path, description = "16 hex digits")),
    responses(
        (status = 200, body = SharedLink),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn revoke(
    State(state): State<ApiState>,
    Sharer(sharer): Sharer,
    segment: Segment,
) -> Result<Json<SharedLink>, ApiError> {
    let id =
        LinkId::parse(&segment.0).ok_or_else(|| ApiError::parameter("id", "16 lower-case hex digits"))?;
    let link = revoked(&state, &sharer, id).await?;
    Ok(Json(shared(&state, link, state.links().now())))
}
