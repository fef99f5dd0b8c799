//! `consistency`: two checkpoints, and the proof that the older tree is the beginning of the newer one.

use std::path::PathBuf;

use clap::Args;
use verifier::check::{CHECKPOINTS_REVERSED, Report, SignedFile, check_consistency_of, checkpoint_note};

use crate::files::{FileError, read_file};
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
    let keyring = arguments.key.read()?;
    let policy = arguments.policy.read()?;
    let (old, new) = (read_file(&arguments.old)?, read_file(&arguments.new)?);
    let chosen = |file: &[u8]| keyring.choose(&checkpoint_note(file).unwrap_or_default());
    let (of_old, of_new) = (chosen(&old), chosen(&new));
    let old = SignedFile {
        file: &old,
        key: &of_old.key,
    };
    let newer = SignedFile {
        file: &new,
        key: &of_new.key,
    };
    let report = check_consistency_of(&old, &newer, &read_file(&arguments.proof)?);
    // Nothing is wrong with the log: the command line is.
    if report.reason_code == CHECKPOINTS_REVERSED {
        return Err(FileError::Source(report.message));
    }
    // Of the older one the proof shows that it is of the log's tree, even if its key was stolen since.
    let report = of_new.hold(report);
    Ok(held(report, &of_new.key, policy.as_ref(), |gate, report| {
        gate.hold_consistency(report, &new)
    }))
}
