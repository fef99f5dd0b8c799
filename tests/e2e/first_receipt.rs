//! `docs/first-receipt.md` and `README.md` as they are pasted: their commands, in their order, in an empty directory.

use crate::log::{LEDGER_VERIFY, LEDGERD};
use std::fmt::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const DOC: &str = include_str!("../../docs/first-receipt.md");
const README: &str = include_str!("../../README.md");
/// The address in the document; the test takes a free one.
const ADDRESS: &str = "127.0.0.1:8090";

/// A directory that looks like a clone after `make build`.
struct Clone {
    home: TempDir,
    address: String,
}

impl Clone {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let binaries = home.path().join("target/release");
        std::fs::create_dir_all(&binaries).unwrap();
        symlink(LEDGERD, binaries.join("ledgerd")).unwrap();
        symlink(LEDGER_VERIFY, binaries.join("ledger-verify")).unwrap();
        symlink(docs(), home.path().join("docs")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        Self { home, address }
    }

    /// Puts a command first on the path that the document sets.
    fn with_command(&self, name: &str, target: &Path) {
        symlink(target, self.home.path().join("target/release").join(name)).unwrap();
    }

    fn run(&self, commands: &str) -> Output {
        let mut script = String::from("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n");
        let _ = writeln!(script, "{}", commands.replace(ADDRESS, &self.address));
        let bash = Command::new("bash")
            .arg("-c")
            .arg(script)
            .current_dir(self.home.path())
            .output();
        bash.unwrap()
    }
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("docs")
}

/// The commands of a document.
fn commands(document: &str) -> String {
    let mut blocks = document.split("```sh\n").skip(1);
    blocks.by_ref().fold(String::new(), |commands, block| {
        commands + block.split("```").next().unwrap()
    })
}

/// A Python with the one package that the example needs.
fn python() -> Option<PathBuf> {
    let candidates = ["python3", "/usr/bin/python3"];
    let works = |python: &&str| {
        let import = Command::new(python)
            .args(["-c", "import cryptography, sys; print(sys.executable)"])
            .output();
        import.is_ok_and(|output| output.status.success())
    };
    let found = candidates.into_iter().find(works)?;
    let shown = Command::new("sh")
        .args(["-c", &format!("command -v {found}")])
        .output()
        .unwrap();
    Some(PathBuf::from(String::from_utf8(shown.stdout).unwrap().trim()))
}

/// A Python that the guide can be run with; `None`, and a word about it, where there is none and that is allowed.
fn python_or_left_out() -> Option<PathBuf> {
    let found = python();
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "no Python with the package `cryptography` on this machine"
        );
        eprintln!("LEFT OUT: no Python with the package `cryptography` on this machine");
    }
    found
}

#[test]
fn the_first_receipt_of_the_docs_is_proved_and_its_job_passes() {
    let Some(python) = python_or_left_out() else {
        return;
    };
    let clone = Clone::new();
    clone.with_command("python3", &python);
    let output = clone.run(&commands(DOC));
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    let passed = format!("PASS http://{}/jobs/job-1", clone.address);
    assert!(said.lines().any(|line| line == passed), "{said}");
}

#[test]
fn readme_and_guide_can_be_followed_one_after_the_other_in_one_clone() {
    let Some(python) = python_or_left_out() else {
        return;
    };
    let clone = Clone::new();
    clone.with_command("python3", &python);
    let output = clone.run(&[commands(README), commands(DOC), commands(README)].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

#[test]
fn the_commands_of_the_readme_log_a_receipt_and_prove_it() {
    let clone = Clone::new();
    let output = clone.run(&commands(README));
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    for line in [
        "Proof: genuine, under key example.com/first+",
        "Log: genuine, under key example.com/first+",
    ] {
        assert!(said.lines().any(|said| said.starts_with(line)), "{line}: {said}");
    }
}

#[test]
fn the_python_example_has_forty_lines_at_most() {
    let example = std::fs::read_to_string(docs().join("examples/first_receipt.py")).unwrap();
    assert!(example.lines().count() <= 40);
}

#[test]
fn the_typescript_example_passes_where_node_runs_it() {
    let runs = Command::new("node")
        .args(["--experimental-strip-types", "-e", "0"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !runs {
        eprintln!("LEFT OUT: no Node that runs TypeScript (22.6 or later) on this machine");
        return;
    }
    let clone = Clone::new();
    let python = "python3 docs/examples/first_receipt.py";
    let node = "node --experimental-strip-types docs/examples/first-receipt.ts";
    assert!(commands(DOC).contains(python));
    let output = clone.run(&commands(DOC).replace(python, node));
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.contains("PASS http://"), "{said}");
}
