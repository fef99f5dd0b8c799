//! Reading requests: parameters, content types, bounded bodies. Every rejection is a problem.

use crate::error::ApiError;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use verifier::index::LeafIndex;

/// NDJSON.
pub(crate) const NDJSON: &str = "application/x-ndjson";
/// JSON.
pub(crate) const JSON: &str = "application/json";
/// Server-sent events.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";
/// Plain text.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

/// The query string as `T`; unknown and repeated parameters are refused, so that a misspelt filter never
/// widens an answer.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(value)| Self(value))
            .map_err(|rejection| ApiError::Query {
                detail: rejection.body_text(),
            })
    }
}

/// The one variable segment of a path, percent-decoded.
#[derive(Debug)]
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Self(text)),
            Err(_) => Err(ApiError::parameter("path", "percent-encoded UTF-8")),
        }
    }
}

impl Segment {
    /// The entry index that the segment is.
    pub(crate) fn index(&self) -> Result<LeafIndex, ApiError> {
        // One resource has one name: no sign, no leading zeros.
        let value = self
            .0
            .parse::<u64>()
            .ok()
            .filter(|value| value.to_string() == self.0);
        value
            .map(LeafIndex::new)
            .ok_or_else(|| ApiError::parameter("index", "a decimal number without leading zeros"))
    }

    /// The segment through a parser of one of the log's text forms.
    pub(crate) fn parse<T>(
        &self,
        name: &'static str,
        form: &str,
        parse: fn(&str) -> Option<T>,
    ) -> Result<T, ApiError> {
        parse(&self.0).ok_or_else(|| ApiError::parameter(name, form))
    }
}

/// Requires a content type, whatever its parameters, and no content encoding.
pub(crate) fn require_media_type(headers: &HeaderMap, expected: &'static str) -> Result<(), ApiError> {
    let found = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(essence);
    let encoded = headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| value != "identity");
    match found {
        Some(found) if found.eq_ignore_ascii_case(expected) && !encoded => Ok(()),
        _ => Err(ApiError::UnsupportedMediaType { expected }),
    }
}

/// Whether the Accept header names a media type. Wildcards do not count: they get the default form.
pub(crate) fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let values = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .any(|range| essence(range).eq_ignore_ascii_case(media_type))
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// How many bytes the body is going to have: what it says, or else the most it may.
pub(crate) fn body_bytes_expected(headers: &HeaderMap, max: usize) -> Result<usize, ApiError> {
    let stated = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    match stated.and_then(|text| text.parse::<usize>().ok()) {
        Some(stated) if stated > max => Err(ApiError::TooLarge { max, unit: "bytes" }),
        Some(stated) => Ok(stated),
        None => Ok(max),
    }
}

/// Reads a body of at most `max` bytes.
pub(crate) async fn read_body(body: Body, max: usize) -> Result<Vec<u8>, ApiError> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| ApiError::BodyIncomplete)?;
        if chunk.len() > max.saturating_sub(bytes.len()) {
            return Err(ApiError::TooLarge { max, unit: "bytes" });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
