//! The offline verifier as the tests start it.

fn main() -> std::process::ExitCode {
    ledger_verify::run()
}
