//! `ledgerd`.
fn main() {}
