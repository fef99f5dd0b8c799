//! Every page as people meet it: light and dark, desktop and phone, with a keyboard or a screen reader, on paper.

use crate::webdriver::Browser;
use crate::{LEDGERD, needs_browser};
use harness::client::Client;
use harness::server::Server;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// No page weighs more, uncompressed.
const PAGE_BYTES_MAX: usize = 500 << 10;
/// Width and height in CSS pixels, and what the pictures are called.
const SCREENS: [(&str, u32, u32); 2] = [("desktop", 1280, 900), ("phone", 360, 780)];

struct Desk {
    browser: Browser,
    server: Server,
    _home: TempDir,
}

impl Desk {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let server = Server::start_demo(LEDGERD, &home.path().join("demo")).unwrap();
        Self {
            browser: Browser::start(),
            server,
            _home: home,
        }
    }

    fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.server.url()));
        self.browser.wait_for("document.readyState === 'complete'");
    }

    fn show_on(&self, scheme: &str, width: u32, height: u32) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.browser.devtools("Emulation.setEmulatedMedia", &features);
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.browser.devtools("Emulation.setDeviceMetricsOverride", &size);
    }
}

/// A name for each page, and where it is in the demo.
fn pages(client: &Client) -> Vec<(&'static str, String)> {
    let json = |path: &str| client.get(path).unwrap().json().unwrap();
    let summary = json("/v1/jobs/demo-revoked-midway/assessment")["summary"].take();
    let first = |name: &str| summary[name][0].as_str().unwrap().to_owned();
    let other_policy = json("/v1/jobs/job-2026-02-11-001/assessment")["summary"]["policies"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let issuers = json("/v1/issuers");
    let gateway = issuers["issuers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|issuer| issuer["registrations"][0]["roles"][0] == "gateway")
        .unwrap()["did"]
        .as_str()
        .unwrap()
        .to_owned();
    let (policy, token, agent) = (first("policies"), first("token_hashes"), first("agents"));
    vec![
        ("home", "/".to_owned()),
        ("jobs", "/jobs".to_owned()),
        ("jobs-filtered", "/jobs?verdict=FAIL".to_owned()),
        ("job-fail", "/jobs/demo-revoked-midway".to_owned()),
        ("job-pass", "/jobs/demo-sentinel-write-approved".to_owned()),
        ("job-incomplete", "/jobs/demo-pulse-only".to_owned()),
        ("policies", "/policies".to_owned()),
        ("policy", format!("/policies/{policy}")),
        (
            "policy-diff",
            format!("/policies/diff?from={policy}&to={other_policy}"),
        ),
        ("token", format!("/tokens/{token}")),
        ("agent", format!("/agents/{agent}")),
        ("gateway", format!("/gateways/{gateway}")),
        ("run", "/runs/run_demo-revoked-midway".to_owned()),
        (
            "compare",
            "/compare?a=run_demo-revoked-midway&b=run_demo-sentinel-triage".to_owned(),
        ),
        ("entry", "/entries/54".to_owned()),
        ("log", "/log".to_owned()),
        ("issuers", "/issuers".to_owned()),
        ("alarms", "/alarms".to_owned()),
        ("verify", "/verify".to_owned()),
        ("search-none", "/search?q=nothing-of-that-name".to_owned()),
    ]
}

/// axe-core, where `.ci/browser` could fetch it.
fn axe() -> Option<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/axe/axe.min.js");
    std::fs::read_to_string(file).ok()
}

/// The rules that a page breaks, each with the elements.
fn violations(browser: &Browser, axe: &str) -> Value {
    browser.run(axe, &Value::Null);
    browser.run_async(
        "const done = arguments[arguments.length - 1];
         axe.run().then((result) => done(result.violations.map(
           (found) => [found.id, found.nodes.map((node) => node.html.slice(0, 200))])));",
    )
}

#[test]
fn every_page_is_accessible_and_fits_every_screen_in_light_and_dark() {
    needs_browser!();
    let axe = axe();
    if axe.is_none() {
        eprintln!("LEFT OUT: axe-core is not there; accessibility was not tested");
    }
    let desk = Desk::new();
    let client = Client::new(desk.server.url());
    let pictures = std::env::var_os("SCREENSHOTS").map(PathBuf::from);
    let mut faults = Vec::new();
    for (name, path) in pages(&client) {
        let page = client.get(&path).unwrap();
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.body.len() < PAGE_BYTES_MAX,
            "{path}: {} bytes",
            page.body.len()
        );
        for scheme in ["light", "dark"] {
            for (screen, width, height) in SCREENS {
                desk.show_on(scheme, width, height);
                desk.open(&path);
                let at = format!("{path}, {scheme}, {screen}");
                let fits = "document.documentElement.scrollWidth <= window.innerWidth";
                if desk.browser.value(fits) != json!(true) {
                    faults.push(format!("{at}: wider than the screen"));
                }
                let broken = axe.as_ref().map(|axe| violations(&desk.browser, axe));
                if let Some(broken) = broken.filter(|broken| *broken != json!([])) {
                    faults.push(format!("{at}: {broken}"));
                }
                if let Some(folder) = &pictures {
                    std::fs::create_dir_all(folder).unwrap();
                    let file = folder.join(format!("{name}-{scheme}-{screen}.png"));
                    std::fs::write(file, desk.browser.picture()).unwrap();
                }
            }
        }
        let errors = desk.browser.console_errors();
        faults.extend(errors.iter().map(|error| format!("{path}: {error}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_sheet_of_a_printed_job_names_tree_and_permalink() {
    needs_browser!();
    let desk = Desk::new();
    desk.open("/jobs/demo-revoked-midway");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), desk.browser.printed()).unwrap();
    let text = Command::new("pdftotext").arg(file.path()).arg("-").output();
    let Ok(text) = text else {
        assert!(
            std::env::var_os("REQUIRE_BROWSER").is_none(),
            "no pdftotext, and REQUIRE_BROWSER is set"
        );
        eprintln!("LEFT OUT: pdftotext is not installed; what is printed was not read");
        return;
    };
    let text = String::from_utf8(text.stdout).unwrap();
    let log = Client::new(desk.server.url())
        .get("/v1/log")
        .unwrap()
        .json()
        .unwrap();
    let root = log["root_hash"].as_str().unwrap();
    let size = log["tree_size"].as_u64().unwrap();
    // Lines may break anywhere in an id.
    let sheets: Vec<String> = text
        .split('\u{c}')
        .map(|sheet| sheet.split_whitespace().collect())
        .filter(|sheet: &String| !sheet.is_empty())
        .collect();
    assert!(sheets.len() > 1, "a job takes more than one sheet");
    for (number, sheet) in sheets.iter().enumerate() {
        let permalink = format!("/jobs/demo-revoked-midway?as_of={size}");
        assert!(
            sheet.contains(root) && sheet.contains(&permalink),
            "sheet {number}: {sheet}"
        );
    }
}
