//! `make bench` and `make bench-large`: what one machine does, as JSON lines `{"name","value","unit"}` after a line about the
//! machine.
//!
//! The load generator runs on the server's cores. It signs its documents beforehand, but for `make bench-large`, which would need
//! the memory of ten million of them.

mod audit;
mod evidence;
mod growing;
mod http;
mod in_process;
mod jobs;
mod large;
mod pages;
mod report;
mod subjects;

use std::process::ExitCode;

use clap::Parser;

/// Figures of this machine, one JSON line each.
#[derive(Parser)]
struct Arguments {
    /// Fill one log with so many receipts, and measure it at a hundredth, at a tenth and at the whole of them.
    #[arg(long, value_name = "RECEIPTS", value_parser = clap::value_parser!(u64).range(100_000..))]
    large: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    report::machine();
    let result = match arguments.large {
        Some(receipts) => large::run(receipts),
        None => in_process::run()
            .and_then(|()| audit::run())
            .and_then(|()| evidence::run())
            .and_then(|()| http::run()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::failure(&error);
            ExitCode::FAILURE
        }
    }
}
