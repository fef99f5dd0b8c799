//! `make bench`: what one machine does, as JSON lines `{"name","value","unit"}` after a line about the machine.
//!
//! The load generator runs on the server's cores, and signs its documents beforehand.

mod audit;
mod evidence;
mod growing;
mod http;
mod in_process;
mod jobs;
mod pages;
mod report;
mod subjects;

use std::process::ExitCode;

fn main() -> ExitCode {
    report::machine();
    let result = in_process::run()
        .and_then(|()| audit::run())
        .and_then(|()| evidence::run())
        .and_then(|()| http::run());
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::failure(&error);
            ExitCode::FAILURE
        }
    }
}
