//! `/v1/checkpoints`: every tree head that was ever signed, by size and by time.

use crate::error::ApiError;
use crate::extract::Params;
use crate::page::{Window, next_cursor};
use crate::problem::Problem;
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger::reader::{Published, Reader};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::{IntoParams, ToSchema};
use verifier::hash::RootHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};

/// One head by size or by time, or a list of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckpointsQuery {
    /// The head of exactly this size.
    size: Option<u64>,
    /// The newest head not after this time: RFC 3339, or milliseconds since the Unix epoch.
    at: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 if absent.
    limit: Option<usize>,
    /// Pins the list to an earlier tree size.
    as_of: Option<u64>,
}

/// A signed tree head.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckpointView {
    /// Entries under it.
    #[schema(value_type = u64)]
    tree_size: TreeSize,
    /// Lower-case hex.
    #[schema(value_type = String)]
    root_hash: RootHash,
    /// `logged_at` of its last entry, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    checkpoint_time: TimestampMs,
    /// The note text.
    checkpoint: String,
}

impl From<Published> for CheckpointView {
    fn from(published: Published) -> Self {
        Self {
            tree_size: published.head.tree.size,
            root_hash: published.head.tree.root,
            checkpoint_time: published.head.time,
            checkpoint: published.checkpoint,
        }
    }
}

/// A page of heads.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckpointPage {
    /// Newest first.
    checkpoints: Vec<CheckpointView>,
    /// For the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// The tree size that the list is pinned to.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

/// Signed tree heads: one by `size` or `at`, else a list, newest first.
#[utoipa::path(get, path = "/v1/checkpoints", operation_id = "checkpoints", tag = "log", params(CheckpointsQuery),
    responses(
        (status = 200, description = "A page without, one `CheckpointView` with `size` or `at`", body = CheckpointPage),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn find(
    State(state): State<ApiState>,
    Params(query): Params<CheckpointsQuery>,
) -> Result<Response, ApiError> {
    let single = match (query.size, query.at.as_deref()) {
        (Some(_), Some(_)) => return Err(ApiError::parameter("at", "not both size and at")),
        (Some(size), None) => {
            let size = TreeSize::new(size);
            Some(state.read(move |reader| reader.checkpoint_of_size(size)).await?)
        }
        (None, Some(at)) => {
            let at = parse_time(at)?;
            Some(state.read(move |reader| reader.checkpoint_at(at)).await?)
        }
        (None, None) => None,
    };
    match single {
        Some(Some(published)) => Ok(Json(CheckpointView::from(published)).into_response()),
        Some(None) => Err(ApiError::NotFound { what: "checkpoint" }),
        None => Ok(Json(state.read(move |reader| page(reader, &query)).await?).into_response()),
    }
}

fn page(reader: &Reader, query: &CheckpointsQuery) -> Result<CheckpointPage, ApiError> {
    let published = reader.published().head.tree.size;
    let window = Window::new(published, query.cursor.as_deref(), query.limit, query.as_of)?;
    // A cursor's number is an index in every list; here it is that of the next head's last entry.
    let upto = match window.from {
        Some(last) => last.size_with().unwrap_or(window.as_of),
        None => window.as_of,
    };
    let mut heads = reader.checkpoints(upto, window.limit + 1)?;
    let next = heads
        .get(window.limit)
        .and_then(|head| head.head.tree.size.last_index());
    heads.truncate(window.limit);
    Ok(CheckpointPage {
        checkpoints: heads.into_iter().map(CheckpointView::from).collect(),
        next_cursor: next_cursor(
            window.as_of,
            next.filter(|index: &LeafIndex| window.as_of.contains(*index)),
        ),
        as_of_tree_size: window.as_of,
    })
}

/// Milliseconds since the epoch, or RFC 3339 (whose `+` may have become a space in a query).
fn parse_time(text: &str) -> Result<TimestampMs, ApiError> {
    if let Ok(ms) = text.parse::<u64>() {
        return Ok(TimestampMs::new(ms));
    }
    let parsed = OffsetDateTime::parse(&text.replace(' ', "+"), &Rfc3339).ok();
    let ms = parsed.and_then(|time| u64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok());
    ms.map(TimestampMs::new)
        .ok_or_else(|| ApiError::parameter("at", "RFC 3339, or milliseconds since the Unix epoch"))
}

#[cfg(test)]
mod tests {
    use super::parse_time;
    use verifier::index::TimestampMs;

    #[test]
    fn reads_both_forms_of_a_time() {
        let expected = Some(TimestampMs::new(1_770_768_000_500));
        for text in [
            "1770768000500",
            "2026-02-11T00:00:00.5Z",
            "2026-02-11T01:00:00.5+01:00",
            "2026-02-11T01:00:00.5 01:00",
        ] {
            assert_eq!(parse_time(text).ok(), expected, "{text}");
        }
        for text in ["", "yesterday", "-1", "1969-12-31T23:59:59Z"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }
}
