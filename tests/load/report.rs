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

/// Median and 99th percentile, in milliseconds. Answers the latter.
pub(crate) fn latencies(name: &str, mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    let at = |part: usize| {
        let place = all.len().saturating_mul(part) / 100;
        all.get(place.min(all.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    };
    for (suffix, latency) in [("p50", at(50)), ("p99", at(99))] {
        figure(&format!("{name}_{suffix}"), latency.as_secs_f64() * 1000.0, "ms");
    }
    at(99)
}

/// A size, in KiB.
pub(crate) fn bytes(name: &str, bytes: usize) {
    figure(
        name,
        f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1024.0,
        "KiB",
    );
}

/// A size given in KiB, in MiB.
pub(crate) fn mib(name: &str, kib: u64) {
    figure(
        name,
        f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0,
        "MiB",
    );
}

/// A figure that cannot be had here.
pub(crate) fn left_out(name: &str, reason: &str) {
    println!("{}", json!({"name": name, "left_out": reason}));
}

/// What stopped the run.
pub(crate) fn failure(error: &HarnessError) {
    eprintln!("bench: {error}");
}
