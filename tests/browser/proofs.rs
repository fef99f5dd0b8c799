//! Claims of pages that the browser proves from the log's index, and pages and answers that leave something out.

use crate::middle::{FAILING, PASSING, ProxiedDemo};
use crate::needs_verifier;
use crate::page::{outcome_at, serve_content_at};
use crate::proxy::BodyFlow;
use crate::webdriver::{PATIENCE, soon};
use harness::client::Client;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Condvar, Mutex};
use verifier::checkpoint::Checkpoint;
use verifier::note::VerifierKey;
use verifier::subject_index::SubjectProof;

/// What only a proof may say.
pub(crate) const PROVED: &str = "proved by index.root ";
pub(crate) const NOT_PROVED: &str = "completeness not proved";

impl ProxiedDemo {
    /// What the page at the path says once it was checked, as a reader sees it.
    pub(crate) fn checked(&self, path: &str) -> String {
        let (state, text) = outcome_at(&self.browser, &self.proxy, path);
        assert_eq!(state, "checked", "{path}: {text}");
        let seen = self.browser.value("document.querySelector('main').innerText");
        seen.as_str().unwrap().replace('\n', " ")
    }

    /// An id that the assessment of a job names.
    pub(crate) fn named(&self, job: &str, list: &str) -> String {
        let client = Client::new(self.server.url());
        let answer = client.get(&format!("/v1/jobs/{job}/assessment")).unwrap();
        let assessment = answer.json().unwrap();
        assessment["summary"][list][0].as_str().unwrap().to_owned()
    }

    /// The DID of the one gateway.
    pub(crate) fn gateway(&self) -> String {
        let issuers = Client::new(self.server.url())
            .get("/v1/issuers")
            .unwrap()
            .json()
            .unwrap();
        let mut issuers = issuers["issuers"].as_array().unwrap().iter();
        let gateway = issuers.find(|issuer| issuer["registrations"][0]["roles"][0] == "gateway");
        gateway.unwrap()["did"].as_str().unwrap().to_owned()
    }

    /// Changes what stands behind a mark, in pages whose path begins so.
    pub(crate) fn change_behind(
        &self,
        under: &'static str,
        mark: &str,
        change: impl Fn(&str) -> String + Send + Sync + 'static,
    ) {
        let mark = mark.to_owned();
        self.proxy.change(move |path, _, body| {
            if path.starts_with(under) {
                let html = String::from_utf8(std::mem::take(body)).unwrap();
                let (before, behind) = html.split_once(&mark).unwrap();
                *body = format!("{before}{mark}{}", change(behind)).into_bytes();
            }
        });
    }
}

/// Takes the first row out of a table.
pub(crate) fn without_first_row(html: &str) -> String {
    let (before, row) = html.split_once("<tr id=\"e").unwrap();
    let (_, behind) = row.split_once("</tr>").unwrap();
    format!("{before}{behind}")
}

#[test]
fn the_browser_proves_what_a_page_claims_of_all_entries_and_says_by_which_index_root() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    let (token, revoked) = (
        desk.named(PASSING, "token_hashes"),
        desk.named(FAILING, "token_hashes"),
    );
    let (policy, agent) = (desk.named(PASSING, "policies"), desk.named(PASSING, "agents"));
    let gateway = desk.gateway();
    for (path, expected) in [
        (
            format!("/jobs/{PASSING}"),
            "entries that name this job as of size",
        ),
        (
            format!("/runs/run_{PASSING}"),
            "entries that name this run as of size",
        ),
        (
            format!("/tokens/{token}"),
            "This token was never revoked as of size",
        ),
        (
            format!("/tokens/{revoked}"),
            "The only revocation that names this token, entry ",
        ),
        (
            format!("/tokens/{revoked}"),
            "that names this token is after entry ",
        ),
        (
            format!("/policies/{policy}"),
            "This policy was never withdrawn as of size",
        ),
        (
            format!("/agents/{agent}"),
            "entries that name this agent as of size",
        ),
        (
            format!("/gateways/{gateway}"),
            "entries that name this key as their gateway as of size",
        ),
        (
            format!("/issuers?did={gateway}"),
            "Both entries that name this key as their issuer, register it or retire it, entries ",
        ),
        ("/search?q=nobody".to_owned(), "has the id “nobody” as a job, run"),
    ] {
        let text = desk.checked(&path);
        assert!(text.contains(expected) && text.contains(PROVED), "{path}: {text}");
        assert!(!text.contains(NOT_PROVED), "{path}: {text}");
    }
    assert_eq!(desk.browser.console_errors(), Vec::<String>::new());
}

#[test]
fn a_page_whose_claims_are_proved_still_says_what_is_not() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    let text = desk.checked(&format!("/jobs/{PASSING}"));
    let (_, unproved) = text.split_once("Not proved").unwrap();
    assert!(unproved.contains("never submitted"), "{unproved}");
    assert!(text.contains("only an audit that computes it again from all entries shows"));
    assert!(!text.contains("left nothing out"), "{text}");
    assert!(
        text.contains("the pack proves which they are"),
        "of entries that do not name the job: {text}"
    );
    let token = desk.checked(&format!("/tokens/{}", desk.named(PASSING, "token_hashes")));
    assert!(token.contains("known by its scope alone"), "{token}");
}

#[test]
fn a_page_that_hides_an_entry_from_its_list_or_states_another_number_turns_red() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    let revoked = format!("/tokens/{}", desk.named(FAILING, "token_hashes"));
    let policy = format!("/policies/{}", desk.named(PASSING, "policies"));
    let agent = format!("/agents/{}", desk.named(PASSING, "agents"));
    let run = format!("/runs/run_{PASSING}");
    for (under, path, element) in [
        ("/runs/", &run, "entries-named"),
        ("/tokens/", &revoked, "revocations"),
        ("/policies/", &policy, "entries-named"),
        ("/agents/", &agent, "entries-named"),
    ] {
        desk.change_behind(under, &format!("id=\"{element}\""), without_first_row);
        desk.assert_red_at(path, "is shown as left out");
    }
    // Its own table has other entries, too: all of its rows are there, and cannot be seen.
    desk.change_behind("/jobs/", "id=\"evidence-listed\"", |html| {
        html.replace("<tr id=\"e", "<tr hidden id=\"e")
    });
    desk.assert_red_at(&format!("/jobs/{PASSING}"), "is shown as left out");
    desk.change_behind("/runs/", "data-claim-count>", |html| format!("1{html}"));
    desk.assert_red_at(&run, "number of entries is shown as 1");
    desk.change_behind("/runs/", "data-claim", |html| {
        html.replacen("-count", "-of-what", 1)
    });
    desk.assert_red_at(&run, "number of entries is shown as nothing");
}

#[test]
fn a_proof_that_was_changed_or_answers_something_else_turns_the_page_red() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    let run = format!("/runs/run_{PASSING}");
    desk.proxy.change(|path, _, body| {
        if path.starts_with("/v1/subjects/") {
            let middle = body.len() / 2;
            body[middle] ^= 1;
        }
    });
    desk.assert_red_at(&run, "(");
    let other = Client::new(desk.server.url());
    let other = other
        .get(&format!("/v1/subjects/run/run_{FAILING}/proof"))
        .unwrap()
        .body;
    desk.proxy.change(move |path, _, body| {
        if path.starts_with("/v1/subjects/") {
            body.clone_from(&other);
        }
    });
    desk.assert_red_at(&run, "UNEXPECTED_QUESTION");
}

#[test]
fn what_is_not_proved_keeps_its_sentence_and_the_reason() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    let run = format!("/runs/run_{PASSING}");
    for (given, why) in [
        (409, "the log’s index does not cover this size"),
        (413, "too large to check here"),
        (503, "the server answered 503"),
    ] {
        desk.proxy.change(move |path, status, _| {
            if path.starts_with("/v1/subjects/") {
                *status = given;
            }
        });
        let text = desk.checked(&run);
        assert!(text.contains(NOT_PROVED) && text.contains(why), "{given}: {text}");
        assert!(!text.contains(PROVED), "{given}: {text}");
    }
    // An answer as of fewer entries is genuine, and says too little.
    let client = Client::new(desk.server.url());
    let older = client
        .get(&format!("/v1/subjects/run/run_{PASSING}/proof?as_of=40"))
        .unwrap()
        .body;
    desk.proxy.change(move |path, _, body| {
        if path.starts_with("/v1/subjects/") {
            body.clone_from(&older);
        }
    });
    let text = desk.checked(&run);
    assert!(
        text.contains("This answer is as of size 40") && !text.contains(PROVED),
        "{text}"
    );
}

#[test]
fn the_proofs_of_a_page_are_fetched_at_once() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    let policy = format!("/policies/{}", desk.named(PASSING, "policies"));
    // None of the three is answered before all of them were asked for.
    let asked = (Mutex::new(0), Condvar::new());
    desk.proxy.change(move |path, _, _| {
        if path.starts_with("/v1/subjects/") {
            let (asked, all) = &asked;
            *asked.lock().unwrap() += 1;
            all.notify_all();
            let guard = asked.lock().unwrap();
            drop(
                all.wait_timeout_while(guard, PATIENCE, |asked| *asked < 3)
                    .unwrap(),
            );
        }
    });
    let text = desk.checked(&policy);
    assert!(!text.contains(NOT_PROVED), "{text}");
    assert_eq!(text.matches(PROVED).count(), 3, "{text}");
}

#[test]
fn a_proof_that_never_ends_is_given_up_by_itself() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    desk.browser.hurry();
    desk.proxy.never_end(Some(("/v1/subjects/", BodyFlow::Drip)));
    let text = desk.checked(&format!("/runs/run_{PASSING}"));
    assert!(
        text.contains(NOT_PROVED) && text.contains("was not whole after 60 seconds"),
        "{text}"
    );
}

#[test]
fn a_search_of_which_one_proof_is_not_to_be_had_still_shows_the_fault_in_another() {
    needs_verifier!();
    let desk = ProxiedDemo::indexed();
    desk.proxy.change(|path, status, body| {
        if path.starts_with("/v1/subjects/job/") {
            *status = 503;
        } else if path.starts_with("/v1/subjects/run/") {
            let middle = body.len() / 2;
            body[middle] ^= 1;
        }
    });
    desk.assert_red_at("/search?q=nobody", "(");
}

#[test]
fn the_pages_of_a_log_without_an_index_say_so_and_prove_nothing() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let token = format!("/tokens/{}", desk.named(PASSING, "token_hashes"));
    for path in [format!("/jobs/{PASSING}"), format!("/runs/run_{PASSING}"), token] {
        let text = desk.checked(&path);
        assert!(
            !text.contains("known by its scope alone") && !text.contains("the pack proves"),
            "{path}: {text}"
        );
        assert!(
            text.contains("completeness not proved: this log keeps no index"),
            "{text}"
        );
        assert!(!text.contains(PROVED), "{text}");
    }
}

#[test]
fn an_index_that_leaves_out_an_entry_of_its_log_is_told_by_its_code_with_the_file_that_shows_it() {
    needs_verifier!();
    let desk = ProxiedDemo::new();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/vectors/subject-proof/invalid");
    let vector = std::fs::read(vectors.join("entry_left_out_by_index.json")).unwrap();
    let vector: Value = serde_json::from_slice(&vector).unwrap();
    let text = |member: &str| vector[member].as_str().unwrap().to_owned();
    let hex = text("file_hex");
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let file: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
    let key = VerifierKey::parse(&text("vkey")).unwrap();
    let proof = SubjectProof::decode(&file).unwrap();
    let note = proof.checkpoint.to_owned();
    let claim = json!({
        "questions": [proof.question.to_json()], "as_of": proof.as_of,
    });
    let head = Checkpoint::open(note.as_bytes(), &key).unwrap().head().clone();
    let section = format!(
        "<p data-claim='{}' hidden></p><section id=\"browser-check\" data-state=\"unchecked\" data-page=\"log\" \
         data-tree-size=\"{}\" data-root=\"{}\"><p role=\"status\">Not checked in this browser.</p></section>",
        claim, head.size, head.root
    );
    let (vkey, genesis, origin) = (text("vkey"), text("genesis"), key.name().to_owned());
    let sent = file.clone();
    // The page of a search for the job that the proof is about.
    let there = "/search?q=j1";
    serve_content_at(there, &desk.proxy, section, move |path, status, body| {
        *body = match path {
            "/v1/log" => json!({ "vkey": vkey }).to_string().into_bytes(),
            "/log/checkpoint" => note.clone().into_bytes(),
            "/v1/entries/0" => genesis.clone().into_bytes(),
            _ if path == there => {
                let html = String::from_utf8(std::mem::take(body)).unwrap();
                let (start, end) = html.split_once("data-shows=\"origin\">").unwrap();
                let (_, end) = end.split_once('<').unwrap();
                let html = format!("{start}>{origin}<{end}");
                html.replace("data-shows=\"tree_size\"", "")
                    .replace("data-shows=\"root_hash\"", "")
                    .into_bytes()
            }
            _ if path.starts_with("/v1/subjects/") => sent.clone(),
            _ => return,
        };
        *status = 200;
    });
    desk.assert_red_at(there, "INDEX_OMITS");
    let home = tempfile::tempdir().unwrap();
    desk.browser.save_downloads_in(home.path());
    desk.browser.click(&desk.browser.find("[role=alert] a[download]"));
    let saved = || std::fs::read(home.path().join("subject.proof")).is_ok_and(|saved| saved == file);
    assert!(soon(saved), "the file is not saved");
}
