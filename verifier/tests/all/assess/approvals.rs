//! `policy.approvals` and `approvals.unique`: what flips each of them, and who cannot.

use serde_json::{Value, json};
use verifier::assess::{CheckId, CheckStatus};

use super::flips::{changes_nothing, flips, moves_not, working};
use super::scenario::{
    ScenarioActor, ScenarioJob, args_hash, outcome, passing_job, passing_under, policy, rfc3339, same,
};

const GATE: &str = "write";
const OPERATION: &str = "incidents.update";
const UPDATE: &str = "sentinel.api:incidents.update";
const ID: CheckId = CheckId::PolicyApprovals;
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const MISSING: (CheckStatus, &str) = (CheckStatus::Fail, "APPROVAL_MISSING");
const OPAQUE: (CheckStatus, &str) = (CheckStatus::Incomplete, "APPROVAL_SCOPE_OPAQUE");
const REUSED: (CheckStatus, &str) = (CheckStatus::Fail, "APPROVAL_REUSED");

/// What the check says once a job with this approval has done the gated update.
fn after(approve: impl FnOnce(&mut ScenarioJob)) -> (CheckStatus, &'static str) {
    let mut job = passing_job();
    approve(&mut job);
    job.tool_call(UPDATE, same);
    outcome(&job.assess(), ID)
}

/// The same with one change to a sound approval.
fn after_changed(change: impl FnOnce(&mut Value)) -> (CheckStatus, &'static str) {
    after(|job| {
        job.approve(GATE, &[OPERATION], change);
    })
}

/// A sound approval, signed by another.
fn approved_by(job: &mut ScenarioJob, by: ScenarioActor) {
    let mut shadow = job.clone();
    shadow.approve(GATE, &[OPERATION], same);
    let record = shadow.log.record(shadow.log.size() - 1);
    let verifier::record::StoredBytes::Bytes(bytes) = &record.evidence else {
        panic!("an approval has a document");
    };
    let document: Value = serde_json::from_slice(bytes).unwrap();
    let signed = by.key().clawsig("human_approval_receipt", &document["payload"]);
    let context = json!({ "job_id": job.id });
    job.log.submit(&signed, Some(by.submitter()), Some(&context));
}

#[test]
fn an_update_without_an_approval_flips_policy_approvals_alone() {
    let mut before = working();
    before.approve(GATE, &[OPERATION], same);
    before.tool_call(UPDATE, same);
    flips(ID, MISSING, &before, |job| {
        job.log.now += 400_000;
        job.tool_call(UPDATE, same);
    });
}

#[test]
fn an_approval_before_the_update_satisfies_the_gate() {
    assert_eq!(after_changed(same), PASS);
}

#[test]
fn an_approval_after_the_update_comes_too_late() {
    let mut job = passing_job();
    job.tool_call(UPDATE, same);
    job.approve(GATE, &[OPERATION], same);
    assert_eq!(outcome(&job.assess(), ID), MISSING);
}

#[test]
fn an_update_that_says_it_was_done_before_its_approval_is_not_approved() {
    let mut job = passing_job();
    let early = rfc3339(job.log.now - 60_000);
    job.approve(GATE, &[OPERATION], same);
    job.tool_call(UPDATE, |receipt| receipt["timestamp"] = json!(early));
    assert_eq!(outcome(&job.assess(), ID), MISSING);
}

#[test]
fn an_approval_holds_until_its_time_to_live_ends() {
    // Signed with `now`, for 300 s; the clocks may differ by 30 s.
    for (wait, expected) in [(329_000, PASS), (330_000, MISSING)] {
        let mut job = passing_job();
        job.approve(GATE, &[OPERATION], same);
        job.log.now += wait;
        job.tool_call(UPDATE, same);
        assert_eq!(outcome(&job.assess(), ID), expected, "{wait}");
    }
}

#[test]
fn an_approval_that_is_dated_ahead_lives_no_longer() {
    let mut job = passing_job();
    let ahead = rfc3339(job.log.now + 3_600_000);
    job.approve(GATE, &[OPERATION], |approval| {
        approval["timestamp"] = json!(ahead);
    });
    job.log.now += 400_000;
    job.tool_call(UPDATE, same);
    assert_eq!(outcome(&job.assess(), ID), MISSING);
}

#[test]
fn only_an_explicit_approval_counts() {
    for told in ["auto_approve", "explicit_deny", "timeout_deny"] {
        let found = after_changed(|approval| approval["approval_type"] = json!(told));
        assert_eq!(found, MISSING, "{told}");
    }
}

#[test]
fn a_later_refusal_takes_an_approval_back() {
    let found = after(|job| {
        job.approve(GATE, &[OPERATION], same);
        job.approve(GATE, &[OPERATION], |refusal| {
            refusal["approval_type"] = json!("explicit_deny");
        });
    });
    assert_eq!(found, MISSING);
}

#[test]
fn whoever_requested_the_job_does_not_approve_it() {
    for name in ["lead@example", " Lead@Example "] {
        let found = after_changed(|approval| approval["approver_subject"] = json!(name));
        // An id with a space at its end is still an id.
        assert_eq!(found, MISSING, "{name:?}");
    }
}

#[test]
fn the_agent_does_not_approve_itself() {
    let agent = ScenarioActor::Agent.did();
    let named = after_changed(|approval| approval["approver_subject"] = json!(agent));
    assert_eq!(named, MISSING);
    // Signed by the agent: no honest log takes it, and the check does not either.
    assert_eq!(after(|job| approved_by(job, ScenarioActor::Agent)), MISSING);
}

#[test]
fn an_approval_for_another_agent_or_another_policy_is_none() {
    let other = after_changed(|approval| approval["agent_did"] = json!(ScenarioActor::OtherAgent.did()));
    assert_eq!(other, MISSING);
    let policy = after_changed(|approval| approval["policy_hash_b64u"] = json!(args_hash("other")));
    assert_eq!(policy, MISSING);
}

#[test]
fn an_approval_of_another_operation_or_gate_is_none() {
    let other = after(|job| {
        job.approve(GATE, &["incidents.close"], same);
    });
    assert_eq!(other, MISSING);
    let gate = after(|job| {
        job.approve("another", &[OPERATION], same);
    });
    assert_eq!(gate, MISSING);
}

#[test]
fn an_approval_that_does_not_say_what_it_approves_leaves_the_gate_open() {
    let mut job = passing_job();
    let opaque = args_hash("scope in the words of another system");
    let index = job.approve(GATE, &[OPERATION], |approval| {
        approval["scope_hash_b64u"] = json!(opaque);
        approval.as_object_mut().unwrap().remove("policy_hash_b64u");
    });
    let context = json!({ "job_id": job.id });
    job.log
        .context(index, ScenarioActor::Approver.submitter(), &context);
    job.tool_call(UPDATE, same);
    assert_eq!(outcome(&job.assess(), ID), OPAQUE);
}

#[test]
fn an_approval_under_the_policy_that_is_not_recognized_is_one_of_something_else() {
    let mut job = passing_job();
    let index = job.approve(GATE, &[OPERATION], |approval| {
        approval["scope_hash_b64u"] = json!(args_hash("some other call"));
    });
    let context = json!({ "job_id": job.id });
    job.log
        .context(index, ScenarioActor::Approver.submitter(), &context);
    job.tool_call(UPDATE, same);
    assert_eq!(outcome(&job.assess(), ID), MISSING);
}

#[test]
fn an_approval_that_is_signed_after_the_update_does_not_count_even_if_it_was_logged_before() {
    // The clocks may differ by 30 s.
    for (ahead, expected) in [(30_000, PASS), (30_001, MISSING)] {
        let mut job = passing_job();
        let done = job.log.now + 1_000;
        job.approve(GATE, &[OPERATION], |approval| {
            approval["timestamp"] = json!(rfc3339(done + ahead));
        });
        job.tool_call(UPDATE, same);
        assert_eq!(outcome(&job.assess(), ID), expected, "{ahead}");
    }
}

#[test]
fn an_approval_dated_ahead_hides_no_other_from_an_update() {
    let found = after(|job| {
        job.approve(GATE, &[OPERATION], same);
        let ahead = rfc3339(job.log.now + 600_000);
        job.approve(GATE, &[OPERATION], |approval| {
            approval["timestamp"] = json!(ahead);
        });
    });
    assert_eq!(found, PASS);
}

/// What an update is told after a wait since an approval that states no time to live.
fn without_lifetime(wait: u64, settings: Option<u64>) -> (CheckStatus, &'static str) {
    let mut job = passing_job();
    if let Some(seconds) = settings {
        let members = json!({ "approval_lifetime_s": seconds });
        job.log
            .own(ScenarioActor::Operator, "log_settings", members, None);
    }
    job.approve(GATE, &[OPERATION], |approval| {
        let members = approval.as_object_mut().unwrap();
        members.remove("minted_capability_ttl_seconds");
    });
    job.log.now += wait;
    job.tool_call(UPDATE, same);
    outcome(&job.assess(), ID)
}

#[test]
fn an_approval_without_a_lifetime_ends_by_the_logs_setting() {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    // Signed a second before the wait begins; the clocks may differ by 30 s.
    assert_eq!(without_lifetime(DAY_MS + 29_000, None), PASS);
    assert_eq!(without_lifetime(DAY_MS + 30_000, None), MISSING);
    assert_eq!(without_lifetime(89_000, Some(60)), PASS);
    assert_eq!(without_lifetime(90_000, Some(60)), MISSING);
}

#[test]
fn the_lifetime_of_approvals_stands_among_the_parameters() {
    let json: Value = serde_json::from_str(passing_job().assess().to_jcs()).unwrap();
    assert_eq!(json["parameters"]["approval_lifetime_s"], 86_400);
}

#[test]
fn a_stranger_approves_nothing() {
    assert_eq!(after(|job| approved_by(job, ScenarioActor::Stranger)), MISSING);
}

#[test]
fn a_stranger_takes_no_approval_back() {
    let mut job = passing_job();
    job.approve(GATE, &[OPERATION], same);
    moves_not(ID, &job, |job| {
        job.approve(GATE, &[OPERATION], |refusal| {
            refusal["approval_type"] = json!("explicit_deny");
        });
        job.tool_call("sentinel.api:incidents.get", same);
    });
    let mut job = passing_job();
    job.approve(GATE, &[OPERATION], same);
    approved_by(&mut job, ScenarioActor::Stranger);
    job.tool_call(UPDATE, same);
    assert_eq!(outcome(&job.assess(), ID), PASS);
}

#[test]
fn a_gateway_approves_only_what_it_could_hold() {
    assert_eq!(after(|job| approved_by(job, ScenarioActor::Gateway)), PASS);
    let elsewhere = after(|job| {
        job.log.register(ScenarioActor::OtherAgent, "gateway");
        approved_by(job, ScenarioActor::OtherAgent);
    });
    assert_eq!(elsewhere, MISSING);
}

#[test]
fn an_allow_decision_without_an_approval_has_passed_the_gate_too() {
    let mut job = passing_job();
    job.decide("allow", "sentinel.api", OPERATION, same);
    assert_eq!(outcome(&job.assess(), ID), MISSING);
}

#[test]
fn an_approval_that_its_approver_ties_to_another_job_flips_approvals_unique_alone() {
    let mut job = working();
    let approval = job.approve(GATE, &[OPERATION], same);
    job.tool_call(UPDATE, same);
    let other = json!({ "job_id": "job-2" });
    flips(CheckId::ApprovalsUnique, REUSED, &job, |job| {
        job.log
            .context(approval, ScenarioActor::Approver.submitter(), &other);
    });
    changes_nothing(&job, |job| {
        job.log.context(approval, "stranger", &other);
    });
}

#[test]
fn an_approval_that_another_job_cites_is_used_twice() {
    let mut job = passing_job();
    job.approve(GATE, &[OPERATION], |approval| {
        approval["receipt_id"] = json!("approval-7");
    });
    job.tool_call(UPDATE, same);
    let cite = |by: ScenarioActor| {
        let mut job = job.clone();
        let members = json!({
            "decision_id": "dec-other", "run_id": "run-2", "job_id": "job-2", "policy_hash_b64u": job.cited,
            "tool": "sentinel.api", "operation": OPERATION, "args_hash_b64u": args_hash("x"), "effect": "allow",
            "reason_code": "TEST", "approval_receipt_id": "approval-7", "decided_at": rfc3339(job.log.now),
        });
        job.log.own(by, "authorization_decision", members, None);
        outcome(&job.assess(), CheckId::ApprovalsUnique)
    };
    assert_eq!(cite(ScenarioActor::Enforcement), REUSED);
    assert_eq!(cite(ScenarioActor::Stranger), PASS);
}

#[test]
fn at_a_gate_for_single_use_each_update_needs_an_approval_of_its_own() {
    let mut policy = policy();
    let many = passing_under(&policy);
    policy["approvals"][0]["mode"] = json!("single_use");
    let single = passing_under(&policy);
    for (base, expected) in [(many, PASS), (single.clone(), REUSED)] {
        let mut job = base;
        job.approve(GATE, &[OPERATION], same);
        job.tool_call(UPDATE, same);
        assert_eq!(outcome(&job.assess(), CheckId::ApprovalsUnique), PASS);
        job.tool_call(UPDATE, same);
        assert_eq!(outcome(&job.assess(), CheckId::ApprovalsUnique), expected);
    }
    let mut job = single;
    job.approve(GATE, &[OPERATION], same);
    job.approve(GATE, &[OPERATION], same);
    job.tool_call(UPDATE, same);
    job.tool_call(UPDATE, same);
    assert_eq!(outcome(&job.assess(), CheckId::ApprovalsUnique), PASS);
}
