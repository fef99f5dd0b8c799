//! `/v1/subjects/{field}/{value}/proof`: all entries of a subject, or that there are none, as the log signed it in its index.

use crate::error::ApiError;
use crate::extract::Params;
use crate::negotiate::{JSON, preferred};
use crate::problem::Problem;
use crate::routes::packs::sent;
use crate::state::ApiState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use ledger::index::IndexProofError;
use ledger_query::share::Caller;
use ledger_query::subject_proof::{ProvedSubject, SubjectProofFault, subject_proof};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use utoipa::{IntoParams, ToSchema};
use verifier::digest::{EvidenceDigest, TokenHash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::Field;
use verifier::subject_index::{AnswerText, IndexQuestion, SUBJECT_PROOF_MEDIA_TYPE, code_of};

/// How far the index may be behind the newest entry (`schemas/index.md` §3): a caller who asks for the newest size waits for it.
const LAG: Duration = Duration::from_secs(1);
/// Longest value of a subject, in bytes: no identifier in a document is longer.
const VALUE_BYTES_MAX: usize = 4096;
/// Most entries that the answer in JSON lists.
const ENTRIES_LISTED_MAX: usize = 1_000;

/// The parameters of a proved answer.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubjectQuery {
    /// The size as of which is asked; as much as the index covers if absent.
    as_of: Option<u64>,
    /// Kinds of entries, in any order and separated by commas, such as `token.revoked`; all if absent.
    kinds: Option<String>,
}

/// A proved answer in words and numbers. The proof itself is the CBOR form of the same address.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubjectAnswer {
    /// What was asked, as `ledger-verify subject --question` takes it.
    #[schema(value_type = Vec<Object>)]
    question: serde_json::Value,
    /// The size as of which the answer holds.
    #[schema(value_type = u64)]
    as_of: TreeSize,
    /// The index.root that proves it.
    #[schema(value_type = u64)]
    index_root: LeafIndex,
    /// How many entries there are.
    entries_count: usize,
    /// The first 1,000 of them, by index.
    #[schema(value_type = Vec<u64>)]
    entries: Vec<LeafIndex>,
    /// The answer as a sentence.
    sentence: String,
    /// What vouches for it.
    basis: String,
    /// What it does not prove.
    not_proved: String,
}

/// All entries with a subject, or that there are none, with the proof that the log signed it (`schemas/index.md`, "Subject-proofs").
///
/// `ledger-verify subject` checks the CBOR form offline. A size that the index does not cover yet is waited for, for a second.
#[utoipa::path(get, path = "/v1/subjects/{field}/{value}/proof", operation_id = "subjectProof", tag = "log",
    params(
        ("field" = String, Path, description = "A field of `schemas/subjects.md` except `nonce`, such as `job` or `token`"),
        ("value" = String, Path, description = "Percent-encoded"), SubjectQuery),
    responses(
        (status = 200, description = "A subject-proof by `schemas/index.cddl`, or the answer alone", content(
            (Vec<u8> = "application/vnd.evidence-ledger.subject-proof+cbor"), (SubjectAnswer = "application/json"))),
        (status = 409, description = "`INDEX_BEHIND`: the index does not cover that size, or not yet, or there is none; `POSITION_AHEAD`: the log is not as long", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "More entries than one answer holds", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn proof(
    State(state): State<ApiState>,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
    Params(query): Params<SubjectQuery>,
) -> Result<Response, ApiError> {
    let form = preferred(&headers, &[SUBJECT_PROOF_MEDIA_TYPE, JSON])?;
    let Path((field, value)) = path.map_err(|_| ApiError::parameter("path", "percent-encoded UTF-8"))?;
    let question = question(&field, value, query.kinds.as_deref())?;
    let proved = proved(&state, &question, query.as_of.map(TreeSize::new)).await?;
    if form == JSON {
        return Ok(Json(answer(&question, &proved)).into_response());
    }
    let room = state
        .pools()
        .pack_bytes
        .take(&Caller::current(), proved.file.len())?;
    let headers = [
        (header::CONTENT_TYPE, SUBJECT_PROOF_MEDIA_TYPE.to_owned()),
        (header::CONTENT_LENGTH, proved.file.len().to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{field}-{}.proof\"", proved.as_of),
        ),
    ];
    Ok((headers, sent(proved.file, room)).into_response())
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
    // A hash in another spelling is the subject of nothing: that there are no entries of it would be true, and mislead.
    let is_hash = match field {
        Field::Token => TokenHash::parse_hex(&value).is_some(),
        Field::Evidence => EvidenceDigest::parse_hex(&value).is_some(),
        _ => true,
    };
    if !is_hash {
        return Err(ApiError::parameter("value", "64 lower-case hex digits"));
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
    Ok(IndexQuestion::Subject {
        field: (*field).into(),
        value,
        kinds: asked.into_iter().map(|(_, kind)| kind).collect(),
    })
}

/// The proved answer. Where the index is behind the size that is asked for, it is waited for.
async fn proved(
    state: &ApiState,
    question: &IndexQuestion,
    as_of: Option<TreeSize>,
) -> Result<ProvedSubject, ApiError> {
    let published = state.engine().published().head.tree.size;
    if let Some(ahead) = as_of.filter(|as_of| *as_of > published) {
        return Err(ApiError::position_ahead("as_of", ahead.value(), published));
    }
    if as_of == Some(TreeSize::new(0)) {
        return Err(ApiError::parameter("as_of", "1 or more"));
    }
    let deadline = Instant::now() + LAG;
    let mut heads = state.engine().watch();
    loop {
        heads.borrow_and_update();
        let asked = question.clone();
        let attempt = state
            .read(move |engine| Ok::<_, ApiError>(subject_proof(engine, &asked, as_of)))
            .await?;
        let Err(SubjectProofFault::Index(IndexProofError::NotCovered { .. })) = &attempt else {
            return Ok(attempt?);
        };
        if !matches!(timeout_at(deadline, heads.changed()).await, Ok(Ok(()))) {
            return Ok(attempt?);
        }
    }
}

fn answer(question: &IndexQuestion, proved: &ProvedSubject) -> SubjectAnswer {
    let text = AnswerText {
        question,
        as_of: proved.as_of,
        range: None,
        index_root: proved.index_root,
        found: &proved.entries,
    };
    SubjectAnswer {
        question: question.to_json(),
        as_of: proved.as_of,
        index_root: proved.index_root,
        entries_count: proved.entries.len(),
        entries: proved.entries.iter().copied().take(ENTRIES_LISTED_MAX).collect(),
        sentence: text.sentence(),
        basis: text.basis(),
        not_proved: text.not_proved(),
    }
}

impl From<SubjectProofFault> for ApiError {
    fn from(fault: SubjectProofFault) -> Self {
        match fault {
            SubjectProofFault::Index(IndexProofError::Read(error)) => error.into(),
            SubjectProofFault::Index(IndexProofError::TooMany { max }) => Self::TooLarge {
                max,
                unit: "entries in an answer",
            },
            SubjectProofFault::Index(
                behind @ (IndexProofError::NoIndex | IndexProofError::NotCovered { .. }),
            ) => Self::IndexBehind(behind.to_string()),
            other => Self::Internal(other.to_string()),
        }
    }
}
