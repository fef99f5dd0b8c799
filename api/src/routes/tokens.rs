//! `/v1/tokens`: what became of a token, by its hash. The token itself never comes here.

use crate::error::ApiError;
use crate::extract::{Params, Segment};
use crate::limits::PAGE_ITEMS_MAX;
use crate::page::{EntryListQuery, load};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::view::EntryView;
use axum::Json;
use axum::extract::State;
use ledger::reader::Reader;
use serde::Serialize;
use utoipa::ToSchema;
use verifier::digest::TokenHash;
use verifier::index::TreeSize;
use verifier::kind::Kind;
use verifier::subject::Field;

/// What the log says about a token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenAnswer {
    /// 64 lower-case hex digits of the SHA-256 of the compact token.
    #[schema(value_type = String)]
    token_hash: TokenHash,
    /// Issuances in this page.
    issued: Vec<EntryView>,
    /// Entries in this page that name the token in their document or their context.
    uses: Vec<EntryView>,
    /// Revocations: on every page the first 200.
    revoked: Vec<EntryView>,
    /// For the next page of issuances and uses; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// The tree size that the answer is pinned to.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

/// Issuance, uses and revocation of a token.
#[utoipa::path(get, path = "/v1/tokens/{token_hash}", operation_id = "token", tag = "tokens",
    params(("token_hash" = String, Path, description = "64 lower-case hex digits"), EntryListQuery),
    responses((status = 200, body = TokenAnswer), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    segment: Segment,
    Params(query): Params<EntryListQuery>,
) -> Result<Json<TokenAnswer>, ApiError> {
    let token = segment.parse("token_hash", "64 lower-case hex digits", TokenHash::parse_hex)?;
    Ok(Json(
        state.read(move |reader| answer(reader, token, &query)).await?,
    ))
}

fn answer(reader: &Reader, token_hash: TokenHash, query: &EntryListQuery) -> Result<TokenAnswer, ApiError> {
    let window = query.window(reader.published().head.tree.size)?;
    let value = token_hash.to_string();
    let named = reader.subject(
        Field::Token,
        &value,
        window.from,
        window.as_of,
        false,
        window.limit,
    )?;
    let revoked = reader.subject(
        Field::Revocation,
        &value,
        None,
        window.as_of,
        false,
        PAGE_ITEMS_MAX,
    )?;
    if named.items.is_empty() && revoked.items.is_empty() && window.is_first() {
        return Err(ApiError::NotFound { what: "token" });
    }
    let page = load(reader, &named, query.with_evidence())?;
    let named = page
        .entries
        .into_iter()
        .filter(|entry| entry.kind != Kind::TokenRevoked);
    let (issued, uses) = named.partition(|entry| entry.kind == Kind::TokenIssued);
    Ok(TokenAnswer {
        token_hash,
        issued,
        uses,
        revoked: load(reader, &revoked, false)?.entries,
        next_cursor: page.next_cursor,
        as_of_tree_size: window.as_of,
    })
}
