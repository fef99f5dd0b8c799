//! A witness, asked as a log asks it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs
)]

mod answers;
mod asked;
mod histories;
mod hostile;
mod log;
mod memory;
mod others;
mod races;
