//! A browser in front of a server, and what a reader of its pages does.

use crate::LEDGERD;
use crate::webdriver::{Browser, PATIENCE, POLL};
use harness::client::Client;
use kit::server::Server;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;
use tempfile::TempDir;

/// The demo, which takes seconds to play: one for all tests that only read, as long as any of them runs.
static DEMO: Mutex<Weak<Demo>> = Mutex::new(Weak::new());

struct Demo {
    server: Server,
    _home: TempDir,
}

/// A browser with the server whose pages it opens, and a home directory for the reader's files.
pub(crate) struct BrowserDesk {
    pub(crate) browser: Browser,
    pub(crate) client: Client,
    /// Where the reader keeps files.
    pub(crate) home: TempDir,
    url: String,
    _demo: Option<Arc<Demo>>,
}

impl BrowserDesk {
    /// Before the demo. Nothing may be submitted to it.
    pub(crate) fn of_demo() -> Self {
        let demo = {
            let mut shared = DEMO.lock().unwrap();
            shared.upgrade().unwrap_or_else(|| {
                let home = tempfile::tempdir().unwrap();
                let server = Server::start_demo(LEDGERD, &home.path().join("demo"));
                let demo = Arc::new(Demo { server, _home: home });
                *shared = Arc::downgrade(&demo);
                demo
            })
        };
        Self {
            _demo: Some(demo.clone()),
            ..Self::of(demo.server.url())
        }
    }

    /// Before a server that somebody else holds.
    pub(crate) fn of(url: &str) -> Self {
        Self {
            browser: Browser::start(),
            client: Client::new(url),
            home: tempfile::tempdir().unwrap(),
            url: url.to_owned(),
            _demo: None,
        }
    }

    pub(crate) fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.url));
        self.browser.wait_for("document.readyState === 'complete'");
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        self.client.get(path).unwrap().json().unwrap()
    }

    /// Waits until the address is that path.
    pub(crate) fn arrives_at(&self, path: &str) {
        self.browser.wait_for(&format!(
            "location.pathname + location.search === {} && document.readyState === 'complete'",
            json!(path)
        ));
    }

    /// Follows the first link that leads to the path, as it stands in the page's main part.
    pub(crate) fn follow(&self, path: &str) {
        self.press(&format!("main a[href={}]", json!(path)));
        self.arrives_at(path);
    }

    /// Looks for an id by the large field of the home page.
    pub(crate) fn search(&self, id: &str) {
        self.open("/");
        let field = self.browser.find("main input[name=q]");
        self.browser.type_into(&field, id);
        self.press("main form[role=search] button");
    }

    /// Clicks.
    pub(crate) fn press(&self, css: &str) {
        self.rests();
        let element = self.browser.find(css);
        self.browser.click(&element);
    }

    /// Clicks on the first link of that text.
    pub(crate) fn press_link(&self, text: &str) {
        self.rests();
        self.browser.click(&self.browser.link(text));
    }

    /// Waits until the check has said what it has to say. That moves what stands below it, and a click goes to where
    /// an element was when the browser was asked for its place.
    fn rests(&self) {
        self.browser
            .wait_for("document.querySelector('#browser-check')?.dataset.state !== 'checking'");
    }

    /// What the main part says, as a reader sees it, with one space for every gap.
    pub(crate) fn text(&self) -> String {
        self.text_of("main")
    }

    /// The same of one element.
    pub(crate) fn text_of(&self, css: &str) -> String {
        let script = "return document.querySelector(arguments[0]).innerText";
        let text = self.browser.run(script, &json!(css));
        let words: Vec<&str> = text.as_str().unwrap().split_whitespace().collect();
        words.join(" ")
    }

    /// Panics with the page where it does not say all of these.
    pub(crate) fn says(&self, texts: &[&str]) {
        let page = self.text();
        for text in texts {
            assert!(page.contains(text), "not said: {text}\n{page}");
        }
    }

    /// A file of the reader's own.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let file = self.home.path().join(name);
        std::fs::write(&file, content).unwrap();
        file
    }

    /// What the browser has downloaded, by the end of its name, once all of it is there.
    pub(crate) fn downloaded(&self, extension: &str) -> PathBuf {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let files = std::fs::read_dir(self.home.path()).unwrap();
            let mut files = files.map(|file| file.unwrap().path());
            // A browser downloads under another name and renames the file at the end.
            if let Some(file) = files.find(|file| file.extension().is_some_and(|end| end == extension)) {
                return file;
            }
            assert!(Instant::now() < deadline, "nothing was downloaded");
            std::thread::sleep(POLL);
        }
    }

    /// The index of a job's newest entry of a kind.
    pub(crate) fn entry_of(&self, job: &str, kind: &str) -> u64 {
        *self.entries_of(job, kind).last().unwrap()
    }

    /// The indices of a job's entries of a kind, ascending.
    pub(crate) fn entries_of(&self, job: &str, kind: &str) -> Vec<u64> {
        let entries = self.json(&format!("/v1/jobs/{job}/entries?limit=200"));
        let entries = entries["entries"].as_array().unwrap();
        let of_kind = entries.iter().filter(|entry| entry["kind"] == kind);
        of_kind.map(|entry| entry["index"].as_u64().unwrap()).collect()
    }

    /// The revocation that decides `token.valid` of a job.
    pub(crate) fn revocation_in(&self, job: &str) -> u64 {
        let assessment = self.json(&format!("/v1/jobs/{job}/assessment"));
        let checks = assessment["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["id"] == "token.valid");
        check.unwrap()["entries"][0].as_u64().unwrap()
    }

    /// The evidence of an entry, as a file.
    pub(crate) fn evidence(&self, index: u64) -> PathBuf {
        let evidence = self.client.get(&format!("/v1/entries/{index}/evidence")).unwrap();
        self.file(&format!("{index}.json"), &evidence.body)
    }
}
