//! The server as the tests start it: the same `run`, in a process that they can kill.

fn main() -> std::process::ExitCode {
    ledgerd::run()
}
