//! `witness`: the files, sockets and signals of a witness. What it signs is decided in the package `witness`.

mod config;
mod init;
mod serve;

use crate::args::{WitnessAction, WitnessArgs};
use std::path::{Path, PathBuf};

/// Why a witness was not made, or does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WitnessCommandError {
    #[error(transparent)]
    Init(#[from] init::InitWitnessError),
    #[error(transparent)]
    Serve(#[from] serve::ServeWitnessError),
    #[error("name a directory with --dir, or make a witness: ledgerd witness init --dir DIR --name NAME")]
    NoDirectory,
}

/// Makes a witness, or runs one until a signal.
pub(crate) fn run(args: &WitnessArgs) -> Result<(), WitnessCommandError> {
    match (&args.action, &args.serve) {
        (Some(WitnessAction::Init(args)), _) => Ok(init::run(args)?),
        (Some(WitnessAction::AddMldsa { dir }), _) => Ok(init::add_ml_dsa(dir)?),
        (None, Some(args)) => Ok(serve::run(args)?),
        (None, None) => Err(WitnessCommandError::NoDirectory),
    }
}

/// The paths of one witness.
struct WitnessHome<'a>(&'a Path);

impl WitnessHome<'_> {
    /// Its key, which signs nothing but cosignatures.
    fn key(&self) -> PathBuf {
        self.0.join("witness.key")
    }

    /// Its second key, of ML-DSA-44, if it has one.
    fn second_key(&self) -> PathBuf {
        self.0.join("witness-mldsa.key")
    }

    /// What it cosigned.
    fn memory(&self) -> PathBuf {
        self.0.join("witness.redb")
    }
}
