//! `halt`: what flips it, and who cannot.

use serde_json::json;
use verifier::assess::{CheckId, CheckStatus};

use super::flips::{changes_nothing, flips, moves_not, working};
use super::scenario::{Actor, Job, outcome, passing_job, rfc3339, same};

const ID: CheckId = CheckId::Halt;
const LIST: &str = "sentinel.api:incidents.list";
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const AFTER: (CheckStatus, &str) = (CheckStatus::Fail, "USE_AFTER_HALT");

fn halted() -> Job {
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
fn revocation_of_the_only_token_ends_the_job() {
    let mut job = passing_job();
    job.revoke(same);
    assert_eq!(outcome(&job.assess(), ID), PASS);
    job.log.now += 60_000;
    job.tool_call(LIST, same);
    assert_eq!(outcome(&job.assess(), ID), AFTER);
}

#[test]
fn a_stranger_halts_nothing() {
    moves_not(ID, &passing_job(), |job| {
        let event = json!({ "job_id": job.id, "action": "halted", "at": rfc3339(job.log.now) });
        job.log.own(Actor::Stranger, "job_event", event, None);
        job.log.now += 60_000;
        job.tool_call(LIST, same);
    });
}

#[test]
fn a_halt_of_another_job_stops_that_job_only() {
    changes_nothing(&working(), |job| {
        let event = json!({ "job_id": "job-2", "action": "halted", "at": rfc3339(job.log.now) });
        job.log.own(Actor::Orchestrator, "job_event", event, None);
        job.log.now += 60_000;
        job.tool_call(LIST, same);
    });
}
