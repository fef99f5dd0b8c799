//! `/v1/policies`: Work Policy Contracts, by hash and by id, compared and asked.

pub(crate) mod diff;
pub(crate) mod evaluate;
mod lookup;
mod question;

use crate::error::ApiError;
use crate::extract::{Params, Segment, id};
use crate::page::{EntryListQuery, ListWindow, load, next_cursor};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::view::EntryView;
use axum::Json;
use axum::extract::State;
use ledger_query::QueryEngine;
use ledger_query::policy::{PolicyList, PolicyRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use verifier::digest::PolicyHash;
use verifier::index::TreeSize;
use verifier::kind::Kind;
use verifier::subject::Field;
use verifier::text::hash::HashForm;

/// The parameters of the list of policies.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PoliciesQuery {
    /// Only the publications under this id, in log order; else all, newest first.
    policy_id: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 if absent.
    limit: Option<usize>,
    /// Pins the list to an earlier tree size.
    as_of: Option<u64>,
}

/// A page of publications.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PolicyPage {
    /// The publications of this page.
    policies: Vec<PolicyRow>,
    /// For the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// The tree size that the list is pinned to.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

/// Published policies.
#[utoipa::path(get, path = "/v1/policies", operation_id = "listPolicies", tag = "policies", params(PoliciesQuery), responses((status = 200, body = PolicyPage)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Params(query): Params<PoliciesQuery>,
) -> Result<Json<PolicyPage>, ApiError> {
    Ok(Json(
        state.read(move |engine| publications(engine, &query)).await?,
    ))
}

fn publications(engine: &QueryEngine, query: &PoliciesQuery) -> Result<PolicyPage, ApiError> {
    if let Some(policy_id) = &query.policy_id {
        id("policy_id", policy_id)?;
    }
    let published = engine.published().head.tree.size;
    let window = ListWindow::new(published, query.cursor.as_deref(), query.limit, query.as_of)?;
    let list = PolicyList {
        policy_id: query.policy_id.as_deref(),
        newest_first: query.policy_id.is_none(),
    };
    let page = engine.policy_list(list, (window.from, window.as_of), window.limit)?;
    Ok(PolicyPage {
        policies: page.items,
        next_cursor: next_cursor(window.as_of, page.next),
        as_of_tree_size: window.as_of,
    })
}

/// What the log says about one policy.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PolicyAnswer {
    /// 43 characters of base64url.
    #[schema(value_type = String)]
    policy_hash_b64u: PolicyHash,
    /// Publications in this page, with their documents.
    published: Vec<EntryView>,
    /// Withdrawals in this page.
    withdrawn: Vec<EntryView>,
    /// Freezes in this page.
    frozen: Vec<EntryView>,
    /// Entries in this page that cite the policy.
    cited_by: Vec<EntryView>,
    /// For the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// The tree size that the answer is pinned to.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

/// Publication, withdrawal, freeze and citations of a policy, in log order.
#[utoipa::path(get, path = "/v1/policies/{hash}", operation_id = "policy", tag = "policies",
    params(("hash" = String, Path, description = "43 characters of base64url"), EntryListQuery),
    responses((status = 200, body = PolicyAnswer), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    segment: Segment,
    Params(query): Params<EntryListQuery>,
) -> Result<Json<PolicyAnswer>, ApiError> {
    let hash = segment.hash("hash", HashForm::Base64url, PolicyHash::parse)?;
    Ok(Json(
        state.read(move |engine| answer(engine, hash, &query)).await?,
    ))
}

fn answer(engine: &QueryEngine, hash: PolicyHash, query: &EntryListQuery) -> Result<PolicyAnswer, ApiError> {
    let window = query.window(engine.published().head.tree.size)?;
    let page = engine.subject(
        Field::Policy,
        &hash.to_string(),
        window.from,
        window.as_of,
        false,
        window.limit,
    )?;
    if page.items.is_empty() && window.is_first() {
        return Err(ApiError::NotFound { what: "policy" });
    }
    let page = load(engine, &page, true)?;
    let mut answer = PolicyAnswer {
        policy_hash_b64u: hash,
        published: Vec::new(),
        withdrawn: Vec::new(),
        frozen: Vec::new(),
        cited_by: Vec::new(),
        next_cursor: page.next_cursor,
        as_of_tree_size: window.as_of,
    };
    for mut entry in page.entries {
        if entry.kind != Kind::PolicyPublished && !query.with_evidence() {
            entry.evidence = None;
        }
        match entry.kind {
            Kind::PolicyPublished => answer.published.push(entry),
            Kind::PolicyWithdrawn => answer.withdrawn.push(entry),
            Kind::PolicyFrozen => answer.frozen.push(entry),
            _ => answer.cited_by.push(entry),
        }
    }
    Ok(answer)
}
