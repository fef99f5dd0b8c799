//! The scripts other than the check, each in a page that has just the elements that it looks for.

use crate::page::{PATH, serve_content};
use crate::proxy::Proxy;
use crate::webdriver::Browser;
use crate::{LEDGERD, needs_browser};
use harness::actors;
use harness::client::Client;
use kit::server::{self, ORIGIN, Server};
use ledger::signer::EvidenceKey;
use serde_json::json;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use verifier::hash::sha256;

/// An empty log behind a proxy, and a page with some content.
struct ProxiedDesk {
    browser: Browser,
    proxy: Proxy,
    server: Server,
    operator: EvidenceKey,
    home: TempDir,
    /// Every path that the browser asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

impl ProxiedDesk {
    fn with(content: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("log");
        let operator = EvidenceKey::read(&server::init(LEDGERD, &dir)).unwrap();
        let server = Server::start(LEDGERD, &dir);
        let proxy = Proxy::before(server.url());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let paths = asked.clone();
        serve_content(&proxy, content.to_owned(), move |path, _, _| {
            paths.lock().unwrap().push(path.to_owned());
        });
        let desk = Self {
            browser: Browser::start(),
            proxy,
            server,
            operator,
            home,
            asked,
        };
        desk.browser.open(&format!("{}{PATH}", desk.proxy.url()));
        desk
    }

    fn text(&self, css: &str) -> String {
        let script = "return document.querySelector(arguments[0]).textContent";
        self.browser.run(script, &json!(css)).as_str().unwrap().to_owned()
    }
}

fn hex(bytes: &[u8]) -> String {
    verifier::digest::ArtifactHash::from_bytes(sha256(bytes)).to_string()
}

#[test]
fn an_id_copies_with_one_click() {
    needs_browser!();
    let desk = ProxiedDesk::with("<code data-copy>job/1 ü</code>");
    // A headless browser has no clipboard that may be read back: the page's own call is recorded.
    desk.browser.value(
        "Object.defineProperty(navigator.clipboard, 'writeText', {value: async (text) => { window.copied = text; }})",
    );
    desk.browser.wait_for("document.querySelector('button.copy')");
    let button = desk.browser.find("button.copy");
    desk.browser.click(&button);
    desk.browser
        .wait_for("document.querySelector('.copy-said').textContent === 'copied'");
    assert_eq!(desk.browser.value("window.copied"), "job/1 ü");
    assert_eq!(
        desk.browser
            .value("document.querySelector('button.copy').getAttribute('aria-label')"),
        "Copy job/1 ü"
    );
}

#[test]
fn a_time_shows_the_readers_zone_on_hover() {
    needs_browser!();
    let desk = ProxiedDesk::with("<time datetime=\"2026-02-11T14:09:31Z\">14:09:31</time>");
    desk.browser
        .wait_for("document.querySelector('time').title.includes('2026')");
    assert_eq!(desk.text("main time"), "14:09:31");
}

#[test]
fn a_file_is_compared_in_the_browser_and_nothing_is_uploaded() {
    needs_browser!();
    let content = b"{\"model\":\"m\"}";
    let hash = hex(content);
    let encoded = verifier::base64::encode_url(&sha256(content));
    let place = |id: &str, expected: &str| {
        format!(
            "<div id={id} data-file-hash data-expected=\"{expected}\"><label>Your copy <input type=\"file\"></label>\
             <output></output></div>"
        )
    };
    let other = "0".repeat(64);
    let places = [
        ("hex", hash.as_str()),
        ("url", &encoded),
        ("other", &other),
        ("none", ""),
    ];
    let desk = ProxiedDesk::with(&places.map(|(id, expected)| place(id, expected)).concat());
    let file = desk.home.path().join("request.json");
    std::fs::write(&file, content).unwrap();
    desk.browser.wait_for("document.readyState === 'complete'");
    for (id, expected) in [
        ("hex", "✓ Match"),
        ("url", "✓ Match"),
        ("other", "✕ Mismatch"),
        ("none", &hash),
    ] {
        let field = desk.browser.find(&format!("#{id} input"));
        desk.browser.type_into(&field, &file.to_string_lossy());
        desk.browser.wait_for(&format!(
            "document.querySelector('#{id} output').textContent.includes('{expected}')"
        ));
    }
    let asked = desk.asked.lock().unwrap().join(" ");
    assert!(!asked.contains(&hash[..16]), "{asked}");
}

#[test]
fn a_pasted_token_leaves_the_browser_only_as_its_hash() {
    needs_browser!();
    let desk = ProxiedDesk::with(
        "<form role=\"search\" action=\"/search\"><label>Search <input name=\"q\"></label><button>Go</button></form>",
    );
    let token = format!("ey{}.ey{}.{}", "Jhb".repeat(8), "Jqd".repeat(8), "c2ln".repeat(8));
    desk.browser.type_into(
        &desk.browser.find("main input[name=q]"),
        &format!(" Bearer {token} "),
    );
    desk.browser.click(&desk.browser.find("main form button"));
    let hash = hex(token.as_bytes());
    desk.browser.wait_for(&format!("location.search === '?q={hash}'"));
    let asked = desk.asked.lock().unwrap().join(" ");
    assert!(asked.contains(&hash) && !asked.contains(&token), "{asked}");
}

#[test]
fn a_job_page_tells_only_of_its_own_job() {
    needs_browser!();
    let desk = ProxiedDesk::with("<p data-live data-job=\"mine\" data-after=\"0\" role=\"status\"></p>");
    let opened = |job: &str| {
        let draft = kit::documents::job_event(ORIGIN, job, "opened");
        draft.at(&actors::now().unwrap()).sign(&desk.operator)
    };
    let client = Client::new(desk.server.url());
    desk.browser
        .wait_for("document.querySelector('[data-live]').dataset.following");
    for job in ["theirs", "theirs too", "mine"] {
        assert_eq!(client.submit(&opened(job)).unwrap().status, 201);
    }
    desk.browser
        .wait_for("document.querySelector('[data-live]').textContent.includes('up to entry 3')");
}

#[test]
fn a_page_says_that_there_is_something_newer_and_stays_as_it_is() {
    needs_browser!();
    let desk = ProxiedDesk::with(
        "<p id=\"stays\">as it was</p><p data-live data-after=\"0\" data-href=\"/newer\" role=\"status\"></p>",
    );
    desk.browser
        .wait_for("document.querySelector('[data-live]').dataset.following");
    assert_eq!(desk.text("[data-live]"), "");
    let gateway = EvidenceKey::from_seed([11; 32]).unwrap();
    let registration =
        actors::registration(&desk.operator, ORIGIN, &gateway, "clawproxy", &["gateway"]).unwrap();
    let client = Client::new(desk.server.url());
    assert_eq!(client.submit(&registration).unwrap().status, 201);
    desk.browser
        .wait_for("document.querySelector('[data-live]').textContent.includes('size 2')");
    assert_eq!(desk.text("#stays"), "as it was");
    assert_eq!(
        desk.browser
            .value("document.querySelector('[data-live] a').getAttribute('href')"),
        "/newer"
    );
}
