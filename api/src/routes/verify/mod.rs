//! `/v1/verify`: what can be said about evidence, a proof or a pack that somebody brings. Nothing is logged.

mod binding;
mod item;

use crate::error::ApiError;
use crate::extract::{Params, read_body, require_size};
use crate::negotiate::{JSON, NDJSON, NDJSON_PLAIN, TEXT_PLAIN, media_type, require_no_coding};
use crate::problem::Problem;
use crate::state::ApiState;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use item::Item;
use ledger::error::ReadError;
use ledger::shared::PublishedHead;
use ledger_query::QueryEngine;
use ledger_query::verify::{self, JobLookups, SentForm, VERIFY_BYTES_MAX, VerifiedItem, VerifyError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use verifier::check::Expectation;
use verifier::clawsig::is_kind;
use verifier::index::TreeSize;
use verifier::pack::PACK_MEDIA_TYPE;

const CBOR: &str = "application/cbor";
const OCTETS: &str = "application/octet-stream";
const COSE: &str = "application/cose";
/// What is read here: documents, a tlog-proof, a pack, or anything that is told by how it begins.
const EXPECTED: &[&str] = &[
    JSON,
    NDJSON,
    NDJSON_PLAIN,
    TEXT_PLAIN,
    CBOR,
    PACK_MEDIA_TYPE,
    OCTETS,
];
/// What is told from a document by how it begins; the other kinds are those of `ledger-verify evidence`.
const FILES: [&str; 4] = ["tlog_proof", "pack", "checkpoint", "fork_file"];
/// Kinds or signers of one expectation.
const EXPECTED_MAX: usize = 16;

/// What the caller expects to have sent.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerifyQuery {
    /// The kind that each thing has to be of, or several with commas between: what is of another kind is FAIL
    /// `UNEXPECTED_KIND`.
    expect: Option<String>,
    /// The DID that has to have signed each thing, or several with commas between: what another signed is FAIL
    /// `UNEXPECTED_SIGNER`.
    signer: Option<String>,
}

impl VerifyQuery {
    fn kinds(&self) -> Result<Vec<String>, ApiError> {
        let kinds = list(self.expect.as_deref());
        let known = |kind: &String| FILES.contains(&kind.as_str()) || is_kind(kind);
        if kinds.len() <= EXPECTED_MAX && kinds.iter().all(known) {
            return Ok(kinds);
        }
        let form = format!(
            "kinds of documents, such as proof_bundle or gateway_receipt, or {}",
            FILES.join(", ")
        );
        Err(ApiError::parameter("expect", form))
    }

    fn signers(&self) -> Result<Vec<String>, ApiError> {
        let signers = list(self.signer.as_deref());
        if signers.len() <= EXPECTED_MAX && signers.iter().all(|did| did.starts_with("did:")) {
            return Ok(signers);
        }
        Err(ApiError::parameter("signer", "DIDs, with commas between"))
    }
}

fn list(text: Option<&str>) -> Vec<String> {
    text.into_iter()
        .flat_map(|text| text.split(','))
        .map(str::to_owned)
        .collect()
}

/// What was found, as of one published tree.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerifyAnswer {
    /// The log that was asked.
    origin: String,
    /// The tree that the answer is as of.
    #[schema(value_type = u64)]
    tree_size: TreeSize,
    /// Its signed checkpoint.
    checkpoint: String,
    /// One for each document, proof or pack, in the order of the body.
    items: Vec<Item>,
}

/// Verifies what is sent, and logs nothing of it.
///
/// The body is one document (or a wrapper), NDJSON of at most 1,000, a tlog-proof (as text, or JSON with
/// `proof` and perhaps `evidence`), or a pack. A document is at most 8 MiB; of one that is larger than 1 MiB, which
/// no log takes, only itself and what it embeds is looked at. A body that is no JSON is answered 400, one with a
/// compact JWS 422 `TOKEN_LEAKED`. What is of another format, such as COSE, DSSE or PDF, is `UNKNOWN`, and so is a
/// proof or pack of another log. Each item has two answers, `authenticity` and `verdict`: whether it is what was signed, and what
/// it says. Of what this log holds, the jobs that it belongs to are named with their verdicts. A file says itself what it is: `expect` and `signer` say what it has to be.
#[utoipa::path(post, path = "/v1/verify", operation_id = "verify", tag = "evidence",
    params(VerifyQuery),
    request_body(content = Object, content_type = "application/json", description = "At most 16 MiB; also application/x-ndjson, text/plain, application/cbor, application/vnd.evidence-ledger.pack+cbor, application/octet-stream"),
    responses(
        (status = 200, body = VerifyAnswer),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn check(
    State(state): State<ApiState>,
    Params(query): Params<VerifyQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<VerifyAnswer>, ApiError> {
    let (kinds, signers) = (query.kinds()?, query.signers()?);
    let (form, is_called_pack) = (
        form(&headers)?,
        media_type(&headers).as_deref() == Some(PACK_MEDIA_TYPE),
    );
    require_size(&headers, VERIFY_BYTES_MAX)?;
    let mut room = state.hold_question()?;
    let bytes = read_body(&state, body, VERIFY_BYTES_MAX, &mut room).await?;
    let answer = state.ask(&state.pools().verifications, move |engine| {
        // It is taken up to here, whether or not anybody waits for the answer.
        let _room = room;
        // Looking through 16 MiB takes a second or two: not where all requests are answered.
        let form = form.unwrap_or_else(|| SentForm::of(&bytes));
        if verify::holds_token(form, &bytes) {
            return Err(ApiError::TokenLeaked { place: "body" });
        }
        let expected = Expectation {
            kinds: &kinds,
            signers: &signers,
        };
        answer(engine, form, is_called_pack, &bytes, &expected)
    });
    let (published, mut items) = answer.await?;
    if items.iter().any(|item| item.log.index.is_some()) {
        items = state.assess(move |engine| with_jobs(engine, items)).await?;
    }
    Ok(Json(VerifyAnswer {
        origin: state.engine().origin().to_owned(),
        tree_size: published.head.tree.size,
        checkpoint: published.checkpoint,
        items: items.into_iter().map(Item::from).collect(),
    }))
}

/// Names the jobs of what this log holds.
fn with_jobs(engine: &QueryEngine, mut items: Vec<VerifiedItem>) -> Result<Vec<VerifiedItem>, ReadError> {
    let mut desk = JobLookups::default();
    for item in &mut items {
        if let Some(index) = item.log.index {
            item.jobs = desk.of(engine, index)?;
        }
    }
    Ok(items)
}

/// What the caller says that it is; `None` where the bytes tell.
fn form(headers: &HeaderMap) -> Result<Option<SentForm>, ApiError> {
    require_no_coding(headers)?;
    match media_type(headers).as_deref() {
        Some(JSON) => Ok(Some(SentForm::Json)),
        Some(NDJSON | NDJSON_PLAIN) => Ok(Some(SentForm::Lines)),
        Some(TEXT_PLAIN) => Ok(Some(SentForm::Proof)),
        Some(CBOR | COSE | PACK_MEDIA_TYPE) => Ok(Some(SentForm::Pack)),
        Some(OCTETS) => Ok(None),
        _ => Err(ApiError::UnsupportedMediaType { expected: EXPECTED }),
    }
}

fn answer(
    engine: &QueryEngine,
    form: SentForm,
    is_called_pack: bool,
    bytes: &[u8],
    expected: &Expectation<'_>,
) -> Result<(PublishedHead, Vec<VerifiedItem>), ApiError> {
    let published = engine.published();
    let mut items = if is_called_pack {
        vec![verify::pack(engine, bytes)?]
    } else {
        verify::items(engine, form, bytes).map_err(refused)?
    };
    for item in &mut items {
        item.expect(expected);
    }
    Ok((published, items))
}

fn refused(error: VerifyError) -> ApiError {
    match error {
        VerifyError::TokenLeaked(fault) | VerifyError::Malformed(fault) => ApiError::refused(*fault),
        VerifyError::TooLarge { max, unit } => ApiError::TooLarge { max, unit },
        VerifyError::Read(error) => error.into(),
        other => ApiError::Internal(other.to_string()),
    }
}
