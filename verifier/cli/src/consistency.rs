//! `consistency`: two checkpoints, and the proof that the older tree is the beginning of the newer one.

use std::path::PathBuf;

use clap::Args;
use verifier::check::{CHECKPOINTS_REVERSED, Report, check_consistency};

use crate::files::{FileError, log_key, read_file};
use crate::key::{KeyArgument, PolicyArgument, held};

/// The two checkpoints, and what leads from one to the other.
#[derive(Debug, Args)]
pub(crate) struct ConsistencyArguments {
    /// File with the older checkpoint: the signed note, or the server's JSON answer that holds it.
    old: PathBuf,
    /// File with the newer checkpoint, in either form.
    new: PathBuf,
    /// File with the proof: one base64 hash a line, or the server's answer of `/v1/proofs/consistency`. `-` reads standard
    /// input.
    proof: PathBuf,
    #[command(flatten)]
    key: KeyArgument,
    #[command(flatten)]
    policy: PolicyArgument,
}

/// Checks the checkpoints that the command line names. A policy is about the newer one.
pub(crate) fn run(arguments: &ConsistencyArguments) -> Result<Report, FileError> {
    let key = log_key(&arguments.key.log_key)?;
    let policy = arguments.policy.read()?;
    let (old, new) = (read_file(&arguments.old)?, read_file(&arguments.new)?);
    let report = check_consistency(&old, &new, &read_file(&arguments.proof)?, &key);
    // Nothing is wrong with the log: the command line is.
    if report.reason_code == CHECKPOINTS_REVERSED {
        return Err(FileError::Source(report.message));
    }
    Ok(held(report, &key, policy.as_ref(), |gate, report| {
        gate.hold_consistency(report, &new)
    }))
}
