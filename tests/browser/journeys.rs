//! What an auditor comes for, from the search box to the answer, by what a person clicks.

use crate::desk::BrowserDesk;
use crate::staged::StagedServer;
use crate::{LEDGER_VERIFY, needs_browser};
use kit::server;
use serde_json::{Value, json};
use verifier::digest::ArtifactHash;
use verifier::hash::sha256;
use verifier::json::{parse, to_jcs};

#[test]
fn an_auditor_finds_policy_token_and_every_model_call_of_a_job() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    let job = "demo-sentinel-triage";
    let summary = desk.json(&format!("/v1/jobs/{job}/assessment"))["summary"].take();
    let first = |name: &str| summary[name][0].as_str().unwrap().to_owned();
    let (policy, token) = (first("policies"), first("token_hashes"));
    desk.search(job);
    desk.arrives_at(&format!("/jobs/{job}"));
    desk.says(&["PASS", &policy, &token, "scope hash", "openai/gpt-5.2"]);
    let receipts = desk.entries_of(job, "receipt.gateway");
    for index in &receipts {
        let receipt = desk.json(&format!("/v1/entries/{index}/evidence"))["payload"].take();
        let row = desk.text_of(&format!("#e{index}"));
        assert!(row.contains("Model call") && row.contains("gpt-5.2"), "{row}");
        for member in ["receipt_id", "request_hash_b64u", "response_hash_b64u"] {
            assert!(row.contains(receipt[member].as_str().unwrap()), "{member}: {row}");
        }
        assert!(desk.text_of("#usage ~ .panel").contains("openai/gpt-5.2"));
        let scope = receipt["binding"]["token_scope_hash_b64u"].as_str().unwrap();
        desk.says(&[scope]);
    }
    let rows = desk
        .browser
        .value("[...document.querySelectorAll('tr[id^=e]')].map((row) => Number(row.id.slice(1)))");
    let rows: Vec<u64> = serde_json::from_value(rows).unwrap();
    assert!(rows.is_sorted() && receipts.iter().all(|index| rows.contains(index)));
    desk.follow(&format!("/policies/{policy}"));
    desk.says(&["sentinel-triage-readonly", &policy, "hashes to the policy hash"]);
}

#[test]
fn a_contradiction_between_two_jobs_stands_on_the_pages_of_both() {
    needs_browser!();
    let log = StagedServer::new();
    let policy = log.publish("mail", &json!({"tools": {"allow": ["mail"]}}));
    let (first, second) = (log.job("first", &policy), log.job("second", &policy));
    let one = first.log(&first.receipt_of("rcpt_swapped", "claude-test"), 0, true);
    let other = second.log(&second.receipt_of("rcpt_swapped", "claude-test"), 0, true);
    log.is_judged();
    let desk = BrowserDesk::of(log.server.url());
    for job in [&first, &second] {
        desk.search(&job.id);
        desk.arrives_at(&job.href());
        desk.says(&["FAIL", "CONFLICTING_STATEMENTS", "said different things"]);
        let check = desk.text_of("#check-receipts\\.unique");
        assert!(
            check.contains(&one.to_string()) && check.contains(&other.to_string()),
            "{check}"
        );
    }
    desk.follow(&format!("/entries/{other}"));
    desk.says(&["Contradicted", &format!("entry {one}")]);
    desk.open("/alarms");
    desk.says(&["CONFLICTING_STATEMENTS"]);
}

#[test]
fn a_receipt_that_is_counted_in_two_jobs_stands_on_the_pages_of_both() {
    needs_browser!();
    let log = StagedServer::new();
    let policy = log.publish("mail", &json!({"tools": {"allow": ["mail"]}}));
    let (first, second) = (log.job("first", &policy), log.job("second", &policy));
    let receipt = first.receipt("0", "claude-test");
    let logged = first.log(&receipt, 0, true);
    // The same bytes, said to be of another job, which uses the token of the first.
    let replayed = json!({
        "job_id": second.id, "token_hash": first.token, "stream": "second", "number": 0, "last": true,
    });
    log.submit_with(&receipt, &replayed);
    let desk = BrowserDesk::of(log.server.url());
    for job in [&first, &second] {
        desk.open(&job.href());
        desk.says(&["FAIL", "TOKEN_USED_BY_OTHER_JOB"]);
        assert!(desk.text_of(&format!("#e{logged}")).contains("Model call"));
    }
}

#[test]
fn missing_receipts_make_a_job_incomplete_and_each_missing_place_is_named() {
    needs_browser!();
    let log = StagedServer::new();
    let policy = log.publish("mail", &json!({"tools": {"allow": ["mail"]}}));
    let job = log.job("gap", &policy);
    for number in [0, 1, 4] {
        job.call(number, number == 4);
    }
    let desk = BrowserDesk::of(log.server.url());
    desk.open("/jobs/gap");
    desk.says(&[
        "INCOMPLETE",
        "Receipts are missing",
        "has no receipt for: 2 to 3.",
    ]);
    assert_eq!(
        desk.browser
            .value("document.querySelector('.verdict.big').className.includes('is-incomplete')"),
        true
    );
    desk.follow(&format!("/entries/{}", desk.entry_of("gap", "receipt.gateway")));
    desk.press("main a[href^='/gateways/']");
    desk.browser
        .wait_for("location.pathname.startsWith('/gateways/')");
    desk.says(&["gap", "not here: 2 to 3"]);
}

#[test]
fn an_omitted_receipt_is_named_with_its_entry_and_no_page_calls_the_job_passed() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.open("/jobs?verdict=INCOMPLETE");
    desk.follow("/jobs/demo-omitted-receipt");
    let verdict = desk.text_of(".verdict.big");
    assert!(verdict.ends_with("INCOMPLETE"), "{verdict}");
    let check = desk.text_of("#check-receipts\\.complete");
    assert!(check.contains("RECEIPT_NOT_IN_BUNDLE"), "{check}");
    let omitted = desk.json("/v1/jobs/demo-omitted-receipt/assessment")["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["id"] == "receipts.complete")
        .unwrap()["entries"][0]
        .as_u64()
        .unwrap();
    desk.press(&format!(
        "#check-receipts\\.complete a[href='/entries/{omitted}']"
    ));
    desk.arrives_at(&format!("/entries/{omitted}"));
    desk.says(&["Model call"]);
}

#[test]
fn the_policies_of_two_runs_are_compared_field_by_field_with_the_jobs_under_each() {
    needs_browser!();
    let log = StagedServer::new();
    let old = log.publish("mail", &json!({"tools": {"allow": ["mail"]}}));
    log.job("under-old", &old).call(0, true);
    let new = log.publish("mail", &json!({"tools": {"allow": ["mail", "calendar"]}}));
    log.job("under-new", &new).call(0, true);
    log.is_judged();
    let desk = BrowserDesk::of(log.server.url());
    desk.search("mail");
    desk.browser.wait_for("location.pathname !== '/'");
    desk.open(&format!("/policies/{new}"));
    desk.press_link("What changed since the version before");
    desk.arrives_at(&format!("/policies/diff?from={old}&to={new}"));
    desk.says(&[
        &old,
        &new,
        "under-old",
        "under-new",
        "/tools/allow",
        "calendar",
        "entry 5",
    ]);
    desk.follow(&format!("/policies/{old}"));
    desk.says(&["under-old"]);
}

#[test]
fn a_pack_downloaded_by_a_click_gives_the_same_verdict_offline() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.browser.save_downloads_in(desk.home.path());
    desk.open("/jobs/demo-revoked-midway");
    desk.press_link("Download pack");
    let pack = desk.downloaded("evidence");
    let vkey = desk.json("/v1/log")["vkey"].take();
    let output = server::run(
        LEDGER_VERIFY,
        &[
            "pack",
            &pack.to_string_lossy(),
            "--log-key",
            vkey.as_str().unwrap(),
            "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(1), "a failing job");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["reason_code"], "REVOKED_BEFORE_USE", "{report}");
    let digest = desk
        .browser
        .value("document.querySelector('#browser-check').dataset.assessment");
    let derived = report["details"]["assessment"].to_string();
    let derived = sha256(to_jcs(&parse(derived.as_bytes()).unwrap()).as_bytes());
    assert_eq!(
        digest,
        ArtifactHash::from_bytes(derived).to_string(),
        "byte for byte"
    );
    desk.says(&["FAIL", "REVOKED_BEFORE_USE"]);
}

#[test]
fn a_ticket_with_a_digest_leads_to_the_document_for_ever() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    let bundle = desk.entry_of("demo-sentinel-triage", "bundle");
    let digest = desk.json(&format!("/v1/entries/{bundle}"))["evidence_digest"].take();
    let digest = digest.as_str().unwrap();
    desk.open(&format!("/e/{digest}"));
    desk.arrives_at(&format!("/entries/{bundle}"));
    desk.says(&[
        digest,
        "Checkpoint",
        desk.json("/v1/log")["root_hash"].as_str().unwrap(),
    ]);
}

#[test]
fn a_job_that_takes_the_place_of_another_says_so_on_both_pages() {
    needs_browser!();
    let log = StagedServer::new();
    let policy = log.publish("mail", &json!({"tools": {"allow": ["mail"]}}));
    let (first, second) = (log.job("export-1", &policy), log.job("export-2", &policy));
    first.call(0, true);
    log.event(
        "export-2",
        "supersedes",
        &json!({"related_job_id": "export-1", "reason": "wrong month"}),
    );
    second.call(0, true);
    let desk = BrowserDesk::of(log.server.url());
    desk.open("/jobs/export-1");
    desk.says(&[
        "Another job refers to this one",
        "takes the place of this job",
        "Neither of them is changed by this",
    ]);
    desk.follow("/jobs/export-2");
    desk.says(&[
        "This job refers to an earlier one",
        "It takes the place of export-1",
        "wrong month",
    ]);
    desk.follow("/jobs/export-1");
}

#[test]
fn all_runs_are_listed_with_time_and_lead_to_receipts_files_and_the_policy_of_their_time() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.open("/");
    desk.press_link("Jobs");
    desk.arrives_at("/jobs");
    let jobs = desk.json("/v1/jobs?limit=100")["jobs"].take();
    for job in jobs.as_array().unwrap() {
        desk.says(&[job["job_id"].as_str().unwrap()]);
    }
    desk.follow("/jobs/demo-defender-triage");
    desk.follow("/runs/run_demo-defender-triage");
    desk.says(&["Model call", "Bundle", "gpt-5.2"]);
    desk.browser.value("history.back()");
    desk.arrives_at("/jobs/demo-defender-triage");
    let file = desk.entry_of("demo-defender-triage", "artifact");
    let file = desk.json(&format!("/v1/entries/{file}/evidence"))["payload"]["sha256"].take();
    desk.follow(&format!("/artifacts/{}", file.as_str().unwrap()));
    desk.says(&["defender-api-audit.csv", "demo-defender-triage"]);
}

#[test]
fn an_auditor_verifies_a_bundle_that_is_logged_and_sees_one_that_was_changed() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    let bundle = desk.evidence(desk.entry_of("demo-sentinel-triage", "bundle"));
    let send = |file: &std::path::Path| {
        desk.open("/verify");
        let field = desk.browser.find("main form input[type=file][name]");
        desk.browser.type_into(&field, &file.to_string_lossy());
        desk.press("main form[method=post] button[type=submit]");
        desk.browser.wait_for("document.querySelector('.result')");
    };
    let size = desk.json("/v1/log")["tree_size"].clone();
    send(&bundle);
    desk.says(&["In this log", "PASS"]);
    let text = std::fs::read_to_string(&bundle).unwrap();
    let text = text.replacen("demo-sentinel-triage", "demo-sentinel-other", 1);
    send(&desk.file("changed.json", text.as_bytes()));
    desk.says(&["FAIL", "Not logged"]);
    assert_eq!(desk.json("/v1/log")["tree_size"], size, "nothing is logged");
}

#[test]
fn a_permalink_keeps_its_answer_and_says_when_a_newer_tree_has_another() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    // Before the revocation was logged.
    let revoked = desk.revocation_in("demo-revoked-midway");
    desk.open(&format!("/jobs/demo-revoked-midway?as_of={revoked}"));
    desk.says(&["INCOMPLETE", "FAIL", "The verdict has changed since"]);
    let badge = desk.text_of(".verdict");
    assert!(badge.ends_with("INCOMPLETE"), "{badge}");
}
