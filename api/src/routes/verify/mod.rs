//! `/v1/verify`: what can be said about evidence, a proof or a pack that somebody brings. Nothing is logged.

mod item;

use crate::error::ApiError;
use crate::extract::{JSON, NDJSON, body_bytes_expected, read_body};
use crate::problem::Problem;
use crate::state::ApiState;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use item::Item;
use ledger::error::SubmitError;
use ledger::reader::Reader;
use ledger::verify::{self, Form, VERIFY_BYTES_MAX, VerifyError};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::index::TreeSize;
use verifier::pack::PACK_MEDIA_TYPE;

const TEXT_PLAIN: &str = "text/plain";
const CBOR: &str = "application/cbor";
const EXPECTED: &str =
    "application/json, application/x-ndjson, text/plain (a tlog-proof), application/cbor (a pack)";

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
/// compact JWS 422 `TOKEN_LEAKED`.
#[utoipa::path(post, path = "/v1/verify", operation_id = "verify", tag = "evidence",
    request_body(content = Object, content_type = "application/json", description = "At most 16 MiB; also application/x-ndjson, text/plain, application/cbor"),
    responses(
        (status = 200, body = VerifyAnswer),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn check(
    State(state): State<ApiState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<VerifyAnswer>, ApiError> {
    let form = form(&headers)?;
    let expected = body_bytes_expected(&headers, VERIFY_BYTES_MAX)?;
    let _room = state.hold(expected)?;
    let bytes = read_body(body, VERIFY_BYTES_MAX).await?;
    if verify::holds_token(form, &bytes) {
        return Err(ApiError::TokenLeaked { place: "body" });
    }
    let answer = state.read(move |reader| answer(reader, form, &bytes)).await?;
    Ok(Json(answer))
}

fn form(headers: &HeaderMap) -> Result<Form, ApiError> {
    let refused = ApiError::UnsupportedMediaType { expected: EXPECTED };
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| value != "identity")
    {
        return Err(refused);
    }
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase());
    match media_type.as_deref() {
        Some(JSON) => Ok(Form::Json),
        Some(NDJSON) => Ok(Form::Lines),
        Some(TEXT_PLAIN) => Ok(Form::Proof),
        Some(CBOR | PACK_MEDIA_TYPE) => Ok(Form::Pack),
        _ => Err(refused),
    }
}

fn answer(reader: &Reader, form: Form, bytes: &[u8]) -> Result<VerifyAnswer, ApiError> {
    let published = reader.published();
    let items = verify::items(reader, form, bytes).map_err(refused)?;
    Ok(VerifyAnswer {
        origin: reader.origin().to_owned(),
        tree_size: published.head.tree.size,
        checkpoint: published.checkpoint,
        items: items.into_iter().map(Item::from).collect(),
    })
}

fn refused(error: VerifyError) -> ApiError {
    match error {
        VerifyError::TokenLeaked(fault) | VerifyError::Malformed(fault) => SubmitError::Refused {
            fault: *fault,
            refused_entry: None,
            known_index: None,
        }
        .into(),
        VerifyError::TooLarge { max, unit } => ApiError::TooLarge { max, unit },
        VerifyError::Read(error) => error.into(),
        other => ApiError::Internal(other.to_string()),
    }
}
