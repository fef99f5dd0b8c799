//! What a run measured: one line a figure, `name value unit target pass|short`, and one JSON document of all of them.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command's output")]

mod document;
pub(crate) mod machine;
mod targets;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use harness::HarnessError;

pub(crate) use document::write;
pub(crate) use targets::Bound;

/// All that this process has reported. A run has one report, as it has one standard output.
static REPORTED: Mutex<Vec<Reported>> = Mutex::new(Vec::new());

/// A figure as it was reported.
#[derive(Clone, Debug)]
pub(crate) struct Reported {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
}

/// What came of measuring.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// A value, and what it should be.
    Measured {
        value: f64,
        unit: String,
        target: Option<Bound>,
    },
    /// Why it cannot be measured here.
    LeftOut(String),
}

/// A figure. Its target, if it has one, is that of its name without the size of the log behind `_at_`.
pub(crate) fn figure(name: &str, value: f64, unit: &str) {
    print(name, value, unit, targets::of(name));
}

/// A figure whose target depends on another figure of the same run.
pub(crate) fn figure_against(name: &str, value: f64, unit: &str, target: Bound) {
    print(name, value, unit, Some(target));
}

fn print(name: &str, value: f64, unit: &str, target: Option<Bound>) {
    let value = rounded(value);
    let verdict = match target {
        None => "- -".to_owned(),
        Some(target) if target.is_met_by(value) => format!("{target} pass"),
        Some(target) => format!("{target} short"),
    };
    println!("{name} {value} {unit} {verdict}");
    reported().push(Reported {
        name: name.to_owned(),
        outcome: Outcome::Measured {
            value,
            unit: unit.to_owned(),
            target,
        },
    });
}

/// Three decimals are more than any machine repeats.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn reported() -> MutexGuard<'static, Vec<Reported>> {
    REPORTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The value of a figure that was reported before.
pub(crate) fn value_of(name: &str) -> Option<f64> {
    let reported = reported();
    let found = reported.iter().rev().find(|figure| figure.name == name)?;
    match found.outcome {
        Outcome::Measured { value, .. } => Some(value),
        Outcome::LeftOut(_) => None,
    }
}

/// `count` things in `elapsed`.
pub(crate) fn rate(name: &str, count: u64, elapsed: Duration, unit: &str) {
    figure(name, per_second(count, elapsed), unit);
}

/// How many of `count` things there were in a second.
pub(crate) fn per_second(count: u64, elapsed: Duration) -> f64 {
    float(count) / elapsed.as_secs_f64()
}

/// A time, in milliseconds.
pub(crate) fn millis(name: &str, elapsed: Duration) {
    figure(name, elapsed.as_secs_f64() * 1000.0, "ms");
}

/// A time, in seconds.
pub(crate) fn seconds(name: &str, elapsed: Duration) {
    figure(name, elapsed.as_secs_f64(), "s");
}

/// Median and 99th percentile, in milliseconds. The size of the log stays at the end of the names.
pub(crate) fn latencies(name: &str, mut all: Vec<Duration>) {
    all.sort_unstable();
    let (base, _) = targets::base_and_size(name);
    let size = name.strip_prefix(base).unwrap_or_default();
    for (suffix, part) in [("p50", 50), ("p99", 99)] {
        millis(&format!("{base}_{suffix}{size}"), percentile(&all, part));
    }
}

/// The time within which so many of a hundred are, of times in their order.
pub(crate) fn percentile(sorted: &[Duration], part: usize) -> Duration {
    let place = sorted.len().saturating_mul(part) / 100;
    let last = sorted.len().saturating_sub(1);
    sorted.get(place.min(last)).copied().unwrap_or_default()
}

/// A size in bytes, reported in KiB.
pub(crate) fn bytes(name: &str, bytes: usize) {
    figure(
        name,
        float(u64::try_from(bytes).unwrap_or(u64::MAX)) / 1024.0,
        "KiB",
    );
}

/// A size given in KiB, reported in MiB.
pub(crate) fn mib(name: &str, kib: u64) {
    figure(name, float(kib) / 1024.0, "MiB");
}

/// A count as a number to divide. Counts beyond 2^53 do not occur.
pub(crate) fn float(count: u64) -> f64 {
    let high = u32::try_from(count >> 32).unwrap_or(u32::MAX);
    let low = u32::try_from(count & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

/// A figure that cannot be measured here.
pub(crate) fn left_out(name: &str, reason: &str) {
    println!("{name} - - - - left out: {reason}");
    reported().push(Reported {
        name: name.to_owned(),
        outcome: Outcome::LeftOut(reason.to_owned()),
    });
}

/// A line of a table.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// A line that is no figure.
pub(crate) fn note(text: &str) {
    println!("# {text}");
}

/// What stopped the run.
pub(crate) fn failure(error: &HarnessError) {
    eprintln!("bench: {error}");
}
