//! What a page is told, over logs made as a server makes them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions
)]

mod entry;
mod exports;
mod job;
mod visit;

// The logs and packs that the verifier's own tests make; not everything in them is needed here.
#[expect(dead_code, reason = "shared with the verifier's tests")]
#[path = "../../../tests/all/pack/build.rs"]
mod build;
#[path = "../../../tests/all/pack/five.rs"]
mod five;
#[expect(dead_code, reason = "shared with the verifier's tests")]
#[path = "../../../tests/all/log.rs"]
mod log;
