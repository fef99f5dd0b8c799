//! Two machines on one: a visitor and a server, each in a network namespace of its own, with a cable between them and no
//! way to anywhere else. A test runs itself again as the visitor.

use std::process::{Command, Stdio};

/// Set for the test that runs as the visitor: the server's namespace.
const SERVER: &str = "TEST_SERVER_NAMESPACE";
/// The visitor's end of the cable, and the server's; of the network that is for documentation alone.
pub(crate) const VISITOR_ADDRESS: &str = "192.0.2.1";
pub(crate) const SERVER_ADDRESS: &str = "192.0.2.2";

/// Runs `test` as the visitor, given a way to run commands on the server. Where namespaces or one of the `programs` are
/// missing, says so; with `REQUIRE_BROWSER` set that fails.
pub(crate) fn on_two_machines(name: &str, programs: &[&str], test: impl FnOnce(&ServerMachine)) {
    if let Ok(namespace) = std::env::var(SERVER) {
        return test(&ServerMachine(namespace));
    }
    let missing = programs.iter().find(|program| !succeeds("which", &[program]));
    let fault = match (missing, Machines::new()) {
        (Some(program), _) => format!("{program} is not installed"),
        (None, None) => "network namespaces cannot be made here".to_owned(),
        (None, Some(machines)) => return machines.run(name),
    };
    assert!(
        std::env::var_os("REQUIRE_BROWSER").is_none(),
        "{fault}, and REQUIRE_BROWSER is set"
    );
    eprintln!("LEFT OUT: {fault}; nothing was tested");
}

/// The machine of the server.
pub(crate) struct ServerMachine(String);

impl ServerMachine {
    /// A command that runs there.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.0, program]);
        command
    }
}

/// Both namespaces. Dropping it removes them.
struct Machines {
    visitor: String,
    server: String,
}

impl Machines {
    fn new() -> Option<Self> {
        let id = std::process::id();
        let thread = format!("{:?}", std::thread::current().id());
        let number: String = thread.chars().filter(char::is_ascii_digit).collect();
        let machines = Self {
            visitor: format!("visitor-{id}-{number}"),
            server: format!("server-{id}-{number}"),
        };
        let (visitor, server) = (machines.visitor.as_str(), machines.server.as_str());
        let (address, other) = (format!("{VISITOR_ADDRESS}/24"), format!("{SERVER_ADDRESS}/24"));
        let made = succeeds("ip", &["netns", "add", visitor])
            && succeeds("ip", &["netns", "add", server])
            && inside(
                visitor,
                &[
                    "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", server,
                ],
            )
            && inside(visitor, &["addr", "add", &address, "dev", "cable"])
            && inside(server, &["addr", "add", &other, "dev", "cable"])
            && [visitor, server].iter().all(|machine| {
                ["cable", "lo"]
                    .iter()
                    .all(|link| inside(machine, &["link", "set", link, "up"]))
            });
        made.then_some(machines)
    }

    fn run(&self, name: &str) {
        let status = Command::new("ip")
            .args(["netns", "exec", &self.visitor])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(SERVER, &self.server)
            .status();
        assert!(
            status.unwrap().success(),
            "{name} failed on the visitor's machine"
        );
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        for machine in [&self.visitor, &self.server] {
            succeeds("ip", &["netns", "del", machine]);
        }
    }
}

fn inside(machine: &str, arguments: &[&str]) -> bool {
    let mut all = vec!["-n", machine];
    all.extend(arguments);
    succeeds("ip", &all)
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
