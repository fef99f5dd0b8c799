//! Printing a report.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::Value;
use verifier::check::{Report, Status};

/// Prints the report to standard output and gives the exit code that says the same.
///
/// A report that could not be written is no success, whatever it said.
pub(crate) fn print(report: &Report, json: bool) -> ExitCode {
    let written = if json {
        write_json(report)
    } else {
        write_text(report)
    };
    match (written, report.status) {
        (Ok(()), Status::Pass) => ExitCode::SUCCESS,
        (Err(_), Status::Pass) | (_, Status::Incomplete) => ExitCode::from(2),
        (_, Status::Fail) => ExitCode::from(1),
    }
}

fn write_json(report: &Report) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, report)?;
    writeln!(out)
}

fn write_text(report: &Report) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let Report {
        status,
        reason_code,
        message,
        details,
    } = report;
    match status {
        Status::Pass => writeln!(out, "PASS: {message}")?,
        _ => writeln!(out, "{} {reason_code}: {message}", status.as_str())?,
    }
    for (name, value) in details.iter() {
        match value {
            Value::String(text) => writeln!(out, "  {name}: {text}")?,
            Value::Array(items) => {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                writeln!(out, "  {name}: {}", items.join(", "))?;
            }
            other => writeln!(out, "  {name}: {other}")?,
        }
    }
    out.flush()
}
