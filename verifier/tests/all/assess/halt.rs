//! `halt`: what flips it, and who cannot.

use serde_json::json;
use verifier::assess::{CheckId, CheckStatus};
use verifier::check::Status;

use super::flips::{changes_nothing, flips, moves_not, working};
use super::scenario::{ScenarioActor, ScenarioJob, outcome, passing_job, rfc3339, same};

const ID: CheckId = CheckId::Halt;
const LIST: &str = "sentinel.api:incidents.list";
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const AFTER: (CheckStatus, &str) = (CheckStatus::Fail, "USE_AFTER_HALT");

fn halted() -> ScenarioJob {
    let mut job = working();
    job.event("halted", same);
    job
}

#[test]
fn a_job_that_was_halted_and_did_nothing_more_passes() {
    let mut job = passing_job();
    let before = job.assess();
    assert_eq!(outcome(&before, ID).0, CheckStatus::NotApplicable);
    job.event("halted", same);
    assert_eq!(outcome(&job.assess(), ID), PASS);
    assert_eq!(job.assess().verdict, before.verdict);
}

#[test]
fn a_use_after_the_halt_flips_halt_alone() {
    flips(ID, AFTER, &halted(), |job| {
        job.log.now += 60_000;
        job.tool_call(LIST, same);
    });
}

#[test]
fn neither_a_late_bundle_nor_the_end_of_the_stream_is_a_use() {
    let mut job = passing_job();
    let last = job.model_call(same);
    job.event("halted", same);
    job.log.now += 60_000;
    job.close_stream(last);
    job.bundle(|bundle| bundle["bundle_id"] = json!("bundle-after-halt"));
    assert_eq!(outcome(&job.assess(), ID), PASS);
}

#[test]
fn a_use_that_only_claims_to_be_older_than_the_halt_is_left_open() {
    let late = (CheckStatus::Incomplete, "LATE_SUBMISSION");
    let mut job = working();
    job.log.now += 120_000;
    job.event("halted", same);
    flips(ID, late, &job, |job| {
        let early = rfc3339(job.log.now - 60_000);
        job.log.now += 60_000;
        job.tool_call(LIST, |receipt| receipt["timestamp"] = json!(early));
    });
}

#[test]
fn a_halt_logged_after_the_uses_that_it_precedes_leaves_them_open() {
    let late = (CheckStatus::Incomplete, "HALT_LOGGED_LATE");
    let mut job = working();
    let stated = rfc3339(job.log.now);
    job.log.now += 60_000;
    job.tool_call(LIST, same);
    flips(ID, late, &job, |job| {
        job.event("halted", |event| event["at"] = json!(stated));
    });
}

#[test]
fn a_release_does_not_open_a_halted_job_again() {
    let mut job = halted();
    job.log.now += 60_000;
    job.event("released", same);
    job.log.now += 60_000;
    job.tool_call(LIST, same);
    assert_eq!(outcome(&job.assess(), ID), AFTER);
}

#[test]
fn the_sentence_about_work_after_a_stop_names_who_stopped_it_and_how_late_the_work_was() {
    let mut job = halted();
    let stop = job.log.size() - 1;
    job.log.now += 59_000;
    let used = job.tool_call(LIST, same);
    let check = |job: &ScenarioJob| {
        let found = job.assess();
        found.checks.into_iter().find(|check| check.id == ID).unwrap()
    };
    let first = format!("1 min 0 s after orchestrator stopped it (entry {stop}).");
    assert_eq!(
        check(&job).message,
        format!("The agent kept working after the job was stopped: 1 call (entry {used}), {first}")
    );
    let next = job.tool_call(LIST, same);
    assert_eq!(
        check(&job).message,
        format!(
            "The agent kept working after the job was stopped: 2 calls (entries {used}, {next}), the first {first}"
        )
    );
}

#[test]
fn revocation_of_one_of_two_tokens_halts_nothing() {
    let mut job = passing_job();
    job.issue("token-2", |issuance| {
        issuance["claims"]["scope"] = json!(["gateway:call", "gateway:list"]);
    });
    job.revoke(same);
    job.log.now += 60_000;
    assert_eq!(outcome(&job.assess(), ID).0, CheckStatus::NotApplicable);
}

#[test]
fn a_revoked_token_stops_no_job_and_is_told_by_one_check_and_one_alarm() {
    let mut job = passing_job();
    job.revoke(same);
    job.log.now += 60_000;
    job.tool_call(LIST, same);
    let found = job.assess();
    assert_eq!(outcome(&found, ID).0, CheckStatus::NotApplicable);
    let failing = found
        .checks
        .iter()
        .filter(|check| check.status == CheckStatus::Fail);
    let failing: Vec<_> = failing.map(|check| (check.id, check.code)).collect();
    // The bundle was sent before the call.
    let bound = (CheckId::ReceiptsBound, "RECEIPT_NOT_BOUND");
    assert_eq!(failing, [(CheckId::TokenValid, "REVOKED_BEFORE_USE"), bound]);
    let json: serde_json::Value = serde_json::from_str(found.to_jcs()).unwrap();
    let alarms = json["alarms"].as_array().unwrap().iter();
    let codes: Vec<_> = alarms.map(|alarm| alarm["code"].clone()).collect();
    assert_eq!(codes, [json!("REVOKED_BEFORE_USE"), json!("RECEIPT_NOT_BOUND")]);
}

#[test]
fn after_the_only_token_was_revoked_a_use_fails_whatever_token_it_may_be_of() {
    let revoked = (CheckStatus::Fail, "REVOKED_BEFORE_USE");
    let mut job = passing_job();
    job.revoke(same);
    job.log.now += 60_000;

    // Without a scope hash nobody can tell which token a receipt is of.
    let mut unnamed = job.clone();
    let receipt = unnamed.receipt(|payload| {
        payload["binding"]
            .as_object_mut()
            .unwrap()
            .remove("token_scope_hash_b64u");
    });
    let context = json!({ "job_id": unnamed.id });
    let submitter = ScenarioActor::Gateway.submitter();
    unnamed.log.submit(&receipt, Some(submitter), Some(&context));
    let found = unnamed.assess();
    assert_eq!(outcome(&found, CheckId::TokenValid), revoked);
    assert_eq!(found.verdict, Status::Fail);

    // An allow decision for the job under a token that was issued for none.
    let own = job.token();
    job.issue("token-2", |issuance| {
        issuance.as_object_mut().unwrap().remove("job_id");
        issuance["claims"]["scope"] = json!(["gateway:call", "gateway:list"]);
    });
    let other = job.token().hash;
    job.token = Some(own);
    job.decide("allow", "sentinel.api", "incidents.list", |members| {
        members["token_hash"] = json!(other);
    });
    assert_eq!(outcome(&job.assess(), CheckId::TokenValid), revoked);
}

#[test]
fn a_stranger_halts_nothing() {
    moves_not(ID, &passing_job(), |job| {
        let event = json!({ "job_id": job.id, "action": "halted", "at": rfc3339(job.log.now) });
        job.log.own(ScenarioActor::Stranger, "job_event", event, None);
        job.log.now += 60_000;
        job.tool_call(LIST, same);
    });
}

#[test]
fn a_halt_of_another_job_stops_that_job_only() {
    changes_nothing(&working(), |job| {
        let event = json!({ "job_id": "job-2", "action": "halted", "at": rfc3339(job.log.now) });
        job.log.own(ScenarioActor::Orchestrator, "job_event", event, None);
        job.log.now += 60_000;
        job.tool_call(LIST, same);
    });
}
