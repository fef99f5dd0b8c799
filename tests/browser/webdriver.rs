//! A real browser: Debian's chromium, driven through chromedriver (W3C `WebDriver`: JSON over HTTP).

use crate::driver::Driver;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A page that has not come to rest by then never will: a debug build checks a pack in a second or two.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const POLL: Duration = Duration::from_millis(50);

/// What keeps chromium to itself, also where it runs as root in a container.
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Whether the browser shows its own page about an interrupted connection.
const NETWORK_CHANGED: &str = "location.protocol === 'chrome-error:' && document.body !== null \
     && document.body.innerText.includes('ERR_NETWORK_CHANGED')";

/// Keys as `WebDriver` names them.
pub(crate) const TAB: &str = "\u{E004}";
pub(crate) const ENTER: &str = "\u{E007}";

/// One browser with a profile of its own. Dropping it ends both processes.
pub(crate) struct Browser {
    session: String,
    _driver: Driver,
    agent: ureq::Agent,
    profile: TempDir,
}

/// An element by its `WebDriver` id.
pub(crate) struct Element(String);

/// Whether the machine has a browser to test with. Where one is demanded, its absence is a failure.
pub(crate) fn is_installed() -> bool {
    let installed = Command::new("chromedriver")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    assert!(
        installed || std::env::var_os("REQUIRE_BROWSER").is_none(),
        "no chromedriver, and REQUIRE_BROWSER is set"
    );
    installed
}

impl Browser {
    pub(crate) fn start() -> Self {
        Self::start_with(&[], &json!({}))
    }

    /// One with more flags, and with preferences.
    pub(crate) fn start_with(flags: &[&str], preferences: &Value) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let driver = Driver::start();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        let mut browser = Self {
            session: driver.sessions(),
            _driver: driver,
            agent: config.into(),
            profile,
        };
        let created = browser.post("", &capabilities(browser.profile.path(), flags, preferences));
        let id = created["sessionId"].as_str().unwrap();
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    pub(crate) fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Opens another tab and goes to it; the answer names the one that was left.
    pub(crate) fn new_tab(&self) -> String {
        let old = self.tab();
        let opened = self.post("/window/new", &json!({"type": "tab"}));
        self.to_tab(opened["handle"].as_str().unwrap());
        old
    }

    /// The tab that is looked at.
    pub(crate) fn tab(&self) -> String {
        self.get("/window").as_str().unwrap().to_owned()
    }

    /// Goes to a tab.
    pub(crate) fn to_tab(&self, handle: &str) {
        self.post("/window", &json!({ "handle": handle }));
    }

    /// Makes the clock by which pages give up waiting run thirty times as fast, in pages opened from now on.
    pub(crate) fn hurry(&self) {
        let source =
            "const real = setTimeout; setTimeout = (then, ms, ...rest) => real(then, ms / 30, ...rest);";
        self.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            &json!({ "source": source }),
        );
    }

    /// Runs a function body in the page; `arguments[0]` is `argument`.
    pub(crate) fn run(&self, script: &str, argument: &Value) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": [argument]}))
    }

    /// Runs a function body that calls its last argument with the result.
    pub(crate) fn run_async(&self, script: &str) -> Value {
        self.post("/execute/async", &json!({"script": script, "args": []}))
    }

    /// A command of the browser's developer tools.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post(
            "/goog/cdp/execute",
            &json!({"cmd": command, "params": parameters}),
        )
    }

    /// The whole page as PNG, below the fold, too.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let parameters = json!({"format": "png", "captureBeyondViewport": true});
        let picture = self.devtools("Page.captureScreenshot", &parameters);
        verifier::base64::decode_standard(picture["data"].as_str().unwrap()).unwrap()
    }

    /// The page as PDF, as the print style sheet has it, on A4.
    pub(crate) fn printed(&self) -> Vec<u8> {
        let page = json!({"page": {"width": 21.0, "height": 29.7}});
        let pdf = self.post("/print", &page);
        verifier::base64::decode_standard(pdf.as_str().unwrap()).unwrap()
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&self, expression: &str) -> Value {
        self.run(&format!("return {expression};"), &Value::Null)
    }

    /// Waits until the expression is true, and panics with what the page says where it never is.
    pub(crate) fn wait_for(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.value(&format!("Boolean({expression})")) != json!(true) {
            // Addresses of the machine come and go, and Chromium breaks off what it was loading then.
            if self.value(NETWORK_CHANGED) == json!(true) {
                self.post("/refresh", &json!({}));
            }
            assert!(
                Instant::now() < deadline,
                "never: {expression}\n{}",
                self.value("document.body.innerText")
            );
            std::thread::sleep(POLL);
        }
    }

    pub(crate) fn find(&self, css: &str) -> Element {
        let found = self.post("/element", &json!({"using": "css selector", "value": css}));
        let (_, id) = found.as_object().unwrap().iter().next().unwrap();
        Element(id.as_str().unwrap().to_owned())
    }

    /// The first link of that text.
    pub(crate) fn link(&self, text: &str) -> Element {
        let found = self.post("/element", &json!({"using": "link text", "value": text}));
        let (_, id) = found.as_object().unwrap().iter().next().unwrap();
        Element(id.as_str().unwrap().to_owned())
    }

    /// Presses a key and lets it go, wherever the focus is.
    pub(crate) fn press(&self, key: &str) {
        let actions = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": actions});
        self.post("/actions", &json!({ "actions": [keyboard] }));
    }

    pub(crate) fn click(&self, element: &Element) {
        self.post(&format!("/element/{}/click", element.0), &json!({}));
    }

    /// Types into a field, or names a file for a file field.
    pub(crate) fn type_into(&self, element: &Element, text: &str) {
        self.post(&format!("/element/{}/value", element.0), &json!({ "text": text }));
    }

    /// Empties a field.
    pub(crate) fn clear(&self, element: &Element) {
        self.post(&format!("/element/{}/clear", element.0), &json!({}));
    }

    /// An attribute as it stands in the page, also where scripts do not run.
    pub(crate) fn attribute(&self, element: &Element, name: &str) -> Value {
        self.get(&format!("/element/{}/attribute/{name}", element.0))
    }

    /// Answers the dialog that is open with yes.
    pub(crate) fn accept_dialog(&self) {
        self.post("/alert/accept", &json!({}));
    }

    /// Whether pages that are opened from now on may run scripts.
    pub(crate) fn allow_scripts(&self, allowed: bool) {
        self.devtools(
            "Emulation.setScriptExecutionDisabled",
            &json!({ "value": !allowed }),
        );
    }

    /// Method and address of all that went over the network since the last call, by the browser's own record.
    pub(crate) fn requests(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "performance"}));
        log.as_array()
            .unwrap()
            .iter()
            .filter_map(|line| {
                let line: Value = serde_json::from_str(line["message"].as_str()?).ok()?;
                let event = &line["message"];
                let request = &event["params"]["request"];
                (event["method"] == "Network.requestWillBeSent")
                    .then(|| format!("{} {}", request["method"], request["url"]).replace('"', ""))
            })
            .collect()
    }

    /// Where a download is put, without asking.
    pub(crate) fn save_downloads_in(&self, folder: &Path) {
        let folder = folder.to_string_lossy();
        let parameters = json!({"behavior": "allow", "downloadPath": folder, "eventsEnabled": false});
        self.devtools("Browser.setDownloadBehavior", &parameters);
    }

    /// Errors of the console since the last call: of scripts, of loading, of the content policy.
    pub(crate) fn console_errors(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"}));
        log.as_array()
            .unwrap()
            .iter()
            .filter(|line| line["level"] == "SEVERE")
            .map(|line| line["message"].as_str().unwrap().to_owned())
            .collect()
    }

    fn get(&self, path: &str) -> Value {
        answer(path, self.agent.get(format!("{}{path}", self.session)).call())
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.agent.post(format!("{}{path}", self.session));
        let request = request.header("content-type", "application/json");
        answer(path, request.send(body.to_string()))
    }
}

fn answer(path: &str, response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
    let mut response = response.unwrap();
    let text = response
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_string()
        .unwrap();
    let mut answer: Value = serde_json::from_str(&text).unwrap();
    let value = answer["value"].take();
    assert_eq!(response.status(), 200, "{path}: {value}");
    value
}

/// Whether something comes true before patience ends.
pub(crate) fn soon(is_true: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !is_true() {
        if began.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(POLL);
    }
    true
}

fn capabilities(profile: &Path, flags: &[&str], preferences: &Value) -> Value {
    let flags = FLAGS.iter().chain(flags);
    let mut arguments: Vec<String> = flags.map(|&flag| flag.to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    json!({"capabilities": {"alwaysMatch": {
        "browserName": "chrome",
        "goog:chromeOptions": {"args": arguments, "prefs": preferences},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    }}})
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser; where the driver no longer answers, its own end must do.
        let _ = self.agent.delete(&self.session).call();
    }
}
