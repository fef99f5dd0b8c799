//! What a guest may see: the job of a link, what the job's verdict is made from, and what a browser needs to check both.
//! Each address is named here; one that is not is refused.

use axum::RequestExt;
use axum::extract::{MatchedPath, RawPathParams, Request};
use ledger_query::parameter::whole_number;
use verifier::index::{LeafIndex, TimestampMs};

use super::GuestView;
use crate::error::ApiError;
use crate::links::{LinkId, LinkState, ShareLink};
use crate::state::ApiState;

/// What a request is about.
enum RequestSubject {
    /// A job.
    Job(String),
    /// An entry; on a page, or by itself.
    Entry(LeafIndex, bool),
    /// The log as such: its key, and that it only grows.
    Log,
    /// What no link shows.
    Else,
}

/// Whether the holder of links may see what a request asks for.
///
/// # Errors
/// [`ApiError::Forbidden`] if not, with what they may see; others where the log cannot be read.
pub(crate) async fn admit(state: &ApiState, links: &[LinkId], request: &mut Request) -> Result<(), ApiError> {
    let sight = GuestView::of(state, links, request.extensions_mut());
    if sight.jobs().is_empty() {
        return Err(ApiError::Forbidden {
            reason: why_ended(newest(state, links).map(|link| state_of(state, &link, sight.now()))),
        });
    }
    if !request.method().is_safe() {
        return Err(ApiError::Forbidden {
            reason: "a share link only reads",
        });
    }
    let refused = Err(ApiError::Forbidden {
        reason: "the share link shows one job and its evidence, and nothing else of this log",
    });
    match about(request).await {
        RequestSubject::Log => Ok(()),
        RequestSubject::Job(job) if sight.jobs().contains(&job) => Ok(()),
        RequestSubject::Entry(index, is_page) => {
            if state
                .assess(move |engine| sight.shows(engine, index, is_page))
                .await?
            {
                return Ok(());
            }
            refused
        }
        RequestSubject::Job(_) | RequestSubject::Else => refused,
    }
}

/// Those of the links that show their jobs at a time.
pub(crate) fn open_links(state: &ApiState, links: &[LinkId], now: TimestampMs) -> Vec<ShareLink> {
    let all = links.iter().filter_map(|id| state.links().get(id));
    all.filter(|link| state_of(state, link, now) == LinkState::Open)
        .collect()
}

/// Whether a link shows its job at a time, by the configuration, too.
pub(crate) fn state_of(state: &ApiState, link: &ShareLink, now: TimestampMs) -> LinkState {
    link.state(now, |name| state.auth().is_known(name))
}

/// The link that a guest opened last, if it is remembered.
pub(crate) fn newest(state: &ApiState, links: &[LinkId]) -> Option<ShareLink> {
    links.last().and_then(|id| state.links().get(id))
}

const fn why_ended(state: Option<LinkState>) -> &'static str {
    match state {
        Some(LinkState::Expired) => "the share link has expired",
        Some(LinkState::Revoked) => "the share link was revoked",
        Some(LinkState::MakerRemoved) => {
            "the share link has ended, because its maker may not read this log any more"
        }
        Some(LinkState::Open) | None => "the share link ended long ago",
    }
}

async fn about(request: &mut Request) -> RequestSubject {
    let Some(route) = request.extensions().get::<MatchedPath>().cloned() else {
        return RequestSubject::Else;
    };
    let value = first_value(request).await;
    match (route.as_str(), value) {
        (
            "/jobs/{job_id}"
            | "/v1/jobs/{job_id}"
            | "/v1/jobs/{job_id}/assessment"
            | "/v1/jobs/{job_id}/explanation"
            | "/v1/jobs/{job_id}/entries"
            | "/v1/jobs/{job_id}/pack",
            Some(job),
        ) => RequestSubject::Job(job),
        (
            "/entries/{index}"
            | "/v1/entries/{index}"
            | "/v1/entries/{index}/proof"
            | "/v1/entries/{index}/evidence",
            Some(index),
        ) => {
            let is_page = route.as_str() == "/entries/{index}";
            let index = whole_number(&index).map(LeafIndex::new);
            index.map_or(RequestSubject::Else, |index| {
                RequestSubject::Entry(index, is_page)
            })
        }
        ("/v1/log" | "/v1/proofs/consistency", None) => RequestSubject::Log,
        _ => RequestSubject::Else,
    }
}

/// The one variable segment of the path, percent-decoded.
async fn first_value(request: &mut Request) -> Option<String> {
    let values: RawPathParams = request.extract_parts().await.ok()?;
    values.iter().next().map(|(_, value)| value.to_owned())
}
