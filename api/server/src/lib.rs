//! `ledgerd`: the composition root. It alone reads configuration and opens sockets and files.
//!
//! Every command ends in an exit code: 0 done, 1 refused or failed (the reason is on stderr), 2 usage;
//! `fsck` has its own meaning of 1 and 2, as its help says.

mod args;
mod clock;
mod config;
mod connections;
mod cosigning;
mod demo;
mod disposition;
mod entrance;
mod export;
mod freeze;
mod fsck;
mod home;
mod init;
mod issuer;
mod key;
mod log_keys;
mod logging;
mod reindex;
mod review;
mod serve;
mod share;
mod shutdown;
mod sign;
mod submit;
mod wall_clock;
mod witness;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;
use verifier::text::shown;

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let outcome: Result<(), Box<dyn std::error::Error>> = match Args::parse().command {
        Command::Freeze(options) => match freeze::run(&options) {
            Ok(status) => return status,
            Err(error) => Err(error.into()),
        },
        Command::Init(options) => init::run(&options).map_err(Into::into),
        Command::Serve(options) => serve::run(&options).map_err(Into::into),
        Command::Demo(options) => demo::run(&options).map_err(Into::into),
        Command::Key(options) => key::run(&options).map_err(Into::into),
        Command::Sign(options) => sign::run(&options).map_err(Into::into),
        Command::Submit(options) => submit::run(&options).map_err(Into::into),
        Command::Issuer(options) => issuer::run(&options).map_err(Into::into),
        Command::Export(options) => export::run(&options).map_err(Into::into),
        Command::Erase(options) => disposition::erase(&options).map_err(Into::into),
        Command::Hold(options) => disposition::hold(&options).map_err(Into::into),
        Command::Clock(options) => clock::run(&options).map_err(Into::into),
        Command::Review(options) => review::run(&options).map_err(Into::into),
        Command::Share(options) => share::run(&options).map_err(Into::into),
        Command::Reindex(options) => reindex::run(&options).map_err(Into::into),
        Command::Witness(options) => witness::run(&options).map_err(Into::into),
        Command::Fsck(options) => return fsck::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // It may repeat what a server or a file says.
            eprintln!("ledgerd: {}", shown::block(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}
