//! The ledger server's binary; everything is in the library.

fn main() -> std::process::ExitCode {
    ledgerd::run()
}
