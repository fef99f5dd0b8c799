//! One log line and two numbers for each request, at the boundary.
//!
//! The route is the pattern that matched, never the path: a path or a query may hold what must not be
//! logged. Bodies, tokens and ids stay out as well.

use crate::state::ApiState;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;

/// The route of a request that matched none.
const UNMATCHED: &str = "unmatched";

/// The methods that become label values; a label must not grow with what strangers send.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// Middleware: counts, times and logs a request.
pub(crate) async fn observe(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = method_label(request.method());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or(UNMATCHED, MatchedPath::as_str)
        .to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    tracing::info!(
        http.method = method,
        http.route = %route,
        http.status = status,
        http.latency_ms = elapsed.as_secs_f64() * 1000.0,
        "answered a request"
    );
    state.http().count(method, &route, status, elapsed);
    response
}
