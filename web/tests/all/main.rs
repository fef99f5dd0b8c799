//! Tests of the pages through the router, on a log in memory, in one binary to link once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs
)]

mod agents;
mod busy;
mod claims;
mod entries;
mod export_filters;
mod exports;
mod filters;
mod gateways;
mod guests;
mod help;
mod hostile;
mod invisible;
mod issuers;
mod job;
mod large_job;
mod lists;
mod log;
mod lookups;
mod older;
mod pages;
mod proofs;
mod scripts;
mod search;
mod site;
mod story;
mod supposed;
mod times;
mod tokens;
mod true_words;
mod verify;
mod verify_packs;
mod witnesses;
