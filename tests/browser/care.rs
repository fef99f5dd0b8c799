//! What every page owes its reader: it fits every screen, breaks no rule of axe-core in light, dark or print, and
//! logs no error.

use crate::desk::BrowserDesk;
use crate::webdriver::Browser;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// No page weighs more, uncompressed.
const PAGE_BYTES_MAX: usize = 500 << 10;
/// What the pictures are called, width and height in CSS pixels.
const SCREENS: [(&str, u32, u32); 2] = [("desktop", 1280, 900), ("phone", 320, 780)];
const WIDE: (u32, u32) = (1920, 1080);
/// The only rule that colours alone can break.
const CONTRAST: &str = "{runOnly: ['color-contrast']}";
const ALL_RULES: &str = "{}";
/// The check of a page has come to an end, or the page asks for none.
const SETTLED: &str = "!document.querySelector('#browser-check') \
                       || !['checking', 'unchecked', undefined].includes(document.documentElement.dataset.browserCheck)";

/// Collects what is wrong, over many pages.
pub(crate) struct Inspection<'d> {
    desk: &'d BrowserDesk,
    axe: Option<String>,
    pictures: Option<PathBuf>,
    faults: Vec<String>,
}

impl<'d> Inspection<'d> {
    pub(crate) fn new(desk: &'d BrowserDesk) -> Self {
        let axe = axe();
        if axe.is_none() {
            eprintln!("LEFT OUT: axe-core is not there; accessibility was not tested");
        }
        Self {
            desk,
            axe,
            pictures: std::env::var_os("SCREENSHOTS").map(PathBuf::from),
            faults: Vec::new(),
        }
    }

    /// Opens a page that answers with a status.
    pub(crate) fn visit(&mut self, name: &str, path: &str, status: u16) {
        let page = self.desk.client.get(path).unwrap();
        assert_eq!(page.status, status, "{path}");
        assert!(
            page.body.len() < PAGE_BYTES_MAX,
            "{path}: {} bytes",
            page.body.len()
        );
        self.desk.open(path);
        self.look(name, status);
    }

    /// Looks at the page that is open.
    pub(crate) fn look(&mut self, name: &str, status: u16) {
        let browser = &self.desk.browser;
        browser.wait_for(SETTLED);
        // The servers here are honest: a page that asks to be checked holds.
        let state = browser.value("document.querySelector('#browser-check')?.dataset.state ?? null");
        if Path::new(crate::VERIFIER).exists() && !(state.is_null() || state == "checked") {
            let said = self.desk.text_of("#browser-check");
            self.faults.push(format!("{name}: {state}: {said}"));
        }
        if let Some(axe) = &self.axe {
            browser.run(axe, &Value::Null);
        }
        for scheme in ["light", "dark"] {
            for (screen, width, height) in SCREENS {
                show_on(browser, "screen", scheme, (width, height));
                let at = format!("{name}, {scheme}, {screen}");
                self.fits(&at);
                // What is dark on a phone is dark on a desk, and laid out as in the light.
                match (scheme, screen) {
                    ("light", _) => self.keeps(&at, ALL_RULES),
                    ("dark", "desktop") => self.keeps(&at, CONTRAST),
                    _ => {}
                }
                if let Some(folder) = &self.pictures {
                    std::fs::create_dir_all(folder).unwrap();
                    let file = folder.join(format!("{name}-{scheme}-{screen}.png"));
                    std::fs::write(file, browser.picture()).unwrap();
                }
            }
        }
        show_on(browser, "screen", "light", WIDE);
        self.fits(&format!("{name}, wide"));
        show_on(browser, "print", "light", (SCREENS[0].1, SCREENS[0].2));
        self.keeps(&format!("{name}, print"), CONTRAST);
        show_on(browser, "screen", "light", (SCREENS[0].1, SCREENS[0].2));
        // That a page answers with an error is what is asked for here.
        let answered = format!("the server responded with a status of {status}");
        let errors = browser.console_errors();
        let unasked = errors
            .iter()
            .filter(|error| status == 200 || !error.contains(&answered));
        self.faults
            .extend(unasked.map(|error| format!("{name}: {error}")));
    }

    fn fits(&mut self, at: &str) {
        let pictures = "[...document.querySelectorAll('.picture')].every((picture) => \
                        picture.scrollWidth <= picture.clientWidth \
                        && [...picture.querySelectorAll('svg text')].every((text) => \
                          text.getClientRects().length === 0 || text.getBoundingClientRect().height >= 10))";
        if self.desk.browser.value(pictures) != json!(true) {
            self.faults.push(format!(
                "{at}: a picture does not fit, or its texts are too small"
            ));
        }
        let fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
        if self.desk.browser.value(fits) != json!(true) {
            self.faults.push(format!("{at}: wider than the screen"));
        }
    }

    fn keeps(&mut self, at: &str, rules: &str) {
        if self.axe.is_none() {
            return;
        }
        let broken = self.desk.browser.run_async(&format!(
            "const done = arguments[arguments.length - 1];
             axe.run({rules}).then((result) => done(result.violations.map(
               (found) => [found.id, found.nodes.map((node) => node.html.slice(0, 200))])));"
        ));
        if broken != json!([]) {
            self.faults.push(format!("{at}: {broken}"));
        }
    }

    /// Panics with all that was found.
    pub(crate) fn passes(self) {
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
    }
}

fn show_on(browser: &Browser, media: &str, scheme: &str, (width, height): (u32, u32)) {
    let features = json!({"media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}]});
    browser.devtools("Emulation.setEmulatedMedia", &features);
    let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    browser.devtools("Emulation.setDeviceMetricsOverride", &size);
    // A bar that takes its part of the width is in no picture of the whole page.
    browser.devtools("Emulation.setScrollbarsHidden", &json!({"hidden": true}));
}

/// axe-core, where `.ci/browser` could fetch it.
fn axe() -> Option<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/axe/axe.min.js");
    std::fs::read_to_string(file).ok()
}
