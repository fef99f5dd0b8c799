//! The pages without a mouse.

use crate::desk::BrowserDesk;
use crate::needs_browser;
use crate::webdriver::{ENTER, TAB};
use serde_json::json;

/// More controls than any page of the demo has.
const CONTROLS_MAX: u64 = 600;

/// What can be used, as far as it is shown.
const CONTROLS: &str =
    "[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')]
    .filter((control) => control.checkVisibility({visibilityProperty: true}) && !control.disabled)";

/// A page for each kind of control.
const PAGES: [&str; 6] = [
    "/",
    "/jobs/demo-revoked-midway",
    "/verify",
    "/jobs",
    "/compare",
    "/log",
];

#[test]
fn the_first_tab_reaches_the_skip_link_which_leads_to_the_content() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.open("/jobs/demo-revoked-midway");
    desk.browser.press(TAB);
    assert_eq!(
        desk.browser.value("document.activeElement.textContent"),
        "Skip to content"
    );
    let place = desk
        .browser
        .value("document.activeElement.getBoundingClientRect().left");
    assert!(
        place.as_f64().unwrap() >= 0.0,
        "it is shown while it has the focus"
    );
    desk.browser.press(ENTER);
    desk.browser
        .wait_for("document.activeElement === document.querySelector('main')");
    desk.browser.press(TAB);
    assert_eq!(
        desk.browser
            .value("document.activeElement.closest('main') !== null"),
        true
    );
    assert_eq!(
        desk.browser
            .value("document.activeElement.closest('header') === null"),
        true
    );
}

#[test]
fn every_control_is_reached_by_tab_shows_its_focus_and_lets_go_of_it() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    for path in PAGES {
        desk.open(path);
        desk.browser.wait_for(
            "!['checking', 'unchecked'].includes(document.querySelector('#browser-check')?.dataset.state)",
        );
        desk.browser.value(&format!(
            "(() => {{ window.waiting = new Set({CONTROLS}); window.wrong = []; }})()"
        ));
        let controls = desk.browser.value("waiting.size").as_u64().unwrap();
        assert!(controls > 5 && controls < CONTROLS_MAX, "{path}: {controls}");
        // Once round: a trap would keep the focus from the last controls.
        for _ in 0..=controls {
            desk.browser.press(TAB);
            desk.browser.value(
                "(() => { const now = document.activeElement; const style = getComputedStyle(now); \
                 waiting.delete(now); \
                 if (now !== document.body && style.outlineStyle === 'none') wrong.push(now.outerHTML.slice(0, 120)); })()",
            );
        }
        assert_eq!(
            desk.browser
                .value("[...waiting].map((left) => left.outerHTML.slice(0, 120))"),
            json!([]),
            "{path}: never reached"
        );
        assert_eq!(
            desk.browser.value("wrong"),
            json!([]),
            "{path}: no focus to be seen"
        );
    }
}

#[test]
fn what_is_folded_unfolds_by_the_keyboard() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.open("/jobs/demo-revoked-midway");
    let folded =
        "document.querySelector('main > * details:not([open]) > summary, details:not([open]) > summary')";
    desk.browser.value(&format!(
        "(window.folded = {folded}.parentElement, {folded}.focus())"
    ));
    desk.browser.press(ENTER);
    desk.browser.wait_for("folded.open");
    desk.browser.press(ENTER);
    desk.browser.wait_for("!folded.open");
}

#[test]
fn an_id_is_copied_by_the_keyboard_and_a_screen_reader_hears_of_it() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.open("/jobs/demo-revoked-midway");
    desk.browser
        .wait_for("document.querySelector('h1 + button.copy, h1 button.copy')");
    // A headless browser has no clipboard that may be read back: the page's own call is recorded.
    desk.browser.value(
        "Object.defineProperty(navigator.clipboard, 'writeText', {value: async (text) => { window.copied = text; }})",
    );
    desk.browser
        .value("document.querySelector('button.copy').focus()");
    desk.browser.press(ENTER);
    desk.browser
        .wait_for("document.querySelector('.copy-said').textContent === 'copied'");
    assert_eq!(desk.browser.value("copied"), "demo-revoked-midway");
    assert_eq!(
        desk.browser
            .value("document.querySelector('.copy-said').getAttribute('role')"),
        "status",
        "announced when it changes"
    );
    assert_eq!(
        desk.browser
            .value("document.activeElement === document.querySelector('button.copy')"),
        true,
        "the focus stays"
    );
}
