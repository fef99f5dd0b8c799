//! `pack`: one job's file, and the assessment that its contents lead to.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use verifier::check::{PackCheck, Report, check_pack};
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
    let PackCheck { report, assessment } = check_pack(&bytes, &key, policy.as_ref());
    if let (Some(target), Some(assessment)) = (&arguments.assessment, &assessment) {
        write(target, assessment).map_err(|source| InputError::Unwritable {
            path: target.clone(),
            source,
        })?;
    }
    Ok(report)
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
