//! `/v1/tokens`: what became of a token, by its hash. The token itself never comes here.

mod life;
mod uses;

use crate::error::ApiError;
use crate::extract::{Params, Segment};
use crate::page::{ListWindow, next_cursor};
use crate::problem::Problem;
use crate::proved::{ListProof, covering, list_proof};
use crate::state::ApiState;
use axum::Json;
use axum::extract::State;
use ledger_query::QueryEngine;
use ledger_query::token::{TokenLife, TokenUsage};
use life::{Issuance, Revocation};
use serde::{Deserialize, Serialize};
use uses::{JobView, TokenUse, UnboundEntry};
use utoipa::{IntoParams, ToSchema};
use verifier::digest::TokenHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::Field;
use verifier::subject_index::IndexQuestion;
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
    /// `true`: carry the proof of which entries issue or revoke the token, as the log signed it in its index. It proves nothing of `uses`.
    /// The answer is then pinned to a size that the index covers, which is waited for as long as a second.
    #[serde(default)]
    #[param(required = false)]
    proof: bool,
}

impl TokenQuery {
    fn window(&self, published: TreeSize) -> Result<ListWindow, ApiError> {
        ListWindow::new(published, self.cursor.as_deref(), self.limit, self.as_of)
    }
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
    jobs: Vec<JobView>,
    /// Their uses of the token, as their assessments judge them, by job and in log order.
    uses: Vec<TokenUse>,
    /// Entries that name the token and are no use of a job that they name: their signer may not say that, or they
    /// name no job. They decide nothing.
    unbound: Vec<UnboundEntry>,
    /// For the next page; absent at the end. A job that a context without a token names may stand on two
    /// pages: a use is told by its `job_id` and `index`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// The tree size that the answer is pinned to.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
    /// With `proof=true`: the proof of all entries that issue or revoke the token, on every page the same one. Where `complete` is true
    /// these are the entries of `issued` and `revoked`; where it is false there may be more. It proves nothing of `uses`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    proof: Option<ListProof>,
}

/// Issuance, every use with what `token.valid` says about it, and revocation of a token.
///
/// With `proof=true` the answer carries a subject-proof of the question `["subject", "token", token_hash, ["token.issued", "token.revoked"]]`. Where the
/// index does not get there, that is 409 `INDEX_BEHIND`. A proof of more than 1,000 entries is 413 `ANSWER_TOO_LONG`: `next_range` then names an
/// address that proves a part of them.
#[utoipa::path(get, path = "/v1/tokens/{token_hash}", operation_id = "token", tag = "tokens",
    params(("token_hash" = String, Path, description = "64 lower-case hex digits"), TokenQuery),
    responses(
        (status = 200, body = TokenAnswer),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`ANSWER_TOO_LONG`: with `proof=true`, where more than 1,000 entries issue or revoke the token", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    segment: Segment,
    Params(mut query): Params<TokenQuery>,
) -> Result<Json<TokenAnswer>, ApiError> {
    let token = segment.hash("token_hash", HashForm::Hex, TokenHash::parse_hex)?;
    if query.proof {
        let window = query.window(state.engine().published().head.tree.size)?;
        let pinned = (query.cursor.is_some() || query.as_of.is_some()).then_some(window.as_of);
        query.as_of = Some(covering(&state, pinned, TreeSize::new(1)).await?.value());
    }
    Ok(Json(
        state.assess(move |engine| answer(engine, token, &query)).await?,
    ))
}

fn answer(engine: &QueryEngine, token_hash: TokenHash, query: &TokenQuery) -> Result<TokenAnswer, ApiError> {
    let published = engine.published().head.tree.size;
    let window = query.window(published)?;
    let life = engine.token_life(token_hash, window.as_of)?;
    let life = life.ok_or(ApiError::NotFound { what: "token" })?;
    let counted = |usage: &TokenUsage| {
        let unbound = usage.unbound.iter().filter(|used| !used.is_denial);
        usage.uses.len().saturating_add(unbound.count())
    };
    let proof = query
        .proof
        .then(|| life_proof(engine, token_hash, &life, window.as_of));
    let usage = engine.token_usage(token_hash, &life, (window.from, window.as_of), |usage| {
        counted(usage) >= window.limit
    })?;
    let revoked_first = life.revocations.first().map(|revoked| revoked.act.index);
    let uses = usage.uses.into_iter().filter_map(|used| {
        let job = usage.jobs.get(used.job)?;
        Some(TokenUse::new(&job.job_id, used))
    });
    // A decision against a use is none.
    let unbound = usage.unbound.into_iter().filter(|used| !used.is_denial);
    Ok(TokenAnswer {
        token_hash,
        complete: life.complete,
        issued: life.issuances.into_iter().map(Issuance::from).collect(),
        revoked: life.revocations.into_iter().map(Revocation::from).collect(),
        uses: uses.collect(),
        jobs: usage.jobs.into_iter().map(JobView::from).collect(),
        unbound: unbound
            .map(|used| UnboundEntry::new(used, revoked_first))
            .collect(),
        next_cursor: next_cursor(window.as_of, usage.next),
        as_of_tree_size: window.as_of,
        proof: proof.transpose()?,
    })
}

/// The proof of all issuances and revocations, which a complete answer lists.
fn life_proof(
    engine: &QueryEngine,
    token_hash: TokenHash,
    life: &TokenLife,
    as_of: TreeSize,
) -> Result<ListProof, ApiError> {
    let question = IndexQuestion::Subject {
        field: Field::Token.into(),
        value: token_hash.to_string(),
        kinds: vec![Kind::TokenIssued, Kind::TokenRevoked],
    };
    let issued = life.issuances.iter().map(|issued| issued.act.index);
    let revoked = life.revocations.iter().map(|revoked| revoked.act.index);
    let mut listed: Vec<LeafIndex> = issued.chain(revoked).collect();
    listed.sort_unstable();
    let listed = life.complete.then_some(listed.as_slice());
    list_proof(engine, question, (as_of, None), listed)
}
