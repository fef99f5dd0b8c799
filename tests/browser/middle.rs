//! The demo, a browser that looks at it, and between them somebody who lies.

use crate::LEDGERD;
use crate::page::{Attributes, outcome, outcome_at, serve};
use crate::proxy::Proxy;
use crate::webdriver::Browser;
use harness::client::Client;
use kit::server::Server;
use tempfile::TempDir;

/// Asks often enough for any machine, and not for ever.
const ASKED_MAX: usize = 10_000;

/// Jobs of the demo, by verdict.
pub(crate) const PASSING: &str = "demo-sentinel-triage";
pub(crate) const FAILING: &str = "demo-revoked-midway";

/// The demo, a proxy before it, and a fresh browser.
pub(crate) struct ProxiedDemo {
    pub(crate) browser: Browser,
    pub(crate) proxy: Proxy,
    pub(crate) server: Server,
    _home: TempDir,
}

impl ProxiedDemo {
    pub(crate) fn new() -> Self {
        Self::with(Browser::start())
    }

    pub(crate) fn with(browser: Browser) -> Self {
        let home = tempfile::tempdir().unwrap();
        let server = Server::start_demo(LEDGERD, &home.path().join("demo"));
        Self::before(server, browser, home)
    }

    /// The demo of a log whose last entry is the index.root over all others.
    pub(crate) fn indexed() -> Self {
        let home = tempfile::tempdir().unwrap();
        let server = Server::start_indexed_demo(LEDGERD, &home.path().join("demo"));
        let client = Client::new(server.url());
        let is_covered = || {
            let log = client.get("/v1/log").unwrap().json().unwrap();
            log["index_covered"].as_u64().map(|covered| covered + 1) == log["tree_size"].as_u64()
        };
        assert!((0..ASKED_MAX).any(|_| is_covered()), "the index stands still");
        Self::before(server, Browser::start(), home)
    }

    fn before(server: Server, browser: Browser, home: TempDir) -> Self {
        Self {
            browser,
            proxy: Proxy::before(server.url()),
            server,
            _home: home,
        }
    }

    pub(crate) fn look(&self, attributes: &Attributes) -> (String, String) {
        serve(&self.proxy, attributes, |_, _, _| {});
        outcome(&self.browser, &self.proxy)
    }

    pub(crate) fn assert_red(&self, attributes: &Attributes, code: &str) {
        let (state, text) = outcome(&self.browser, &self.proxy);
        assert_eq!(state, "failed", "{attributes:?}: {text}");
        self.assert_alert(code);
    }

    /// The page of the server under that path, as the proxy gives it, is red, and says why.
    pub(crate) fn assert_red_at(&self, path: &str, why: &str) {
        let (state, text) = outcome_at(&self.browser, &self.proxy, path);
        assert_eq!(state, "failed", "{path}, expected {why}: {text}");
        self.assert_alert(why);
    }

    fn assert_alert(&self, why: &str) {
        let alert = self
            .browser
            .value("document.querySelector('main > [role=alert]').textContent");
        let alert = alert.as_str().unwrap();
        assert!(
            alert.contains("Do not rely on this page") && alert.contains(why),
            "expected {why}: {alert}"
        );
    }

    /// The check came to no result, and says so.
    pub(crate) fn assert_unchecked_at(&self, path: &str, why: &str) {
        let (state, text) = outcome_at(&self.browser, &self.proxy, path);
        assert_eq!(state, "unavailable", "{path}, expected {why}: {text}");
        let said = self
            .browser
            .value("document.querySelector('#browser-check').textContent");
        let said = said.as_str().unwrap();
        assert!(
            said.contains("Not checked in this browser") && said.contains(why),
            "expected {why}: {said}"
        );
    }
}
