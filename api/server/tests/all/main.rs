//! The commands of `ledgerd`, as processes: what they print, how they end, what they keep.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs
)]

mod configuration;
mod cosigning;
mod demo;
mod export;
mod flood;
mod freeze;
mod fsck;
mod help;
mod init;
mod issuer;
mod lists;
mod people;
mod process;
mod review;
mod serve;
mod share;
mod sign;
mod sign_in;
mod submit;
mod submit_outcomes;
mod tls;
mod verify;
mod witness;
