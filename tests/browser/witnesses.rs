//! A log that witnesses cosign, seen by a visitor who has a policy of them from elsewhere.

use crate::desk::BrowserDesk;
use crate::page::{kept, settled};
use crate::{LEDGERD, needs_verifier};
use kit::cosigners::{FIRST_ML_DSA, cosigner};
use kit::server::{self, Server};
use kit::witness_server::{GoodWitness, WitnessServer};
use ledger::signer::{CheckpointSigner as _, LogKey};
use serde_json::json;
use std::fs;
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

const WITNESSES: [u8; 3] = [21, 22, FIRST_ML_DSA];

/// A log of one entry, with three witnesses; two are enough for the server.
struct WitnessedLog {
    _home: TempDir,
    _server: Server,
    _witnesses: [WitnessServer; 3],
    desk: BrowserDesk,
}

impl WitnessedLog {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("log");
        server::init(LEDGERD, &dir);
        let key = LogKey::read(&dir.join("log.key")).unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let witnesses = WITNESSES.map(|seed| {
            let mut witness = GoodWitness::new(key.verifier_key().clone(), &[seed], now.as_secs());
            WitnessServer::start(move |body| witness.answer(body))
        });
        let urls = witnesses.each_ref().map(WitnessServer::url);
        let policy = home.path().join("policy");
        fs::write(&policy, policy_of(2, &WITNESSES, Some(&urls))).unwrap();
        let mut command = server::command(LEDGERD);
        command.env("LEDGERD_WITNESS__POLICY_FILE", &policy);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
            .arg(&dir);
        let server = Server::from_command(command.stderr(Stdio::piped()));
        let desk = BrowserDesk::of(server.url());
        let has_quorum = || desk.json("/v1/log")["witnessed_checkpoint"].is_string();
        assert!(crate::webdriver::soon(has_quorum), "no quorum");
        Self {
            _home: home,
            _server: server,
            _witnesses: witnesses,
            desk,
        }
    }

    fn outcome(&self) -> (String, String) {
        self.desk.open("/log");
        settled(&self.desk.browser)
    }

    /// Brings a policy, and waits for what the check says then.
    fn pin(&self, policy: &str, end: &str) -> String {
        let browser = &self.desk.browser;
        browser.run(
            "document.querySelectorAll('#browser-check details').forEach((details) => details.open = true)",
            &json!(null),
        );
        let field = browser.find("#browser-check textarea");
        browser.clear(&field);
        browser.type_into(&field, policy);
        browser.click(&browser.find("#browser-check form.browser-check-policy button"));
        browser.wait_for(&format!(
            "document.querySelector('#browser-check').textContent.includes({})",
            json!(end)
        ));
        settled(browser).1
    }
}

/// Any `threshold` of some witnesses.
fn policy_of(threshold: usize, seeds: &[u8], urls: Option<&[String; 3]>) -> String {
    let lines = seeds.iter().enumerate().map(|(place, seed)| {
        let url = urls.map_or("", |urls| urls[place].as_str());
        format!("witness w{seed} {} {url}\n", cosigner(*seed))
    });
    let names: Vec<String> = seeds.iter().map(|seed| format!("w{seed}")).collect();
    let names = names.join(" ");
    format!(
        "{}group enough {threshold} {names}\nquorum enough\n",
        lines.collect::<String>()
    )
}

#[test]
fn a_policy_that_the_visitor_brings_is_kept_and_counted_at_every_visit() {
    needs_verifier!();
    let log = WitnessedLog::new();
    let (state, text) = log.outcome();
    assert_eq!(state, "checked", "{text}");
    assert!(
        !text.contains("Witnesses, by the policy that you have pinned"),
        "{text}"
    );

    let policy = policy_of(2, &WITNESSES, None);
    let met = "witnessed by 3 organizations: w21, w22 and w128";
    let text = log.pin(&policy, met);
    assert!(text.contains("(the log up to size 1)"), "{text}");
    assert!(
        text.contains("which has been shown to all of these witnesses"),
        "{text}"
    );
    assert_eq!(kept(&log.desk.browser)["policy"], policy);
    let (state, text) = log.outcome();
    assert_eq!(state, "checked", "{text}");
    assert!(text.contains(met), "{text}");

    // An empty field takes it away.
    log.pin("", "Pin this policy");
    assert_eq!(kept(&log.desk.browser).get("policy"), None);
}

#[test]
fn a_policy_whose_quorum_is_missing_is_no_alarm_and_is_said_in_words() {
    needs_verifier!();
    let log = WitnessedLog::new();
    log.outcome();
    let text = log.pin(
        &policy_of(2, &[21, 31], None),
        "the quorum of the policy is not met (1 of 2 organizations)",
    );
    assert!(
        text.contains("that every visitor is shown the same log: too few of your witnesses have signed it"),
        "{text}"
    );
    assert!(!text.contains("Do not rely"), "{text}");
}

#[test]
fn a_policy_that_is_none_is_not_kept_and_accuses_nobody() {
    needs_verifier!();
    let log = WitnessedLog::new();
    log.outcome();
    let before = kept(&log.desk.browser);
    let text = log.pin("quorum nobody\n", "cannot be used, and is not kept");
    assert!(!text.contains("Do not rely"), "{text}");
    assert_eq!(kept(&log.desk.browser), before);
    assert_eq!(log.outcome().0, "checked");
}
