//! Proved answers: all entries with a subject, of a kind or of a document, or that there are none, as the log signed it in its index.

use crate::error::ApiError;
use crate::extract::{Params, Segment};
use crate::negotiate::{JSON, preferred};
use crate::problem::Problem;
use crate::proved::{ProvedClaim, covering, unproved};
use crate::routes::packs::sent;
use crate::state::ApiState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use ledger_query::share::Caller;
use ledger_query::subject_proof::{SubjectAsk, subject_proof};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use verifier::digest::EvidenceDigest;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::runs::RunRange;
use verifier::subject::Field;
use verifier::subject_index::{IndexQuestion, SUBJECT_PROOF_MEDIA_TYPE, code_of, is_listed};
use verifier::text::hash::HashForm;

/// Longest value of a subject, in bytes: no identifier in a document is longer.
const VALUE_BYTES_MAX: usize = 4096;
/// Most entries that the answer in JSON lists.
const ENTRIES_LISTED_MAX: usize = 1_000;

/// The parameters of a proved answer about a subject.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubjectQuery {
    /// The size as of which is asked; as much as the index covers if absent.
    as_of: Option<u64>,
    /// Only entries from this index on: for somebody who has the answer as of this size.
    since: Option<u64>,
    /// Only entries in front of this index.
    to: Option<u64>,
    /// Kinds of entries, in any order and separated by commas, such as `token.revoked`; all if absent.
    kinds: Option<String>,
}

/// The parameters of every other proved answer.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProofQuery {
    /// The size as of which is asked; as much as the index covers if absent.
    as_of: Option<u64>,
    /// Only entries from this index on: for somebody who has the answer as of this size.
    since: Option<u64>,
    /// Only entries in front of this index.
    to: Option<u64>,
}

/// A proved answer in words and numbers. The proof itself is the CBOR form of the same address.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubjectAnswer {
    #[serde(flatten)]
    claim: ProvedClaim,
    /// How many entries there are.
    entries_count: usize,
    /// The first 1,000 of them, by index.
    #[schema(value_type = Vec<u64>)]
    entries: Vec<LeafIndex>,
}

/// All entries with a subject, or that there are none, with the proof that the log signed it (`schemas/index.md`, "Subject-proofs").
///
/// `ledger-verify subject` checks the CBOR form offline. A size that the index does not cover yet is waited for, for a second. With
/// `since` or `to` the answer is about the entries with since ≤ index < to alone. Where an answer is too long for one file, the problem
/// says in `next_range` for which range to ask first.
#[utoipa::path(get, path = "/v1/subjects/{field}/{value}/proof", operation_id = "subjectProof", tag = "log",
    params(
        ("field" = String, Path, description = "A field of `schemas/subjects.md` except `nonce`, such as `job` or `token`"),
        ("value" = String, Path, description = "Percent-encoded"), SubjectQuery),
    responses(
        (status = 200, description = "A subject-proof by `schemas/index.cddl`, or the answer alone", content(
            (Vec<u8> = "application/vnd.evidence-ledger.subject-proof+cbor"), (SubjectAnswer = "application/json"))),
        (status = 409, description = "`INDEX_BEHIND`: the index does not cover that size, or not yet, or there is none; `POSITION_AHEAD`: the log is not as long", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`ANSWER_TOO_LONG`: more entries than one answer holds; `next_range` is a part that it does hold", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn proof(
    State(state): State<ApiState>,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
    Params(query): Params<SubjectQuery>,
) -> Result<Response, ApiError> {
    let form = preferred(&headers, &[SUBJECT_PROOF_MEDIA_TYPE, JSON])?;
    let Path((field, value)) = path.map_err(|_| ApiError::parameter("path", "percent-encoded UTF-8"))?;
    let question = question(&field, value, query.kinds.as_deref())?;
    let scope = ProofQuery {
        as_of: query.as_of,
        since: query.since,
        to: query.to,
    };
    answer(&state, form, (&field, question), &scope).await
}

/// All entries of a kind, or that there are none, with the proof that the log signed it.
///
/// The kinds are those that the index lists: revocations, policies and what is about the log itself. As `/v1/subjects/{field}/{value}/proof`
/// otherwise.
#[utoipa::path(get, path = "/v1/kinds/{kind}/proof", operation_id = "kindProof", tag = "log",
    params(("kind" = String, Path, description = "A listed kind of `schemas/index.md`, such as `token.revoked`"), ProofQuery),
    responses(
        (status = 200, description = "A subject-proof by `schemas/index.cddl`, or the answer alone", content(
            (Vec<u8> = "application/vnd.evidence-ledger.subject-proof+cbor"), (SubjectAnswer = "application/json"))),
        (status = 409, description = "`INDEX_BEHIND`: the index does not cover that size, or not yet, or there is none; `POSITION_AHEAD`: the log is not as long", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`ANSWER_TOO_LONG`: more entries than one answer holds; `next_range` is a part that it does hold", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn of_kind(
    State(state): State<ApiState>,
    headers: HeaderMap,
    Segment(kind): Segment,
    Params(query): Params<ProofQuery>,
) -> Result<Response, ApiError> {
    let form = preferred(&headers, &[SUBJECT_PROOF_MEDIA_TYPE, JSON])?;
    answer(&state, form, ("kind", kind_question("kind", &kind)?), &query).await
}

/// All entries of a document, by its evidence digest, or that there are none, with the proof that the log signed it.
///
/// What was refused is none of them. As `/v1/subjects/{field}/{value}/proof` otherwise.
#[utoipa::path(get, path = "/v1/evidence/{digest}/proof", operation_id = "evidenceProof", tag = "log",
    params(("digest" = String, Path, description = "64 lower-case hex digits"), ProofQuery),
    responses(
        (status = 200, description = "A subject-proof by `schemas/index.cddl`, or the answer alone", content(
            (Vec<u8> = "application/vnd.evidence-ledger.subject-proof+cbor"), (SubjectAnswer = "application/json"))),
        (status = 409, description = "`INDEX_BEHIND`: the index does not cover that size, or not yet, or there is none; `POSITION_AHEAD`: the log is not as long", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`ANSWER_TOO_LONG`: more entries than one answer holds; `next_range` is a part that it does hold", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn of_evidence(
    State(state): State<ApiState>,
    headers: HeaderMap,
    segment: Segment,
    Params(query): Params<ProofQuery>,
) -> Result<Response, ApiError> {
    let form = preferred(&headers, &[SUBJECT_PROOF_MEDIA_TYPE, JSON])?;
    let digest = segment.hash("digest", HashForm::Hex, EvidenceDigest::parse_hex)?;
    answer(
        &state,
        form,
        ("evidence", IndexQuestion::Evidence(digest)),
        &query,
    )
    .await
}

/// The question for all entries of a kind. `name` is the parameter that names the kind.
pub(crate) fn kind_question(name: &'static str, kind: &str) -> Result<IndexQuestion, ApiError> {
    let question = Kind::parse(kind).map(IndexQuestion::Kind);
    let listed = question.filter(|question| question.check_provable().is_ok());
    listed.ok_or_else(|| {
        let kinds = Kind::ALL.iter().filter(|kind| is_listed(**kind));
        let kinds: Vec<&str> = kinds.map(|kind| kind.as_str()).collect();
        ApiError::parameter(name, format!("one of {}", kinds.join(", ")))
    })
}

/// The proved answer in the form that the caller prefers. `name` is what the question is about, for the name of the file.
async fn answer(
    state: &ApiState,
    form: &str,
    (name, question): (&str, IndexQuestion),
    query: &ProofQuery,
) -> Result<Response, ApiError> {
    let (as_of, range) = query.scope(state).await?;
    let ask = SubjectAsk {
        question,
        as_of,
        range,
        entries_max: state.limits().proved_entries_max,
    };
    let asked = ask.clone();
    let attempt = state.read(move |engine| Ok::<_, ApiError>(subject_proof(engine, &asked)));
    let proved = attempt.await?.map_err(|fault| unproved(fault, &ask))?;
    if form == JSON {
        let answer = SubjectAnswer {
            claim: ProvedClaim::new(&ask, &proved),
            entries_count: proved.entries.len(),
            entries: proved.entries.into_iter().take(ENTRIES_LISTED_MAX).collect(),
        };
        return Ok(Json(answer).into_response());
    }
    let room = state
        .pools()
        .pack_bytes
        .take(&Caller::current(), proved.file.len())?;
    let part = ask
        .range
        .map(|range| format!("-{}-{}", range.begin(), range.end()));
    let part = part.unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, SUBJECT_PROOF_MEDIA_TYPE.to_owned()),
        (header::CONTENT_LENGTH, proved.file.len().to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}-{as_of}{part}.proof\""),
        ),
    ];
    Ok((headers, sent(proved.file, room)).into_response())
}

impl ProofQuery {
    /// The size as of which is asked, once the index covers it, and the range.
    async fn scope(&self, state: &ApiState) -> Result<(TreeSize, Option<RunRange>), ApiError> {
        let published = state.engine().published().head.tree.size;
        for (name, size) in [("since", self.since), ("to", self.to)] {
            if let Some(ahead) = size.filter(|size| TreeSize::new(*size) > published) {
                return Err(ApiError::position_ahead(name, ahead, published));
            }
        }
        self.check_order()?;
        // Somebody who has the answer as of everything that is covered waits for the next entry.
        let behind = self.since.unwrap_or_default().saturating_add(1);
        let at_least = TreeSize::new(behind.max(self.to.unwrap_or_default()));
        let as_of = covering(state, self.as_of.map(TreeSize::new), at_least).await?;
        if self.since.is_none() && self.to.is_none() {
            return Ok((as_of, None));
        }
        let to = self.to.map_or(as_of, TreeSize::new);
        let range = RunRange::new(TreeSize::new(self.since.unwrap_or_default()), to);
        let range = range.ok_or_else(|| since_below(to));
        Ok((as_of, Some(range?)))
    }

    /// Refuses bounds that leave nothing to ask for, before the index is waited for. [`covering`] refuses a size of 0.
    fn check_order(&self) -> Result<(), ApiError> {
        if self.to == Some(0) {
            return Err(ApiError::parameter("to", "1 or more"));
        }
        let as_of = self.as_of.filter(|as_of| *as_of > 0);
        if let (Some(to), Some(as_of)) = (self.to, as_of)
            && to > as_of
        {
            return Err(ApiError::parameter("to", format!("at most {as_of}, as_of")));
        }
        match (self.since, self.to.or(as_of)) {
            (Some(since), Some(end)) if since >= end => Err(since_below(TreeSize::new(end))),
            _ => Ok(()),
        }
    }
}

fn since_below(end: TreeSize) -> ApiError {
    ApiError::parameter("since", format!("less than {end}, where the range ends"))
}

/// The question that the address asks.
fn question(field: &str, value: String, kinds: Option<&str>) -> Result<IndexQuestion, ApiError> {
    let with_rows = Field::ALL.iter().filter(|field| **field != Field::Nonce);
    let field = with_rows
        .clone()
        .find(|known| known.as_str() == field)
        .ok_or_else(|| {
            let names: Vec<&str> = with_rows.map(|field| field.as_str()).collect();
            ApiError::parameter("field", format!("one of {}", names.join(", ")))
        })?;
    if value.is_empty() || value.len() > VALUE_BYTES_MAX {
        return Err(ApiError::parameter(
            "value",
            format!("1 to {VALUE_BYTES_MAX} bytes"),
        ));
    }
    let mut asked = Vec::new();
    for name in kinds.into_iter().flat_map(|kinds| kinds.split(',')) {
        // An index.root has no rows.
        let kind = Kind::parse(name).and_then(|kind| Some((code_of(kind)?, kind)));
        let kind = kind.ok_or_else(|| {
            ApiError::parameter("kinds", "kinds of entries except index.root, separated by commas")
        })?;
        asked.push(kind);
    }
    asked.sort_unstable();
    asked.dedup();
    let question = IndexQuestion::Subject {
        field: (*field).into(),
        value,
        kinds: asked.into_iter().map(|(_, kind)| kind).collect(),
    };
    // That there are no entries of what no entry can have would be true, and mislead.
    match question.check_value() {
        Ok(()) => Ok(question),
        Err(fault) => Err(ApiError::parameter("value", fault.expected)),
    }
}
