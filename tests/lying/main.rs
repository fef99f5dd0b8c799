//! A server that lies about a real log, with the log's key where it needs it, and the tool that catches it: real processes all
//! over. What is caught, and by what, is the table in `docs/threat-model.md`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod history;
mod index;
mod log;
mod monitor;
mod packs;
mod run;
mod table;

const LEDGERD: &str = env!("CARGO_BIN_EXE_ledgerd-under-test");
const LEDGER_VERIFY: &str = env!("CARGO_BIN_EXE_ledger-verify-under-test");
const LYING_SERVER: &str = env!("CARGO_BIN_EXE_lying-server-under-test");

#[test]
fn every_lie_of_the_table_is_told_by_a_test() {
    let sources = [
        include_str!("answers.rs"),
        include_str!("history.rs"),
        include_str!("index.rs"),
        include_str!("monitor.rs"),
        include_str!("packs.rs"),
    ];
    let rows = table::rows();
    assert!(!rows.is_empty());
    for (lie, _) in rows {
        let quoted = format!("\"{lie}\"");
        assert!(sources.iter().any(|source| source.contains(&quoted)), "{lie}");
    }
}
