//! What an analyst comes for in an incident: a leaked token, a halt, a policy taken back, alarms.

use crate::desk::BrowserDesk;
use crate::needs_browser;
use crate::staged::StagedServer;
use serde_json::json;

#[test]
fn an_analyst_comes_from_a_tokens_hash_to_the_use_after_its_revocation() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    let assessment = desk.json("/v1/jobs/demo-revoked-midway/assessment");
    let token = assessment["summary"]["token_hashes"][0].as_str().unwrap();
    desk.search(token);
    desk.arrives_at(&format!("/tokens/{token}"));
    desk.says(&["REVOKED_BEFORE_USE", "2 s after", "token found in a public paste"]);
    let revoked = desk.revocation_in("demo-revoked-midway");
    let calls = desk.entries_of("demo-revoked-midway", "receipt.gateway");
    assert!(calls.iter().any(|index| *index < revoked) && calls.iter().any(|index| *index > revoked));
    for index in calls {
        let row = desk.text_of(&format!("#e{index}"));
        assert_eq!(
            row.contains("✕ failed REVOKED_BEFORE_USE"),
            index > revoked,
            "{row}"
        );
        assert_eq!(row.contains("✓ passed VALID"), index < revoked, "{row}");
    }
    let line = desk
        .browser
        .value("document.querySelector('.picture svg').getAttribute('aria-label')");
    assert!(line.as_str().unwrap().contains("evok"), "{line}");
    desk.follow("/jobs/demo-revoked-midway");
    desk.says(&["FAIL", "kept working after its access was revoked"]);
}

#[test]
fn every_job_that_used_a_token_stands_on_its_page() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    let assessment = desk.json("/v1/jobs/demo-shared-token-a/assessment");
    let token = assessment["summary"]["token_hashes"][0].as_str().unwrap();
    desk.search(token);
    desk.arrives_at(&format!("/tokens/{token}"));
    desk.says(&["Used by 2 jobs", "demo-shared-token-a", "demo-shared-token-b"]);
    desk.follow("/jobs/demo-shared-token-b");
    desk.says(&["FAIL", "TOKEN_USED_BY_OTHER_JOB"]);
}

#[test]
fn a_halted_job_names_the_last_use_before_and_says_that_none_after_is_what_this_server_knows() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.search("demo-halted-clean");
    desk.arrives_at("/jobs/demo-halted-clean");
    let calls = desk.entries_of("demo-halted-clean", "receipt.gateway");
    let last = calls.last().unwrap();
    let newest = desk.json("/v1/log")["tree_size"].as_u64().unwrap() - 1;
    desk.says(&[
        "Stopped",
        &format!("The last action before that is entry {last}."),
        &format!("to {newest}, the newest on this page"),
        "That none was made is not proved",
    ]);
    let halt = desk.text_of("#check-halt");
    assert!(halt.contains("passed"), "{halt}");
}

#[test]
fn a_call_after_a_halt_stands_out_in_the_halted_job() {
    needs_browser!();
    let log = StagedServer::new();
    let policy = log.publish("mail", &json!({"tools": {"allow": ["mail"]}}));
    let job = log.job("halted", &policy);
    let before = job.call(0, false);
    log.event("halted", "halted", &json!({"reason": "kill switch"}));
    let after = job.call(1, true);
    let desk = BrowserDesk::of(log.server.url());
    desk.open("/jobs/halted");
    desk.says(&[
        &format!("The last action before that is entry {before}."),
        "1 action of this job was logged after that",
    ]);
    let check = desk.text_of("#check-halt");
    assert!(
        check.contains(&after.to_string()) && !check.contains("passed"),
        "{check}"
    );
}

#[test]
fn an_incident_is_compared_with_the_last_good_run() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.open("/jobs/demo-revoked-midway");
    desk.press_link("Compare with another run");
    desk.arrives_at("/compare?a=run_demo-revoked-midway");
    desk.browser.type_into(
        &desk.browser.find("main input[name=b]"),
        "run_demo-sentinel-triage",
    );
    desk.press("main form button[type=submit]");
    desk.arrives_at("/compare?a=run_demo-revoked-midway&b=run_demo-sentinel-triage");
    desk.says(&[
        "Policy",
        "Scope",
        "Models",
        "Tools",
        "Timing",
        "Tokens",
        "only in B",
        "differs",
        "FAIL",
        "PASS",
    ]);
}

#[test]
fn what_a_model_was_asked_and_what_a_tool_did_never_look_the_same() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.open("/jobs/demo-defender-triage");
    let class = |index: u64| {
        desk.browser
            .value(&format!("document.querySelector('#e{index}').className"))
    };
    let model = desk.entry_of("demo-defender-triage", "receipt.gateway");
    let tool = desk.entry_of("demo-defender-triage", "receipt.tool");
    assert_ne!(class(model), class(tool));
    assert!(desk.text_of(&format!("#e{model}")).contains("Model call"));
    let said = desk.text_of(&format!("#e{tool}"));
    assert!(
        said.contains("Tool call") && said.contains("self-reported"),
        "{said}"
    );
    desk.says(&[
        "a receipt says that a call was made, not what it did",
        "What happened inside the systems that the tools used",
    ]);
}

#[test]
fn a_use_of_an_expired_token_is_isolated_by_its_alarm() {
    needs_browser!();
    let log = StagedServer::new();
    let policy = log.publish("mail", &json!({"tools": {"allow": ["mail"]}}));
    log.job("in-time", &policy).call(0, true);
    let late = log.job_until("late", &policy, 1_770_769_000);
    let call = late.call(0, true);
    log.is_judged();
    let desk = BrowserDesk::of(log.server.url());
    desk.open("/alarms?code=EXPIRED");
    desk.says(&["EXPIRED", "late"]);
    assert!(!desk.text_of("main table").contains("in-time"));
    desk.follow("/jobs/late");
    let row = desk.text_of(&format!("#e{call}"));
    assert!(row.contains("EXPIRED"), "{row}");
    desk.follow(&format!("/tokens/{}", late.token));
    desk.says(&["✕ failed EXPIRED"]);
}

#[test]
fn jobs_under_a_withdrawn_policy_are_found_from_its_page() {
    needs_browser!();
    let log = StagedServer::new();
    let policy = log.publish("mail", &json!({"tools": {"allow": ["mail"]}}));
    let job = log.job("goes-on", &policy);
    job.call(0, false);
    log.withdraw(&policy, "allows too much");
    job.call(1, true);
    log.is_judged();
    let desk = BrowserDesk::of(log.server.url());
    desk.open("/policies");
    desk.says(&["withdrawn"]);
    desk.follow(&format!("/jobs?policy={policy}"));
    desk.says(&["goes-on"]);
    desk.open(&format!("/policies/{policy}"));
    desk.says(&["Withdrawn", "allows too much", "goes-on"]);
    desk.follow("/jobs/goes-on");
    // Within the tolerance between clocks only its signer says that the call was made before the withdrawal.
    desk.says(&[
        "INCOMPLETE",
        "LATE_SUBMISSION",
        "Logged after its policy was withdrawn",
    ]);
}

#[test]
fn alarms_are_narrowed_by_code_and_by_job() {
    needs_browser!();
    let desk = BrowserDesk::of_demo();
    desk.open("/alarms");
    desk.says(&["REVOKED_BEFORE_USE", "TOKEN_USED_BY_OTHER_JOB"]);
    desk.browser
        .type_into(&desk.browser.find("main input[name=code]"), "REVOKED_BEFORE_USE");
    desk.press("main form button[type=submit]");
    desk.browser
        .wait_for("location.search.includes('code=REVOKED_BEFORE_USE')");
    desk.browser.wait_for("document.readyState === 'complete'");
    let table = desk.text_of("main table");
    assert!(
        table.contains("demo-revoked-midway") && !table.contains("demo-shared-token-a"),
        "{table}"
    );
    desk.browser
        .type_into(&desk.browser.find("main input[name=job]"), "demo-shared-token-a");
    desk.press("main form button[type=submit]");
    desk.browser
        .wait_for("location.search.includes('job=demo-shared-token-a')");
    desk.browser.wait_for("document.readyState === 'complete'");
    desk.says(&["No alarm matches"]);
    desk.press_link("Clear");
    desk.arrives_at("/alarms");
    desk.says(&["TOKEN_USED_BY_OTHER_JOB"]);
}

#[test]
fn the_issuers_page_tells_windows_lateness_and_what_was_refused() {
    needs_browser!();
    let log = StagedServer::new();
    let policy = log.publish("mail", &json!({"tools": {"allow": ["mail"]}}));
    log.job("mail-job", &policy).call(0, true);
    let refused = log.refused_receipt();
    let desk = BrowserDesk::of(log.server.url());
    desk.open("/log");
    desk.press("main a[href^='/issuers']");
    desk.browser.wait_for("location.pathname === '/issuers'");
    desk.says(&["in force", "gateway", "token issuer", "median ", "1 × ", &refused]);
    desk.open("/issuers?role=gateway");
    desk.says(&["1 registered", "clawproxy"]);
}
