//! Pages whose attributes still say the truth, and whose words, address or pieces do not.

use crate::middle::{FAILING, PASSING, ProxiedDemo};
use crate::needs_verifier;
use crate::page::outcome_at;
use harness::client::Client;

impl ProxiedDemo {
    /// Serves under every path that begins so what the server has under another.
    fn serve_instead(&self, under: &'static str, other: &str) {
        let page = Client::new(self.server.url()).get(other).unwrap().text();
        self.proxy.change(move |path, status, body| {
            if path.starts_with(under) {
                *status = 200;
                *body = page.clone().into_bytes();
            }
        });
    }

    /// Replaces one text of pages; it has to be there.
    fn replace(&self, under: &'static str, there: &str, instead: &str) {
        let (there, instead) = (there.to_owned(), instead.to_owned());
        self.proxy.change(move |path, _, body| {
            if path.starts_with(under) {
                let html = String::from_utf8(std::mem::take(body)).unwrap();
                assert!(html.contains(&there), "{there}");
                *body = html.replacen(&there, &instead, 1).into_bytes();
            }
        });
    }
}

#[test]
fn a_page_of_something_else_than_the_address_asks_for_turns_red() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let passing = format!("/jobs/{PASSING}");
    let earlier = format!("{passing}?as_of=60");
    for (asked, served, why) in [
        (format!("/jobs/{FAILING}"), passing.as_str(), "asks for job"),
        (format!("{passing}?as_of=61"), &earlier, "asks for tree size 61"),
        ("/entries/21".to_owned(), "/entries/20", "asks for entry 21"),
        (passing.clone(), "/entries/20", "asks for the page of job"),
        (passing.clone(), "/log", "asks for the page of job"),
    ] {
        // One text a path: what the page itself fetches lies elsewhere.
        desk.serve_instead(
            if asked.starts_with("/jobs") {
                "/jobs/"
            } else {
                "/entries/"
            },
            served,
        );
        desk.assert_red_at(&asked, why);
    }
    // A permalink that is answered as it asks.
    desk.proxy.change(|_, _, _| {});
    let (state, text) = outcome_at(&desk.browser, &desk.proxy, &earlier);
    assert_eq!(state, "checked", "{text}");
}

#[test]
fn an_older_page_than_this_browser_has_seen_says_that_it_may_be_out_of_date() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let path = format!("/jobs/{PASSING}");
    assert_eq!(outcome_at(&desk.browser, &desk.proxy, "/log").0, "checked");
    desk.serve_instead("/jobs/", &format!("{path}?as_of=60"));
    let (state, text) = outcome_at(&desk.browser, &desk.proxy, &path);
    assert_eq!(state, "checked", "{text}");
    assert!(
        text.contains("already seen a tree of size") && text.contains("out of date"),
        "{text}"
    );
}

#[test]
fn words_of_a_job_page_that_differ_from_its_evidence_turn_it_red() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let word = "<span aria-hidden=\"true\">✕</span> FAIL</span></span> <span class=\"soft\">as of";
    let pass = word.replace('✕', "✓").replace("FAIL", "PASS");
    for (there, instead, why) in [
        (word, pass.as_str(), "verdict is shown as ✓ PASS"),
        ("data-shows=\"verdict\"", "", "verdict is shown as nothing"),
        (
            "data-shows=\"verdict\"",
            "data-shows=\"verdict\" hidden",
            "verdict is shown as nothing",
        ),
        (
            "data-shows=\"job_id\">",
            "data-shows=\"job_id\">x",
            "job_id is shown as x",
        ),
        (
            "data-shows=\"as_of\">",
            "data-shows=\"as_of\">9",
            "as_of is shown as 9",
        ),
        (
            "data-shows=\"message\">",
            "data-shows=\"message\">It is not so: ",
            "message is shown as It is not so",
        ),
        (
            "data-shows=\"code\">",
            "data-shows=\"code\">NOT_",
            "code is shown as NOT_",
        ),
        (
            "data-shows=\"check_status\"><span class=\"state is-fail\"><span aria-hidden=\"true\">✕</span> failed",
            "data-shows=\"check_status\"><span class=\"state is-pass\"><span aria-hidden=\"true\">✓</span> passed",
            "check_status is shown as ✓ passed",
        ),
        (
            "data-shows=\"check_message\">",
            "data-shows=\"check_message\">Nearly: ",
            "message is shown as Nearly",
        ),
        // The check that fails is left out.
        (
            "data-check=\"token.valid\"",
            "data-left-out=\"token.valid\"",
            "token.valid is shown as nothing",
        ),
    ] {
        desk.replace("/jobs/", there, instead);
        desk.assert_red_at(&format!("/jobs/{FAILING}"), why);
    }
}

#[test]
fn words_of_an_entry_page_that_differ_from_its_evidence_turn_it_red() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    for (there, instead, why) in [
        (
            "data-shows=\"index\">",
            "data-shows=\"index\">1",
            "index is shown as 120",
        ),
        (
            "data-shows=\"kind\">",
            "data-shows=\"kind\">x.",
            "kind is shown as x.",
        ),
        (
            "data-shows=\"signer\">",
            "data-shows=\"signer\">x",
            "signer is shown as x",
        ),
        (
            "data-shows=\"evidence_digest\">",
            "data-shows=\"evidence_digest\">0",
            "evidence_digest is shown as 0",
        ),
        (
            "data-shows=\"leaf_hash\">",
            "data-shows=\"leaf_hash\">0",
            "leaf_hash is shown as 0",
        ),
        (
            "data-shows=\"document\">{",
            "data-shows=\"document\">{\"approved\": true,",
            "document is shown as something",
        ),
    ] {
        desk.replace("/entries/", there, instead);
        desk.assert_red_at("/entries/20", why);
    }
}

#[test]
fn a_page_that_names_another_key_origin_root_or_token_turns_red() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    for what in ["vkey", "origin", "root_hash"] {
        for path in ["/", "/log"] {
            let there = format!("data-shows=\"{what}\">");
            desk.proxy.change(move |asked, _, body| {
                if asked == "/" || asked == "/log" {
                    let html = String::from_utf8(std::mem::take(body)).unwrap();
                    assert!(html.contains(&there));
                    *body = html.replacen(&there, &format!("{there}x"), 1).into_bytes();
                }
            });
            desk.assert_red_at(path, &format!("{what} is shown as x"));
        }
    }
    let job = Client::new(desk.server.url())
        .get(&format!("/jobs/{PASSING}"))
        .unwrap()
        .text();
    let (_, token) = job.split_once("/tokens/").unwrap();
    let token = format!("/tokens/{}", &token[..64]);
    desk.proxy.change(|_, _, _| {});
    let (state, text) = outcome_at(&desk.browser, &desk.proxy, &token);
    assert_eq!(state, "checked", "{text}");
    let said = desk
        .browser
        .value("document.querySelector('#browser-check').textContent");
    assert!(
        said.as_str()
            .unwrap()
            .contains("Tree head checked in this browser"),
        "{said}"
    );
    desk.replace(
        "/tokens/",
        "data-shows=\"token_hash\">",
        "data-shows=\"token_hash\">0",
    );
    desk.assert_red_at(&token, "token_hash is shown as 0");
}

#[test]
fn every_kind_of_entry_that_the_demo_has_passes_as_the_server_shows_it() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let client = Client::new(desk.server.url());
    let mut kinds = std::collections::BTreeMap::new();
    for index in 0_u64.. {
        let answer = client.get(&format!("/v1/entries/{index}")).unwrap();
        if answer.status != 200 {
            break;
        }
        let kind = answer.json().unwrap()["kind"].as_str().unwrap().to_owned();
        kinds.entry(kind).or_insert(index);
    }
    assert!(kinds.len() > 8, "{kinds:?}");
    for (kind, index) in kinds {
        let (state, text) = outcome_at(&desk.browser, &desk.proxy, &format!("/entries/{index}"));
        assert_eq!(state, "checked", "{kind}: {text}");
        let documented = text.contains("sets out that document, member by member");
        assert_eq!(documented, kind != "context", "{kind}: {text}");
    }
    assert_eq!(desk.browser.console_errors(), Vec::<String>::new());
}
