//! `pack`: one job's file, and the assessment that its contents lead to.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use verifier::check::{
    Authenticity, FilePurpose, Finding, PackCheck, PackReading, Report, UNEXPECTED_JOB, read_pack_with,
    something_else,
};
use verifier::pack::PACK_BYTES_MAX;

use crate::files::{FileError, read_file_up_to};
use crate::key::{KeyArgument, PolicyArgument};
use crate::outcome::CheckOutcome;
use crate::threads::verify_on_all_cores;

/// What is called genuine or not.
const PACK: &str = "pack";

#[derive(Debug, Args)]
pub(crate) struct PackArguments {
    /// The pack, a file; `-` reads standard input.
    file: PathBuf,
    #[command(flatten)]
    key: KeyArgument,
    /// The job that you asked for. The pack of another job is then answered FAIL.
    #[arg(long, value_name = "ID")]
    job: Option<String>,
    #[command(flatten)]
    policy: PolicyArgument,
    /// Write the assessment, as computed again from the pack, to this file. It has the same bytes as the server's. `-` writes it
    /// to standard output, and the report to standard error.
    #[arg(long, value_name = "FILE")]
    assessment: Option<PathBuf>,
}

impl PackArguments {
    /// Whether standard output is taken by the assessment.
    pub(crate) fn prints_assessment(&self) -> bool {
        self.assessment.as_deref() == Some(Path::new("-"))
    }
}

/// Checks the pack and writes the assessment where it was asked for.
pub(crate) fn run(arguments: &PackArguments) -> Result<CheckOutcome, FileError> {
    let keyring = arguments.key.read()?;
    let policy = arguments.policy.read()?;
    let bytes = read_file_up_to(&arguments.file, PACK_BYTES_MAX)?;
    if let Some(report) = something_else(FilePurpose::Pack, &bytes) {
        return Ok(CheckOutcome::of(PACK, report));
    }
    let chosen = keyring.choose_for(FilePurpose::Pack, &bytes);
    let PackReading {
        check: PackCheck { report, assessment },
        timeline,
    } = read_pack_with(&bytes, &chosen.key, policy.as_ref(), &verify_on_all_cores);
    let report = chosen.hold(report);
    let report = match &arguments.job {
        Some(job) => of_job(job, report),
        None => report,
    };
    if let (Some(target), Some(assessment)) = (&arguments.assessment, &assessment) {
        write(target, assessment).map_err(|source| FileError::Unwritable {
            path: target.clone(),
            source,
        })?;
    }
    Ok(CheckOutcome::of(PACK, report).with_timeline(timeline))
}

/// A pack of another job passes no gate that asks for this one, and its verdict is not that on this job. Why a pack is
/// not genuine stays the reason.
fn of_job(expected: &str, report: Report) -> Report {
    let found = report.details.get("job_id").and_then(Value::as_str);
    if report.answers.authenticity != Authenticity::Genuine || found == Some(expected) {
        return report;
    }
    let message = format!(
        "This pack is of the job {:?}, and {expected:?} was asked for. What the pack says of its own job is no answer.",
        found.unwrap_or_default()
    );
    report.contradicted(Finding::fail(UNEXPECTED_JOB, message))
}

fn write(target: &Path, assessment: &str) -> io::Result<()> {
    if target != Path::new("-") {
        return fs::write(target, assessment);
    }
    let mut out = io::stdout().lock();
    out.write_all(assessment.as_bytes())?;
    out.flush()
}
