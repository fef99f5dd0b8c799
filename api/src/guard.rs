//! What stands before every route: leaked tokens, foreign hosts, the time limit, panics.

use crate::error::ApiError;
use crate::state::ApiState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use std::any::Any;
use std::net::IpAddr;
use verifier::token::contains_compact_jws;

/// Middleware: 422 `TOKEN_LEAKED` for a compact JWS in the path or the query, before anything looks at them.
pub(crate) async fn refuse_leaked_tokens(request: Request, next: Next) -> Response {
    match leaked_in(request.uri()) {
        Some(place) => ApiError::TokenLeaked { place }.into_response(),
        None => next.run(request).await,
    }
}

fn leaked_in(uri: &Uri) -> Option<&'static str> {
    let leaks = |text: &str| contains_compact_jws(&percent_decode_str(text).decode_utf8_lossy());
    if leaks(uri.path()) {
        Some("path")
    } else if uri.query().is_some_and(leaks) {
        Some("query")
    } else {
        None
    }
}

/// Middleware: on an open loopback listener, only requests to a loopback name are answered. Otherwise a web
/// page anywhere could point its own host name at 127.0.0.1 and read the log through the visitor's browser.
pub(crate) async fn refuse_foreign_hosts(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    if state.auth().open_loopback && !host_is_local(request.headers(), request.uri()) {
        return ApiError::parameter("Host", "localhost or a loopback address").into_response();
    }
    next.run(request).await
}

/// A request without any host comes from no browser.
fn host_is_local(headers: &HeaderMap, uri: &Uri) -> bool {
    let authority = match headers.get(header::HOST) {
        Some(value) => value.to_str().ok(),
        None => uri
            .authority()
            .map(axum::http::uri::Authority::as_str)
            .or(Some("localhost")),
    };
    let Some(authority) = authority.and_then(|text| text.parse::<axum::http::uri::Authority>().ok()) else {
        return false;
    };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Middleware: 503 if the head of the answer takes too long. The body of an event stream is not timed.
pub(crate) async fn limit_time(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(state.limits().request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::TimedOut.into_response(),
    }
}

/// What a caller sees of a panic: nothing.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer calls")]
pub(crate) fn answer_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    ApiError::Internal(format!("a handler panicked: {text}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::host_is_local;
    use axum::http::{HeaderMap, HeaderValue, Uri, header};

    fn local(host: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        host_is_local(&headers, &Uri::from_static("/"))
    }

    #[test]
    fn only_loopback_names_are_local() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:80",
        ] {
            assert!(local(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "10.0.0.1",
            "a b",
        ] {
            assert!(!local(host), "{host}");
        }
        assert!(host_is_local(&HeaderMap::new(), &Uri::from_static("/")));
    }
}
