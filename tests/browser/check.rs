//! A page is checked by the browser itself; whatever is changed on the way turns it red.

use crate::middle::{FAILING, PASSING, ProxiedDemo};
use crate::needs_verifier;
use crate::page::{self, of_entry, of_job, of_log, outcome, outcome_at, serve, with};

#[test]
fn honest_pages_are_checked_and_say_what_was_taken_from_the_server() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let server = desk.server.url();

    let (state, text) = desk.look(&of_job(server, PASSING));
    assert_eq!(state, "checked", "{text}");
    assert!(
        text.contains("PASS (OK)") && text.contains("First visit"),
        "{text}"
    );
    assert!(text.contains("Taken from the server") && text.contains("that the server left nothing out"));

    let (state, text) = desk.look(&of_job(server, FAILING));
    assert_eq!(state, "checked", "{text}");
    assert!(
        text.contains("FAIL (REVOKED_BEFORE_USE)") && !text.contains("First visit"),
        "{text}"
    );

    let (state, text) = desk.look(&of_log(server));
    assert_eq!(state, "checked", "{text}");
    // The issuance of a token, in every demo among the first entries, and the genesis.
    for index in [0, 20] {
        let (state, text) = desk.look(&of_entry(server, index));
        assert_eq!(state, "checked", "{text}");
        assert!(text.contains("the document's signature"), "{text}");
    }
    assert_eq!(desk.browser.console_errors(), Vec::<String>::new());
}

#[test]
fn the_servers_own_pages_pass_their_check() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    for (path, expected) in [
        ("/".to_owned(), "Tree head checked in this browser"),
        (format!("/jobs/{PASSING}"), ": PASS (OK)"),
        (format!("/jobs/{FAILING}"), ": FAIL (REVOKED_BEFORE_USE)"),
        (format!("/jobs/{PASSING}?as_of=40"), "as of size 40"),
    ] {
        let (state, text) = outcome_at(&desk.browser, &desk.proxy, &path);
        assert_eq!(state, "checked", "{path}: {text}");
        assert!(text.contains(expected), "{path}: {text}");
    }
    assert_eq!(desk.browser.console_errors(), Vec::<String>::new());
}

#[test]
fn a_job_page_whose_words_were_changed_on_the_way_turns_red() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    for (there, instead) in [
        ("FAIL", "PASS"),
        ("REVOKED_BEFORE_USE", "OK"),
        ("data-check-status=\"fail", "data-check-status=\"pass"),
    ] {
        desk.proxy.change(move |path, _, body| {
            if path.starts_with("/jobs/") {
                let html = String::from_utf8(std::mem::take(body)).unwrap();
                assert!(html.contains(there));
                *body = html.replace(there, instead).into_bytes();
            }
        });
        let (state, text) = outcome_at(&desk.browser, &desk.proxy, &format!("/jobs/{FAILING}"));
        assert_eq!(state, "failed", "{there}: {text}");
        assert!(text.contains("PAGE_DIFFERS"), "{text}");
    }
}

#[test]
fn a_pack_with_a_flipped_byte_turns_the_page_red() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let page = of_job(desk.server.url(), PASSING);
    for (part, name) in [(1, "beginning"), (2, "middle"), (4, "quarter")] {
        serve(&desk.proxy, &page, move |path, _, body| {
            if path.contains("/pack") {
                let at = body.len() / part - 1;
                body[at] ^= 0x20;
            }
        });
        desk.assert_red(&page, "PACK_DAMAGED");
        assert!(
            page::kept(&desk.browser)["note"].is_string(),
            "{name}: the log itself was honest"
        );
        let saved = desk
            .browser
            .value("document.querySelector('[role=alert] a[download]').download");
        assert_eq!(saved, "job.evidence", "{name}");
    }
}

#[test]
fn a_page_that_shows_another_verdict_turns_red() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let honest = of_job(desk.server.url(), FAILING);
    let other_root = "00".repeat(32);
    for (name, value) in [
        ("verdict", "PASS"),
        ("code", "OK"),
        ("root", &other_root),
        ("assessment", ""),
    ] {
        let page = with(honest.clone(), name, value);
        serve(&desk.proxy, &page, |_, _, _| {});
        desk.assert_red(&page, "PAGE_DIFFERS");
    }
}

#[test]
fn a_log_page_with_a_head_that_the_log_never_had_turns_red() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let page = with(of_log(desk.server.url()), "root", &"00".repeat(32));
    serve(&desk.proxy, &page, |_, _, _| {});
    desk.assert_red(&page, "PAGE_DIFFERS");
}

#[test]
fn an_entry_with_a_changed_document_turns_the_page_red() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let page = of_entry(desk.server.url(), 20);
    serve(&desk.proxy, &page, |path, _, body| {
        if path == "/v1/entries/20" {
            let text = String::from_utf8(std::mem::take(body)).unwrap();
            *body = text
                .replacen("\\\"model\\\":\\\"", "\\\"model\\\":\\\"x", 1)
                .into_bytes();
        }
    });
    desk.assert_red(&page, "(");
}

#[test]
fn what_cannot_be_had_is_not_checked_and_never_confirmed() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let page = of_job(desk.server.url(), PASSING);
    // The verifier first: the browser keeps it once it had it.
    for part in ["verifier.wasm", "/pack", "/v1/log", "/log/checkpoint"] {
        serve(&desk.proxy, &page, move |path, status, _| {
            if path.contains(part) {
                *status = 503;
            }
        });
        let (state, text) = outcome(&desk.browser, &desk.proxy);
        assert_eq!(state, "unavailable", "{part}: {text}");
        assert!(text.contains("Not checked in this browser"), "{part}: {text}");
    }
}

#[test]
fn hostile_text_in_an_answer_stays_text() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let page = of_log(desk.server.url());
    serve(&desk.proxy, &page, |path, _, body| {
        if path == "/v1/log" {
            *body = br#"{"vkey":"<img src=x onerror=\"document.title='owned'\">"}"#.to_vec();
        }
    });
    let (state, _) = outcome(&desk.browser, &desk.proxy);
    assert_eq!(state, "failed");
    assert_eq!(
        desk.browser.value("document.querySelectorAll('main img').length"),
        0
    );
    assert_ne!(desk.browser.value("document.title"), "owned");
}
