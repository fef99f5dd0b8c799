//! The offline verifier for the command line.
//!
//! It reads files, hands their bytes to [`verifier::check`] and prints the report for people, or with `--json` one object
//! `{status, reason_code, message, authenticity, verdict, details}`, on standard output. The exit status says both
//! answers at once, as the help and `docs/verifying.md` list it: 0 genuine and PASS, 1 genuine and FAIL, 2 INCOMPLETE,
//! 3 not genuine, 64 for a wrong command line or a file that cannot be read; with `--json` that, too, is an object, of
//! status `ERROR`. Only `audit` of a URL uses the network.

mod args;
mod audit;
mod consistency;
mod evidence;
mod export;
mod files;
mod fork;
mod key;
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
    match execute(&arguments.command) {
        Ok(outcome) if arguments.command.prints_a_file() => output::print_aside(&outcome, arguments.json),
        Ok(outcome) => output::print(&outcome, arguments.json),
        Err(error) => {
            if arguments.json && !arguments.command.prints_a_file() {
                // Where it cannot be written, standard error and the exit code still say it.
                let _ = output::print_error(&mut std::io::stdout().lock(), &error);
            }
            eprintln!("ledger-verify: {}", shown::line(&error.to_string()));
            ExitCode::from(EXIT_USAGE)
        }
    }
}

fn execute(command: &Command) -> Result<CheckOutcome, FileError> {
    match command {
        Command::Evidence(arguments) => Ok(evidence::check(arguments)?.into()),
        Command::Proof(arguments) => Ok(CheckOutcome::of("tlog_proof", proof::run(arguments)?)),
        Command::Consistency(arguments) => Ok(CheckOutcome::of("consistency", consistency::run(arguments)?)),
        Command::Pack(arguments) => pack::run(arguments),
        Command::Subject(arguments) => Ok(CheckOutcome::of("subject_proof", subject::run(arguments)?)),
        Command::Omission(arguments) => Ok(CheckOutcome::of("proof_and_answer", omission::run(arguments)?)),
        Command::Fork(arguments) => Ok(CheckOutcome::of("fork_file", fork::run(arguments)?)),
        Command::Export(arguments) => Ok(CheckOutcome::of("export", export::run(arguments)?)),
        Command::Audit(arguments) => Ok(CheckOutcome::of("log", audit::run(arguments)?)),
    }
}
