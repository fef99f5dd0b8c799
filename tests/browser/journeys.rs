//! What an analyst and an auditor come for, from the search box to the answer, in a real browser.

use crate::webdriver::Browser;
use crate::{LEDGERD, needs_browser};
use harness::client::Client;
use harness::server::Server;
use serde_json::{Value, json};
use tempfile::TempDir;

struct Desk {
    browser: Browser,
    server: Server,
    client: Client,
    home: TempDir,
}

impl Desk {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let server = Server::start_demo(LEDGERD, &home.path().join("demo")).unwrap();
        Self {
            browser: Browser::start(),
            client: Client::new(server.url()),
            server,
            home,
        }
    }

    fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.server.url()));
    }

    fn json(&self, path: &str) -> Value {
        self.client.get(path).unwrap().json().unwrap()
    }

    fn follow(&self, css: &str, until: &str) {
        let link = self.browser.find(css);
        self.browser.click(&link);
        self.browser.wait_for(until);
    }

    fn says(&self, text: &str) -> bool {
        let script = "return document.body.innerText.includes(arguments[0])";
        self.browser.run(script, &json!(text)) == json!(true)
    }

    /// The evidence of an entry, as a file.
    fn evidence(&self, index: u64) -> std::path::PathBuf {
        let evidence = self.client.get(&format!("/v1/entries/{index}/evidence")).unwrap();
        let file = self.home.path().join(format!("{index}.json"));
        std::fs::write(&file, &evidence.body).unwrap();
        file
    }

    /// The newest entry of a kind that a job has.
    fn entry_of(&self, job: &str, kind: &str) -> u64 {
        let entries = self.json(&format!("/v1/jobs/{job}/entries?limit=200"));
        let entries = entries["entries"].as_array().unwrap();
        let found = entries.iter().rfind(|entry| entry["kind"] == kind).unwrap();
        found["index"].as_u64().unwrap()
    }
}

#[test]
fn an_analyst_comes_from_a_tokens_hash_to_the_use_after_its_revocation() {
    needs_browser!();
    let desk = Desk::new();
    let assessment = desk.json("/v1/jobs/demo-revoked-midway/assessment");
    let token = assessment["summary"]["token_hashes"][0].as_str().unwrap();
    desk.open("/");
    let field = desk.browser.find("main input[name=q]");
    desk.browser.type_into(&field, token);
    let button = desk.browser.find("main form[role=search] button");
    desk.browser.click(&button);
    desk.browser
        .wait_for(&format!("location.pathname === '/tokens/{token}'"));
    assert!(desk.says("REVOKED_BEFORE_USE") && desk.says("2 s after"));
    desk.follow(
        "main a[href='/jobs/demo-revoked-midway']",
        "location.pathname === '/jobs/demo-revoked-midway'",
    );
    assert!(desk.says("FAIL") && desk.says("was made after its token was revoked"));
}

#[test]
fn an_auditor_verifies_a_bundle_that_is_logged_and_sees_one_that_was_changed() {
    needs_browser!();
    let desk = Desk::new();
    let index = desk.entry_of("demo-sentinel-triage", "bundle");
    let bundle = desk.evidence(index);
    let send = |file: &std::path::Path| {
        desk.open("/verify");
        desk.browser.wait_for("document.readyState === 'complete'");
        let field = desk.browser.find("main form input[type=file][name]");
        desk.browser.type_into(&field, &file.to_string_lossy());
        let button = desk.browser.find("main form[method=post] button");
        desk.browser.click(&button);
        desk.browser.wait_for("document.querySelector('.result')");
    };
    let size = desk.json("/v1/log")["tree_size"].clone();
    send(&bundle);
    assert!(desk.says("In this log") && desk.says("PASS"));
    let text = std::fs::read_to_string(&bundle).unwrap();
    let changed = desk.home.path().join("changed.json");
    std::fs::write(
        &changed,
        text.replacen("demo-sentinel-triage", "demo-sentinel-other", 1),
    )
    .unwrap();
    send(&changed);
    assert!(desk.says("FAIL") && desk.says("Not logged"));
    assert_eq!(desk.json("/v1/log")["tree_size"], size, "nothing is logged");
}

#[test]
fn a_permalink_keeps_its_answer_and_says_when_a_newer_tree_has_another() {
    needs_browser!();
    let desk = Desk::new();
    // Before the revocation was logged.
    let revoked = desk.json("/v1/jobs/demo-revoked-midway/assessment")["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["id"] == "token.valid")
        .unwrap()["entries"][0]
        .as_u64()
        .unwrap();
    desk.open(&format!("/jobs/demo-revoked-midway?as_of={revoked}"));
    desk.browser.wait_for("document.readyState === 'complete'");
    assert!(desk.says("INCOMPLETE") && desk.says("FAIL"));
    let badge = desk
        .browser
        .value("document.querySelector('.verdict').textContent.trim()");
    assert!(badge.as_str().unwrap().ends_with("INCOMPLETE"), "{badge}");
}
