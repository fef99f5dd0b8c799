//! The numbers of the HTTP surface, in one registry with those of the ledger.

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
use std::time::Duration;

use super::ledger::LedgerNumbers;
use super::witnesses::WitnessNumbers;
use crate::shares::{ConnectionNumbers, ShareNumbers};

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
        registry.register_collector(Box::new(LedgerNumbers::new(ledger, engine.clone())));
        registry.register_collector(Box::new(WitnessNumbers::new(engine)));
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

    /// Counts and times an answered request.
    pub(crate) fn count(&self, method: &'static str, route: &str, status: u16, elapsed: Duration) {
        let route = route.to_owned();
        let labels = RouteLabels {
            method,
            route: route.clone(),
        };
        let seconds = elapsed.as_secs_f64();
        self.latency.get_or_create(&labels).observe(seconds);
        let labels = RequestLabels {
            method,
            route,
            status,
        };
        self.requests.get_or_create(&labels).inc();
    }
}
