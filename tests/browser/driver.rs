//! A chromedriver of the test's own, on a port that it chooses itself.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// How often a start is tried: many times more than tests run side by side and take ports from each other.
const STARTS: usize = 20;

/// A process that listens. Dropping it ends it.
pub(crate) struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Chromedriver lets the system choose a port of 127.0.0.1, and then wants the same one of `::1`. Where another
    /// process has taken that meanwhile, or connections that have just ended hold all ports, it gives up, and says so;
    /// that is no fault of what is tested. Every other end is.
    pub(crate) fn start() -> Self {
        for _ in 0..STARTS {
            let mut process = Command::new("chromedriver")
                .arg("--port=0")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            match port_of(process.stdout.take().unwrap()) {
                Ok(port) => return Self { process, port },
                Err(said) => {
                    let status = process.wait().unwrap();
                    assert!(
                        said.contains("port not available"),
                        "chromedriver ended with {status}:\n{said}"
                    );
                }
            }
        }
        panic!("chromedriver found no port that is free for IPv4 and IPv6 in {STARTS} starts");
    }

    /// Where its sessions are.
    pub(crate) fn sessions(&self) -> String {
        format!("http://127.0.0.1:{}/session", self.port)
    }
}

/// The port that the driver says it listens on, or all that it said before it ended.
fn port_of(output: ChildStdout) -> Result<u16, String> {
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let mut said = String::new();
    for line in lines.by_ref() {
        let port = line
            .split_once("started successfully on port ")
            .and_then(|(_, port)| port.trim_end_matches('.').parse().ok());
        if let Some(port) = port {
            // What it says later must be read, or it waits for a reader.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(port);
        }
        said.push_str(&line);
        said.push('\n');
    }
    Err(said)
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
