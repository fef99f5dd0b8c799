//! Pages whose claims are about something else, or about less, than their address leads to.

use crate::middle::{FAILING, PASSING, ProxiedDemo};
use crate::needs_verifier;
use crate::page::outcome_at;
use crate::proofs::{NOT_PROVED, PROVED, without_first_row};
use harness::client::Client;
use serde_json::{Value, json};

const UNASKED: &str = "its address does not lead to what it claims";
const MARK: &str = "data-claim=\"";

/// A page in which every claim, as the script reads it, was changed.
fn with_claims(html: &str, change: impl Fn(&mut Value)) -> String {
    let mut parts = html.split(MARK);
    let mut changed = parts.next().unwrap().to_owned();
    for part in parts {
        let (claim, behind) = part.split_once('"').unwrap();
        let mut claim: Value = serde_json::from_str(&claim.replace("&#34;", "\"")).unwrap();
        change(&mut claim);
        changed = format!("{changed}data-claim='{claim}'{behind}");
    }
    changed
}

impl ProxiedDemo {
    /// Changes all claims of pages whose path begins so, and takes the first row out of a table.
    fn change_claims(
        &self,
        under: &'static str,
        table: Option<&'static str>,
        change: impl Fn(&mut Value) + Send + Sync + 'static,
    ) {
        self.proxy.change(move |path, _, body| {
            if !path.starts_with(under) {
                return;
            }
            let html = with_claims(&String::from_utf8(std::mem::take(body)).unwrap(), &change);
            let html = match table.and_then(|table| html.split_once(table)) {
                Some((before, behind)) => format!("{before}{}{}", table.unwrap(), without_first_row(behind)),
                None => html,
            };
            *body = html.into_bytes();
        });
    }
}

#[test]
fn a_claim_about_something_else_than_the_address_asks_for_turns_the_page_red() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    let (token, revoked) = (
        desk.named(PASSING, "token_hashes"),
        desk.named(FAILING, "token_hashes"),
    );
    // Another token was never revoked.
    let other = token.clone();
    desk.change_claims("/tokens/", Some("id=\"revocations\""), move |claim| {
        claim["questions"][0][2] = json!(other);
    });
    desk.assert_red_at(&format!("/tokens/{revoked}"), UNASKED);
    // Of other kinds, of none, or of several.
    for questions in [
        json!([["subject", "token", revoked, ["log.genesis"]]]),
        json!([]),
        json!([
            ["subject", "token", revoked, []],
            ["subject", "job", "nobody", []]
        ]),
    ] {
        desk.change_claims("/tokens/", None, move |claim| {
            claim["questions"] = questions.clone();
        });
        desk.assert_red_at(&format!("/tokens/{revoked}"), UNASKED);
    }
    desk.change_claims("/issuers", None, |claim| {
        let did = format!("{}x", claim["questions"][0][2].as_str().unwrap());
        claim["questions"][0][2] = json!(did);
    });
    desk.assert_red_at(&format!("/issuers?did={}", desk.gateway()), UNASKED);
    // One claim more, of another job.
    desk.change_behind("/jobs/", "<ul class=\"notes\">", |html| {
        let claim = json!({ "questions": [["subject", "job", FAILING, []]], "as_of": 50 });
        format!("<li data-claim='{claim}' hidden></li>{html}")
    });
    desk.assert_red_at(&format!("/jobs/{PASSING}"), UNASKED);
    // A page that is about nothing.
    desk.change_behind("/alarms", "<main", move |html| {
        let claim = json!({ "questions": [["subject", "token", token, []]], "as_of": 50 });
        html.replacen('>', &format!("><p data-claim='{claim}' hidden></p>"), 1)
    });
    desk.assert_red_at("/alarms", UNASKED);
}

#[test]
fn a_search_says_what_was_sought_and_proves_nothing_else() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    let text = desk.checked("/search?q=nobody");
    assert!(
        text.contains("No entry of the first ") && text.contains("has the id “nobody” as a job, run"),
        "{text}"
    );
    assert!(
        text.contains("It was also looked up as: registered signer, nonce. That nothing was found there is"),
        "{text}"
    );
    desk.change_claims("/search", None, |claim| {
        for question in claim["questions"].as_array_mut().unwrap() {
            question[2] = json!("other");
        }
    });
    desk.assert_red_at("/search?q=nobody", UNASKED);
    desk.change_claims("/search", None, |claim| {
        for question in claim["questions"].as_array_mut().unwrap() {
            question[3] = json!(["log.genesis"]);
        }
    });
    desk.assert_red_at("/search?q=nobody", UNASKED);
}

#[test]
fn an_old_page_is_refused_under_another_size_and_otherwise_says_that_it_is_old() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    let revoked = format!("/tokens/{}", desk.named(FAILING, "token_hashes"));
    // The check of such a page stands at its foot.
    let checked = |path: &str| {
        desk.checked(path);
        let text = desk.browser.value("document.body.innerText");
        text.as_str().unwrap().to_owned()
    };
    checked("/log");
    // The last entry is the index.root over all that these pages speak of.
    for path in [&revoked, &format!("/jobs/{PASSING}")] {
        let text = checked(path);
        assert!(!text.contains("already seen"), "{text}");
    }
    let old = Client::new(desk.server.url())
        .get(&format!("{revoked}?as_of=60"))
        .unwrap()
        .text();
    desk.proxy.change(move |path, _, body| {
        if path.starts_with("/tokens/") {
            *body = old.clone().into_bytes();
        }
    });
    desk.assert_red_at(&format!("{revoked}?as_of=100"), "asks for tree size 100");
    let text = checked(&revoked);
    assert!(text.contains("already seen a tree of size"), "{text}");
    // A browser that has seen nothing has nothing to compare with but what the log has now.
    desk.browser.value("localStorage.clear()");
    let text = checked(&revoked);
    assert!(!text.contains("already seen"), "{text}");
    assert!(
        text.contains("entries now; this is about the first 60, and says nothing of what came since"),
        "{text}"
    );
}

#[test]
fn what_a_page_says_of_its_own_proofs_is_taken_back_before_anything_is_checked() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    desk.proxy.change(|path, status, body| {
        if path.starts_with("/v1/subjects/") {
            *status = 503;
        }
        if path.starts_with("/runs/") {
            let html = String::from_utf8(std::mem::take(body)).unwrap();
            let (before, claim) = html.split_once("<li data-claim=").unwrap();
            let claim = claim.replacen(
                " hidden></li>",
                &format!(
                    " data-state=\"proved\"><b>All of it</b> ({PROVED}9)</li><li data-when-proved>whole</li>"
                ),
                1,
            );
            let before = before.replace("<li data-unless-proved>", "<li data-unless-proved hidden>");
            *body = format!("{before}<li data-claim={claim}").into_bytes();
        }
    });
    let (state, _) = outcome_at(&desk.browser, &desk.proxy, &format!("/runs/run_{PASSING}"));
    assert_eq!(state, "checked");
    let seen = desk.browser.value("document.querySelector('main').innerText");
    let seen = seen.as_str().unwrap();
    assert!(!seen.contains(PROVED) && !seen.contains("whole"), "{seen}");
    assert!(seen.contains(NOT_PROVED), "{seen}");
}

#[test]
fn what_a_page_shows_is_compared_whatever_it_asks_to_have_compared() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    let run = format!("/runs/run_{PASSING}");
    let less = |claim: &mut Value| {
        claim["list"] = json!({ "first": 0, "end": 1 });
    };
    desk.change_claims("/runs/", Some("id=\"entries-named\""), less);
    desk.assert_red_at(&run, "is shown as left out");
    desk.proxy.change(move |path, _, body| {
        if path.starts_with("/runs/") {
            let html = with_claims(&String::from_utf8(std::mem::take(body)).unwrap(), less);
            *body = html
                .replacen("data-claim-count>", "data-claim-count>1", 1)
                .into_bytes();
        }
    });
    desk.assert_red_at(&run, "number of entries is shown as 1");
    // Of several claims, the one that would show the rest.
    desk.change_behind("/policies/", MARK, |html| {
        let (first, rest) = html.rsplit_once(MARK).unwrap();
        format!("{first}data-claimed=\"{rest}")
    });
    let policy = desk.named(PASSING, "policies");
    desk.assert_red_at(&format!("/policies/{policy}"), "does not claim all entries");
}
