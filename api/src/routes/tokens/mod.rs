//! `/v1/tokens`: what became of a token, by its hash. The token itself never comes here.

mod life;
mod uses;

use crate::error::ApiError;
use crate::extract::{Params, Segment};
use crate::limits::{PAGE_ITEMS_MAX, TOKEN_JOBS_MAX};
use crate::page::{Window, next_cursor};
use crate::problem::Problem;
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use ledger_query::QueryEngine;
use ledger_query::token::TokenWalk;
use life::{Issuance, Life, Revocation};
use serde::{Deserialize, Serialize};
use uses::{Findings, JobOfToken, TokenUse, Unbound};
use utoipa::{IntoParams, ToSchema};
use verifier::digest::TokenHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::subject::Field;
use verifier::text::hash::HashForm;

/// The parameters of one token.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TokenQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Uses wanted, 1 to 200; 50 if absent. The uses of one job are never torn apart, and a page judges at most
    /// eight jobs: it may have more or fewer.
    limit: Option<usize>,
    /// Pins the answer to an earlier tree size.
    as_of: Option<u64>,
}

/// What the log says about a token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenAnswer {
    /// 64 lower-case hex digits of the SHA-256 of the compact token.
    #[schema(value_type = String)]
    token_hash: TokenHash,
    /// Issuances, in log order: on every page the first 200.
    issued: Vec<Issuance>,
    /// Revocations, in log order: on every page the first 200.
    revoked: Vec<Revocation>,
    /// Whether `issued` and `revoked` are all there are; the search for them is bounded.
    complete: bool,
    /// The jobs that this page judged.
    jobs: Vec<JobOfToken>,
    /// Their uses of the token, as their assessments judge them, by job and in log order.
    uses: Vec<TokenUse>,
    /// What names the token and is no use of a job that it names: by whoever may not say so, or of no job. It
    /// decides nothing.
    unbound: Vec<Unbound>,
    /// For the next page; absent at the end. A job that a context without a token names may stand on two
    /// pages: a use is told by its `job_id` and `index`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// The tree size that the answer is pinned to.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

/// Issuance, every use with what `token.valid` says about it, and revocation of a token.
#[utoipa::path(get, path = "/v1/tokens/{token_hash}", operation_id = "token", tag = "tokens",
    params(("token_hash" = String, Path, description = "64 lower-case hex digits"), TokenQuery),
    responses((status = 200, body = TokenAnswer), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    segment: Segment,
    Params(query): Params<TokenQuery>,
) -> Result<Json<TokenAnswer>, ApiError> {
    let token = segment.hash("token_hash", HashForm::Hex, TokenHash::parse_hex)?;
    Ok(Json(
        state.assess(move |engine| answer(engine, token, &query)).await?,
    ))
}

fn answer(engine: &QueryEngine, token_hash: TokenHash, query: &TokenQuery) -> Result<TokenAnswer, ApiError> {
    let published = engine.published().head.tree.size;
    let window = Window::new(published, query.cursor.as_deref(), query.limit, query.as_of)?;
    let name = token_hash.to_string();
    let named = engine.subject(Field::Token, &name, None, window.as_of, false, 1)?;
    if named.items.is_empty() {
        return Err(ApiError::NotFound { what: "token" });
    }
    let life = Life::of(engine, token_hash, window.as_of, PAGE_ITEMS_MAX)?;
    let mut findings = Findings::new(engine, &life);
    let next = walk(engine, &life, &window, token_hash, &mut findings)?;
    let Life {
        issued,
        revoked,
        complete,
        ..
    } = life;
    let (jobs, uses, unbound) = findings.finish();
    Ok(TokenAnswer {
        token_hash,
        issued,
        revoked,
        complete,
        jobs,
        uses,
        unbound,
        next_cursor: next_cursor(window.as_of, next),
        as_of_tree_size: window.as_of,
    })
}

/// Judges job after job until the page is full, and answers where to go on.
fn walk(
    engine: &QueryEngine,
    life: &Life,
    window: &Window,
    token: TokenHash,
    findings: &mut Findings<'_>,
) -> Result<Option<LeafIndex>, ApiError> {
    let issued_for = life.issued.iter().filter_map(|issued| issued.job_id.as_deref());
    let mut walk = TokenWalk::new(engine, token, &life.scopes, issued_for, window.from, window.as_of);
    loop {
        let met = walk.step()?;
        let goes_on = met.goes_on;
        findings.add(met)?;
        if !goes_on || walk.judged() >= TOKEN_JOBS_MAX || findings.len() >= window.limit {
            return Ok(walk.next());
        }
    }
}
