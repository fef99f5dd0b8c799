//! One JSON line a figure.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command's output")]

use harness::HarnessError;
use serde_json::json;
use std::time::Duration;

/// Which processor, how many, how much memory: a figure without them says nothing.
pub(crate) fn machine() {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name\t: "))
        .unwrap_or("unknown");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{}", json!({"machine": {"processor": model, "cores": cores}}));
}

/// A figure.
pub(crate) fn figure(name: &str, value: f64, unit: &str) {
    println!(
        "{}",
        json!({"name": name, "value": (value * 100.0).round() / 100.0, "unit": unit})
    );
}

/// `count` things in `elapsed`.
pub(crate) fn rate(name: &str, count: u32, elapsed: Duration, unit: &str) {
    figure(name, f64::from(count) / elapsed.as_secs_f64(), unit);
}

/// Median and 99th percentile, in milliseconds.
pub(crate) fn latencies(name: &str, mut all: Vec<Duration>) {
    all.sort_unstable();
    for (suffix, part) in [("p50", 50), ("p99", 99)] {
        let place = all.len().saturating_mul(part) / 100;
        if let Some(latency) = all.get(place.min(all.len().saturating_sub(1))) {
            figure(&format!("{name}_{suffix}"), latency.as_secs_f64() * 1000.0, "ms");
        }
    }
}

/// A figure that cannot be had here.
pub(crate) fn left_out(name: &str, reason: &str) {
    println!("{}", json!({"name": name, "left_out": reason}));
}

/// What stopped the run.
pub(crate) fn failure(error: &HarnessError) {
    eprintln!("bench: {error}");
}
