//! `/v1/evidence`: signed documents in, durable proofs out; and the entries of a document by its digest.

use crate::error::ApiError;
use crate::extract::{Params, Segment, Submitter, read_body, require_size};
use crate::limits::SUBMISSION_BYTES_MAX;
use crate::negotiate::{JSON, require_media_type};
use crate::page::{EntryListQuery, EntryPage, load};
use crate::problem::Problem;
use crate::routes::erasures::ErasureView;
use crate::state::ApiState;
use crate::view::{WarningView, text};
use crate::witnessed;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use ledger::error::SubmitError;
use ledger::handle::{Ack, SubmissionOutcome};
use ledger::reader::LookupPage;
use ledger_query::QueryEngine;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use verifier::base64::encode_standard;
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::hash::LeafHash;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::kind::Kind;
use verifier::text::hash::HashForm;

/// Until when to wait.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Wait)]
pub(crate) enum WaitFor {
    /// Durable and under a signed checkpoint.
    #[default]
    Integrated,
    /// And cosigned by enough witnesses. 501 where none is configured, 504 where they do not come in time.
    Witnessed,
}

/// The parameters of a submission.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubmitQuery {
    /// `integrated` if absent.
    #[serde(default)]
    #[param(required = false, inline)]
    wait: WaitFor,
}

impl SubmitQuery {
    /// Refuses what cannot be waited for, before anything is read or logged.
    pub(crate) fn check(&self, state: &ApiState) -> Result<(), ApiError> {
        match self.wait {
            WaitFor::Witnessed if state.engine().cosigning().is_none() => Err(ApiError::WitnessNotConfigured),
            WaitFor::Integrated | WaitFor::Witnessed => Ok(()),
        }
    }

    /// Waits for what was asked for, once everything is integrated.
    pub(crate) async fn wait(
        &self,
        state: &ApiState,
        results: Vec<Result<Ack, SubmitError>>,
    ) -> Result<Vec<Result<Ack, ApiError>>, ApiError> {
        let results = results.into_iter().map(|result| result.map_err(ApiError::from));
        match self.wait {
            WaitFor::Integrated => Ok(results.collect()),
            WaitFor::Witnessed => witnessed::wait(state, results.collect()).await,
        }
    }
}

/// Policies published by one request about which warnings are looked up. Each asks for the jobs of four policies.
const PUBLICATIONS_WARNED_MAX: usize = 16;
/// How long publishers wait for what is odd about their policies.
const POLICY_WARNINGS_WAIT: Duration = Duration::from_secs(2);

/// A durable entry and its proof.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Receipt)]
pub(crate) struct LogReceipt {
    /// 0-based position in the log.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// What the entry is.
    #[schema(value_type = String, example = "receipt.gateway")]
    kind: Kind,
    /// Lower-case hex of SHA-256(JCS(document)).
    #[schema(value_type = String)]
    evidence_digest: EvidenceDigest,
    /// When it was logged, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    logged_at: TimestampMs,
    /// Standard padded base64 of the entry's CBOR.
    entry: String,
    /// Lower-case hex of SHA-256(0x00 || entry).
    #[schema(value_type = String)]
    leaf_hash: LeafHash,
    /// The signed checkpoint that covers it, as note text.
    checkpoint: String,
    /// The tlog-proof under that checkpoint, with the entry in `extra`.
    proof: String,
    /// Present where the log holds other bytes of the same statement; these were not stored.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    variant: bool,
    /// Earlier entries in which the same signer says something else under the same identity.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<u64>, required = false)]
    conflicts: Vec<LeafIndex>,
    /// Present where an order in the log erased this evidence: what was sent, and its context, were dropped.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    erased: bool,
    /// The entry of that order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    erased_by: Option<LeafIndex>,
    /// Of an entry of kind `context`: the first entry of the evidence that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    about_index: Option<LeafIndex>,
    /// Of an erasure order: what it covers, and how far it is carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    erasure: Option<ErasureView>,
    /// What the author most likely did not mean, at most 32, and of a published policy what it and the jobs of this log have
    /// to do with each other. It changes nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    warnings: Vec<WarningView>,
}

impl LogReceipt {
    /// The status of an acknowledgement and its JSON form.
    pub(crate) fn from_ack(ack: Ack) -> (StatusCode, Self) {
        let status = match ack.outcome {
            SubmissionOutcome::Created => StatusCode::CREATED,
            SubmissionOutcome::Known => StatusCode::OK,
        };
        let receipt = Self {
            index: ack.index,
            kind: ack.kind,
            evidence_digest: ack.evidence_digest,
            logged_at: ack.logged_at,
            entry: encode_standard(&ack.entry),
            leaf_hash: ack.leaf_hash,
            checkpoint: ack.checkpoint,
            proof: ack.proof,
            variant: ack.variant,
            conflicts: ack.conflicts,
            erased: ack.erased.is_some(),
            erased_by: ack.erased,
            about_index: ack.about,
            erasure: ack.erasure.map(|erasure| ErasureView::new(*erasure)),
            warnings: ack.warnings.into_iter().map(WarningView::from).collect(),
        };
        (status, receipt)
    }
}

/// Logs one signed document.
///
/// The body is the document, or `{"evidence": <document>, "context": {…}}`. The answer comes when the entry
/// is durable and under a signed checkpoint. Repeating a request is safe: what is known answers 200.
#[utoipa::path(post, path = "/v1/evidence", operation_id = "submitEvidence", tag = "evidence", params(SubmitQuery),
    request_body(content = Object, content_type = "application/json", description = "A signed document of at most 1 MiB, or a wrapper with exactly `evidence` and optionally `context`"),
    responses(
        (status = 201, description = "A new entry", body = LogReceipt),
        (status = 200, description = "Known before: that entry with a fresh proof", body = LogReceipt),
        (status = "4XX", description = "Nothing was logged, unless the problem names a `refused_index`", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", description = "Try again after Retry-After", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn submit(
    State(state): State<ApiState>,
    Submitter(submitter): Submitter,
    Params(query): Params<SubmitQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    query.check(&state)?;
    require_media_type(&headers, &[JSON])?;
    require_size(&headers, SUBMISSION_BYTES_MAX)?;
    let mut admitted = state.admit(&submitter)?;
    let bytes = read_body(&state, body, SUBMISSION_BYTES_MAX, &mut admitted.room).await?;
    let results = state.ledger().submit_all(&submitter, vec![bytes]).await;
    // A submitter who waits for witnesses takes no room from others.
    drop(admitted);
    let results = query.wait(&state, results).await?;
    let nothing = || ApiError::Internal("a submission got no answer".to_owned());
    let ack = results.into_iter().next().ok_or_else(nothing)??;
    let (status, mut receipt) = LogReceipt::from_ack(ack);
    warn_of_policies(&state, [&mut receipt]).await;
    Ok((status, Json(receipt)).into_response())
}

/// Adds to the receipts of published policies what is odd about these. They are logged, whatever becomes of this, and the
/// answer says so soon.
pub(super) async fn warn_of_policies(state: &ApiState, receipts: impl IntoIterator<Item = &mut LogReceipt>) {
    let published = receipts
        .into_iter()
        .filter(|receipt| receipt.kind == Kind::PolicyPublished);
    let published: Vec<&mut LogReceipt> = published.take(PUBLICATIONS_WARNED_MAX).collect();
    if published.is_empty() {
        return;
    }
    let indices: Vec<LeafIndex> = published.iter().map(|receipt| receipt.index).collect();
    let found = state.read(move |engine| {
        let all = indices.into_iter().map(|index| policy_warnings(engine, index));
        all.collect::<Result<Vec<_>, ApiError>>()
    });
    let all = match tokio::time::timeout(POLICY_WARNINGS_WAIT, found).await {
        Ok(Ok(all)) => all,
        Ok(Err(error)) => {
            tracing::warn!(%error, "what is odd about a published policy could not be told");
            return;
        }
        Err(_) => {
            tracing::warn!("what is odd about a published policy took too long to find out");
            return;
        }
    };
    for (receipt, warnings) in published.into_iter().zip(all) {
        receipt.warnings.extend(warnings);
    }
}

/// What is odd about the policy that an entry publishes.
fn policy_warnings(engine: &QueryEngine, index: LeafIndex) -> Result<Vec<WarningView>, ApiError> {
    let Some(publication) = engine.publication_at(index)? else {
        return Ok(Vec::new());
    };
    let as_of = engine.published().head.tree.size;
    let warnings = engine.policy_warnings(&publication.said, as_of)?;
    Ok(warnings.into_iter().map(WarningView::from).collect())
}

/// Everything that the log holds about one document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvidenceAnswer {
    /// Lower-case hex of SHA-256(JCS(document)).
    #[schema(value_type = String)]
    evidence_digest: EvidenceDigest,
    /// The document's text, byte for byte, as a string; absent where no bytes are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    evidence: Option<String>,
    #[serde(flatten)]
    page: EntryPage,
}

/// The entries of a document: its own, and the contexts that were added to it.
#[utoipa::path(get, path = "/v1/evidence/{digest}", operation_id = "evidenceByDigest", tag = "evidence",
    params(("digest" = String, Path, description = "64 lower-case hex digits"), EntryListQuery),
    responses((status = 200, body = EvidenceAnswer), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn by_digest(
    State(state): State<ApiState>,
    segment: Segment,
    Params(query): Params<EntryListQuery>,
) -> Result<Json<EvidenceAnswer>, ApiError> {
    let digest = segment.hash("digest", HashForm::Hex, EvidenceDigest::parse_hex)?;
    let answer = state.read(move |engine| answer(engine, digest, &query)).await?;
    Ok(Json(answer))
}

fn answer(
    engine: &QueryEngine,
    digest: EvidenceDigest,
    query: &EntryListQuery,
) -> Result<EvidenceAnswer, ApiError> {
    let window = query.window(engine.published().head.tree.size)?;
    let mut indices = engine.by_evidence(&digest)?;
    if indices.is_empty() {
        // What was refused has no evidence digest in the log: it is found by that of its bytes.
        indices = engine.refused_by_raw(&RawDigest::from_bytes(*digest.as_bytes()))?;
    }
    let mut rest = indices
        .iter()
        .copied()
        .filter(|index| window.as_of.contains(*index) && window.from.is_none_or(|from| *index >= from));
    let items: Vec<LeafIndex> = rest.by_ref().take(window.limit).collect();
    let page = LookupPage {
        items,
        next: rest.next(),
        as_of: window.as_of,
    };
    if page.items.is_empty() {
        return Err(ApiError::NotFound { what: "evidence" });
    }
    // The first entry of a digest is the document's own, unless only a refusal or a context is known of it.
    let mut evidence = None;
    if let Some(first) = indices.first() {
        let record = engine.listed_entry(*first)?;
        evidence = record
            .evidence
            .or(record.refused)
            .map(|bytes| text(*first, bytes))
            .transpose()?;
    }
    Ok(EvidenceAnswer {
        evidence_digest: digest,
        evidence,
        page: load(engine, &page, query.with_evidence())?,
    })
}
