//! Real processes on real directories.

pub(crate) use kit::server::{ORIGIN, Server, stderr, stdout};

use kit::documents;
use ledger::signer::EvidenceKey;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

const LEDGERD: &str = env!("CARGO_BIN_EXE_ledgerd");

/// The binary under test, in an environment that configures nothing.
pub(crate) fn ledgerd() -> Command {
    kit::server::command(LEDGERD)
}

/// A directory with a log in `log/` and room for other files.
pub(crate) struct LogDirectory(TempDir);

impl LogDirectory {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn with_log() -> Self {
        let place = Self::empty();
        kit::server::init(LEDGERD, &place.log());
        place
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path("log")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn serve(&self) -> Server {
        Server::start(LEDGERD, &self.log())
    }

    /// The same on an address.
    pub(crate) fn serve_at(&self, listen: &str) -> Server {
        Server::start_at(LEDGERD, &self.log(), listen)
    }

    /// A demo in a directory of its own, all of whose jobs are played and listed.
    pub(crate) fn demo(&self) -> Server {
        Server::start_demo(LEDGERD, &self.path("demo"))
    }
}

/// A document that any log takes from an agent that it does not know.
pub(crate) fn pulse(run_id: &str) -> String {
    let agent = EvidenceKey::generate().unwrap();
    documents::pulse(ORIGIN, run_id, agent.did().as_str()).sign(&agent)
}

/// `count` pulses as NDJSON.
pub(crate) fn pulses(count: usize) -> String {
    (0..count)
        .map(|number| pulse(&format!("run-{number}")) + "\n")
        .collect()
}
