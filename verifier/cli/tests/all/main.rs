//! The command line as its users start it: the real binary, files, exit codes, JSON.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs
)]

mod audit;
mod brought;
mod evidence;
mod files;
#[path = "../../../tests/all/log.rs"]
mod log;
mod pack;
#[allow(dead_code, reason = "made for the tests of the checks themselves")]
#[path = "../../../tests/all/pack/build.rs"]
mod pack_build;
#[allow(dead_code, reason = "made for the tests of the checks themselves")]
#[path = "../../../tests/all/pack/five.rs"]
mod pack_five;
mod report;
mod run;
