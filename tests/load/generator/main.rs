//! The load generator: a process of its own, so that the server's figures are the server's.
//!
//! It reads one mission from standard input, signs, writes `ready`, waits for `go`, sends, and writes what came of it. Anything that is
//! not an acknowledgement with its proof ends it with a failure.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command's output")]

mod answers;
mod connection;
mod send;

use std::io::{BufRead as _, Lines, StdinLock, stdin};
use std::process::ExitCode;

use harness::HarnessError;
use harness::load::mission::{GO, Mission, READY};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), HarnessError> {
    let mut lines = stdin().lock().lines();
    let mission: Mission = serde_json::from_str(&line(&mut lines)?)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|source| HarnessError::Io {
        what: "start a runtime",
        source,
    })?;
    let sender = send::Sender::prepare(mission)?;
    println!("{READY}");
    if line(&mut lines)? != GO {
        return Err(HarnessError::unexpected(GO, "another line"));
    }
    let report = runtime.block_on(sender.send())?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

fn line(lines: &mut Lines<StdinLock<'_>>) -> Result<String, HarnessError> {
    let line = lines.next().transpose().map_err(|source| HarnessError::Io {
        what: "read a line of standard input",
        source,
    })?;
    line.ok_or_else(|| HarnessError::unexpected("a line", "the end of standard input"))
}
