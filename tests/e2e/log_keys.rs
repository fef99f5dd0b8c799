//! A log that changes its key, and those who verify it with any one of the keys: real processes, one of which is killed.

use std::fs;
use std::path::{Path, PathBuf};

use harness::client::Client;
use kit::server::{self, Server, stdout};
use serde_json::Value;

use crate::log::{LEDGER_VERIFY, LEDGERD, LogProcess};

/// The log, and where the files of a verifier are.
struct RotatingLog {
    log: LogProcess,
    files: tempfile::TempDir,
}

impl RotatingLog {
    fn new() -> Self {
        Self {
            log: LogProcess::new(),
            files: tempfile::tempdir().unwrap(),
        }
    }

    /// Runs a `ledgerd key` command on the log.
    fn key(&self, action: &[&str]) -> String {
        server::change_key(LEDGERD, &self.log.dir, self.log.server.url(), action)
    }

    /// The vkey that a command printed.
    fn added(&self, action: &str) -> String {
        let said = self.key(&[action]);
        let mut lines = said.lines();
        lines
            .find_map(|line| line.strip_prefix("vkey "))
            .unwrap()
            .to_owned()
    }

    fn retire(&self, vkey: &str) {
        self.key(&["retire", "--key", vkey]);
    }

    /// The same log after its server was ended in some way.
    fn restarted(mut self, end: impl FnOnce(Server)) -> Self {
        end(self.log.server);
        self.log.server = Server::start(LEDGERD, &self.log.dir);
        self.log.client = Client::new(self.log.server.url());
        self
    }

    /// What the server answers, in a file.
    fn fetched(&self, name: &str, path: &str) -> PathBuf {
        let file = self.files.path().join(name);
        fs::write(&file, self.log.server.get_bytes(path)).unwrap();
        file
    }

    /// The report of a check under a key, with the file of key changes where it is given.
    fn verified(arguments: &[&str], key: &str, keys: Option<&PathBuf>) -> Value {
        let keys = keys.map(|path| path.to_string_lossy().into_owned());
        let keys = keys.as_ref().map_or(Vec::new(), |path| vec!["--keys", path]);
        let output = server::run(
            LEDGER_VERIFY,
            &[arguments, &["--log-key", key, "--json"], &keys].concat(),
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn proof(file: &Path, key: &str, keys: Option<&PathBuf>) -> (String, String) {
        let report = Self::verified(&["proof", &file.to_string_lossy()], key, keys);
        let text = |member: &str| report[member].as_str().unwrap().to_owned();
        (text("authenticity"), text("reason_code"))
    }
}

fn genuine() -> (String, String) {
    ("genuine".to_owned(), "EVIDENCE_NOT_SUPPLIED".to_owned())
}

#[test]
fn a_reader_who_trusts_one_key_of_the_log_verifies_what_any_other_signed() {
    let world = RotatingLog::new();
    let old_key = world.log.vkey();
    let before = world.fetched("before.proof", "/v1/entries/1/proof");
    let new_key = world.added("rotate");
    let during = world.fetched("during.proof", "/v1/entries/1/proof");
    world.retire(&old_key);
    let after = world.fetched("after.proof", "/v1/entries/1/proof");
    let keys = world.fetched("keys.json", "/v1/log/keys?size=2");

    for (key, file) in [
        (&old_key, &before),
        (&old_key, &during),
        (&new_key, &during),
        (&new_key, &after),
    ] {
        assert_eq!(RotatingLog::proof(file, key, None), genuine(), "{file:?}");
    }
    let (_, code) = RotatingLog::proof(&after, &old_key, None);
    assert_eq!(code, "CHECKPOINT_NOT_SIGNED_BY_KEY");
    for key in [&old_key, &new_key] {
        for file in [&before, &during, &after] {
            assert_eq!(
                RotatingLog::proof(file, key, Some(&keys)),
                genuine(),
                "{file:?} with {key}"
            );
        }
    }
    let url = world.log.server.url();
    let audit = RotatingLog::verified(&["audit", url], &old_key, Some(&keys));
    assert_eq!(audit["status"], "PASS", "{audit}");
}

#[test]
fn a_log_that_is_killed_goes_on_under_the_keys_that_its_entries_name() {
    let world = RotatingLog::new();
    let old_key = world.log.vkey();
    let new_key = world.added("rotate");
    let second = world.added("add-mldsa");
    let head =
        |world: &RotatingLog| String::from_utf8(world.log.server.get_bytes("/log/checkpoint")).unwrap();
    let before = head(&world);
    assert_eq!(before.matches("\n\u{2014} ").count(), 3, "{before}");
    let world = world.restarted(Server::kill);
    assert_eq!(head(&world), before);

    world.retire(&old_key);
    fs::remove_file(world.log.dir.join("log.key")).unwrap();
    let mut world = world.restarted(Server::kill);
    assert_eq!(world.log.vkey(), new_key);
    let size = world.log.size();
    world.log.grow_to(size + 3);
    let listed = stdout(&server::run(
        LEDGERD,
        &["key", "list", "--url", world.log.server.url()],
    ));
    let states: Vec<bool> = listed.lines().map(|line| line.contains(", signs: ")).collect();
    assert_eq!(states, [false, true, true], "{listed}");
    assert!(listed.contains(&second), "{listed}");
    let dir = world.log.dir.clone();
    world.log.server.stop();
    let checked = server::run(LEDGERD, &["fsck", "--dir", &dir.to_string_lossy()]);
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn packs_and_answers_of_the_index_verify_with_either_key_while_both_sign() {
    let world = RotatingLog::new();
    let old_key = world.log.vkey();
    world.log.add_to_job("job-keys", 2);
    let new_key = world.added("rotate");
    world.added("add-mldsa");
    let world = RotatingLog {
        log: world.log.indexed(),
        ..world
    };
    let pack = world.fetched("job.evidence", "/v1/jobs/job-keys/pack");
    let answer = world.fetched("job.proof", "/v1/subjects/job/job-keys/proof");
    let genesis = world.fetched("genesis.json", "/v1/entries/0");
    let (pack, answer, genesis) = (
        pack.to_string_lossy(),
        answer.to_string_lossy(),
        genesis.to_string_lossy(),
    );
    for key in [&old_key, &new_key] {
        let report = RotatingLog::verified(&["pack", &pack, "--job", "job-keys"], key, None);
        assert_eq!(report["authenticity"], "genuine", "{report}");
        let report = RotatingLog::verified(&["subject", &answer, "--genesis", &genesis], key, None);
        assert_eq!(report["status"], "PASS", "{report}");
    }
}

/// A log that a binary made which knew one key for a log, with what a client kept of it: `fixtures/log-with-one-key.tar.gz`.
#[test]
fn a_log_of_one_key_rotates_it_gains_a_second_one_and_everything_that_was_kept_of_it_verifies() {
    let home = tempfile::tempdir().unwrap();
    let archive = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/e2e/fixtures/log-with-one-key.tar.gz"
    );
    let into = home.path().to_string_lossy();
    assert!(
        server::run("tar", &["xzf", archive, "-C", &into])
            .status
            .success()
    );
    let (dir, file) = (home.path().join("log"), |name: &str| home.path().join(name));
    let server = Server::start(LEDGERD, &dir);
    let vkey = || server.get("/v1/log")["vkey"].as_str().unwrap().to_owned();
    let old_key = vkey();
    for action in [&["rotate"][..], &["add-mldsa"], &["retire", "--key", &old_key]] {
        server::change_key(LEDGERD, &dir, server.url(), action);
    }
    let new_key = vkey();
    let pack = file("job.evidence");
    let pack = pack.to_string_lossy();
    let details = RotatingLog::verified(&["pack", &pack], &old_key, None)["details"].clone();
    let size = details["tree_size"].as_u64().unwrap();
    let keys = file("keys.json");
    let answer = server.get_bytes(&format!("/v1/log/keys?size={size}"));
    fs::write(&keys, answer).unwrap();
    for (key, keys) in [(&old_key, None), (&old_key, Some(&keys)), (&new_key, Some(&keys))] {
        let report = RotatingLog::verified(&["pack", &pack, "--job", "job-1"], key, keys);
        assert_eq!(report["authenticity"], "genuine", "{report}");
    }
    let proof = fs::read_to_string(file("entry.proof")).unwrap();
    let (_, checkpoint) = proof.split_once("\n\n").unwrap();
    let size = checkpoint.lines().nth(1).unwrap();
    let answer = server.get_bytes(&format!("/v1/log/keys?size={size}"));
    fs::write(&keys, answer).unwrap();
    for (key, keys) in [(&old_key, None), (&new_key, Some(&keys))] {
        let (authenticity, _) = RotatingLog::proof(&file("entry.proof"), key, keys);
        assert_eq!(authenticity, "genuine");
    }
    server.stop();
    let checked = server::run(LEDGERD, &["fsck", "--dir", &dir.to_string_lossy()]);
    assert!(checked.status.success(), "{checked:?}");
}
