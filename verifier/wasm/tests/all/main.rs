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
mod subject;
mod visit;
