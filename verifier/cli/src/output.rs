//! Prints what a command ends with, as a report for people or for programs.

use std::io::{self, Write};
use std::process::ExitCode;

use verifier::text::shown;

use crate::files::FileError;
use crate::outcome::CheckOutcome;
use crate::report;

/// The exit status of a report that could not be written: whatever it said, nobody was told.
const NOT_TOLD: u8 = 2;

/// Prints the outcome to standard output and gives the exit code that says the same.
pub(crate) fn print(outcome: &CheckOutcome, json: bool) -> ExitCode {
    print_to(&mut anstream::stdout().lock(), outcome, json)
}

/// The same to standard error.
pub(crate) fn print_aside(outcome: &CheckOutcome, json: bool) -> ExitCode {
    print_to(&mut anstream::stderr().lock(), outcome, json)
}

fn print_to(out: &mut impl Write, outcome: &CheckOutcome, json: bool) -> ExitCode {
    let written = if json {
        write_json(out, outcome)
    } else {
        report::write(out, outcome)
    };
    let status = outcome.exit_status();
    match written {
        // An outcome that could not be written is no success.
        Err(_) if status == 0 => ExitCode::from(NOT_TOLD),
        Ok(()) | Err(_) => ExitCode::from(status),
    }
}

fn write_json(out: &mut impl Write, outcome: &CheckOutcome) -> io::Result<()> {
    // The same value, with nothing in it that a terminal would obey.
    writeln!(out, "{}", shown::json(&serde_json::to_string(outcome)?))?;
    out.flush()
}

/// A command that could not start, in the form of a report.
pub(crate) fn print_error(out: &mut impl Write, error: &FileError) -> io::Result<()> {
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
