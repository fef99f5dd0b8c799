//! `fork`: two checkpoints that somebody holds against a log.

use std::path::PathBuf;

use clap::Args;
use verifier::check::{FilePurpose, Report, check_fork_of, something_else};
use verifier::fork::ForkFile;

use crate::files::{FileError, read_file};
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
    let keyring = arguments.key.read()?;
    let file = read_file(&arguments.file)?;
    if let Some(report) = something_else(FilePurpose::Fork, &file) {
        return Ok(report);
    }
    let notes = ForkFile::parse(&file).map(|file| [file.first().to_owned(), file.second().to_owned()]);
    let [first, second] = notes
        .unwrap_or_default()
        .map(|note| keyring.choose(note.as_bytes()));
    let report = check_fork_of(&file, [&first.key, &second.key]);
    Ok(first.hold(second.hold(report)))
}
