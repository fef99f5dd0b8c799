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
mod audit_random;
mod brought;
mod evidence;
mod files;
mod omission;
mod pack;
mod policy;
mod report;
mod run;
mod subject;
mod vectors;
