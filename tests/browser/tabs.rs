//! Two tabs of one browser keep one head, and neither rolls it back.

use crate::needs_verifier;
use crate::page::{PATH, kept, of_log, serve, settled};
use crate::visits::{TwinLogs, grow};
use harness::client::Client;
use serde_json::Value;

const KEPT: &str = "evidence-ledger/log/v1";

#[test]
fn a_tab_with_an_older_answer_waits_for_the_other_and_does_not_roll_its_head_back() {
    needs_verifier!();
    let world = TwinLogs::new();
    let browser = &world.browser;
    // What the browser kept at three sizes.
    let visit = || {
        assert_eq!(world.visit(&world.log).0, "checked");
        kept(browser)
    };
    let first = visit();
    grow(&world.log, &world.gateway, "second", 2);
    let between = Client::new(world.log.url())
        .get("/log/checkpoint")
        .unwrap()
        .text();
    grow(&world.log, &world.gateway, "third", 2);
    let newest = visit();

    // One tab is about to store the newest head; the other comes back from the first visit, and is told
    // what was true before the log grew for the second time.
    let store = "localStorage.setItem(arguments[0][0], arguments[0][1])";
    browser.run(store, &serde_json::json!([KEPT, first.to_string()]));
    browser.run(
        "navigator.locks.request(arguments[0], () => new Promise((release) => { window.release = release; }))",
        &KEPT.into(),
    );
    browser.wait_for("window.release");
    serve(&world.proxy, &of_log(world.log.url()), {
        let once = std::sync::Once::new();
        move |path, _, body| {
            if path == "/log/checkpoint" {
                once.call_once(|| *body = between.clone().into_bytes());
            }
        }
    });
    let storing = browser.new_tab();
    browser.open(&format!("{}{PATH}", world.proxy.url()));
    let waiting = browser.tab();
    let pending = "const done = arguments[arguments.length - 1]; const look = async () => { \
                   const { pending } = await navigator.locks.query(); \
                   pending.length > 0 ? done(true) : setTimeout(look, 20); }; look();";
    assert_eq!(browser.run_async(pending), Value::Bool(true));
    assert_eq!(
        browser.value("document.documentElement.dataset.browserCheck"),
        "checking"
    );
    browser.to_tab(&storing);
    browser.run(store, &serde_json::json!([KEPT, newest.to_string()]));
    browser.run("window.release()", &Value::Null);
    browser.to_tab(&waiting);
    let (state, text) = settled(browser);
    assert_eq!(state, "checked", "{text}");
    assert_eq!(kept(browser)["note"], newest["note"]);
}

#[test]
fn a_browser_without_locks_stores_nothing_over_what_another_tab_stored() {
    needs_verifier!();
    let world = TwinLogs::new();
    let browser = &world.browser;
    assert_eq!(world.visit(&world.log).0, "checked");
    let first = kept(browser);
    grow(&world.log, &world.gateway, "later", 3);
    assert_eq!(world.visit(&world.log).0, "checked");
    let newest = kept(browser);
    // The other tab stores at the moment when this one has proved an older head: before its second look.
    let source = format!(
        "Object.defineProperty(navigator, 'locks', {{ value: undefined }}); \
         const kept = Storage.prototype.getItem; let looks = 0; \
         localStorage.setItem('{KEPT}', {first}); \
         Storage.prototype.getItem = function (name) {{ looks += 1; \
           if (looks === 2) localStorage.setItem('{KEPT}', {newest}); return kept.call(this, name); }};",
        first = serde_json::json!(first.to_string()),
        newest = serde_json::json!(newest.to_string()),
    );
    browser.devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        &serde_json::json!({ "source": source }),
    );
    let old = first["note"].as_str().unwrap().to_owned();
    serve(&world.proxy, &of_log(world.log.url()), {
        let once = std::sync::Once::new();
        move |path, _, body| {
            if path == "/log/checkpoint" {
                once.call_once(|| *body = old.clone().into_bytes());
            }
        }
    });
    browser.open(&format!("{}{PATH}", world.proxy.url()));
    let (state, text) = settled(browser);
    assert_eq!(state, "checked", "{text}");
    assert_eq!(kept(browser)["note"], newest["note"]);
}
