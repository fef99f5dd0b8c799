//! `decisions`: what flips it, and who cannot.

use serde_json::json;
use verifier::assess::{CheckId, CheckStatus};

use super::flips::{flips, moves_not, working};
use super::scenario::{Actor, Job, args_hash, outcome, passing_job, rfc3339, same};

const ID: CheckId = CheckId::Decisions;
const GET: &str = "sentinel.api:incidents.get";
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const EXECUTED: (CheckStatus, &str) = (CheckStatus::Fail, "DENIED_ACTION_EXECUTED");

fn denied() -> Job {
    let mut job = working();
    job.decide("deny", "sentinel.api", "incidents.get", same);
    job
}

#[test]
fn the_very_call_that_was_denied_flips_decisions_alone() {
    let before = denied();
    assert_eq!(outcome(&before.assess(), ID), PASS);
    flips(ID, EXECUTED, &before, |job| {
        job.tool_call(GET, same);
    });
}

#[test]
fn a_stated_time_before_the_denial_does_not_help() {
    let mut job = denied();
    let early = rfc3339(job.log.now - 100_000);
    job.tool_call(GET, |receipt| receipt["timestamp"] = json!(early));
    assert_eq!(outcome(&job.assess(), ID), EXECUTED);
}

#[test]
fn another_call_after_a_denial_is_fine() {
    let mut job = denied();
    job.tool_call(GET, |receipt| {
        receipt["args_hash_b64u"] = json!(args_hash("other arguments"));
    });
    job.tool_call("sentinel.api:incidents.list", same);
    assert_eq!(outcome(&job.assess(), ID), PASS);
}

#[test]
fn the_last_decision_before_the_call_decides() {
    let mut job = denied();
    job.decide("allow", "sentinel.api", "incidents.get", same);
    job.tool_call(GET, same);
    assert_eq!(outcome(&job.assess(), ID), PASS);
    job.decide("deny", "sentinel.api", "incidents.get", same);
    assert_eq!(outcome(&job.assess(), ID), PASS);
    job.tool_call(GET, same);
    assert_eq!(outcome(&job.assess(), ID), EXECUTED);
}

#[test]
fn an_allowance_after_the_call_comes_too_late() {
    let mut job = denied();
    job.tool_call(GET, same);
    job.decide("allow", "sentinel.api", "incidents.get", same);
    assert_eq!(outcome(&job.assess(), ID), EXECUTED);
}

#[test]
fn a_decision_may_spell_the_operation_with_the_tool() {
    let mut job = passing_job();
    job.decide("deny", GET, "x", |decision| {
        decision.as_object_mut().unwrap().remove("operation");
        decision["args_hash_b64u"] = json!(args_hash(GET));
    });
    job.tool_call(GET, same);
    assert_eq!(outcome(&job.assess(), ID), EXECUTED);
}

#[test]
fn a_denial_logged_after_the_call_that_it_precedes_leaves_the_call_open() {
    let mut job = passing_job();
    let decided = rfc3339(job.log.now - 60_000);
    job.tool_call(GET, same);
    job.decide("deny", "sentinel.api", "incidents.get", |decision| {
        decision["decided_at"] = json!(decided);
    });
    let late = (CheckStatus::Incomplete, "DENIAL_LOGGED_LATE");
    assert_eq!(outcome(&job.assess(), ID), late);
}

#[test]
fn a_stranger_denies_and_allows_nothing() {
    let decision = |job: &Job, effect: &str| {
        json!({
            "decision_id": format!("dec-{effect}"), "run_id": job.run, "job_id": job.id,
            "policy_hash_b64u": job.cited, "tool": "sentinel.api", "operation": "incidents.get",
            "args_hash_b64u": args_hash(GET), "effect": effect, "reason_code": "TEST",
            "decided_at": rfc3339(job.log.now),
        })
    };
    moves_not(ID, &passing_job(), |job| {
        let denial = decision(job, "deny");
        job.log
            .own(Actor::Stranger, "authorization_decision", denial, None);
        job.tool_call(GET, same);
    });
    let mut job = denied();
    let allowance = decision(&job, "allow");
    job.log
        .own(Actor::Stranger, "authorization_decision", allowance, None);
    job.tool_call(GET, same);
    assert_eq!(outcome(&job.assess(), ID), EXECUTED);
}
