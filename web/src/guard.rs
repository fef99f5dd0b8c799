//! What stands around every page: headers that forbid whatever pages do not need, and the refusal of
//! bearer tokens in addresses, which end up in histories and logs.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ledger_query::parameter::holds_token;

use crate::error::PageError;
use crate::visitor::Visitor;

/// Pages load what this server embeds and nothing else; evidence that got through escaping could still not
/// run, load or send anything. `wasm-unsafe-eval` lets the embedded verifier be compiled, and no text be run.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                              img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
                              frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 3] = [
    (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
];

/// Adds the headers to whatever the pages answer.
pub(crate) async fn set_headers(request: Request, next: Next) -> Response {
    with_headers(next.run(request).await)
}

/// The answer with the headers.
pub(crate) fn with_headers(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A page that names its reader is to be gone with the session.
    let caching = if Visitor::current().is_some() {
        "private, no-store"
    } else {
        "private, no-cache"
    };
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(caching));
    response
}

/// Answers 422 where path or query hold a compact token, before anything looks at them.
pub(crate) async fn refuse_leaked_tokens(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if holds_token(uri.path()) || uri.query().is_some_and(holds_token) {
        return PageError::TokenLeaked.into_response();
    }
    next.run(request).await
}
