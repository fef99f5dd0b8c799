//! Starting the binary and reading what it says.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Exit code, standard output and standard error.
pub(crate) struct RunOutput {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl RunOutput {
    /// The report that `--json` printed.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.output).unwrap_or_else(|error| panic!("{error}: {:?}", self.output))
    }

    /// Exit code, status and reason code.
    pub(crate) fn verdict(&self) -> (i32, String, String) {
        let report = self.report();
        let text = |member: &str| report[member].as_str().unwrap().to_owned();
        (self.code, text("status"), text("reason_code"))
    }

    /// Exit code, and both answers; no verdict is an empty text.
    pub(crate) fn answers(&self) -> (i32, String, String) {
        let report = self.report();
        let text = |member: &str| report[member].as_str().unwrap_or_default().to_owned();
        (self.code, text("authenticity"), text("verdict"))
    }
}

/// Runs `ledger-verify` to its end.
pub(crate) fn run(arguments: &[&str]) -> RunOutput {
    let output = Command::new(env!("CARGO_BIN_EXE_ledger-verify"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    RunOutput {
        code: output.status.code().unwrap(),
        output: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A directory of files that goes with the test.
pub(crate) struct CheckFiles(TempDir);

impl CheckFiles {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file; its path as an argument.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// Both answers as [`RunOutput::answers`] gives them.
pub(crate) fn answers(code: i32, authenticity: &str, verdict: &str) -> (i32, String, String) {
    (code, authenticity.to_owned(), verdict.to_owned())
}

/// A verdict as [`RunOutput::verdict`] gives it.
pub(crate) fn verdict(code: i32, status: &str, reason_code: &str) -> (i32, String, String) {
    (code, status.to_owned(), reason_code.to_owned())
}
