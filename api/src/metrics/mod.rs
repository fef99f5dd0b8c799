//! What is measured, for Prometheus.

mod http;
mod ledger;
mod witnesses;

pub(crate) use http::HttpMetrics;
