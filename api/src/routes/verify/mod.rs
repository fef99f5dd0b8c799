//! `/v1/verify`: what can be said about evidence, a proof or a pack that somebody brings. Nothing is logged.

mod binding;
mod document;
mod file;
mod item;

use crate::error::ApiError;
use crate::extract::{JSON, NDJSON, body_bytes_expected, read_body};
use crate::limits::{VERIFY_BYTES_MAX, VERIFY_LINES_MAX};
use crate::problem::Problem;
use crate::state::ApiState;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use document::Desk;
use item::Item;
use ledger::reader::Reader;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verifier::clawsig::FILE_BYTES_MAX;
use verifier::code::Code;
use verifier::index::TreeSize;
use verifier::pack::PACK_MEDIA_TYPE;
use verifier::token::contains_compact_jws;

const TEXT_PLAIN: &str = "text/plain";
const CBOR: &str = "application/cbor";
const EXPECTED: &str =
    "application/json, application/x-ndjson, text/plain (a tlog-proof), application/cbor (a pack)";

/// What the body is, by its content type.
enum Form {
    /// A document, a wrapper, or an object with `proof` and perhaps `evidence`.
    Json,
    /// A document a line.
    Lines,
    /// A tlog-proof.
    Proof,
    /// A pack.
    Pack,
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

/// A tlog-proof as JSON, such as the answer to a submission is.
#[derive(Deserialize)]
struct ProofObject {
    proof: String,
    evidence: Option<Box<serde_json::value::RawValue>>,
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
    let is_text = !matches!(form, Form::Pack);
    if is_text && contains_compact_jws(&String::from_utf8_lossy(&bytes)) {
        return Err(ApiError::TokenLeaked { place: "body" });
    }
    let answer = state.read(move |reader| answer(reader, &form, &bytes)).await?;
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

fn answer(reader: &Reader, form: &Form, bytes: &[u8]) -> Result<VerifyAnswer, ApiError> {
    let published = reader.published();
    let mut desk = Desk::new(reader, published.head.time);
    let items = match form {
        Form::Json => vec![json(&mut desk, bytes)?],
        Form::Lines => lines(&mut desk, bytes)?,
        Form::Proof => vec![file::proof(&mut desk, bytes, None)?],
        Form::Pack => vec![file::pack(reader, bytes)?],
    };
    Ok(VerifyAnswer {
        origin: reader.origin().to_owned(),
        tree_size: published.head.tree.size,
        checkpoint: published.checkpoint,
        items,
    })
}

/// A body that is no JSON, or too large for any document, is a fault of the request.
fn json(desk: &mut Desk<'_>, bytes: &[u8]) -> Result<Item, ApiError> {
    let Ok(ProofObject {
        proof: text,
        evidence,
    }) = serde_json::from_slice(bytes)
    else {
        return match document::read(bytes) {
            Ok(read) => document::verify(desk, &read),
            Err(fault) if fault.code == Code::MalformedJson => Err(document::refused(fault)),
            Err(fault) if fault.code == Code::BodyTooLarge => Err(ApiError::TooLarge {
                max: FILE_BYTES_MAX,
                unit: "bytes",
            }),
            Err(fault) => document::unread(fault),
        };
    };
    // The server itself hands out evidence as a string of its text.
    let evidence = evidence
        .map(|raw| serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned()));
    if evidence.as_deref().is_some_and(contains_compact_jws) {
        return Err(ApiError::TokenLeaked { place: "body" });
    }
    file::proof(desk, text.as_bytes(), evidence.as_deref().map(str::as_bytes))
}

/// A bad line never spoils the others, unless it holds a token.
fn lines(desk: &mut Desk<'_>, bytes: &[u8]) -> Result<Vec<Item>, ApiError> {
    let lines: Vec<&[u8]> = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
        .take(VERIFY_LINES_MAX + 1)
        .collect();
    if lines.len() > VERIFY_LINES_MAX {
        return Err(ApiError::TooLarge {
            max: VERIFY_LINES_MAX,
            unit: "lines",
        });
    }
    let mut items = Vec::with_capacity(lines.len());
    for line in lines {
        items.push(match document::read(line) {
            Ok(read) => document::verify(desk, &read)?,
            Err(fault) => document::unread(fault)?,
        });
    }
    Ok(items)
}
