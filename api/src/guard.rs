//! What stands before every route: leaked tokens, foreign hosts, the time limit, panics.

use crate::error::ApiError;
use crate::state::ApiState;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ledger_query::parameter::holds_token;
use std::any::Any;
use std::net::IpAddr;

/// Middleware: 422 `TOKEN_LEAKED` for a compact JWS in the path or the query, before anything looks at them.
pub(crate) async fn refuse_leaked_tokens(request: Request, next: Next) -> Response {
    match leaked_in(request.uri()) {
        Some(place) => ApiError::TokenLeaked { place }.into_response(),
        None => next.run(request).await,
    }
}

pub(crate) fn leaked_in(uri: &Uri) -> Option<&'static str> {
    if holds_token(uri.path()) {
        Some("path")
    } else if uri.query().is_some_and(holds_token) {
        Some("query")
    } else {
        None
    }
}

/// Middleware: 400 `HOST_INVALID` unless a request names exactly one host (RFC 9112, section 3.2). Two readers of two
/// different ones, such as a proxy and this server, would take the request for two different things.
pub(crate) async fn require_one_host(request: Request, next: Next) -> Response {
    match host_fault(request.version(), request.headers(), request.uri()) {
        Some(expected) => ApiError::HostInvalid { expected }.into_response(),
        None => next.run(request).await,
    }
}

/// What would have been accepted instead.
fn host_fault(version: Version, headers: &HeaderMap, uri: &Uri) -> Option<&'static str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let first = hosts.next();
    if hosts.next().is_some() {
        return Some("one Host header, found several");
    }
    let Some(host) = first else {
        // Only HTTP/1.0 knew requests without a host.
        let needed = version == Version::HTTP_11 && uri.authority().is_none();
        return needed.then_some("one Host header, found none");
    };
    let host = host.to_str().ok().and_then(|text| text.parse::<Authority>().ok());
    let Some(host) = host.filter(|host| !host.as_str().contains('@')) else {
        return Some("a host and perhaps a port");
    };
    let agrees = |authority: &Authority| authority.as_str().eq_ignore_ascii_case(host.as_str());
    let contradicted = uri.authority().is_some_and(|authority| !agrees(authority));
    contradicted.then_some("the host that the request line names")
}

/// What is answered while anything is open, and what an operator has to do for another name.
const LOOPBACK_NAMES: &str = "localhost or a loopback address, because this server does not require a token for everything: \
    for another name, configure both readers and submitters (docs/opening.md)";

/// Middleware: on an open loopback listener, only requests to a loopback name are answered. Otherwise a web
/// page anywhere could point its own host name at 127.0.0.1 and read the log through the visitor's browser. Where every
/// request needs a token, no such page has one, and a proxy may name the host that it is known by.
pub(crate) async fn refuse_foreign_hosts(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    let auth = state.auth();
    if auth.answers_loopback_names_only() && !host_is_local(request.headers(), request.uri()) {
        return ApiError::parameter("Host", LOOPBACK_NAMES).into_response();
    }
    next.run(request).await
}

/// A request without any host comes from no browser.
pub(crate) fn host_is_local(headers: &HeaderMap, uri: &Uri) -> bool {
    let authority = match headers.get(header::HOST) {
        Some(value) => value.to_str().ok(),
        None => uri.authority().map(Authority::as_str).or(Some("localhost")),
    };
    let Some(authority) = authority.and_then(|text| text.parse::<Authority>().ok()) else {
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
    use super::{host_fault, host_is_local};
    use axum::http::{HeaderMap, HeaderValue, Uri, Version, header};

    fn local(host: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        host_is_local(&headers, &Uri::from_static("/"))
    }

    #[test]
    fn a_request_names_one_host() {
        let fault = |version, hosts: &[&'static str], uri| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, HeaderValue::from_static(host));
            }
            host_fault(version, &headers, &Uri::from_static(uri)).is_some()
        };
        let whole = "http://a.example:80/x";
        for (version, hosts, uri, faulty) in [
            (Version::HTTP_11, &["a.example"][..], "/x", false),
            (Version::HTTP_11, &["[::1]:80"], "/x", false),
            (Version::HTTP_11, &["A.example:80"], whole, false),
            (Version::HTTP_10, &[], "/x", false),
            (Version::HTTP_11, &[], "/x", true),
            (Version::HTTP_11, &["a.example", "b.example"], "/x", true),
            (Version::HTTP_11, &["a.example", "a.example"], "/x", true),
            (Version::HTTP_10, &["a.example", "b.example"], "/x", true),
            (Version::HTTP_11, &["a.example, b.example"], "/x", true),
            (Version::HTTP_11, &["user@a.example"], "/x", true),
            (Version::HTTP_11, &["b.example"], whole, true),
            (Version::HTTP_11, &[""], "/x", true),
        ] {
            assert_eq!(fault(version, hosts, uri), faulty, "{hosts:?} {uri}");
        }
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
