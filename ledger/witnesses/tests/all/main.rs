//! Tests of the package through its public surface, in one binary to link once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod answer;
mod hostile;
mod policy;
mod pusher;
mod request;
mod support;
