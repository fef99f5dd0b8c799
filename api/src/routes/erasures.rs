//! `/v1/erasures`: what was ordered to go, and how far it is carried out. Orders come in as evidence.

use crate::error::{ApiError, missing};
use crate::extract::{Params, Segment};
use crate::page::{ListWindow, next_cursor};
use crate::problem::Problem;
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use ledger::erasure::{Erasure, ErasureStatus, KeptEntry, KeptReason};
use ledger_query::QueryEngine;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use verifier::digest::EvidenceDigest;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::payload::DispositionTarget;

/// What no server can do, told with every order.
const OUT_OF_REACH: &str =
    "backups, exported files, copies that others hold, and the storage medium below the files";

/// An entry that an order is about and that stays.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptView {
    /// Position of the entry in the log.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// `ERASURE_NOT_ALLOWED` (its kind stays), `EVIDENCE_HELD`, `CONTEXT_NOT_COUNTED` (only the word of somebody
    /// who does not speak for the signer ties it to the job).
    #[schema(value_type = String)]
    reason: KeptReason,
}

/// An order with its outcome.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureView {
    /// The entry of the order.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// The document that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    evidence_digest: Option<EvidenceDigest>,
    /// The job that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    job_id: Option<String>,
    /// The operator's reason for the order.
    reason: String,
    /// `done` once no file of the log's store holds the bytes; `pending` before.
    #[schema(value_type = String)]
    status: ErasureStatus,
    /// Entries whose evidence and context it takes away, at most the first 1,000.
    #[schema(value_type = Vec<u64>)]
    erased: Vec<LeafIndex>,
    /// The number of all of them.
    erased_count: u64,
    /// Entries that it is about and that stay, at most the first 1,000.
    kept: Vec<KeptView>,
    /// The number of all of them.
    kept_count: u64,
    /// Bundles that hold a copy of something erased. They are not erased by this order.
    #[schema(value_type = Vec<u64>)]
    embedded_in: Vec<LeafIndex>,
    /// Whether every bundle of the log and every erased entry was looked at for copies.
    embedded_complete: bool,
    /// What an order does not reach.
    out_of_reach: &'static str,
}

impl ErasureView {
    pub(crate) fn new(erasure: Erasure) -> Self {
        let (evidence_digest, job_id) = match erasure.said.target {
            DispositionTarget::Evidence(digest) => (Some(digest), None),
            DispositionTarget::Job(job_id) => (None, Some(job_id)),
        };
        let kept = |KeptEntry { index, reason }| KeptView { index, reason };
        Self {
            index: erasure.order,
            evidence_digest,
            job_id,
            reason: erasure.said.reason,
            status: erasure.status,
            erased: erasure.covered,
            erased_count: erasure.covered_count,
            kept: erasure.kept.into_iter().map(kept).collect(),
            kept_count: erasure.kept_count,
            embedded_in: erasure.embedded_in,
            embedded_complete: erasure.embedded_complete,
            out_of_reach: OUT_OF_REACH,
        }
    }
}

/// An order in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    /// The entry of the order.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// `pending` or `done`.
    #[schema(value_type = String)]
    status: ErasureStatus,
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasurePage {
    /// In log order.
    erasures: Vec<OrderView>,
    /// For the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// The tree size that the list is pinned to.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

/// The parameters of the list of orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ErasuresQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 if absent.
    limit: Option<usize>,
    /// Pins the list to an earlier tree size. The status is always that of now.
    as_of: Option<u64>,
}

/// Every erasure order, in log order.
#[utoipa::path(get, path = "/v1/erasures", operation_id = "listErasures", tag = "erasures", params(ErasuresQuery), responses((status = 200, body = ErasurePage)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Params(query): Params<ErasuresQuery>,
) -> Result<Json<ErasurePage>, ApiError> {
    Ok(Json(state.read(move |engine| page(engine, &query)).await?))
}

fn page(engine: &QueryEngine, query: &ErasuresQuery) -> Result<ErasurePage, ApiError> {
    let published = engine.published().head.tree.size;
    let window = ListWindow::new(published, query.cursor.as_deref(), query.limit, query.as_of)?;
    let page = engine.by_kind(
        Kind::ErasureOrdered,
        window.from,
        window.as_of,
        false,
        window.limit,
    )?;
    let mut erasures = Vec::with_capacity(page.items.len());
    for index in page.items {
        erasures.push(OrderView {
            index,
            status: engine.erasure_status(index)?,
        });
    }
    Ok(ErasurePage {
        erasures,
        next_cursor: next_cursor(page.as_of, page.next),
        as_of_tree_size: page.as_of,
    })
}

/// One erasure order with what it covers, as of now.
#[utoipa::path(get, path = "/v1/erasures/{index}", operation_id = "erasure", tag = "erasures", params(("index" = u64, Path)),
    responses((status = 200, body = ErasureView), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    segment: Segment,
) -> Result<Json<ErasureView>, ApiError> {
    let index = segment.index()?;
    let question = move |engine: &QueryEngine| -> Result<ErasureView, ApiError> {
        let nothing = ApiError::NotFound {
            what: "erasure order",
        };
        let entry = engine.entry(index)?.ok_or(nothing.clone())?;
        if entry.entry.kind != Kind::ErasureOrdered {
            return Err(nothing);
        }
        let erasure = engine.erasure(index)?;
        let erasure = erasure.ok_or_else(|| missing(format!("the order of entry {index}")))?;
        Ok(ErasureView::new(erasure))
    };
    Ok(Json(state.read(question).await?))
}
