//! Printing a report.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::Value;
use verifier::check::{Report, Status};
use verifier::clawsig::Verification;
use verifier::text::shown;

use crate::files::InputError;

/// The detail that is printed first.
const NOT_PROVED: &str = "not_proved";
/// The detail that is printed last, check by check.
const ASSESSMENT: &str = "assessment";

/// A report, and what kind of document it is about where that was found out.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(flatten)]
    report: Report,
}

impl From<Report> for Outcome {
    fn from(report: Report) -> Self {
        Self { kind: None, report }
    }
}

impl From<Verification> for Outcome {
    fn from(Verification { kind, report }: Verification) -> Self {
        Self {
            kind: Some(kind),
            report,
        }
    }
}

/// Prints the outcome to standard output and gives the exit code that says the same.
///
/// An outcome that could not be written is no success, whatever it said.
pub(crate) fn print(outcome: &Outcome, json: bool) -> ExitCode {
    print_to(&mut io::stdout().lock(), outcome, json)
}

/// The same to another place.
pub(crate) fn print_to(out: &mut impl Write, outcome: &Outcome, json: bool) -> ExitCode {
    let written = if json {
        write_json(out, outcome)
    } else {
        write_text(out, outcome)
    };
    exit_code(&written, outcome.report.status)
}

fn exit_code(written: &io::Result<()>, status: Status) -> ExitCode {
    match (written, status) {
        (Ok(()), Status::Pass) => ExitCode::SUCCESS,
        (Err(_), Status::Pass) | (_, Status::Incomplete | Status::Unknown) => ExitCode::from(2),
        (_, Status::Fail) => ExitCode::from(1),
    }
}

fn write_json(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    // The same value, with nothing in it that a terminal would obey.
    writeln!(out, "{}", shown::json(&serde_json::to_string(outcome)?))?;
    out.flush()
}

/// A command that could not start, in the form of a report.
pub(crate) fn print_error(out: &mut impl Write, error: &InputError) -> io::Result<()> {
    let report = serde_json::json!({
        "status": "ERROR",
        "reason_code": error.reason_code(),
        "message": error.to_string(),
        "details": {},
    });
    writeln!(out, "{}", shown::json(&report.to_string()))?;
    out.flush()
}

/// What a document is, who signed it and who vouches for a bundle come first: a file says itself what it is.
fn headline(kind: Option<&String>, report: &Report) -> String {
    let Some(kind) = kind else {
        return String::new();
    };
    let told = |name| report.details.get(name).and_then(Value::as_str);
    match (told("signer"), told("proof_tier")) {
        (Some(signer), Some(tier)) => format!("{kind} signed by {signer}, proof tier {tier}; "),
        (Some(signer), None) => format!("{kind} signed by {signer}; "),
        (None, _) => format!("{kind}, no signature verified; "),
    }
}

fn write_text(out: &mut impl Write, Outcome { kind, report }: &Outcome) -> io::Result<()> {
    let Report {
        status,
        reason_code,
        message,
        details,
    } = report;
    // What a verdict does not say comes before it.
    if let Some(Value::String(text)) = details.get(NOT_PROVED) {
        writeln!(out, "not proved: {}", shown::line(text))?;
    }
    // Documents name themselves and what is wrong with them: no name of theirs moves the cursor or makes a line.
    let headline = headline(kind.as_ref(), report);
    let (headline, message) = (shown::line(&headline), shown::line(message));
    match status {
        Status::Pass => writeln!(out, "PASS: {headline}{message}")?,
        _ => writeln!(out, "{} {reason_code}: {headline}{message}", status.as_str())?,
    }
    if let Some(kind) = kind {
        writeln!(out, "  kind: {}", shown::line(kind))?;
    }
    let told_first = [NOT_PROVED, ASSESSMENT];
    for (name, value) in details
        .iter()
        .filter(|(name, _)| !told_first.contains(&name.as_str()))
    {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                items.join(", ")
            }
            other => other.to_string(),
        };
        writeln!(out, "  {}: {}", shown::line(name), shown::line(&value))?;
    }
    if let Some(assessment) = details.get(ASSESSMENT) {
        write_checks(out, assessment)?;
    }
    out.flush()
}

/// One line a check; the whole assessment is in the JSON form.
fn write_checks(out: &mut impl Write, assessment: &Value) -> io::Result<()> {
    let checks = assessment.get("checks").and_then(Value::as_array);
    for check in checks.into_iter().flatten() {
        let told = |name| check.get(name).and_then(Value::as_str).unwrap_or_default();
        let line = match told("code") {
            "OK" => format!("{} {}: {}", told("id"), told("status"), told("message")),
            code => format!("{} {} {code}: {}", told("id"), told("status"), told("message")),
        };
        writeln!(out, "  check {}", shown::line(&line))?;
    }
    Ok(())
}
