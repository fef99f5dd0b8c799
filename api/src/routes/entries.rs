//! `/v1/entries`: the log by position.

use crate::error::{ApiError, missing};
use crate::extract::{Params, Segment};
use crate::limits::PAGE_EVIDENCE_BYTES_MAX;
use crate::negotiate::{JSON, TEXT, TEXT_PLAIN, preferred};
use crate::page::{EntryPage, Include, ListWindow, next_cursor};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::view::EntryView;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use ledger_query::QueryEngine;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use verifier::index::LeafIndex;

/// Records read at once: with the largest evidence that is as many MiB in memory.
const READ_CHUNK: usize = 16;
/// The refusal of an index at or past the head.
const NO_ENTRY: ApiError = ApiError::NotFound { what: "entry" };

/// The parameters of the list by position.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntriesQuery {
    /// First index of the list; 0 if absent.
    from: Option<u64>,
    /// `next_cursor` of the page before; then `from` is not looked at.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 if absent.
    limit: Option<usize>,
    /// Pins the list to an earlier tree size.
    as_of: Option<u64>,
    /// `evidence`: carry the documents, too. The page may then end early.
    #[param(inline)]
    include: Option<Include>,
}

/// Entries in log order.
#[utoipa::path(get, path = "/v1/entries", operation_id = "listEntries", tag = "entries", params(EntriesQuery), responses((status = 200, body = EntryPage)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Params(query): Params<EntriesQuery>,
) -> Result<Json<EntryPage>, ApiError> {
    Ok(Json(state.read(move |engine| page(engine, &query)).await?))
}

fn page(engine: &QueryEngine, query: &EntriesQuery) -> Result<EntryPage, ApiError> {
    let published = engine.published().head.tree.size;
    let window = ListWindow::new(published, query.cursor.as_deref(), query.limit, query.as_of)?;
    let first = query.from.unwrap_or(0);
    // The next entry to come is the last one that a list may begin with.
    if window.from.is_none() && first > published.value() {
        return Err(ApiError::position_ahead("from", first, published));
    }
    let from = window.from.unwrap_or(LeafIndex::new(first));
    let with_evidence = query.include.is_some();
    let mut entries = Vec::new();
    let next = walk(
        engine,
        from,
        &window,
        |view, evidence_bytes| {
            entries.push(view);
            with_evidence && evidence_bytes > PAGE_EVIDENCE_BYTES_MAX
        },
        with_evidence,
    )?;
    Ok(EntryPage {
        entries,
        next_cursor: next_cursor(window.as_of, next),
        as_of_tree_size: window.as_of,
        proof: None,
    })
}

/// Hands out at most `window.limit` entries from `from` on, in order, below `window.as_of`. `each` is told the
/// sum of evidence bytes so far, and answers whether that is enough. Answers where to go on, if anywhere.
fn walk(
    engine: &QueryEngine,
    from: LeafIndex,
    window: &ListWindow,
    mut each: impl FnMut(EntryView, usize) -> bool,
    with_evidence: bool,
) -> Result<Option<LeafIndex>, ApiError> {
    let available = window.as_of.value().saturating_sub(from.value());
    let mut left = usize::try_from(available).unwrap_or(usize::MAX).min(window.limit);
    let mut next = from;
    let mut bytes = 0;
    while left > 0 {
        let records = engine.entries(next, left.min(READ_CHUNK))?;
        if records.is_empty() {
            return Err(missing(format!("entry {next}")).into());
        }
        for record in records {
            bytes += record.document().map_or(0, <[u8]>::len);
            next = record.index.next().unwrap_or(record.index);
            left = left.saturating_sub(1);
            if each(EntryView::new(record, with_evidence)?, bytes) {
                left = 0;
                break;
            }
        }
    }
    Ok(window.as_of.contains(next).then_some(next))
}

/// One entry with its document, under the newest checkpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryAnswer {
    #[serde(flatten)]
    entry: EntryView,
    /// The newest signed checkpoint, as note text.
    checkpoint: String,
    /// The tlog-proof under that checkpoint, with the entry in `extra`.
    proof: String,
}

/// One entry.
#[utoipa::path(get, path = "/v1/entries/{index}", operation_id = "entry", tag = "entries", params(("index" = u64, Path)),
    responses((status = 200, body = EntryAnswer), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    segment: Segment,
) -> Result<Json<EntryAnswer>, ApiError> {
    let index = segment.index()?;
    let question = move |engine: &QueryEngine| -> Result<EntryAnswer, ApiError> {
        let published = engine.published();
        let record = engine.entry(index)?.ok_or(NO_ENTRY)?;
        let proof = engine.tlog_proof(index, Some(&published))?;
        Ok(EntryAnswer {
            entry: EntryView::new(record, true)?,
            checkpoint: published.checkpoint,
            proof,
        })
    };
    Ok(Json(state.read(question).await?))
}

/// A tlog-proof as JSON.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProofAnswer {
    /// The tlog-proof text.
    proof: String,
}

/// The tlog-proof of an entry under the newest checkpoint: text, or JSON where Accept prefers it.
#[utoipa::path(get, path = "/v1/entries/{index}/proof", operation_id = "entryProof", tag = "entries", params(("index" = u64, Path)),
    responses(
        (status = 200, description = "C2SP tlog-proof; `extra` is the entry's CBOR", content((String = "text/plain"), (ProofAnswer = "application/json"))),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn proof(
    State(state): State<ApiState>,
    segment: Segment,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let index = segment.index()?;
    let form = preferred(&headers, &[TEXT_PLAIN, JSON])?;
    let question = move |engine: &QueryEngine| {
        if !engine.published().head.tree.size.contains(index) {
            return Err(NO_ENTRY);
        }
        Ok(engine.tlog_proof(index, None)?)
    };
    let proof = state.read(question).await?;
    let vary = [(header::VARY, "accept")];
    if form == JSON {
        return Ok((vary, Json(ProofAnswer { proof })).into_response());
    }
    Ok((vary, [(header::CONTENT_TYPE, TEXT)], proof).into_response())
}

/// The document of an entry, byte for byte as it was received.
#[utoipa::path(get, path = "/v1/entries/{index}/evidence", operation_id = "entryEvidence", tag = "entries", params(("index" = u64, Path)),
    responses(
        (status = 200, description = "The signed document", body = Object, content_type = "application/json"),
        (status = 410, description = "Erased by an order in the log", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such entry, or none whose document is kept", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn evidence(State(state): State<ApiState>, segment: Segment) -> Result<Response, ApiError> {
    let index = segment.index()?;
    let question = move |engine: &QueryEngine| -> Result<Vec<u8>, ApiError> {
        let record = engine.entry(index)?.ok_or(NO_ENTRY)?;
        if let Some(remains) = record.erased {
            return Err(ApiError::Erased { order: remains.order });
        }
        record.evidence.or(record.refused).ok_or(ApiError::NotFound {
            what: "evidence: this entry has no document",
        })
    };
    let bytes = state.read(question).await?;
    Ok(([(header::CONTENT_TYPE, JSON)], bytes).into_response())
}
