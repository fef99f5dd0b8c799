//! Two visits: the browser remembers the log, and the log must be the one that it remembers.

use crate::page::{kept, of_entry, of_log, outcome, serve, settled};
use crate::proxy::Proxy;
use crate::webdriver::{Browser, soon};
use crate::{LEDGERD, needs_verifier};
use harness::actors;
use harness::client::Client;
use kit::files::copy_directory;
use kit::server::{self, ORIGIN, Server};
use ledger::signer::EvidenceKey;
use tempfile::TempDir;

/// A log, a copy of it with its key (what a thief has, or who restored a backup), and a proxy that leads a
/// browser to either.
pub(crate) struct TwinLogs {
    pub(crate) gateway: EvidenceKey,
    pub(crate) log: Server,
    pub(crate) twin: Server,
    pub(crate) proxy: Proxy,
    pub(crate) browser: Browser,
    home: TempDir,
}

impl TwinLogs {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("log");
        let operator = EvidenceKey::read(&server::init(LEDGERD, &dir)).unwrap();
        let gateway = EvidenceKey::from_seed([11; 32]).unwrap();
        let log = Server::start(LEDGERD, &dir);
        let registration =
            actors::registration(&operator, ORIGIN, &gateway, "clawproxy", &["gateway"]).unwrap();
        assert_eq!(Client::new(log.url()).submit(&registration).unwrap().status, 201);
        grow(&log, &gateway, "common", 3);
        log.stop();
        let twin = home.path().join("twin");
        copy_directory(&dir, &twin);
        std::fs::copy(
            dir.with_extension("high-water"),
            twin.with_extension("high-water"),
        )
        .unwrap();
        let log = Server::start(LEDGERD, &dir);
        Self {
            gateway,
            proxy: Proxy::before(log.url()),
            log,
            twin: Server::start(LEDGERD, &twin),
            browser: Browser::start(),
            home,
        }
    }

    /// Runs a `ledgerd key` command on the log.
    pub(crate) fn key(&self, action: &[&str]) {
        server::change_key(LEDGERD, &self.home.path().join("log"), self.log.url(), action);
    }

    /// Looks at the page of the log that `server` shows.
    pub(crate) fn visit(&self, server: &Server) -> (String, String) {
        self.proxy.switch(server.url());
        serve(&self.proxy, &of_log(server.url()), |_, _, _| {});
        outcome(&self.browser, &self.proxy)
    }

    /// The visit is red, says so in words, and leaves what the browser keeps as it was.
    pub(crate) fn assert_red(&self, server: &Server, code: &str) {
        let before = kept(&self.browser);
        let (state, text) = self.visit(server);
        assert_eq!(state, "failed", "{text}");
        assert!(
            text.contains("Do not rely on this page") && text.contains(code),
            "{text}"
        );
        assert_eq!(kept(&self.browser), before);
    }
}

/// What the comparison of keys says.
fn said(browser: &Browser) -> String {
    let text = browser.value("document.querySelector('#browser-check output').textContent");
    text.as_str().unwrap().to_owned()
}

pub(crate) fn grow(server: &Server, gateway: &EvidenceKey, run: &str, count: u64) {
    let client = Client::new(server.url());
    for number in 0..count {
        let receipt = actors::receipt(gateway, run, number).unwrap();
        assert_eq!(client.submit(&receipt).unwrap().status, 201);
    }
}

#[test]
fn a_log_that_grew_is_proved_from_the_head_of_the_last_visit() {
    needs_verifier!();
    let world = TwinLogs::new();
    let (state, text) = world.visit(&world.log);
    assert_eq!(state, "checked", "{text}");
    assert!(
        text.contains("First visit") && text.contains("compare it"),
        "{text}"
    );
    let first = kept(&world.browser);
    let vkey = first["vkey"].as_str().unwrap();
    assert!(text.contains(vkey), "{text}");
    world.browser.click(&world.browser.find("#browser-check summary"));
    let field = world.browser.find("#browser-check input");
    world.browser.type_into(&field, "ledger");
    assert!(said(&world.browser).contains("✕ Another key"));
    world
        .browser
        .type_into(&field, vkey.strip_prefix("ledger").unwrap());
    assert_eq!(said(&world.browser), "✓ The same key.");

    grow(&world.log, &world.gateway, "later", 4);
    let (state, text) = world.visit(&world.log);
    assert_eq!(state, "checked", "{text}");
    assert!(
        text.contains("that this tree grew out of the one of size 5"),
        "{text}"
    );
    let second = kept(&world.browser);
    assert_eq!(
        (&second["vkey"], &second["since"]),
        (&first["vkey"], &first["since"])
    );
    assert_ne!(second["note"], first["note"]);
}

#[test]
fn a_forked_log_is_red_on_every_visit_and_the_old_head_is_kept() {
    needs_verifier!();
    let world = TwinLogs::new();
    grow(&world.log, &world.gateway, "shown", 3);
    grow(&world.twin, &world.gateway, "hidden", 5);
    assert_eq!(world.visit(&world.log).0, "checked");
    world.assert_red(&world.twin, "CONSISTENCY_FAILED");
    world.assert_red(&world.twin, "CONSISTENCY_FAILED");
    // Both notes are there to be shown to others.
    let notes = world
        .browser
        .value("document.querySelectorAll('main [role=alert] pre').length");
    assert_eq!(notes, 2);
    // The honest log is still the one that the browser knows.
    assert_eq!(world.visit(&world.log).0, "checked");
}

#[test]
fn evidence_of_another_history_than_the_newest_head_can_be_saved_with_the_note_of_that_head() {
    needs_verifier!();
    let world = TwinLogs::new();
    // The log that is shown is the larger one, so that it can be asked to prove that it grew out of the other.
    grow(&world.log, &world.gateway, "shown", 5);
    grow(&world.twin, &world.gateway, "hidden", 1);
    let page = of_entry(world.twin.url(), 1);
    let answer = Client::new(world.twin.url()).get("/v1/entries/1").unwrap().body;
    let sent = answer.clone();
    serve(&world.proxy, &page, move |path, _, body| {
        if path == "/v1/entries/1" {
            body.clone_from(&sent);
        }
    });
    let (state, text) = outcome(&world.browser, &world.proxy);
    assert_eq!(state, "failed", "{text}");
    assert!(
        text.contains("Save the file and the note below") && text.contains("CONSISTENCY_FAILED"),
        "{text}"
    );
    let home = tempfile::tempdir().unwrap();
    world.browser.save_downloads_in(home.path());
    world
        .browser
        .click(&world.browser.find("[role=alert] a[download]"));
    let saved = || std::fs::read(home.path().join("entry.json")).is_ok_and(|saved| saved == answer);
    assert!(soon(saved), "the file is not saved");
}

#[test]
fn another_tree_of_the_same_size_is_a_fork() {
    needs_verifier!();
    let world = TwinLogs::new();
    grow(&world.log, &world.gateway, "shown", 3);
    grow(&world.twin, &world.gateway, "hidden", 3);
    assert_eq!(world.visit(&world.log).0, "checked");
    world.assert_red(&world.twin, "LOG_FORKED");
}

#[test]
fn a_log_that_shrank_is_red() {
    needs_verifier!();
    let world = TwinLogs::new();
    grow(&world.log, &world.gateway, "lost", 3);
    assert_eq!(world.visit(&world.log).0, "checked");
    world.assert_red(&world.twin, "LOG_SHRANK");
}

#[test]
fn a_changed_key_is_red_until_the_visitor_forgets_the_old_one() {
    needs_verifier!();
    let world = TwinLogs::new();
    assert_eq!(world.visit(&world.log).0, "checked");
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("other");
    server::init(LEDGERD, &dir);
    let other = Server::start(LEDGERD, &dir);
    world.assert_red(&other, "KEY_CHANGED");
    world
        .browser
        .click(&world.browser.find("main [role=alert] > button"));
    world.browser.accept_dialog();
    world
        .browser
        .wait_for("document.documentElement.dataset.browserCheck === 'checked'");
    let (_, text) = settled(&world.browser);
    assert!(text.contains("First visit"), "{text}");
}

#[test]
fn a_server_that_does_not_prove_its_growth_is_red_and_one_that_is_busy_is_not_checked() {
    needs_verifier!();
    let world = TwinLogs::new();
    assert_eq!(world.visit(&world.log).0, "checked");
    grow(&world.log, &world.gateway, "later", 2);
    for (refusal, expected) in [(422, "failed"), (404, "failed"), (503, "unavailable")] {
        let before = kept(&world.browser);
        serve(&world.proxy, &of_log(world.log.url()), move |path, status, _| {
            if path.starts_with("/v1/proofs/consistency") {
                *status = refusal;
            }
        });
        let (state, text) = outcome(&world.browser, &world.proxy);
        assert_eq!(state, expected, "{refusal}: {text}");
        assert_eq!(kept(&world.browser), before);
    }
}

#[test]
fn what_was_kept_and_cannot_be_read_is_no_first_visit() {
    needs_verifier!();
    let world = TwinLogs::new();
    assert_eq!(world.visit(&world.log).0, "checked");
    world
        .browser
        .value("localStorage.setItem('evidence-ledger/log/v1', '{\"vkey\":1}')");
    let (state, text) = world.visit(&world.log);
    assert_eq!(state, "failed", "{text}");
    assert!(text.contains("KEPT_DAMAGED"), "{text}");
}
