//! `fork`: two checkpoints that somebody holds against a log.

use std::path::PathBuf;

use clap::Args;
use verifier::check::{FilePurpose, Report, check_fork, something_else};

use crate::files::{FileError, log_key, read_file};
use crate::key::KeyArgument;

/// The file, and the log that it is held against.
#[derive(Debug, Args)]
pub(crate) struct ForkArguments {
    /// File with two checkpoints, as a witness, a browser or "audit --random" writes it where a log contradicts itself.
    file: PathBuf,
    #[command(flatten)]
    key: KeyArgument,
}

/// Checks the file that the command line names.
pub(crate) fn run(arguments: &ForkArguments) -> Result<Report, FileError> {
    let key = log_key(&arguments.key.log_key)?;
    let file = read_file(&arguments.file)?;
    Ok(something_else(FilePurpose::Fork, &file).unwrap_or_else(|| check_fork(&file, &key)))
}
