//! A check that is hindered ends all the same, and never with "checked": answers that are broken, of another
//! thing, or endless; a browser that runs or keeps nothing.

use crate::middle::{PASSING, ProxiedDemo};
use crate::needs_verifier;
use crate::page::{kept, outcome_at};
use crate::proxy::BodyFlow;
use crate::webdriver::Browser;
use axum::http::{HeaderValue, header};
use serde_json::json;

const HTML: &[u8] = b"<!doctype html><title>Sign in to the network</title>";

fn job() -> String {
    format!("/jobs/{PASSING}")
}

#[test]
fn what_keeps_the_verifier_from_running_leaves_the_page_unchecked() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    // Nothing of the verifier may come from the browser's own cache.
    for (part, status) in [
        ("/verifier-worker.js", 404),
        ("/wasm.js", 500),
        ("/verifier.wasm", 404),
    ] {
        desk.proxy.change_headers(move |path, answered, headers| {
            if path.contains("/verifier") || path.contains("/wasm") {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            if path.ends_with(part) {
                *answered = status;
            }
        });
        desk.assert_unchecked_at(&job(), "the verifier");
    }
    for body in [HTML, b"", b"\0asm"] {
        desk.proxy.change_headers(|path, _, headers| {
            if path.contains("/verifier") || path.contains("/wasm") {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
                headers.remove(header::CONTENT_ENCODING);
            }
        });
        desk.proxy.change(move |path, _, content| {
            if path.contains("/verifier.wasm") {
                *content = body.to_vec();
            }
        });
        desk.assert_unchecked_at(&job(), "broke off");
    }
    desk.proxy.change(|_, _, _| {});
    desk.proxy.change_headers(|_, _, headers| {
        if let Some(policy) = headers.get(header::CONTENT_SECURITY_POLICY) {
            let stricter = policy.to_str().unwrap().replace("'wasm-unsafe-eval'", "");
            headers.insert(
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_str(&stricter).unwrap(),
            );
        }
    });
    desk.assert_unchecked_at(&job(), "broke off");
    assert_eq!(kept(&desk.browser), serde_json::Value::Null);
}

#[test]
fn a_verifier_from_elsewhere_is_not_run() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    desk.proxy.change(|path, _, body| {
        if path.starts_with("/jobs/") {
            let html = String::from_utf8(std::mem::take(body)).unwrap();
            let html = html.replacen("/verifier.wasm\"", "/verifier.wasm?mine\"", 1);
            *body = html.into_bytes();
        }
    });
    desk.assert_red_at(&job(), "another verifier");
}

#[test]
fn a_browser_without_webassembly_or_scripts_says_not_checked() {
    needs_verifier!();
    let desk = ProxiedDemo::with(Browser::start_with(&["--js-flags=--jitless"], &json!({})));
    desk.assert_unchecked_at(&job(), "broke off");
    let scriptless = json!({"profile.managed_default_content_settings.javascript": 2});
    let desk = ProxiedDemo::with(Browser::start_with(&[], &scriptless));
    desk.browser.open(&format!("{}{}", desk.proxy.url(), job()));
    let section = desk.browser.find("#browser-check");
    assert_eq!(desk.browser.attribute(&section, "data-state"), "unchecked");
}

#[test]
fn a_browser_that_keeps_nothing_is_told_that_every_visit_is_a_first_visit() {
    needs_verifier!();
    let blocked = json!({"profile.default_content_setting_values.cookies": 2});
    let desk = ProxiedDemo::with(Browser::start_with(&[], &blocked));
    for _ in 0..2 {
        let (state, text) = outcome_at(&desk.browser, &desk.proxy, "/log");
        assert_eq!(state, "checked", "{text}");
        assert!(
            text.contains("First visit") && text.contains("This browser keeps nothing for this site"),
            "{text}"
        );
    }
}

#[test]
fn answers_that_are_no_answers_are_red_where_they_stand_for_evidence_and_unchecked_elsewhere() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let cases: [(&'static str, &'static [u8], Option<&str>); 8] = [
        ("/v1/log", HTML, None),
        ("/v1/log", b"null", None),
        ("/v1/log", b"{\"vkey\":\"\xff\"", None),
        ("/log/checkpoint", HTML, Some("CHECKPOINT_MALFORMED")),
        ("/log/checkpoint", b"", Some("CHECKPOINT_MALFORMED")),
        ("/pack", HTML, Some("UNKNOWN_KIND")),
        ("/pack", b"", Some("UNKNOWN_KIND")),
        ("/pack", b"[]", Some("UNKNOWN_KIND")),
    ];
    for (part, instead, red) in cases {
        desk.proxy.change(move |path, _, body| {
            if path.ends_with(part) || path.contains(&format!("{part}?")) {
                *body = instead.to_vec();
            }
        });
        match red {
            Some(code) => desk.assert_red_at(&job(), code),
            None => desk.assert_unchecked_at(&job(), ""),
        }
    }
    // Cut in the middle, and whole for the transport.
    for part in ["/log/checkpoint", "/pack"] {
        desk.proxy.change(move |path, _, body| {
            if path.contains(part) {
                body.truncate(body.len() / 2);
            }
        });
        desk.assert_red_at(&job(), "(");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    for part in ["/v1/log", "/log/checkpoint", "/pack"] {
        desk.proxy.change_headers(move |path, status, headers| {
            if path.ends_with(part) || path.contains(&format!("{part}?")) {
                *status = 307;
                let there = format!("{path}{}elsewhere", if path.contains('?') { '&' } else { '?' });
                headers.insert(header::LOCATION, HeaderValue::from_str(&there).unwrap());
            }
        });
        desk.assert_unchecked_at(&job(), "gave no whole answer");
    }
}

#[test]
fn an_answer_that_never_comes_is_given_up() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    desk.browser.hurry();
    for part in ["/v1/log", "/log/checkpoint", "/pack"] {
        desk.proxy.never_end(Some((part, BodyFlow::Silent)));
        desk.assert_unchecked_at(&job(), "fell silent");
    }
    desk.proxy.never_end(Some(("/pack", BodyFlow::Drip)));
    desk.assert_unchecked_at(&job(), "not done after 5 minutes");
}

#[test]
fn evidence_without_end_is_too_large_and_the_command_that_checks_it_is_shown() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    desk.proxy.never_end(Some(("/v1/log", BodyFlow::Flood)));
    desk.assert_unchecked_at(&job(), "longer than");
    desk.proxy.never_end(Some(("/pack", BodyFlow::Flood)));
    desk.assert_unchecked_at(&job(), "too large to check here");
    let command = desk
        .browser
        .value("document.querySelector('#browser-check pre').textContent");
    let command = command.as_str().unwrap();
    assert!(
        command.contains(&format!("/v1/jobs/{PASSING}/pack?as_of="))
            && command.contains("ledger-verify pack job.evidence --log-key '"),
        "{command}"
    );
}

#[test]
fn the_visitor_can_stop_the_check() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    desk.proxy.never_end(Some(("/pack", BodyFlow::Silent)));
    desk.browser.open(&format!("{}{}", desk.proxy.url(), job()));
    desk.browser
        .wait_for("document.querySelector('#browser-check button')");
    desk.browser.click(&desk.browser.find("#browser-check button"));
    let (state, text) = crate::page::settled(&desk.browser);
    assert_eq!(state, "unavailable", "{text}");
    assert!(text.contains("you have stopped it"), "{text}");
}
