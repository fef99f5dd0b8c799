//! What is measured, for Prometheus.

mod http;
mod ledger;

pub(crate) use http::HttpMetrics;
