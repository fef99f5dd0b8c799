//! Every page as people meet it: light and dark, wide and narrow, with a keyboard or a screen reader, on paper.

use crate::care::Inspection;
use crate::desk::BrowserDesk;
use crate::needs_browser;
use crate::staged::{StagedServer, token};
use serde_json::json;
use std::process::Command;

/// A name for each page, and where it is in the demo.
pub(crate) fn pages(desk: &BrowserDesk) -> Vec<(&'static str, String)> {
    let summary = desk.json("/v1/jobs/demo-revoked-midway/assessment")["summary"].take();
    let first = |name: &str| summary[name][0].as_str().unwrap().to_owned();
    let (policy, token, agent) = (first("policies"), first("token_hashes"), first("agents"));
    let other = desk.json("/v1/jobs/job-2026-02-11-001/assessment")["summary"]["policies"][0].take();
    let other = other.as_str().unwrap();
    let revoked = desk.revocation_in("demo-revoked-midway");
    let published = desk.entry_of("demo-sentinel-triage", "policy.published");
    let published = desk.json(&format!("/v1/entries/{published}"))["evidence_digest"].take();
    let file = desk.entry_of("demo-defender-triage", "artifact");
    let file = desk.json(&format!("/v1/entries/{file}/evidence"))["payload"]["sha256"].take();
    let receipt = desk.entry_of("demo-revoked-midway", "receipt.gateway");
    let size = desk.json("/v1/log")["tree_size"].as_u64().unwrap();
    let path = |text: &str| text.to_owned();
    vec![
        ("home", path("/")),
        ("jobs", path("/jobs")),
        ("jobs-filtered", path("/jobs?verdict=FAIL")),
        ("jobs-none", path("/jobs?model=nobody%2Fnothing")),
        ("job-fail", path("/jobs/demo-revoked-midway")),
        ("job-pass", path("/jobs/demo-sentinel-write-approved")),
        ("job-incomplete", path("/jobs/demo-pulse-only")),
        ("job-halted", path("/jobs/demo-halted-clean")),
        ("job-as-of", format!("/jobs/demo-revoked-midway?as_of={revoked}")),
        ("policies", path("/policies")),
        ("policies-none", path("/policies?policy_id=nobody")),
        ("policy", format!("/policies/{policy}")),
        ("policy-diff", format!("/policies/diff?from={policy}&to={other}")),
        (
            "policy-diff-same",
            format!("/policies/diff?from={policy}&to={policy}"),
        ),
        ("policy-diff-which", path("/policies/diff")),
        ("token", format!("/tokens/{token}")),
        ("agent", format!("/agents/{agent}")),
        ("gateway", format!("/gateways/{}", gateway(desk))),
        ("run", path("/runs/run_demo-revoked-midway")),
        (
            "compare",
            path("/compare?a=run_demo-revoked-midway&b=run_demo-sentinel-triage"),
        ),
        ("compare-which", path("/compare")),
        (
            "compare-unknown",
            path("/compare?a=run_demo-revoked-midway&b=nobody"),
        ),
        ("entry", format!("/entries/{revoked}")),
        ("entry-receipt", format!("/entries/{receipt}")),
        ("evidence", format!("/e/{}", published.as_str().unwrap())),
        ("artifact", format!("/artifacts/{}", file.as_str().unwrap())),
        ("log", path("/log")),
        ("log-consistency", format!("/log?first=7&second={size}")),
        ("issuers", path("/issuers")),
        ("alarms", path("/alarms")),
        ("alarms-none", path("/alarms?code=NOT_YET_VALID")),
        ("verify", path("/verify")),
        ("search", path("/search")),
        ("search-near", path("/search?q=demo-rev")),
        ("help", path("/help")),
        ("checks", path("/checks")),
        ("check", path("/checks/token.valid")),
        ("problems", path("/problems")),
        ("problem-verdict", path("/problems/REVOKED_BEFORE_USE")),
        ("problem-refusal", path("/problems/TOKEN_LEAKED")),
        ("api", path("/api")),
        ("api-operation", path("/api/listJobs")),
        ("search-none", path("/search?q=nothing-of-that-name")),
        ("search-long", format!("/search?q={}", "x".repeat(300))),
    ]
}

/// The DID of the one gateway.
fn gateway(desk: &BrowserDesk) -> String {
    let issuers = desk.json("/v1/issuers");
    let mut issuers = issuers["issuers"].as_array().unwrap().iter();
    let gateway = issuers.find(|issuer| issuer["registrations"][0]["roles"][0] == "gateway");
    gateway.unwrap()["did"].as_str().unwrap().to_owned()
}

#[test]
fn every_page_is_accessible_and_fits_every_screen_in_light_and_dark() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    let mut inspection = Inspection::new(&desk);
    for (name, path) in pages(&desk) {
        inspection.visit(name, &path, 200);
    }
    let bundle = desk.evidence(desk.entry_of("demo-sentinel-triage", "bundle"));
    desk.open("/verify");
    let field = desk.browser.find("main form input[type=file][name]");
    desk.browser.type_into(&field, &bundle.to_string_lossy());
    desk.press("main form[method=post] button[type=submit]");
    desk.browser.wait_for("document.querySelector('.result')");
    inspection.look("verify-result", 200);
    inspection.passes();
}

#[test]
fn a_page_that_is_not_there_is_as_accessible_as_one_that_is() {
    needs_browser!();
    let log = StagedServer::empty();
    let desk = BrowserDesk::of(log.server.url());
    let mut inspection = Inspection::new(&desk);
    let token = token();
    for (name, path, status) in [
        ("error-page", "/nothing".to_owned(), 404),
        ("error-job", "/jobs/nobody".to_owned(), 404),
        ("error-entry", "/entries/999".to_owned(), 404),
        ("error-address", "/entries/x".to_owned(), 422),
        ("error-token", format!("/tokens/{token}"), 422),
        (
            "wrong-filter-jobs",
            "/jobs?from=yesterday&agent=me".to_owned(),
            422,
        ),
        ("wrong-filter-alarms", "/alarms?code=lower".to_owned(), 422),
        ("error-token-search", format!("/search?q={token}"), 422),
    ] {
        inspection.visit(name, &path, status);
    }
    for (name, path) in [
        ("empty-home", "/"),
        ("empty-jobs", "/jobs"),
        ("empty-policies", "/policies"),
        ("empty-alarms", "/alarms"),
        ("empty-issuers", "/issuers"),
        ("empty-log", "/log"),
        ("empty-entry", "/entries/0"),
    ] {
        inspection.visit(name, path, 200);
    }
    inspection.passes();
}

#[test]
fn pages_about_trouble_are_as_accessible_as_others() {
    needs_browser!();
    let log = StagedServer::new();
    let policy = log.publish("gaps", &json!({"tools": {"allow": ["mail"]}}));
    let gaps = log.job("gaps", &policy);
    gaps.call(0, false);
    gaps.call(2, true);
    let other = log.job("contradiction", &policy);
    other.log(&other.receipt_of("rcpt_twice", "claude-test"), 0, false);
    let second = other.log(&other.receipt_of("rcpt_twice", "another-model"), 1, true);
    log.withdraw(&policy, "allows too much");
    gaps.call(3, true);
    gaps.revoke("leaked");
    log.event("gaps", "disputed", &json!({"reason": "the stream has a gap"}));
    log.event("contradiction", "halted", &json!({"reason": "two stories"}));
    log.event("contradiction", "supersedes", &json!({"related_job_id": "gaps"}));
    let opened: Vec<String> = (0..120)
        .map(|number| log.opened(&format!("many-{number:03}")))
        .collect();
    log.client.submit_batch(&opened).unwrap();
    log.is_judged();
    let desk = BrowserDesk::of(log.server.url());
    let first = desk.client.get("/jobs").unwrap().text();
    let next = first
        .split("rel=\"next\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let mut inspection = Inspection::new(&desk);
    for (name, path) in [
        ("trouble-home", "/".to_owned()),
        ("trouble-alarms", "/alarms".to_owned()),
        ("jobs-next", next.replace("&#38;", "&")),
        ("search-several", "/search?q=gaps".to_owned()),
        ("job-gaps", gaps.href()),
        ("job-contradiction", other.href()),
        ("entry-contradicted", format!("/entries/{second}")),
        ("policy-withdrawn", format!("/policies/{policy}")),
        ("token-revoked", format!("/tokens/{}", gaps.token)),
        (
            "gateway-gaps",
            format!("/gateways/{}", log.cast.gateway.did().as_str()),
        ),
    ] {
        inspection.visit(name, &path, 200);
    }
    inspection.passes();
}

#[test]
fn every_sheet_of_a_printed_job_names_tree_and_permalink() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.open("/jobs/demo-revoked-midway");
    let file = desk.file("job.pdf", &desk.browser.printed());
    let text = Command::new("pdftotext").arg(file).arg("-").output();
    let Ok(text) = text else {
        assert!(
            std::env::var_os("REQUIRE_BROWSER").is_none(),
            "no pdftotext, and REQUIRE_BROWSER is set"
        );
        eprintln!("LEFT OUT: pdftotext is not installed; what is printed was not read");
        return;
    };
    let text = String::from_utf8(text.stdout).unwrap();
    let log = desk.json("/v1/log");
    let root = log["root_hash"].as_str().unwrap();
    let size = log["tree_size"].as_u64().unwrap();
    // Lines may break anywhere in an id.
    let sheets: Vec<String> = text
        .split('\u{c}')
        .map(|sheet| sheet.split_whitespace().collect())
        .filter(|sheet: &String| !sheet.is_empty())
        .collect();
    assert!(sheets.len() > 1, "a job takes more than one sheet");
    for (number, sheet) in sheets.iter().enumerate() {
        let permalink = format!("/jobs/demo-revoked-midway?as_of={size}");
        assert!(
            sheet.contains(root) && sheet.contains(&permalink),
            "sheet {number}: {sheet}"
        );
    }
}
