//! `/v1/proofs`: consistency and inclusion between any sizes up to the published one.

use crate::error::ApiError;
use crate::extract::{Params, hash};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::view::proof_hashes;
use axum::Json;
use axum::extract::State;
use ledger_query::QueryEngine;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use verifier::hash::LeafHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::text::hash::HashForm;

/// The sizes of a consistency proof.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConsistencyQuery {
    /// The smaller size.
    first: u64,
    /// The larger size; the published one if absent.
    second: Option<u64>,
}

/// A consistency proof (RFC 9162 §2.1.4).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsistencyAnswer {
    /// The smaller size.
    #[schema(value_type = u64)]
    first: TreeSize,
    /// The larger size.
    #[schema(value_type = u64)]
    second: TreeSize,
    /// Standard padded base64.
    hashes: Vec<String>,
}

/// Shows that a tree is the beginning of another.
#[utoipa::path(get, path = "/v1/proofs/consistency", operation_id = "consistencyProof", tag = "log", params(ConsistencyQuery),
    responses((status = 200, body = ConsistencyAnswer), (status = 409, body = Problem, content_type = "application/problem+json"), (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn consistency(
    State(state): State<ApiState>,
    Params(query): Params<ConsistencyQuery>,
) -> Result<Json<ConsistencyAnswer>, ApiError> {
    let published = state.engine().published().head.tree.size;
    let second = size_up_to("second", query.second, published)?;
    let first = size_up_to("first", Some(query.first), published)?;
    if first > second {
        return Err(ApiError::parameter(
            "first",
            format!("at most second, which is {second}"),
        ));
    }
    let hashes = state
        .read(move |engine| engine.consistency_proof(first, second))
        .await?;
    Ok(Json(ConsistencyAnswer {
        first,
        second,
        hashes: proof_hashes(&hashes),
    }))
}

/// The entry and the size of an inclusion proof.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InclusionQuery {
    /// The entry, by position,
    index: Option<u64>,
    /// or by leaf hash (64 lower-case hex digits): the first entry with it.
    leaf_hash: Option<String>,
    /// The tree's size; the published one if absent.
    size: Option<u64>,
}

/// An audit path (RFC 9162 §2.1.3).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InclusionAnswer {
    /// Position of the entry in the log, 0-based.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// Its leaf hash, lower-case hex.
    #[schema(value_type = String)]
    leaf_hash: LeafHash,
    /// The tree's size.
    #[schema(value_type = u64)]
    tree_size: TreeSize,
    /// Sibling of the leaf first, standard padded base64.
    hashes: Vec<String>,
    /// The signed checkpoint of that size, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    checkpoint: Option<String>,
}

/// Shows that an entry stands in a tree.
#[utoipa::path(get, path = "/v1/proofs/inclusion", operation_id = "inclusionProof", tag = "log", params(InclusionQuery),
    responses((status = 200, body = InclusionAnswer), (status = 409, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn inclusion(
    State(state): State<ApiState>,
    Params(query): Params<InclusionQuery>,
) -> Result<Json<InclusionAnswer>, ApiError> {
    Ok(Json(state.read(move |engine| include(engine, &query)).await?))
}

fn include(engine: &QueryEngine, query: &InclusionQuery) -> Result<InclusionAnswer, ApiError> {
    let published = engine.published().head.tree.size;
    let tree_size = size_up_to("size", query.size, published)?;
    let not_found = ApiError::NotFound {
        what: "entry in a tree of that size",
    };
    let index = match (query.index, query.leaf_hash.as_deref()) {
        (Some(index), None) if !published.contains(LeafIndex::new(index)) => {
            return Err(ApiError::position_ahead("index", index, published));
        }
        (Some(index), None) => LeafIndex::new(index),
        (None, Some(hex)) => {
            let leaf = hash("leaf_hash", hex, HashForm::Hex, LeafHash::parse_hex)?;
            engine.by_leaf(&leaf)?.ok_or_else(|| not_found.clone())?
        }
        _ => return Err(ApiError::parameter("index", "exactly one of index and leaf_hash")),
    };
    if !tree_size.contains(index) {
        return Err(not_found);
    }
    let record = engine.entry(index)?.ok_or(not_found)?;
    let hashes = engine.inclusion_proof(index, tree_size)?;
    Ok(InclusionAnswer {
        index,
        leaf_hash: record.leaf_hash,
        tree_size,
        hashes: proof_hashes(&hashes),
        checkpoint: engine
            .checkpoint_of_size(tree_size)?
            .map(|published| published.checkpoint),
    })
}

fn size_up_to(name: &'static str, asked: Option<u64>, published: TreeSize) -> Result<TreeSize, ApiError> {
    let size = asked.map_or(published, TreeSize::new);
    if size > published {
        return Err(ApiError::position_ahead(name, size.value(), published));
    }
    Ok(size)
}
