//! A server process on a port of its own, and commands of the same binary.

use std::io::{BufRead as _, BufReader, Lines, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use ledger_client::transport::{Transport, TransportLimits};
use serde_json::Value;

/// The origin of every log that [`init`] makes.
pub const ORIGIN: &str = "ledger.test/e2e";

/// The variable that says how long entries wait for an index.root.
pub const INDEX_AFTER_MS: &str = "LEDGERD_LIMITS__INDEX_AFTER_MS";
/// Of an answer to GET: 64 MiB.
const BODY_BYTES_MAX: usize = 64 << 20;

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    process: Child,
    url: String,
    /// What it wrote to standard output after its address. A thread takes the lines, so that a chatty server never
    /// blocks on its pipe.
    lines: Mutex<Receiver<String>>,
}

/// A command of the binary, in an environment that configures nothing but that the log gets no index.root.
pub fn command(binary: &str) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LEDGERD_")) {
        command.env_remove(name);
    }
    // When an index.root comes is for no test to decide: those that are about it turn it on.
    command.env(INDEX_AFTER_MS, "0");
    command
}

/// Runs a command of the binary to its end.
pub fn run(binary: &str, arguments: &[&str]) -> Output {
    let mut command = command(binary);
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Runs a command of the operator on the log in a directory, which `url` serves. It has to succeed; what it wrote.
pub fn operate(binary: &str, dir: &Path, url: &str, action: &[&str]) -> String {
    let operator = dir.join("operator.key");
    let operator = operator.to_string_lossy();
    let by = ["--reason", "test", "--operator-key", &operator, "--url", url];
    let output = run(binary, &[action, &by].concat());
    assert!(output.status.success(), "{action:?}: {}", stderr(&output));
    stdout(&output)
}

/// Changes the keys of the log in a directory, which `url` serves: a `ledgerd key` command. What it wrote.
pub fn change_key(binary: &str, dir: &Path, url: &str, action: &[&str]) -> String {
    operate(
        binary,
        dir,
        url,
        &[&["key"], action, &["--dir", &dir.to_string_lossy()]].concat(),
    )
}

/// What a command wrote to standard output.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command wrote to standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Creates a log in `dir` and gives the path of the operator's key.
pub fn init(binary: &str, dir: &Path) -> PathBuf {
    let output = run(
        binary,
        &["init", "--dir", &dir.to_string_lossy(), "--origin", ORIGIN],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    dir.join("operator.key")
}

impl Server {
    /// Starts `serve` on `dir`.
    pub fn start(binary: &str, dir: &Path) -> Self {
        Self::start_at(binary, dir, "127.0.0.1:0")
    }

    /// The same on an address.
    pub fn start_at(binary: &str, dir: &Path, listen: &str) -> Self {
        let mut command = command(binary);
        command.args(["serve", "--listen", listen, "--dir"]).arg(dir);
        Self::from_command(command.stderr(Stdio::piped()))
    }

    /// Starts a demo in `dir`, and waits until all its jobs have been played and listed.
    pub fn start_demo(binary: &str, dir: &Path) -> Self {
        Self::demo(command(binary), dir)
    }

    /// The same with an index, which covers it within a second.
    pub fn start_indexed_demo(binary: &str, dir: &Path) -> Self {
        let mut command = command(binary);
        command.env_remove(INDEX_AFTER_MS);
        Self::demo(command, dir)
    }

    fn demo(mut command: Command, dir: &Path) -> Self {
        command
            .args(["demo", "--listen", "127.0.0.1:0", "--dir"])
            .arg(dir);
        let server = Self::from_command(command.stderr(Stdio::piped()));
        server.wait_for_line("Serving");
        server
    }

    /// Starts `serve` on `dir` as it is configured without a file, so that the log gets an index.
    pub fn start_indexing(binary: &str, dir: &Path) -> Self {
        let mut command = command(binary);
        command.env_remove(INDEX_AFTER_MS);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
            .arg(dir);
        Self::from_command(command.stderr(Stdio::piped()))
    }

    /// Starts `serve` where no file may grow beyond `kib`: writes then fail as on a full disk.
    pub fn start_with_small_disk(binary: &str, dir: &Path, kib: u32) -> Self {
        // With the signal ignored the write itself fails (EFBIG), and exec keeps the signal ignored.
        let script =
            format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" serve --listen 127.0.0.1:0 --dir \"$1\"");
        let mut command = command("bash");
        command.args(["-c", &script, binary]).arg(dir);
        Self::from_command(command.stderr(Stdio::piped()))
    }

    /// Starts a command that serves, and waits until it says where it listens.
    pub fn from_command(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        // Once the test is over, nobody takes the lines.
        let tell = move |line| sender.send(line).unwrap_or_default();
        take_lines(process.stdout.take().unwrap(), tell);
        let Some(url) = lines.iter().find_map(|line| address_in(&line)) else {
            let output = process.wait_with_output().unwrap();
            panic!("the server does not start: {}", stderr(&output));
        };
        if let Some(pipe) = process.stderr.take() {
            take_lines(pipe, drop);
        }
        Self {
            process,
            url,
            lines: Mutex::new(lines),
        }
    }

    /// Reads on until a line of standard output starts so.
    pub fn wait_for_line(&self, start: &str) {
        let lines = self.lines.lock().unwrap();
        assert!(
            lines.iter().any(|line| line.starts_with(start)),
            "no line starts with {start:?}"
        );
    }

    /// Where it listens, as it says: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same without the scheme.
    pub fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The body of the answer to GET, which must be a success.
    pub fn get_bytes(&self, path: &str) -> Vec<u8> {
        let transport = Transport::new(None, TransportLimits::COMMAND);
        let answer = transport.get(&format!("{}{path}", self.url), &[], BODY_BYTES_MAX);
        let answer = answer.unwrap();
        assert!(answer.status.is_success(), "{path}: {}", answer.status);
        answer.body
    }

    /// The same as JSON.
    pub fn get(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get_bytes(path)).unwrap()
    }

    /// How many entries are published.
    pub fn tree_size(&self) -> u64 {
        self.get("/v1/log")["tree_size"].as_u64().unwrap()
    }

    /// SIGKILL, and waits until the process is gone.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// SIGTERM, as a service manager sends it.
    pub fn signal_to_stop(&self) {
        assert!(run("kill", &["-TERM", &self.id().to_string()]).status.success());
    }

    /// Waits until the process ends by itself, and whether it then said success.
    pub fn wait(mut self) -> bool {
        self.process.wait().unwrap().success()
    }

    /// SIGTERM, after which the process must exit with success.
    pub fn stop(self) {
        self.signal_to_stop();
        assert!(self.wait(), "the server stops cleanly on SIGTERM");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `kill` and `wait`; then both calls fail and nothing is left to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn address_in(line: &str) -> Option<String> {
    let is_address = |word: &&str| word.starts_with("http://") || word.starts_with("https://");
    line.split_whitespace().find(is_address).map(str::to_owned)
}

/// Takes every line of a pipe to its end.
fn take_lines(pipe: impl Read + Send + 'static, take: impl Fn(String) + Send + 'static) {
    let lines: Lines<_> = BufReader::new(pipe).lines();
    thread::spawn(move || lines.map_while(Result::ok).for_each(take));
}
