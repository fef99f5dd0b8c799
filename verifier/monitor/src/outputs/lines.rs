//! One JSON object a line (`docs/monitoring.md`).

use std::io::{self, Write};

use serde_json::{Value, json};
use verifier::index::TimestampMs;
use verifier::rfc3339;
use verifier::text::shown;

use crate::alarm::OpenAlarm;
use crate::round::RoundResult;

/// An alarm, as lines and messages have it. `kind` is `alarm`, or `alarm_over`.
pub fn alarm_object(kind: &str, log: &str, alarm: &OpenAlarm, now: TimestampMs) -> Value {
    json!({
        "type": kind,
        "at": time(now),
        "log": log,
        "code": alarm.code,
        "about": alarm.about,
        "part": alarm.part,
        "sentence": alarm.sentence,
        "entries": alarm.entries,
        "file": alarm.file,
        "first_seen": time(alarm.first_seen_ms),
    })
}

/// A round.
pub fn round_object(log: &str, result: &RoundResult, now: TimestampMs) -> Value {
    let unseen = result
        .unseen
        .iter()
        .map(|finding| json!({ "code": finding.reason_code, "sentence": finding.message }));
    let status = match result.exit_status() {
        0 => "ok",
        1 => "alarm",
        _ => "incomplete",
    };
    json!({
        "type": "round",
        "at": time(now),
        "log": log,
        "status": status,
        "tree_size": result.size,
        "entries_read": result.read,
        "open_alarms": result.state.alarms.len(),
        "unseen": unseen.collect::<Vec<_>>(),
    })
}

/// Writes one line. What a server said is in it with nothing that a terminal would obey.
///
/// # Errors
/// Where the line cannot be written.
pub fn write_line(out: &mut dyn Write, object: &Value) -> io::Result<()> {
    writeln!(out, "{}", shown::json(&object.to_string()))?;
    out.flush()
}

fn time(ms: TimestampMs) -> String {
    rfc3339::format(ms).unwrap_or_else(|| ms.to_string())
}
