//! `ledger-verify`.
fn main() {}
