//! A log that witnesses cosign, seen by a visitor who has a policy of them from elsewhere.

use crate::desk::BrowserDesk;
use crate::page::{kept, settled};
use crate::proxy::Proxy;
use crate::{LEDGERD, needs_verifier};
use kit::cosigners::{FIRST_ML_DSA, cosigned, cosigner};
use kit::server::{self, Server};
use kit::witness_server::{GoodWitness, WitnessServer};
use ledger::signer::{CheckpointSigner as _, LogKey};
use serde_json::{Value, json};
use std::fs;
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use verifier::checkpoint::{TreeHead, checkpoint_text, signed_checkpoint};
use verifier::hash::RootHash;
use verifier::index::TreeSize;

const WITNESSES: [u8; 3] = [21, 22, FIRST_ML_DSA];

/// A log of one entry, with three witnesses; two are enough for the server.
struct WitnessedLog {
    _home: TempDir,
    _server: Server,
    _witnesses: [WitnessServer; 3],
    key: LogKey,
    proxy: Proxy,
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
        let proxy = Proxy::before(server.url());
        let desk = BrowserDesk::of(proxy.url());
        let has_quorum = || desk.json("/v1/log")["witnessed_checkpoint"].is_string();
        assert!(crate::webdriver::soon(has_quorum), "no quorum");
        Self {
            _home: home,
            _server: server,
            _witnesses: witnesses,
            key,
            proxy,
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

/// A checkpoint of another tree of size 1, signed by a log and by the witnesses of some seeds.
fn forged(key: &LogKey, seeds: &[u8]) -> String {
    let other = TreeHead {
        size: TreeSize::new(1),
        root: RootHash::from_bytes([7; 32]),
    };
    let text = checkpoint_text(key.verifier_key().name(), &other);
    let note = signed_checkpoint(&text, key.verifier_key(), &key.sign(text.as_bytes()));
    cosigned(&note, seeds).0
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

#[test]
fn a_cosigned_checkpoint_of_another_history_is_shown_and_can_be_saved_with_the_newest() {
    needs_verifier!();
    let log = WitnessedLog::new();
    log.outcome();
    log.pin(&policy_of(2, &WITNESSES, None), "witnessed by 3 organizations");
    let note = forged(&log.key, &WITNESSES);
    let shown = note.clone();
    log.proxy.change(move |path, _, body| {
        if path == "/v1/log" {
            let mut answer: Value = serde_json::from_slice(body).unwrap();
            answer["witnessed_checkpoint"] = json!(shown);
            *body = answer.to_string().into_bytes();
        }
    });
    let (state, text) = log.outcome();
    assert_eq!(state, "failed", "{text}");
    assert!(text.contains("LOG_FORKED"), "{text}");
    for line in note.lines().filter(|line| !line.is_empty()) {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(text.contains("Save the cosigned one with the newest"), "{text}");
}

#[test]
fn a_line_that_is_not_a_witness_s_turns_the_page_red_and_the_policy_can_be_taken_away_there() {
    needs_verifier!();
    let log = WitnessedLog::new();
    log.outcome();
    let policy = policy_of(2, &WITNESSES, None);
    log.pin(&policy, "witnessed by 3 organizations");
    log.proxy.change(move |path, _, body| {
        if path == "/v1/log" {
            let mut answer: Value = serde_json::from_slice(body).unwrap();
            // The line of one witness, as if it were of a moment later.
            let note = answer["witnessed_checkpoint"].as_str().unwrap();
            let (front, line) = note.trim_end().rsplit_once(' ').unwrap();
            let altered = format!("{front} {}AAAA{}\n", &line[..12], &line[16..]);
            answer["witnessed_checkpoint"] = json!(altered);
            *body = answer.to_string().into_bytes();
        }
    });
    let (state, text) = log.outcome();
    assert_eq!(state, "failed", "{text}");
    assert!(text.contains("COSIGNATURE_INVALID"), "{text}");
    assert_eq!(kept(&log.desk.browser)["policy"], policy);
    let field = log.desk.browser.find("main [role=alert] textarea");
    log.desk.browser.clear(&field);
    log.desk.browser.click(
        &log.desk
            .browser
            .find("main [role=alert] form.browser-check-policy button"),
    );
    log.desk
        .browser
        .wait_for("document.documentElement.dataset.browserCheck === 'checked'");
    assert_eq!(kept(&log.desk.browser).get("policy"), None);
}
