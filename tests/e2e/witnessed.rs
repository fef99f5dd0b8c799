//! A log and three witnesses, all of them real processes, some of which are killed; and the offline verifier with a policy.

use crate::log::{LEDGER_VERIFY, LEDGERD, LogProcess};
use harness::actors;
use harness::client::Client;
use kit::server::{self, INDEX_AFTER_MS, Server, stdout};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a test waits for what has to come, before it fails.
const AT_MOST: Duration = Duration::from_secs(120);
/// Its own size each: around one tile, and around one tile of the second level.
const SIZES: [u64; 6] = [255, 256, 257, 65_535, 65_536, 65_537];

struct WitnessProcess {
    dir: PathBuf,
    vkey: String,
    server: Server,
}

impl WitnessProcess {
    /// Of a log with this vkey.
    fn new(home: &Path, name: &str, log: &str) -> Self {
        let dir = home.join(name);
        let path = dir.to_string_lossy();
        let key_name = format!("witness.example/{name}");
        let made = server::run(LEDGERD, &["witness", "init", "--name", &key_name, "--dir", &path]);
        let vkey = stdout(&made).strip_prefix("vkey ").unwrap().trim_end().to_owned();
        let server = Self::start(&dir, "127.0.0.1:0", log);
        Self { dir, vkey, server }
    }

    fn start(dir: &Path, listen: &str, log: &str) -> Server {
        let mut command = server::command(LEDGERD);
        command
            .args(["witness", "--listen", listen, "--log", log, "--dir"])
            .arg(dir);
        Server::from_command(command.stderr(Stdio::piped()))
    }

    /// What a killed one needs to come back where it was.
    fn kill(self) -> KilledWitness {
        let address = self.server.address().to_owned();
        self.server.kill();
        KilledWitness {
            dir: self.dir,
            vkey: self.vkey,
            address,
        }
    }
}

struct KilledWitness {
    dir: PathBuf,
    vkey: String,
    address: String,
}

impl KilledWitness {
    fn restart(self, log: &str) -> WitnessProcess {
        let server = WitnessProcess::start(&self.dir, &self.address, log);
        WitnessProcess {
            dir: self.dir,
            vkey: self.vkey,
            server,
        }
    }
}

/// A log whose checkpoints any two of three witnesses have to sign.
struct WitnessedLog {
    home: TempDir,
    log: LogProcess,
    vkey: String,
    policy: PathBuf,
}

impl WitnessedLog {
    fn new() -> (Self, [WitnessProcess; 3]) {
        let home = tempfile::tempdir().unwrap();
        let log = LogProcess::new();
        let vkey = log.vkey();
        let witnesses = ["w1", "w2", "w3"].map(|name| WitnessProcess::new(home.path(), name, &vkey));
        let lines = witnesses.each_ref().map(|witness| {
            let name = witness.dir.file_name().unwrap().to_string_lossy();
            format!("witness {name} {} {}\n", witness.vkey, witness.server.url())
        });
        let policy = home.path().join("policy");
        let quorum = "group two-of-three 2 w1 w2 w3\nquorum two-of-three\n";
        fs::write(&policy, format!("{}{quorum}", lines.concat())).unwrap();
        let log = Self {
            home,
            log,
            vkey,
            policy,
        };
        (log.restarted(Server::stop), witnesses)
    }

    /// The same log behind a new process that asks the witnesses, after its server was ended in some way.
    fn restarted(self, end: impl FnOnce(Server)) -> Self {
        self.restarted_with(end, "0")
    }

    /// The same, with the time after which an entry is covered by the index, 0 for a log without one.
    fn restarted_with(mut self, end: impl FnOnce(Server), index_after_ms: &str) -> Self {
        end(self.log.server);
        let mut command = server::command(LEDGERD);
        command.env(INDEX_AFTER_MS, index_after_ms);
        command.env("LEDGERD_WITNESS__POLICY_FILE", &self.policy);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
            .arg(&self.log.dir);
        let server = Server::from_command(command.stderr(Stdio::piped()));
        self.log.client = Client::new(server.url());
        self.log.server = server;
        self
    }

    fn readiness(&self) -> Value {
        self.log.server.get("/readyz")["witnesses"].clone()
    }

    fn until(&self, what: &str, has_come: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        while !has_come(&self.readiness()) {
            assert!(
                began.elapsed() < AT_MOST,
                "{what} did not come: {}",
                self.readiness()
            );
            sleep(Duration::from_millis(20));
        }
    }

    /// Waits for a quorum of a size, and for the witnesses at some places of the policy to have signed it.
    fn until_cosigned(&self, size: u64, by: &[usize]) {
        self.until(&format!("a quorum of size {size}"), |witnesses| {
            witnesses["quorum_size"] == size && by.iter().all(|place| witnesses["each"][*place]["lag"] == 0)
        });
    }

    /// The offline verifier's report on the newest entry, as of the newest checkpoint.
    fn verified(&self) -> Value {
        let newest = self.log.size() - 1;
        let proof = self.log.server.get_bytes(&format!("/v1/entries/{newest}/proof"));
        self.verify(&proof)
    }

    fn verify(&self, proof: &[u8]) -> Value {
        let path = self.file("entry.proof", proof);
        let policy = self.policy.to_string_lossy();
        self.checked(&["proof", &path, "--policy", &policy])
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.home.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_string_lossy().into_owned()
    }

    fn checked(&self, arguments: &[&str]) -> Value {
        let output = server::run(
            LEDGER_VERIFY,
            &[arguments, &["--log-key", &self.vkey, "--json"]].concat(),
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// `witnessed` and so on.
fn state(report: &Value) -> &str {
    report["details"]["witnesses"]["state"].as_str().unwrap()
}

#[test]
fn three_witnesses_cosign_each_head_across_the_edges_of_tiles_of_both_levels() {
    let (mut log, _witnesses) = WitnessedLog::new();
    for size in SIZES {
        log.log.grow_to(size);
        log.until_cosigned(size, &[0, 1, 2]);
        let report = log.verified();
        assert_eq!(state(&report), "witnessed", "{report}");
        assert_eq!(report["details"]["witnesses"]["reached"], 3, "{report}");
    }
}

#[test]
fn witnesses_and_log_are_killed_and_go_on_where_they_were() {
    let (mut log, [first, second, third]) = WitnessedLog::new();
    log.log.grow_to(5);
    log.until_cosigned(5, &[0, 1, 2]);

    // One is enough to be missing, and comes back to everything that it missed in one request.
    let third = third.kill();
    for size in 6..=8 {
        log.log.grow_to(size);
        log.until_cosigned(size, &[0, 1]);
    }
    assert_eq!(log.readiness()["each"][2]["lag"], 3);
    let third = third.restart(&log.vkey);
    log.log.grow_to(9);
    log.until_cosigned(9, &[0, 1, 2]);

    // With two missing there is no quorum, and the log takes evidence all the same.
    let (first, second) = (first.kill(), second.kill());
    log.log.grow_to(10);
    log.until("the third witness", |witnesses| witnesses["each"][2]["lag"] == 0);
    assert_eq!(log.readiness()["quorum_size"], 9);
    assert_eq!(state(&log.verified()), "quorum_not_reached");

    // The log is killed; what was signed is there again, and a quorum comes when the witnesses do.
    let log = log.restarted(Server::kill);
    assert_eq!(log.readiness()["quorum_size"], 9);
    assert_eq!(state(&log.verified()), "quorum_not_reached");
    let _first = first.restart(&log.vkey);
    let _second = second.restart(&log.vkey);
    log.until_cosigned(10, &[0, 1, 2]);
    assert_eq!(state(&log.verified()), "witnessed");
    drop(third);
}

#[test]
fn a_receipt_that_waited_for_witnesses_is_one_that_a_policy_takes_as_it_is() {
    let (log, _witnesses) = WitnessedLog::new();
    let document = actors::receipt(&log.log.gateway, "waited", 1).unwrap();
    let answer = log
        .log
        .client
        .post(
            "/v1/evidence?wait=witnessed",
            "application/json",
            document.as_bytes(),
        )
        .unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    let receipt = answer.json().unwrap();
    let report = log.verify(receipt["proof"].as_str().unwrap().as_bytes());
    assert_eq!(state(&report), "witnessed", "{report}");
}

#[test]
fn packs_and_answers_of_a_witnessed_log_verify_and_a_pack_has_the_witnesses() {
    let (log, _witnesses) = WitnessedLog::new();
    log.log.add_to_job("job-seen", 2);
    let log = log.restarted_with(Server::stop, "500");
    log.until("a quorum over the index", |witnesses| {
        witnesses["quorum_size"].as_u64() > Some(4) && witnesses["each"][2]["lag"] == 0
    });
    let fetched = |name: &str, path: &str| log.file(name, &log.log.server.get_bytes(path));
    let pack = fetched("job.evidence", "/v1/jobs/job-seen/pack");
    let report = log.checked(&["pack", &pack, "--policy", &log.policy.to_string_lossy()]);
    assert_eq!(report["authenticity"], "genuine", "{report}");
    assert_eq!(state(&report), "witnessed", "{report}");
    assert_eq!(report["details"]["completeness"]["proved"], true, "{report}");

    let answer = fetched("job.proof", "/v1/subjects/job/job-seen/proof");
    let genesis = fetched("genesis.json", "/v1/entries/0");
    let report = log.checked(&["subject", &answer, "--genesis", &genesis]);
    assert_eq!(report["status"], "PASS", "{report}");
}
