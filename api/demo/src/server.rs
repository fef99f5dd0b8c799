//! The demo's server as a process of its own, so that it can be killed like a real one.

use super::{DemoError, DemoSite, io_error};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The directory of the running executable, where `ledger-verify` is, too.
pub(super) fn binaries() -> Result<PathBuf, DemoError> {
    let executable = executable()?;
    executable
        .parent()
        .map(Path::to_owned)
        .ok_or(DemoError::Story("the executable has no directory"))
}

pub(super) fn executable() -> Result<PathBuf, DemoError> {
    std::env::current_exe().map_err(io_error(Path::new("the running executable")))
}

/// A running `ledgerd serve`. Dropping it kills it.
#[derive(Debug)]
pub struct DemoServer {
    child: Child,
    url: String,
}

impl DemoServer {
    /// Starts the server on a free port and waits for its line.
    ///
    /// # Errors
    /// [`DemoError::Io`] where the executable cannot be started, [`DemoError::Story`] where it ends before it serves.
    pub fn start(site: &DemoSite) -> Result<Self, DemoError> {
        let executable = executable()?;
        let mut child = Command::new(&executable)
            .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
            .arg(&site.dir)
            .arg("--config")
            .arg(&site.config)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(io_error(&executable))?;
        let stdout = child
            .stdout
            .take()
            .ok_or(DemoError::Story("the server has no standard output"))?;
        let mut server = Self {
            child,
            url: String::new(),
        };
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .map_err(io_error(&executable))?;
        let url = line.split_whitespace().find(|word| word.starts_with("http://"));
        url.ok_or(DemoError::Story("the server did not start; its reason is above"))?
            .clone_into(&mut server.url);
        Ok(server)
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// SIGKILL: no chance to finish anything.
    pub(super) fn kill(mut self) -> Result<(), DemoError> {
        self.end().map_err(io_error(Path::new("kill")))
    }

    fn end(&mut self) -> std::io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        // Already ended after `kill`; then this is an error without consequence.
        let _ = self.end();
    }
}
