//! Making and revoking share links, for the API and for the page where people do it.

use crate::auth::RequestCaller;
use crate::error::ApiError;
use crate::guests::state_of;
use crate::links::{LinkError, LinkId, LinkState, ShareLink};
use crate::state::ApiState;
use ledger_query::QueryEngine;
use ledger_query::entrance::SharedLink;
use std::time::Duration;
use verifier::context::SubmitterName;
use verifier::index::TimestampMs;

/// Who lets others read, if the caller may.
pub(crate) fn sharer(state: &ApiState, caller: RequestCaller) -> Result<SubmitterName, ApiError> {
    match caller {
        RequestCaller::Submitter(name) | RequestCaller::Reader(name) => Ok(name),
        RequestCaller::Guest(_) => Err(ApiError::Forbidden {
            reason: "a share link only reads",
        }),
        RequestCaller::Anonymous if !state.auth().reads_are_guarded() => Err(ApiError::Forbidden {
            reason: "everybody who reaches this server may read: send them the address of the page",
        }),
        RequestCaller::Anonymous => Err(ApiError::Unauthenticated {
            expected: "a reader's or submitter's bearer token",
        }),
    }
}

/// A link as those see it who may share.
pub(crate) fn shared(state: &ApiState, link: ShareLink, now: TimestampMs) -> SharedLink {
    let link_state = state_of(state, &link, now);
    SharedLink {
        id: link.id.to_string(),
        job_id: link.job_id,
        made_by: link.made_by,
        made_at: link.made_at,
        until: link.until,
        state: link_state.as_str(),
        revoked_by: link.revoked.map(|revoked| revoked.by),
        is_open: matches!(link_state, LinkState::Open | LinkState::MakerRemoved),
    }
}

/// The path that a token makes.
pub(crate) fn path(token: &str) -> String {
    format!("/s/{token}")
}

/// Makes a link to a job that the log knows, and logs it.
pub(crate) async fn made(
    state: &ApiState,
    sharer: &SubmitterName,
    job_id: String,
    lifetime: Duration,
) -> Result<(ShareLink, String), ApiError> {
    crate::extract::id("job_id", &job_id)?;
    let job = job_id.clone();
    let span = move |engine: &QueryEngine| engine.job_span(&job, engine.published().head.tree.size);
    if state.read(span).await?.is_none() {
        return Err(ApiError::NotFound { what: "job" });
    }
    let (making, by) = (state.clone(), sharer.as_str().to_owned());
    let made = blocking(move || making.links().make(&job_id, &by, lifetime)).await?;
    let (link, _) = &made;
    tracing::info!(link = %link.id, job = ?link.job_id, by = sharer.as_str(), until = %crate::time::rfc3339(link.until), "a share link was made");
    Ok(made)
}

/// Ends a link, and logs it.
pub(crate) async fn revoked(
    state: &ApiState,
    sharer: &SubmitterName,
    id: LinkId,
) -> Result<ShareLink, ApiError> {
    let (ending, by) = (state.clone(), sharer.as_str().to_owned());
    let link = blocking(move || ending.links().revoke(&id, &by)).await?;
    let link = link.ok_or(ApiError::NotFound { what: "share link" })?;
    tracing::info!(link = %link.id, job = ?link.job_id, by = sharer.as_str(), "a share link was revoked");
    Ok(link)
}

/// Does what waits for a disk off the threads that answer others.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LinkError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| ApiError::Internal(error.to_string()))??)
}

impl From<LinkError> for ApiError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Lifetime { max_s } => Self::parameter("for_s", format!("1 to {max_s} seconds")),
            LinkError::Full { max } => Self::LinksFull { max },
            LinkError::Kept(_) | LinkError::Random(_) => Self::Internal(error.to_string()),
        }
    }
}
