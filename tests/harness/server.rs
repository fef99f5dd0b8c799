//! A server process on a port of its own.

use crate::HarnessError;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Linux tells processor times of processes in hundredths of a second.
const MS_PER_TICK: u64 = 10;

/// The origin of every log that the tests make.
pub const ORIGIN: &str = "ledger.test/e2e";

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    process: Child,
    url: String,
}

/// Runs a command of the binary to its end.
///
/// # Errors
/// [`HarnessError::Io`] where the binary cannot be started. An exit with an error is an answer.
pub fn run(binary: &str, arguments: &[&str]) -> Result<Output, HarnessError> {
    Command::new(binary)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| HarnessError::Io {
            what: "start a command",
            source,
        })
}

/// Creates a log in `dir` and gives the path of the operator's key.
///
/// # Errors
/// [`HarnessError::Unexpected`] with what it wrote to standard error where the command fails; otherwise as
/// [`run`].
pub fn init(binary: &str, dir: &Path) -> Result<PathBuf, HarnessError> {
    let output = run(
        binary,
        &["init", "--dir", &dir.to_string_lossy(), "--origin", ORIGIN],
    )?;
    if !output.status.success() {
        return Err(HarnessError::unexpected(
            "init to succeed",
            String::from_utf8_lossy(&output.stderr),
        ));
    }
    Ok(dir.join("operator.key"))
}

impl Server {
    /// Starts `serve` on `dir` and waits until it says where it listens.
    ///
    /// # Errors
    /// As [`from_command`](Self::from_command).
    pub fn start(binary: &str, dir: &Path) -> Result<Self, HarnessError> {
        let mut command = Command::new(binary);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
            .arg(dir)
            .stderr(Stdio::piped());
        Self::spawn(command, "")
    }

    /// Starts a command that serves, and waits until it says where it listens.
    ///
    /// # Errors
    /// [`HarnessError::Io`] where the command cannot be started, [`HarnessError::Unexpected`] with what it
    /// wrote to standard error where it ends before it says where it listens.
    pub fn from_command(command: Command) -> Result<Self, HarnessError> {
        Self::spawn(command, "")
    }

    /// Starts a demo in `dir` and waits until all its jobs have been played.
    ///
    /// # Errors
    /// As [`from_command`](Self::from_command).
    pub fn start_demo(binary: &str, dir: &Path) -> Result<Self, HarnessError> {
        let mut command = Command::new(binary);
        command
            .args(["demo", "--listen", "127.0.0.1:0", "--dir"])
            .arg(dir)
            .stderr(Stdio::piped());
        Self::spawn(command, "pages ")
    }

    /// Starts `serve` where no file may grow beyond `kib`: writes then fail as on a full disk.
    ///
    /// # Errors
    /// As [`from_command`](Self::from_command).
    pub fn start_with_small_disk(binary: &str, dir: &Path, kib: u32) -> Result<Self, HarnessError> {
        // With the signal ignored the write itself fails (EFBIG), and exec keeps the signal ignored.
        let script =
            format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" serve --listen 127.0.0.1:0 --dir \"$1\"");
        let mut command = Command::new("bash");
        command
            .args(["-c", &script, binary])
            .arg(dir)
            .stderr(Stdio::piped());
        Self::spawn(command, "")
    }

    /// Waits for a line that begins with `label` and has an address in it.
    fn spawn(mut command: Command, label: &str) -> Result<Self, HarnessError> {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|source| HarnessError::Io {
                what: "start the server",
                source,
            })?;
        let stdout = process
            .stdout
            .take()
            .ok_or_else(|| HarnessError::unexpected("a pipe", "none"))?;
        let mut lines = BufReader::new(stdout).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .filter(|line| line.starts_with(label))
            .find_map(|line| address_in(&line));
        let Some(url) = url else {
            let _ = process.kill();
            let output = process.wait_with_output().map_err(|source| HarnessError::Io {
                what: "wait for the server",
                source,
            })?;
            return Err(HarnessError::unexpected(
                "the server to start",
                String::from_utf8_lossy(&output.stderr),
            ));
        };
        drain(lines);
        if let Some(stderr) = process.stderr.take() {
            drain(BufReader::new(stderr).lines());
        }
        Ok(Self { process, url })
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Processor time that the server has used so far, by all of its threads.
    ///
    /// # Errors
    /// [`HarnessError::Io`] where the system does not say, [`HarnessError::Unexpected`] where it says something else.
    pub fn cpu_time(&self) -> Result<Duration, HarnessError> {
        let path = format!("/proc/{}/stat", self.process.id());
        let stat = std::fs::read_to_string(path).map_err(|source| HarnessError::Io {
            what: "read the processor time of the server",
            source,
        })?;
        // proc(5): the name, in parentheses, may hold spaces; utime and stime are fields 14 and 15, in ticks.
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks = after_name.split_whitespace().skip(11).take(2);
        let ticks: Result<Vec<u64>, _> = ticks.map(str::parse).collect();
        let ticks = ticks.map_err(|_| HarnessError::unexpected("numbers of ticks", &stat))?;
        Ok(Duration::from_millis(ticks.iter().sum::<u64>() * MS_PER_TICK))
    }

    /// SIGKILL, and waits until the process is gone.
    ///
    /// # Errors
    /// [`HarnessError::Io`] where the process cannot be killed or waited for.
    pub fn kill(mut self) -> Result<(), HarnessError> {
        self.process.kill().map_err(|source| HarnessError::Io {
            what: "kill the server",
            source,
        })?;
        self.process.wait().map_err(|source| HarnessError::Io {
            what: "wait for the server",
            source,
        })?;
        Ok(())
    }

    /// Waits until the process ends by itself, and whether it then said success.
    ///
    /// # Errors
    /// [`HarnessError::Io`] where the process cannot be waited for. An exit with an error is
    /// an answer.
    pub fn wait(mut self) -> Result<bool, HarnessError> {
        let status = self.process.wait().map_err(|source| HarnessError::Io {
            what: "wait for the server",
            source,
        })?;
        Ok(status.success())
    }

    /// SIGTERM, and whether the process then exited with success.
    ///
    /// # Errors
    /// [`HarnessError::Io`] where the signal cannot be sent or the process cannot be waited for.
    pub fn terminate(mut self) -> Result<bool, HarnessError> {
        let pid = self.process.id().to_string();
        run("kill", &["-TERM", &pid])?;
        let status = self.process.wait().map_err(|source| HarnessError::Io {
            what: "wait for the server",
            source,
        })?;
        Ok(status.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `kill` and `terminate`; then both calls fail and nothing is left to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn address_in(line: &str) -> Option<String> {
    let start = line.find("http://127.0.0.1:")?;
    let rest = line.get(start..)?;
    let port: String = rest
        .chars()
        .skip("http://127.0.0.1:".len())
        .take_while(char::is_ascii_digit)
        .collect();
    (!port.is_empty()).then(|| format!("http://127.0.0.1:{port}"))
}

/// Keeps a pipe empty, so that a chatty server never blocks on it.
fn drain<R: BufRead + Send + 'static>(lines: std::io::Lines<R>) {
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
}
