//! A server with readers, and what one of them does in a browser.

use crate::LEDGERD;
use crate::staged::StagedServer;
use crate::webdriver::Browser;
use kit::server::{INDEX_AFTER_MS, Server};
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use verifier::digest::TokenHash;
use verifier::hash::sha256;

pub(crate) const READER: &str = "a-reader-s-token-0123456789";
pub(crate) const SUBMITTER: &str = "a-submitter-s-token-0123456789";
/// A job, and another one.
pub(crate) const JOB: &str = "shown";
pub(crate) const OTHER: &str = "another";

/// A log of two jobs, and a server of it that only readers may read.
pub(crate) struct GuardedServer {
    pub(crate) server: Server,
    pub(crate) home: TempDir,
}

impl GuardedServer {
    /// A server on loopback.
    pub(crate) fn on_loopback() -> Self {
        Self::start(Command::new(LEDGERD), "127.0.0.1:0", "")
    }

    /// The same by a command that ends in the server's binary, with more configuration.
    pub(crate) fn start(mut command: Command, listen: &str, configuration: &str) -> Self {
        let home = log_of_two_jobs();
        let hash = |token: &str| TokenHash::from_bytes(sha256(token.as_bytes()));
        let config = format!(
            "{configuration}\n[[readers]]\nname = \"auditor\"\ntoken_sha256 = \"{}\"\n\
             [[submitters]]\nname = \"local\"\ntoken_sha256 = \"{}\"\n",
            hash(READER),
            hash(SUBMITTER)
        );
        let file = home.path().join("ledgerd.toml");
        std::fs::write(&file, config).unwrap();
        command
            .env(INDEX_AFTER_MS, "0")
            .args(["serve", "--listen", listen, "--config"])
            .arg(file)
            .arg("--dir")
            .arg(home.path().join("log"))
            .stderr(File::create(diagnostics(home.path())).unwrap());
        Self {
            server: Server::from_command(&mut command),
            home,
        }
    }

    /// All that the server has logged so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(diagnostics(self.home.path())).unwrap()
    }
}

fn diagnostics(home: &Path) -> PathBuf {
    home.join("stderr")
}

fn log_of_two_jobs() -> TempDir {
    let log = StagedServer::new();
    let policy = log.publish("plain", &json!({"tools": {"allow": ["mail"]}}));
    for name in [JOB, OTHER] {
        let job = log.job(name, &policy);
        job.call(0, false);
        job.call(1, true);
    }
    log.closed()
}

/// A reader or guest before a site.
pub(crate) struct Visitor {
    pub(crate) browser: Browser,
    pub(crate) site: String,
}

impl Visitor {
    pub(crate) fn before(browser: Browser, site: &str) -> Self {
        Self {
            browser,
            site: site.to_owned(),
        }
    }

    pub(crate) fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.site));
        self.browser.wait_for("document.readyState === 'complete'");
    }

    pub(crate) fn arrives_at(&self, path: &str) {
        self.browser.wait_for(&format!(
            "location.pathname + location.search === {} && document.readyState === 'complete'",
            json!(path)
        ));
    }

    pub(crate) fn press(&self, css: &str) {
        self.browser
            .wait_for("document.querySelector('#browser-check')?.dataset.state !== 'checking'");
        self.browser.click(&self.browser.find(css));
    }

    pub(crate) fn fill(&self, css: &str, text: &str) {
        self.browser.type_into(&self.browser.find(css), text);
    }

    /// Waits for the text: a form that is answered under its own address is at that address before it is answered.
    pub(crate) fn says(&self, text: &str) {
        self.browser
            .wait_for(&format!("document.body.innerText.includes({})", json!(text)));
    }

    /// From wherever the sign-in page stands before.
    pub(crate) fn sign_in(&self, token: &str) {
        self.fill("#token", token);
        self.press("main form button[type=submit]");
    }

    /// The browser's own check of the page has come to its end, and holds.
    pub(crate) fn is_checked(&self) {
        self.browser.wait_for(
            "!['unchecked', 'checking'].includes(document.querySelector('#browser-check').dataset.state)",
        );
        let state = self
            .browser
            .value("document.querySelector('#browser-check').dataset.state");
        assert_eq!(
            state,
            "checked",
            "{}",
            self.browser.value("document.body.innerText")
        );
    }

    /// Makes a share link to the job whose page is open, and answers its path.
    pub(crate) fn share(&self) -> String {
        let share = self.browser.link("Share this job");
        self.browser.click(&share);
        self.browser.wait_for("document.querySelector('#job')?.value");
        self.press("main form.filters button");
        self.browser.wait_for("document.querySelector('#made')");
        let path = self
            .browser
            .value("document.querySelector('#made').getAttribute('href')");
        path.as_str().unwrap().to_owned()
    }
}
