//! Tests of the query engine through its public surface, in one binary to link once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs
)]

mod judged;
mod lists;
mod pack_index;
mod projection;
mod projection_counts;
mod projection_documents;
mod projection_names;
mod share;
mod shared_prefix;
mod subject_proof;
mod token_walk;
mod verify;
