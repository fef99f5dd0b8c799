//! One log line and two numbers for each request, at the boundary.
//!
//! The route is the pattern that matched, never the path: a path or a query may hold what must not be
//! logged. Bodies, tokens and ids stay out as well.

use crate::shares::{ConnectionNumbers, ShareNumbers};
use crate::state::ApiState;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use ledger::handle::Ledger;
use ledger_query::QueryEngine;
use ledger_query::share::Pools;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;
use std::time::Instant;

/// The route of a request that matched none.
const UNMATCHED: &str = "unmatched";
/// Buckets of the latency histogram: 0.5 ms doubled 16 times, to 16 s.
const LATENCY_BUCKETS: (f64, f64, u16) = (0.0005, 2.0, 16);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

/// Makes the histogram of a route that had none.
type NewHistogram = fn() -> Histogram;

/// The numbers of the HTTP surface, in one registry with those of the ledger.
#[derive(Debug)]
pub(crate) struct HttpMetrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: Family<RouteLabels, Histogram, NewHistogram>,
}

fn latency_histogram() -> Histogram {
    let (start, factor, length) = LATENCY_BUCKETS;
    Histogram::new(exponential_buckets(start, factor, length))
}

impl HttpMetrics {
    pub(crate) fn new(
        ledger: Ledger,
        engine: QueryEngine,
        pools: Arc<Pools>,
        connections: Arc<ConnectionNumbers>,
    ) -> Self {
        let mut registry = Registry::with_prefix("evidence_ledger");
        let requests = Family::default();
        let new_histogram: NewHistogram = latency_histogram;
        let latency = Family::new_with_constructor(new_histogram);
        registry.register("http_requests", "Answered requests", requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's head to its answer's head",
            Unit::Seconds,
            latency.clone(),
        );
        registry.register_collector(Box::new(crate::routes::metrics::LedgerNumbers::new(
            ledger, engine,
        )));
        registry.register_collector(Box::new(ShareNumbers::new(pools, connections)));
        Self {
            registry,
            requests,
            latency,
        }
    }

    /// The `OpenMetrics` text of everything.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

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
    let metrics = state.http();
    let labels = RouteLabels {
        method,
        route: route.clone(),
    };
    metrics
        .latency
        .get_or_create(&labels)
        .observe(elapsed.as_secs_f64());
    metrics
        .requests
        .get_or_create(&RequestLabels {
            method,
            route,
            status,
        })
        .inc();
    response
}
