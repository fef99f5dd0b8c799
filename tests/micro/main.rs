//! `make bench-micro`: the steps of one receipt's way through the ledger, each by itself, through public functions. What they take
//! together is the budget of a receipt; what HTTP, queues and disks add is for `make bench`.
//!
//! `cargo test` runs none of them, and lints compile them.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a step that fails ends the bench"
)]

mod ledger_steps;
mod verifier_steps;

fn main() {
    divan::main();
}
