//! Tests of the log on RocksDB, in one binary to link once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs
)]

mod cosignatures;
mod crash;
mod engine;
mod erasure_files;
mod fsck;
mod released;
mod runs;
mod store;
