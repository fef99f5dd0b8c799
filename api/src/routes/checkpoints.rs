//! `/v1/checkpoints`: every tree head that was ever signed, by size and by time.

use crate::error::ApiError;
use crate::extract::Params;
use crate::page::{ListWindow, next_cursor};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::time::parse_time;
use axum::Json;
use axum::extract::State;
use ledger::shared::PublishedHead;
use ledger_query::QueryEngine;
use serde::{Deserialize, Serialize};
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

impl From<PublishedHead> for CheckpointView {
    fn from(published: PublishedHead) -> Self {
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

/// One head, or a page of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum CheckpointAnswer {
    /// Asked for by `size` or `at`.
    One(CheckpointView),
    /// Asked for by neither.
    Page(CheckpointPage),
}

/// Signed tree heads: one by `size` or `at`, else a list, newest first.
#[utoipa::path(get, path = "/v1/checkpoints", operation_id = "checkpoints", tag = "log", params(CheckpointsQuery),
    responses(
        (status = 200, description = "One head with `size` or `at`, else a page", body = CheckpointAnswer),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A size beyond the log's end", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn find(
    State(state): State<ApiState>,
    Params(query): Params<CheckpointsQuery>,
) -> Result<Json<CheckpointAnswer>, ApiError> {
    let single = match (query.size, query.at.as_deref()) {
        (Some(_), Some(_)) => return Err(ApiError::parameter("at", "not both size and at")),
        (Some(size), None) => {
            let published = state.engine().published().head.tree.size;
            let size = TreeSize::new(size);
            if size > published {
                return Err(ApiError::position_ahead("size", size.value(), published));
            }
            Some(state.read(move |engine| engine.checkpoint_of_size(size)).await?)
        }
        (None, Some(at)) => {
            let at = parse_time("at", at)?;
            Some(state.read(move |engine| engine.checkpoint_at(at)).await?)
        }
        (None, None) => None,
    };
    match single {
        Some(Some(published)) => Ok(Json(CheckpointAnswer::One(published.into()))),
        Some(None) => Err(ApiError::NotFound { what: "checkpoint" }),
        None => {
            let page = state.read(move |engine| page(engine, &query)).await?;
            Ok(Json(CheckpointAnswer::Page(page)))
        }
    }
}

fn page(engine: &QueryEngine, query: &CheckpointsQuery) -> Result<CheckpointPage, ApiError> {
    let published = engine.published().head.tree.size;
    let window = ListWindow::new(published, query.cursor.as_deref(), query.limit, query.as_of)?;
    // A cursor's number is an index in every list; here it is that of the next head's last entry.
    let upto = match window.from {
        Some(last) => last.size_with().unwrap_or(window.as_of),
        None => window.as_of,
    };
    let mut heads = engine.checkpoints(upto, window.limit + 1)?;
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
