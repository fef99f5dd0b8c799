//! Which form an answer takes, and which form a body has: RFC 9110 §8.3, §8.4 and §12.5.

use crate::error::ApiError;
use crate::single_header::single_value;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use headers_accept::Accept;
use mediatype::names::CHARSET;
use mediatype::{MediaType, ReadParams};
use tower_http::decompression::RequestDecompressionLayer;

/// JSON.
pub(crate) const JSON: &str = "application/json";
/// NDJSON as it is sent.
pub(crate) const NDJSON: &str = "application/x-ndjson";
/// NDJSON by its other name.
pub(crate) const NDJSON_PLAIN: &str = "application/ndjson";
/// Server-sent events.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";
/// Plain text; what is sent says its charset.
pub(crate) const TEXT_PLAIN: &str = "text/plain";
/// Plain text with its charset.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

/// A page.
pub(crate) const HTML: &str = "text/html";

/// The one content coding of requests.
const GZIP: &str = "gzip";

/// Of the media types that there are, the one that the caller prefers; the first where it has no preference, or states
/// none that can be read. Every form is UTF-8, so that a range with that charset matches, too.
pub(crate) fn preferred(
    headers: &HeaderMap,
    available: &'static [&'static str],
) -> Result<&'static str, ApiError> {
    let first = available.first().copied().unwrap_or(JSON);
    let stated: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter(|value| !value.trim().is_empty())
        .collect();
    if stated.is_empty() {
        return Ok(first);
    }
    let Ok(accept) = stated.join(",").parse::<Accept>() else {
        return Ok(first);
    };
    // A range with a charset matches only a type with that charset, a range with a weight only one without parameters.
    let with_charset = |name: &str| {
        accept.media_types().any(|range| {
            range.essence().to_string().eq_ignore_ascii_case(name) && range.get_param(CHARSET).is_some()
        })
    };
    let spelt: Vec<(&'static str, String)> = available
        .iter()
        .map(|name| {
            let charset = if with_charset(name) { "; charset=utf-8" } else { "" };
            (*name, format!("{name}{charset}"))
        })
        .collect();
    let types: Vec<(&'static str, MediaType<'_>)> = spelt
        .iter()
        .filter_map(|(name, text)| Some((*name, MediaType::parse(text).ok()?)))
        .collect();
    let chosen = accept.negotiate(types.iter().map(|(_, media_type)| media_type));
    chosen
        .and_then(|chosen| types.iter().find(|(_, media_type)| media_type == chosen))
        .map(|(name, _)| *name)
        .ok_or(ApiError::NotAcceptable { available })
}

/// The media type of the body, without its parameters and in lower case; `None` where it has not one that can be read.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = single_value(headers, &header::CONTENT_TYPE).ok()??;
    let media_type = MediaType::parse(value).ok()?;
    Some(media_type.essence().to_string().to_ascii_lowercase())
}

/// Requires one of some media types, whatever its parameters.
pub(crate) fn require_media_type(
    headers: &HeaderMap,
    expected: &'static [&'static str],
) -> Result<(), ApiError> {
    require_no_coding(headers)?;
    match media_type(headers) {
        Some(found) if expected.contains(&found.as_str()) => Ok(()),
        _ => Err(ApiError::UnsupportedMediaType { expected }),
    }
}

/// Refuses a body in a content coding that was not undone before: only gzip is.
pub(crate) fn require_no_coding(headers: &HeaderMap) -> Result<(), ApiError> {
    let encoded = |value: &HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().any(encoded) {
        return Err(ApiError::UnsupportedEncoding);
    }
    Ok(())
}

/// Undoes gzip on request bodies as they are read. The reader of a body bounds what comes out of it, so that a small
/// body that unpacks to a large one is refused as the large one is.
pub(crate) fn decompression() -> RequestDecompressionLayer {
    RequestDecompressionLayer::new()
        .gzip(true)
        .pass_through_unaccepted(true)
}

/// Middleware: content codings have no case, and `x-gzip` is gzip's old name.
pub(crate) async fn name_codings(mut request: Request, next: Next) -> Response {
    let headers = request.headers_mut();
    let is_gzip = headers.get(header::CONTENT_ENCODING).is_some_and(|value| {
        let value = value.as_bytes();
        value.eq_ignore_ascii_case(GZIP.as_bytes()) || value.eq_ignore_ascii_case(b"x-gzip")
    });
    // Several codings, in one field or in two, are left as they are, and refused.
    if is_gzip && headers.get_all(header::CONTENT_ENCODING).iter().count() == 1 {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(GZIP));
    }
    next.run(request).await
}
