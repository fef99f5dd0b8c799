//! The pages in a browser that runs no scripts: complete, and plain about what was not checked.

use crate::desk::BrowserDesk;
use crate::every_page::pages;
use crate::needs_browser;
use crate::staged::token;
use serde_json::json;

fn without_scripts() -> BrowserDesk {
    let desk = BrowserDesk::of_demo();
    desk.browser.allow_scripts(false);
    desk
}

#[test]
fn every_page_is_whole_without_scripts_and_says_that_it_was_not_checked() {
    needs_browser!();
    let desk = without_scripts();
    let mut checked = 0;
    for (name, path) in pages(&desk) {
        desk.open(&path);
        let count = |css: &str| {
            let script = "return document.querySelectorAll(arguments[0]).length";
            desk.browser.run(script, &json!(css)).as_u64().unwrap()
        };
        assert_eq!(count("main h1"), 1, "{name}");
        assert_eq!(count("header nav a"), 5, "{name}");
        assert_eq!(count("header form[role=search] button"), 1, "{name}");
        assert!(desk.text().len() > 100, "{name}: {}", desk.text());
        // What only scripts can do is not offered.
        let offered =
            "[...document.querySelectorAll('[data-file-hash], .copy')].some((place) => place.offsetParent)";
        assert_eq!(desk.browser.value(offered), false, "{name}");
        if count("#browser-check") == 1 {
            checked += 1;
            let said = desk.text_of("#browser-check");
            assert!(said.starts_with("Not checked in this browser."), "{name}: {said}");
        }
    }
    assert!(checked > 10, "home, jobs, entries and the log ask to be checked");
}

#[test]
fn search_and_navigation_work_without_scripts() {
    needs_browser!();
    let desk = without_scripts();
    desk.search("demo-halted-clean");
    desk.arrives_at("/jobs/demo-halted-clean");
    for (label, path) in [
        ("Jobs", "/jobs"),
        ("Policies", "/policies"),
        ("Alarms", "/alarms"),
        ("Log", "/log"),
        ("Verify", "/verify"),
    ] {
        desk.press_link(label);
        desk.arrives_at(path);
        assert_eq!(desk.text_of("nav a[aria-current]"), label);
    }
    desk.open("/jobs/demo-halted-clean");
    let open = "document.querySelectorAll('details[open]').length";
    let before = desk.browser.value(open).as_u64();
    desk.press("details:not([open]) summary");
    assert!(
        desk.browser.value(open).as_u64() > before,
        "what is folded unfolds"
    );
}

#[test]
fn a_bundle_is_verified_without_scripts() {
    needs_browser!();
    let desk = without_scripts();
    let bundle = desk.evidence(desk.entry_of("demo-sentinel-triage", "bundle"));
    desk.open("/verify");
    let field = desk.browser.find("main form input[type=file][name]");
    desk.browser.type_into(&field, &bundle.to_string_lossy());
    desk.press("main form[method=post] button[type=submit]");
    desk.browser.wait_for("document.querySelector('.result')");
    desk.says(&["PASS", "In this log"]);
}

#[test]
fn a_token_in_the_search_field_is_refused_without_scripts_and_the_hashing_command_is_shown() {
    needs_browser!();
    let desk = without_scripts();
    let token = token();
    desk.search(&token);
    desk.browser
        .wait_for("location.pathname === '/search' && document.readyState === 'complete'");
    desk.says(&["TOKEN_LEAKED", "Its SHA-256: "]);
    let page = desk.browser.value("document.documentElement.outerHTML");
    assert!(
        !page.as_str().unwrap().contains(&token),
        "the page repeats the token"
    );
}
