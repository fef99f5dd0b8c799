//! The load generator, as this process starts it.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use harness::HarnessError;
use harness::load::mission::{GO, Mission, MissionReport, READY};

use crate::place;

/// A generator that has signed what it sends, and waits for its start.
pub(crate) struct ReadyLoad {
    process: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl ReadyLoad {
    /// Starts a generator, and waits until it is ready.
    pub(crate) fn prepare(mission: &Mission) -> Result<Self, HarnessError> {
        let mut process = Command::new(place::program("bench-load")?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(io("start the load generator"))?;
        let missing = || HarnessError::unexpected("a pipe", "none");
        let input = process.stdin.take().ok_or_else(missing)?;
        let output = process.stdout.take().ok_or_else(missing)?;
        let mut load = Self {
            process,
            input,
            lines: BufReader::new(output).lines(),
        };
        load.say(&serde_json::to_string(mission)?)?;
        match load.line()?.as_str() {
            READY => Ok(load),
            other => Err(HarnessError::unexpected(READY, other)),
        }
    }

    /// Has it send all, and waits for what came of it.
    pub(crate) fn send(mut self) -> Result<MissionReport, HarnessError> {
        self.say(GO)?;
        let report = serde_json::from_str(&self.line()?)?;
        self.process.wait().map_err(io("wait for the load generator"))?;
        Ok(report)
    }

    fn say(&mut self, line: &str) -> Result<(), HarnessError> {
        let written = writeln!(self.input, "{line}").and_then(|()| self.input.flush());
        written.map_err(io("write to the load generator"))
    }

    fn line(&mut self) -> Result<String, HarnessError> {
        let line = self
            .lines
            .next()
            .transpose()
            .map_err(io("read from the load generator"))?;
        line.ok_or_else(|| {
            HarnessError::unexpected("a line of the load generator", "its end, for the reason above")
        })
    }
}

impl Drop for ReadyLoad {
    fn drop(&mut self) {
        // Where it has ended, both calls fail and nothing is left to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn io(what: &'static str) -> impl Fn(std::io::Error) -> HarnessError {
    move |source| HarnessError::Io { what, source }
}
