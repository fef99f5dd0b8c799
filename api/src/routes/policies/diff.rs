//! `/v1/policies/diff`: what changed between two policies.

use super::lookup::publication;
use crate::error::ApiError;
use crate::extract::{Params, hash};
use crate::problem::Problem;
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use ledger_query::QueryEngine;
use ledger_query::policy::Publication;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use verifier::digest::PolicyHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::json::{Value, to_jcs};
use verifier::text::hash::HashForm;
use verifier::wpc::{ChangeKind, PolicyChange};

/// The hashes of the two policies that are compared.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffQuery {
    /// Hash of the older policy, 43 characters of base64url.
    from: String,
    /// Hash of the newer policy.
    to: String,
}

/// One of the two.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiffSide {
    /// 43 characters of base64url.
    #[schema(value_type = String)]
    policy_hash_b64u: PolicyHash,
    /// Id of the policy.
    policy_id: String,
    /// Where it was first published.
    #[schema(value_type = u64)]
    index: LeafIndex,
}

/// One difference, in the words of RFC 6902.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeView {
    /// add, remove or replace.
    #[schema(value_type = String, example = "replace")]
    op: ChangeKind,
    /// JSON pointer: into the newer policy for what is added, else into the older.
    path: String,
    /// What was there; absent where something is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    old: Option<Box<RawValue>>,
    /// What is there now; absent where something is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    value: Option<Box<RawValue>>,
}

/// What changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiffAnswer {
    /// The older policy.
    from: DiffSide,
    /// The newer policy.
    to: DiffSide,
    /// The differences, at most 1,000. Lists of scalars are compared as sets.
    changes: Vec<ChangeView>,
    /// How many more there are.
    omitted: usize,
    /// The tree size that the answer is of.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

/// Field-level difference of two published policies.
#[utoipa::path(get, path = "/v1/policies/diff", operation_id = "diffPolicies", tag = "policies", params(DiffQuery),
    responses((status = 200, body = DiffAnswer), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn diff(
    State(state): State<ApiState>,
    Params(query): Params<DiffQuery>,
) -> Result<Json<DiffAnswer>, ApiError> {
    let parse = |name, text: &str| hash(name, text, HashForm::Base64url, PolicyHash::parse);
    let (from, to) = (parse("from", &query.from)?, parse("to", &query.to)?);
    Ok(Json(state.read(move |engine| compare(engine, from, to)).await?))
}

fn compare(engine: &QueryEngine, from: PolicyHash, to: PolicyHash) -> Result<DiffAnswer, ApiError> {
    let as_of = engine.published().head.tree.size;
    let older = publication(engine, from, as_of)?;
    let newer = publication(engine, to, as_of)?;
    let diff = verifier::wpc::diff(&older.said.policy, &newer.said.policy);
    Ok(DiffAnswer {
        from: side(older),
        to: side(newer),
        changes: diff.changes.into_iter().map(view).collect::<Result<_, _>>()?,
        omitted: diff.omitted,
        as_of_tree_size: as_of,
    })
}

fn side(publication: Publication) -> DiffSide {
    DiffSide {
        policy_hash_b64u: publication.said.policy_hash,
        policy_id: publication.said.policy_id,
        index: publication.index,
    }
}

fn view(change: PolicyChange) -> Result<ChangeView, ApiError> {
    let raw = |value: Option<Value>| {
        value
            .map(|value| RawValue::from_string(to_jcs(&value)))
            .transpose()
            .map_err(|error| ApiError::Internal(error.to_string()))
    };
    Ok(ChangeView {
        op: change.kind,
        path: change.pointer,
        old: raw(change.old)?,
        value: raw(change.new)?,
    })
}
