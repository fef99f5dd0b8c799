//! The ledger server's binary; everything is in the library.

/// The C library's allocator keeps what a flood of large answers took; this one gives it back within seconds.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    ledgerd::run()
}
