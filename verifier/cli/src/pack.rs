//! `pack`: one job's file, and the assessment that its contents lead to.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use verifier::check::{Finding, PackCheck, Report, Status, Wanted, check_pack, something_else};
use verifier::pack::PACK_BYTES_MAX;
use verifier::quorum::Policy;

use crate::args::KeyArgument;
use crate::files::{InputError, log_key, read_file, read_file_up_to};

/// What `pack` is told.
#[derive(Debug, Args)]
pub(crate) struct PackArguments {
    /// The pack; `-` for standard input.
    file: PathBuf,
    #[command(flatten)]
    key: KeyArgument,
    /// The job that the pack has to be of.
    #[arg(long, value_name = "ID")]
    job: Option<String>,
    /// A tlog-policy: whose cosignatures count, and how many are needed.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Write the assessment, derived again, byte for byte as the server gives it. With `-` it goes to
    /// standard output, and the report to standard error.
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
pub(crate) fn run(arguments: &PackArguments) -> Result<Report, InputError> {
    let key = log_key(&arguments.key.log_key)?;
    let policy = arguments.policy.as_deref().map(read_policy).transpose()?;
    let bytes = read_file_up_to(&arguments.file, PACK_BYTES_MAX)?;
    if let Some(report) = something_else(Wanted::Pack, &bytes) {
        return Ok(report);
    }
    let PackCheck { report, assessment } = check_pack(&bytes, &key, policy.as_ref());
    let report = match &arguments.job {
        Some(job) => of_job(job, report),
        None => report,
    };
    if let (Some(target), Some(assessment)) = (&arguments.assessment, &assessment) {
        write(target, assessment).map_err(|source| InputError::Unwritable {
            path: target.clone(),
            source,
        })?;
    }
    Ok(report)
}

/// A pack of another job passes no gate that asks for this one. What fails anyway keeps its reason.
fn of_job(expected: &str, report: Report) -> Report {
    let found = report.details.get("job_id").and_then(Value::as_str);
    if report.status == Status::Fail || found == Some(expected) {
        return report;
    }
    let message = format!(
        "expected a pack of job {expected:?}, found one of {:?}",
        found.unwrap_or("none that could be read")
    );
    Finding::fail("UNEXPECTED_JOB", message).into_report(report.details)
}

fn read_policy(path: &Path) -> Result<Policy, InputError> {
    Policy::parse(&read_file(path)?)
        .map_err(|error| InputError::Source(format!("{}: {error}", path.display())))
}

fn write(target: &Path, assessment: &str) -> io::Result<()> {
    if target != Path::new("-") {
        return fs::write(target, assessment);
    }
    let mut out = io::stdout().lock();
    out.write_all(assessment.as_bytes())?;
    out.flush()
}
