//! Journeys through a real server and the offline verifier.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions
)]

mod erasure;
mod export;
mod export_expected;
mod export_pieces;
mod first_receipt;
mod freeze;
mod full_disk;
mod journeys;
mod log;
mod log_keys;
mod monitor;
mod page_weight;
mod refusals;
mod tlog_clients;
mod witnessed;
