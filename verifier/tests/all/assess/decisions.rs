//! `decisions`: what flips it, and who cannot.

use serde_json::json;
use verifier::assess::{CheckId, CheckStatus};

use super::flips::{flips, moves_not, working};
use super::scenario::{ScenarioActor, ScenarioJob, args_hash, outcome, passing_job, rfc3339, same};

const ID: CheckId = CheckId::Decisions;
const GET: &str = "sentinel.api:incidents.get";
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const EXECUTED: (CheckStatus, &str) = (CheckStatus::Fail, "DENIED_ACTION_EXECUTED");

fn denied() -> ScenarioJob {
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

/// A denied call, made after a change to the receipt.
fn made(
    job: &mut ScenarioJob,
    tool: &str,
    change: impl FnOnce(&mut serde_json::Value),
) -> (CheckStatus, &'static str) {
    job.tool_call(tool, |receipt| {
        receipt["args_hash_b64u"] = json!(args_hash(GET));
        change(receipt);
    });
    outcome(&job.assess(), ID)
}

/// The job with a token of a second run, in which the agent goes on.
fn in_another_run(mut job: ScenarioJob) -> ScenarioJob {
    "run-of-its-own-choice".clone_into(&mut job.run);
    job.issue("token-2", same);
    job
}

#[test]
fn another_run_id_is_no_way_round_a_denial() {
    assert_eq!(made(&mut in_another_run(denied()), GET, same), EXECUTED);
    let mut job = passing_job();
    job.decide("deny", "sentinel.api", "incidents.get", |decision| {
        decision["run_id"] = json!("run-that-no-receipt-names");
    });
    assert_eq!(made(&mut job, GET, same), EXECUTED);
}

#[test]
fn a_denial_under_the_jobs_token_binds_the_job_whatever_run_it_names() {
    let mut job = passing_job();
    job.decide("deny", "sentinel.api", "incidents.get", |decision| {
        decision.as_object_mut().unwrap().remove("job_id");
        decision["run_id"] = json!("run-that-no-receipt-names");
    });
    assert_eq!(made(&mut job, GET, same), EXECUTED);
}

#[test]
fn an_allowance_for_another_run_lifts_no_denial() {
    let mut job = denied();
    job.decide("allow", "sentinel.api", "incidents.get", |decision| {
        decision["run_id"] = json!("run-of-its-own-choice");
    });
    assert_eq!(made(&mut job.clone(), GET, same), EXECUTED);
    assert_eq!(made(&mut in_another_run(job), GET, same), PASS);
}

#[test]
fn another_spelling_is_no_way_round_a_denial() {
    for spelled in [
        "Sentinel.API:incidents.get",
        "sentinel.api:INCIDENTS.GET",
        " sentinel.api:incidents.get",
        "sentinel.api :incidents.get",
        "sentinel.api: incidents.get ",
        "sentinel.api:\u{a0}incidents.get",
    ] {
        assert_eq!(made(&mut denied(), spelled, same), EXECUTED, "{spelled:?}");
    }
    let mut job = passing_job();
    job.decide("deny", " SENTINEL.api ", "Incidents.Get", |decision| {
        decision["args_hash_b64u"] = json!(args_hash(GET));
    });
    assert_eq!(made(&mut job, GET, same), EXECUTED);
}

#[test]
fn an_allowance_is_for_the_spelling_that_it_names() {
    let mut job = denied();
    job.decide("allow", "sentinel.api", "incidents.get", same);
    assert_eq!(
        made(&mut job.clone(), "sentinel.api:Incidents.Get", same),
        EXECUTED
    );
    assert_eq!(made(&mut job, GET, same), PASS);
}

#[test]
fn a_denied_tool_denies_its_operations_and_an_allowed_one_allows_them() {
    let whole = |decision: &mut serde_json::Value| {
        decision.as_object_mut().unwrap().remove("operation");
        decision["args_hash_b64u"] = json!(args_hash(GET));
    };
    let mut job = passing_job();
    job.decide("deny", "Sentinel.api", "x", whole);
    assert_eq!(made(&mut job.clone(), GET, same), EXECUTED);
    assert_eq!(made(&mut job.clone(), "sentinel.api", same), EXECUTED);
    assert_eq!(made(&mut job.clone(), "another.api:incidents.get", same), PASS);
    job.decide("allow", "sentinel.api", "x", whole);
    assert_eq!(made(&mut job, GET, same), PASS);
}

#[test]
fn a_colon_is_read_alike_in_decisions_and_receipts() {
    let mut job = passing_job();
    job.decide("deny", "http:approved_hosts", "get", |decision| {
        decision["args_hash_b64u"] = json!(args_hash(GET));
    });
    assert_eq!(made(&mut job, "http:approved_hosts:get", same), EXECUTED);
}

#[test]
fn a_call_without_operation_may_be_the_denied_one() {
    let unclear = (CheckStatus::Incomplete, "DENIED_ACTION_UNCLEAR");
    for tool in ["sentinel.api", "Sentinel.api:", "sentinel.api: "] {
        assert_eq!(made(&mut denied(), tool, same), unclear, "{tool:?}");
    }
    let other_arguments = |receipt: &mut serde_json::Value| {
        receipt["args_hash_b64u"] = json!(args_hash("other arguments"));
    };
    assert_eq!(made(&mut denied(), "sentinel.api", other_arguments), PASS);
    let assessment = {
        let mut job = denied();
        made(&mut job, "sentinel.api", same);
        job.assess()
    };
    assert!(
        assessment
            .to_jcs()
            .contains(r#""check":"decisions","code":"DENIED_ACTION_UNCLEAR""#)
    );
}

#[test]
fn a_stranger_denies_and_allows_nothing() {
    let decision = |job: &ScenarioJob, effect: &str| {
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
            .own(ScenarioActor::Stranger, "authorization_decision", denial, None);
        job.tool_call(GET, same);
    });
    let mut job = denied();
    let allowance = decision(&job, "allow");
    job.log
        .own(ScenarioActor::Stranger, "authorization_decision", allowance, None);
    job.tool_call(GET, same);
    assert_eq!(outcome(&job.assess(), ID), EXECUTED);
}

#[test]
fn a_call_that_spells_the_hash_of_its_arguments_otherwise_may_be_the_denied_one() {
    let unclear = (CheckStatus::Incomplete, "DENIED_ACTION_UNCLEAR");
    let hash = args_hash(GET);
    let bytes = verifier::base64::decode_url_array(&hash).unwrap();
    let hex = verifier::digest::ArtifactHash::from_bytes(bytes).to_string();
    for other in [
        format!("{hash}="),
        hex.clone(),
        hex.to_uppercase(),
        format!("sha256:{hex}"),
        format!("b64u:{hash}"),
        format!(" {hash}"),
        format!("{hash} "),
        "n/a".to_owned(),
        "unknown".to_owned(),
    ] {
        let mut job = denied();
        job.tool_call(GET, |receipt| receipt["args_hash_b64u"] = json!(other));
        assert_eq!(outcome(&job.assess(), ID), unclear, "{other:?}");
    }
    // Version 2 hashes a salt with the arguments: equal arguments have other hashes.
    let mut job = denied();
    job.tool_call(GET, |receipt| {
        receipt["receipt_version"] = json!("2");
        receipt["args_hash_b64u"] = json!(args_hash("salted"));
        receipt["args_salt_b64u"] = json!("A".repeat(22));
        receipt["result_salt_b64u"] = json!("A".repeat(22));
    });
    assert_eq!(outcome(&job.assess(), ID), unclear);
    // A denial whose own hash is none may be of any call of the tool's operation.
    let mut job = working();
    job.decide("deny", "sentinel.api", "incidents.get", |decision| {
        decision["args_hash_b64u"] = json!("AAAAAAAA");
    });
    job.tool_call("sentinel.api:incidents.list", same);
    assert_eq!(outcome(&job.assess(), ID), PASS);
    job.tool_call(GET, same);
    assert_eq!(outcome(&job.assess(), ID), unclear);
}

#[test]
fn a_denial_under_the_jobs_own_token_binds_it_whichever_job_the_asker_named() {
    let named = |effect: &str| {
        let mut job = working();
        job.decide(effect, "sentinel.api", "incidents.get", |decision| {
            decision["job_id"] = json!("another-job");
        });
        job.tool_call(GET, same);
        outcome(&job.assess(), ID)
    };
    assert_eq!(named("deny"), EXECUTED);
    assert_eq!(named("allow").1, "NOT_APPLICABLE");
}
