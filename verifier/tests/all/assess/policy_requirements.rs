//! `policy.requirements`: what a policy asks for other than for single actions.

use serde_json::{Value, json};
use verifier::assess::{Assessment, CheckId, CheckStatus};
use verifier::hash::sha256;

use super::scenario::{
    ScenarioActor, ScenarioJob, ScenarioLog, others, outcome, passing_under, policy, same,
};

const ID: CheckId = CheckId::PolicyRequirements;

/// The policy of the builder with more members.
fn asking(member: &str, value: Value) -> Value {
    let mut policy = policy();
    policy[member] = value;
    policy
}

/// A passing job under a policy, with changes to its token and its model calls.
fn story(policy: &Value, token: impl FnOnce(&mut Value), call: impl Fn(&mut Value)) -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", policy);
    job.issue("token-1", token);
    job.model_call(&call);
    let last = job.model_call(&call);
    job.close_stream(last);
    job.bundle(same);
    job
}

fn judged(assessment: &Assessment) -> (CheckStatus, &'static str) {
    outcome(assessment, ID)
}

fn message(assessment: &Assessment) -> &str {
    let check = assessment.checks.iter().find(|check| check.id == ID).unwrap();
    &check.message
}

#[test]
fn a_policy_that_asks_for_nothing_leaves_it_not_applicable() {
    let assessment = passing_under(&policy()).assess();
    assert_eq!(
        judged(&assessment),
        (CheckStatus::NotApplicable, "NOT_APPLICABLE")
    );
}

#[test]
fn a_policy_for_another_job_fails_that_check_alone() {
    let own = asking("job", json!({ "id": "job-1" }));
    let other = asking("job", json!({ "id": "job-2" }));
    let (own, other) = (passing_under(&own).assess(), passing_under(&other).assess());
    assert_eq!(judged(&own), (CheckStatus::Pass, "OK"));
    assert_eq!(judged(&other), (CheckStatus::Fail, "POLICY_JOB_MISMATCH"));
    assert_eq!(others(&own, ID), others(&other, ID));
}

#[test]
fn a_token_without_the_pin_that_the_policy_asks_for_fails() {
    let policy = asking("tokens", json!({ "pin_wpc_hash": true }));
    let pinned = story(&policy, same, same).assess();
    assert_eq!(judged(&pinned), (CheckStatus::Pass, "OK"));
    let unpin = |members: &mut Value| {
        members["claims"]
            .as_object_mut()
            .unwrap()
            .remove("policy_hash_b64u");
    };
    let bare = story(&policy, unpin, same).assess();
    assert_eq!(judged(&bare), (CheckStatus::Fail, "POLICY_PIN_REQUIRED"));
}

#[test]
fn a_token_that_is_not_for_the_job_fails_where_the_policy_binds_tokens_to_jobs() {
    let policy = asking("job", json!({ "anti_replay": { "bind_job_scoped_cst": true } }));
    assert_eq!(
        judged(&story(&policy, same, same).assess()),
        (CheckStatus::Pass, "OK")
    );
    let free = |members: &mut Value| {
        members.as_object_mut().unwrap().remove("job_id");
    };
    let assessment = story(&policy, free, same).assess();
    assert_eq!(
        judged(&assessment),
        (CheckStatus::Fail, "JOB_SCOPED_CST_REQUIRED")
    );
}

#[test]
fn the_scope_hash_is_the_one_that_the_policy_names() {
    let job = story(&policy(), same, same);
    let scope = job.token().scope;
    let other = verifier::base64::encode_url(&sha256(b"other"));
    for (hash, expected) in [(&scope, CheckStatus::Fail), (&other, CheckStatus::Fail)] {
        // The token is pinned to the policy, and the policy cannot know the hash of a token that names it.
        let policy = asking("tokens", json!({ "cst_scope_hash": format!("b64u:{hash}") }));
        assert_eq!(
            judged(&story(&policy, same, same).assess()),
            (expected, "SCOPE_HASH_MISMATCH")
        );
    }
    let unpinned = |members: &mut Value| {
        members["claims"]
            .as_object_mut()
            .unwrap()
            .remove("policy_hash_b64u");
    };
    let scope = story(&policy(), unpinned, same).token().scope;
    let policy = asking("tokens", json!({ "cst_scope_hash": scope }));
    assert_eq!(
        judged(&story(&policy, unpinned, same).assess()),
        (CheckStatus::Pass, "OK")
    );
}

#[test]
fn graph_scopes_of_the_token_are_held_against_the_lists() {
    let policy = asking(
        "auth",
        json!({
            "graph_permissions_scopes_allow": ["SecurityEvents.Read.All"],
            "graph_permissions_scopes_deny": ["Directory.ReadWrite.All"],
        }),
    );
    let with = |scopes: Value| {
        let assessment = story(&policy, |members| members["claims"]["scope"] = scopes, same).assess();
        judged(&assessment)
    };
    assert_eq!(
        with(json!(["gateway:call", "SecurityEvents.Read.All"])),
        (CheckStatus::Pass, "OK")
    );
    assert_eq!(
        with(json!(["gateway:call", "Mail.Send"])),
        (CheckStatus::Fail, "SCOPE_NOT_ALLOWED")
    );
    assert_eq!(
        with(json!(["gateway:call", "graph:directory.readwrite.all"])),
        (CheckStatus::Fail, "SCOPE_NOT_ALLOWED")
    );
    // Without a scope of that vocabulary only the denials are judged.
    let assessment = story(&policy, same, same).assess();
    assert_eq!(judged(&assessment), (CheckStatus::Pass, "OK"));
    assert!(
        message(&assessment).contains("/auth/graph_permissions_scopes_allow (SCOPE_VOCABULARY_NOT_SHARED)")
    );
    let denying = asking(
        "auth",
        json!({ "graph_permissions_scopes_deny": ["Directory.ReadWrite.All"] }),
    );
    let scopes = json!(["https://graph.microsoft.com/Directory.ReadWrite.All"]);
    let assessment = story(&denying, |members| members["claims"]["scope"] = scopes, same).assess();
    assert_eq!(judged(&assessment), (CheckStatus::Fail, "SCOPE_DENIED"));
}

#[test]
fn receipts_and_bundle_that_the_policy_requires_are_missed() {
    let policy = asking(
        "logging",
        json!({ "gateway_receipts": "required", "proof_bundle": "required" }),
    );
    assert_eq!(
        judged(&passing_under(&policy).assess()),
        (CheckStatus::Pass, "OK")
    );
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy);
    job.issue("token-1", same);
    job.tool_call("sentinel.api:incidents.list", same);
    assert_eq!(
        judged(&job.assess()),
        (CheckStatus::Incomplete, "GATEWAY_RECEIPTS_MISSING")
    );
    let last = job.model_call(same);
    job.close_stream(last);
    assert_eq!(
        judged(&job.assess()),
        (CheckStatus::Incomplete, "PROOF_BUNDLE_MISSING")
    );
    job.bundle(same);
    assert_eq!(judged(&job.assess()), (CheckStatus::Pass, "OK"));
}

#[test]
fn what_is_not_evaluated_is_listed_and_lowers_nothing() {
    let policy = asking("policy_hash", json!("b64u:... (hash-addressed)"));
    let assessment = passing_under(&policy).assess();
    assert_eq!(
        judged(&assessment),
        (CheckStatus::NotEvaluated, "PLACEHOLDER_VALUE")
    );
    assert!(message(&assessment).contains("/policy_hash (PLACEHOLDER_VALUE)"));
    let both = asking("window", json!({ "from": "08:00" }));
    let assessment = passing_under(&both).assess();
    assert_eq!(judged(&assessment), (CheckStatus::NotEvaluated, "MEMBER_UNKNOWN"));
    assert!(message(&assessment).contains("/window (MEMBER_UNKNOWN)"));
}

#[test]
fn a_strangers_documents_change_no_requirement() {
    let policy = asking("tokens", json!({ "pin_wpc_hash": true }));
    let mut job = passing_under(&policy);
    let before = job.assess();
    // A policy for another job, a token without a pin, a receipt without a token: none by anybody known.
    let members = json!({ "policy_id": "test-policy", "policy": { "job": { "id": "job-2" } } });
    job.log
        .own(ScenarioActor::Stranger, "wpc_publication", members, None);
    let receipt = job.receipt(|payload| payload["binding"] = json!({ "run_id": "run-job-1" }));
    let forged = ScenarioActor::Stranger
        .key()
        .clawsig("gateway_receipt", &receipt["payload"]);
    let context = json!({ "job_id": job.id, "token_hash": job.token().hash });
    job.log
        .submit(&forged, Some(ScenarioActor::Stranger.submitter()), Some(&context));
    assert_eq!(judged(&before), judged(&job.assess()));
}

#[test]
fn a_policy_that_does_not_read_fails() {
    let policy = asking("tokens", json!({ "require_cst": "yes" }));
    let assessment = passing_under(&policy).assess();
    assert_eq!(judged(&assessment), (CheckStatus::Fail, "POLICY_MALFORMED"));
}

#[test]
fn a_model_call_without_a_token_fails_where_the_policy_asks_for_one() {
    let policy = asking(
        "claw_bureau",
        json!({ "cst_require": true, "cst_scope_hash_pin": true }),
    );
    assert_eq!(
        judged(&story(&policy, same, same).assess()),
        (CheckStatus::Pass, "OK")
    );
    let bare = |payload: &mut Value| {
        let binding = payload["binding"].as_object_mut().unwrap();
        binding.remove("token_scope_hash_b64u");
    };
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy);
    job.issue("token-1", same);
    job.model_call(bare);
    let last = job.model_call(same);
    job.close_stream(last);
    job.bundle(same);
    assert_eq!(judged(&job.assess()), (CheckStatus::Fail, "CST_REQUIRED"));
}
