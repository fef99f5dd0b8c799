//! Tests of the ledger through its public surface, in one binary to link once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    missing_docs
)]

mod clock;
mod cosignatures;
mod erasure;
mod fail_closed;
mod failure_matrix;
mod follow;
mod freeze;
mod freeze_failures;
mod fsck;
mod fsck_index;
mod high_water;
mod identities;
mod index;
mod index_audit;
mod index_failures;
mod index_stages;
mod intake;
mod log_keys;
mod reader;
mod reader_faults;
mod recovery;
mod refused;
mod reindex;
mod row_lookup;
mod rows;
mod sequencer;
mod store;
