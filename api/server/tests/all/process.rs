//! Real processes on real directories.

use ledger::signer::EvidenceKey;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use tempfile::TempDir;

pub(crate) const ORIGIN: &str = "test.example/log";

/// The binary under test, in an environment that configures nothing.
pub(crate) fn ledgerd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ledgerd"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LEDGERD_")) {
        command.env_remove(name);
    }
    command
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A directory with a log in `log/` and room for other files.
pub(crate) struct LogDirectory(TempDir);

impl LogDirectory {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn with_log() -> Self {
        let place = Self::empty();
        let output = ledgerd()
            .args(["init", "--origin", ORIGIN, "--dir"])
            .arg(place.log())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
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
        Server::start(&self.log(), "127.0.0.1:0")
    }

    /// A demo in a directory of its own, all of whose jobs are played and listed.
    pub(crate) fn demo(&self) -> Server {
        let mut command = ledgerd();
        command
            .args(["demo", "--listen", "127.0.0.1:0", "--dir"])
            .arg(self.path("demo"));
        let mut server = Server::from_command(command);
        server.wait_for_line("Serving");
        server
    }
}

/// A running `ledgerd serve`, killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Kept open: a process whose output nobody takes may end.
    lines: Lines<BufReader<ChildStdout>>,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(dir: &Path, listen: &str) -> Self {
        let mut command = ledgerd();
        command.args(["serve", "--listen", listen, "--dir"]).arg(dir);
        Self::from_command(command)
    }

    pub(crate) fn from_command(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().expect("a first line").unwrap();
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http://") || word.starts_with("https://"));
        let url = url.unwrap_or_else(|| panic!("not ready: {line:?}")).to_owned();
        Self { child, lines, url }
    }

    /// Reads on until a line starts so.
    pub(crate) fn wait_for_line(&mut self, start: &str) {
        assert!(
            self.lines.any(|line| line.unwrap().starts_with(start)),
            "no line starts with {start:?}"
        );
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let body = ureq::get(format!("{}{path}", self.url))
            .call()
            .unwrap()
            .body_mut()
            .read_to_string();
        serde_json::from_str(&body.unwrap()).unwrap()
    }

    pub(crate) fn get_bytes(&self, path: &str) -> Vec<u8> {
        ureq::get(format!("{}{path}", self.url))
            .call()
            .unwrap()
            .body_mut()
            .read_to_vec()
            .unwrap()
    }

    pub(crate) fn tree_size(&self) -> u64 {
        self.get("/v1/log")["tree_size"].as_u64().unwrap()
    }

    /// SIGTERM, as a service manager sends it.
    pub(crate) fn signal_to_stop(&self) {
        let killed = Command::new("sh")
            .arg("-c")
            .arg(format!("kill -TERM {}", self.child.id()))
            .status();
        assert!(killed.unwrap().success());
    }

    pub(crate) fn wait(mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    pub(crate) fn stop(self) {
        self.signal_to_stop();
        assert!(self.wait());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A document that any log takes from an agent that it does not know.
pub(crate) fn pulse(run_id: &str) -> String {
    let agent = EvidenceKey::generate().unwrap();
    let payload = json!({
        "event_version": "1",
        "log_origin": ORIGIN,
        "pulse": {
            "trust_pulse_version": "1",
            "run_id": run_id,
            "agent_did": agent.did().as_str(),
            "issued_at": "2026-02-11T08:00:00Z",
            "evidence_class": "self_reported",
            "tier_uplift": false,
            "tools": [],
            "files": [],
        },
    });
    agent
        .sign_own("trust_pulse", &payload, "2026-02-11T08:00:00Z")
        .unwrap()
}

/// `count` pulses as NDJSON.
pub(crate) fn pulses(count: usize) -> String {
    (0..count)
        .map(|number| pulse(&format!("run-{number}")) + "\n")
        .collect()
}
