//! The ledger through its public surface.
#![allow(clippy::unwrap_used)]

mod engine;
