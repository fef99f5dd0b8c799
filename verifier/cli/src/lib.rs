//! The offline verifier for the command line.
//!
//! It reads files, hands their bytes to [`verifier::check`] and prints the report for people, or with `--json` one object
//! `{status, reason_code, message, authenticity, verdict, details}`, on standard output. The exit status says both
//! answers at once, as the help and `docs/verifying.md` list it: 0 genuine and PASS, 1 genuine and FAIL, 2 INCOMPLETE,
//! 3 not genuine, 64 for a wrong command line or a file that cannot be read; with `--json` that, too, is an object, of
//! status `ERROR`. Only `audit` of a URL and `monitor`
//! use the network. `monitor` prints lines of its own, and its exit status says what its rounds found.

mod args;
mod audit;
mod consistency;
mod evidence;
mod export;
mod files;
mod fork;
mod key;
mod monitor;
mod omission;
mod outcome;
mod output;
mod pack;
mod proof;
mod report;
mod sample;
mod source;
mod subject;
mod threads;

use std::process::ExitCode;

use clap::Parser;
use verifier::text::shown;

use args::{Command, FileArguments};
use files::FileError;
use outcome::CheckOutcome;

/// A wrong command line, or a file that cannot be read (`EX_USAGE` of sysexits.h).
const EXIT_USAGE: u8 = 64;

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let arguments = match FileArguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked_for = !error.use_stderr();
            // Where even the message cannot be written, the exit code still says it.
            let _ = error.print();
            return if asked_for {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(EXIT_USAGE)
            };
        }
    };
    let prints_a_file = arguments.command.prints_a_file();
    execute(&arguments).unwrap_or_else(|error| could_not_start(&error, arguments.json && !prints_a_file))
}

fn could_not_start(error: &FileError, json: bool) -> ExitCode {
    if json {
        // Where it cannot be written, standard error and the exit code still say it.
        let _ = output::print_error(&mut std::io::stdout().lock(), error);
    }
    eprintln!("ledger-verify: {}", shown::line(&error.to_string()));
    ExitCode::from(EXIT_USAGE)
}

/// Runs a command, and prints what it ends with.
fn execute(arguments: &FileArguments) -> Result<ExitCode, FileError> {
    let outcome = match &arguments.command {
        Command::Evidence(arguments) => evidence::check(arguments)?.into(),
        Command::Proof(arguments) => CheckOutcome::of("tlog_proof", proof::run(arguments)?),
        Command::Consistency(arguments) => CheckOutcome::of("consistency", consistency::run(arguments)?),
        Command::Pack(arguments) => pack::run(arguments)?,
        Command::Subject(arguments) => CheckOutcome::of("subject_proof", subject::run(arguments)?),
        Command::Omission(arguments) => CheckOutcome::of("proof_and_answer", omission::run(arguments)?),
        Command::Fork(arguments) => CheckOutcome::of("fork_file", fork::run(arguments)?),
        Command::Export(arguments) => CheckOutcome::of("export", export::run(arguments)?),
        Command::Audit(arguments) => CheckOutcome::of("log", audit::run(arguments)?),
        Command::Monitor(arguments) => return monitor::run(arguments),
    };
    Ok(if arguments.command.prints_a_file() {
        output::print_aside(&outcome, arguments.json)
    } else {
        output::print(&outcome, arguments.json)
    })
}
