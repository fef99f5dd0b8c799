//! What a command ends with: two answers, an exit status that says the same, and a report for people or programs.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;
use verifier::check::{Report, TimelineEntry, Told};
use verifier::clawsig::Verification;
use verifier::text::shown;

use crate::files::InputError;
use crate::report;

/// The exit status of a report that could not be written: whatever it said, nobody was told.
const NOT_TOLD: u8 = 2;

/// A report, and what it is about.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// The kind of a document, where that was found out.
    #[serde(skip_serializing_if = "Option::is_none", rename = "kind")]
    document: Option<String>,
    #[serde(flatten)]
    report: Report,
    /// What is called genuine or not where it is no document.
    #[serde(skip)]
    thing: &'static str,
    /// The entries of a pack's job.
    #[serde(skip)]
    timeline: Vec<TimelineEntry>,
}

impl Outcome {
    /// The outcome of a check of something that is no document.
    pub(crate) fn of(thing: &'static str, report: Report) -> Self {
        Self {
            document: None,
            report,
            thing,
            timeline: Vec::new(),
        }
    }

    /// The same with the entries of a job.
    pub(crate) fn with_timeline(self, timeline: Vec<TimelineEntry>) -> Self {
        Self { timeline, ..self }
    }

    pub(crate) fn told(&self) -> Told<'_> {
        self.report.told(self.document.as_deref().unwrap_or(self.thing))
    }

    pub(crate) fn timeline(&self) -> &[TimelineEntry] {
        &self.timeline
    }
}

impl From<Verification> for Outcome {
    fn from(Verification { kind, report }: Verification) -> Self {
        Self {
            document: Some(kind),
            ..Self::of("unknown", report)
        }
    }
}

/// Prints the outcome to standard output and gives the exit code that says the same.
pub(crate) fn print(outcome: &Outcome, json: bool) -> ExitCode {
    print_to(&mut anstream::stdout().lock(), outcome, json)
}

/// The same to standard error.
pub(crate) fn print_aside(outcome: &Outcome, json: bool) -> ExitCode {
    print_to(&mut anstream::stderr().lock(), outcome, json)
}

fn print_to(out: &mut impl Write, outcome: &Outcome, json: bool) -> ExitCode {
    let written = if json {
        write_json(out, outcome)
    } else {
        report::write(out, outcome)
    };
    let status = outcome.report.answers.exit_status();
    match written {
        // An outcome that could not be written is no success.
        Err(_) if status == 0 => ExitCode::from(NOT_TOLD),
        Ok(()) | Err(_) => ExitCode::from(status),
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
        "authenticity": "unknown",
        "verdict": null,
        "details": {},
    });
    writeln!(out, "{}", shown::json(&report.to_string()))?;
    out.flush()
}
