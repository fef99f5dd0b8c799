//! `ledger-verify`: checks proofs, checkpoints and whole logs.

fn main() -> std::process::ExitCode {
    ledger_verify::run()
}
