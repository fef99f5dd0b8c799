//! `policy.models` and `policy.tools`: what was done against what was allowed.

use serde_json::{Value, json};
use verifier::assess::{CheckId, CheckStatus};
use verifier::base64::encode_url;
use verifier::json::hash_jcs;

use super::scenario::{
    ScenarioActor, ScenarioJob, ScenarioLog, others, outcome, passing_job, passing_under, policy, same,
};
use kit::key::parse;

/// A job under a policy with one tool call more, and the same job without it.
fn with_tool(policy: &Value, tool: &str) -> (ScenarioJob, ScenarioJob) {
    let story = |tool: Option<&str>| {
        let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
        job.publish("test-policy", policy);
        job.issue("token-1", same);
        job.model_call(same);
        if let Some(tool) = tool {
            job.tool_call(tool, same);
        }
        let last = job.model_call(same);
        job.close_stream(last);
        job.bundle(same);
        job
    };
    (story(Some("sentinel.api:incidents.list")), story(Some(tool)))
}

/// That one more tool call changes one check, and how that then ends.
fn flips(policy: &Value, tool: &str) -> (CheckStatus, &'static str) {
    let (before, after) = with_tool(policy, tool);
    let (before, after) = (before.assess(), after.assess());
    assert_eq!(outcome(&before, CheckId::PolicyTools), (CheckStatus::Pass, "OK"));
    assert_eq!(
        others(&before, CheckId::PolicyTools),
        others(&after, CheckId::PolicyTools),
        "{tool}"
    );
    outcome(&after, CheckId::PolicyTools)
}

#[test]
fn allowed_calls_pass_and_a_policy_without_model_rules_has_nothing_to_say_about_models() {
    let assessment = passing_job().assess();
    assert_eq!(
        outcome(&assessment, CheckId::PolicyTools),
        (CheckStatus::Pass, "OK")
    );
    assert_eq!(
        outcome(&assessment, CheckId::PolicyModels),
        (CheckStatus::NotApplicable, "NOT_APPLICABLE")
    );
}

#[test]
fn a_tool_that_nothing_allows_fails() {
    assert_eq!(
        flips(&policy(), "exec:host"),
        (CheckStatus::Fail, "TOOL_NOT_ALLOWED")
    );
}

#[test]
fn a_denied_tool_fails() {
    let mut denying = policy();
    denying["deny"] = json!([{ "tool": "exec", "ops": ["host"] }]);
    assert_eq!(flips(&denying, "exec:host"), (CheckStatus::Fail, "TOOL_DENIED"));
}

#[test]
fn a_call_without_operation_under_a_policy_by_operation_is_incomplete() {
    assert_eq!(
        flips(&policy(), "sentinel.api"),
        (CheckStatus::Incomplete, "OPERATION_UNKNOWN")
    );
}

#[test]
fn a_gated_operation_is_left_to_the_check_of_approvals() {
    let (_, gated) = with_tool(&policy(), "sentinel.api:incidents.update");
    let assessment = gated.assess();
    assert_eq!(
        outcome(&assessment, CheckId::PolicyTools),
        (CheckStatus::Pass, "OK")
    );
}

#[test]
fn an_allow_decision_about_a_denied_tool_fails_and_a_deny_decision_does_not() {
    let mut job = passing_job();
    job.decide("deny", "exec", "host", same);
    let assessment = job.assess();
    assert_eq!(
        outcome(&assessment, CheckId::PolicyTools),
        (CheckStatus::Pass, "OK")
    );
    job.decide("allow", "exec", "host", same);
    let assessment = job.assess();
    assert_eq!(
        outcome(&assessment, CheckId::PolicyTools),
        (CheckStatus::Fail, "TOOL_NOT_ALLOWED")
    );
}

#[test]
fn a_policy_without_tool_rules_leaves_tools_not_applicable() {
    let contract = json!({
        "policy_version": "1", "policy_id": "test-policy", "issuer_did": ScenarioActor::Registry.did(),
        "allowed_providers": ["openai"], "allowed_models": ["gpt-5.*"],
    });
    let assessment = passing_under(&contract).assess();
    assert_eq!(
        outcome(&assessment, CheckId::PolicyTools),
        (CheckStatus::NotApplicable, "NOT_APPLICABLE")
    );
    assert_eq!(
        outcome(&assessment, CheckId::PolicyModels),
        (CheckStatus::Pass, "OK")
    );
}

#[test]
fn a_strangers_tool_receipt_changes_nothing() {
    let job = passing_job();
    let before = job.assess();
    for agent in [ScenarioActor::Stranger, ScenarioActor::OtherAgent] {
        let mut visited = job.clone();
        let mut token = visited.token();
        token.agent = agent;
        visited.token = Some(token);
        visited.tool_call("exec:host", same);
        let after = visited.assess();
        assert_eq!(before.checks, after.checks);
        assert_eq!((before.verdict, before.code), (after.verdict, after.code));
    }
}

/// A passing job under lists of providers, models and gateways, its second model call changed.
fn with_model(change: impl FnOnce(&mut Value)) -> ScenarioJob {
    routed(ScenarioLog::new(), "gateway", change)
}

fn routed(log: ScenarioLog, via: &str, change: impl FnOnce(&mut Value)) -> ScenarioJob {
    let mut rules = policy();
    rules["models"] = json!({ "providers": ["openai"], "route_via": [via] });
    let mut job = ScenarioJob::open(log, "job-1");
    job.publish("test-policy", &rules);
    job.issue("token-1", same);
    job.model_call(same);
    let last = job.model_call(change);
    job.close_stream(last);
    job.bundle(same);
    job
}

#[test]
fn a_provider_that_is_not_listed_fails_and_changes_nothing_else() {
    let before = with_model(same).assess();
    assert_eq!(outcome(&before, CheckId::PolicyModels), (CheckStatus::Pass, "OK"));
    let after = with_model(|payload| payload["provider"] = json!("elsewhere")).assess();
    assert_eq!(
        outcome(&after, CheckId::PolicyModels),
        (CheckStatus::Fail, "PROVIDER_NOT_ALLOWED")
    );
    assert_eq!(
        others(&before, CheckId::PolicyModels),
        others(&after, CheckId::PolicyModels)
    );
}

#[test]
fn calls_go_through_a_gateway_by_its_registered_name_or_its_id() {
    let judged = |job: ScenarioJob| outcome(&job.assess(), CheckId::PolicyModels);
    let id = |payload: &mut Value| payload["gateway_id"] = json!("did:web:gateway.example");
    let denied = (CheckStatus::Fail, "GATEWAY_NOT_ALLOWED");
    // The usual log registers it by the name `gateway` and without an id.
    assert_eq!(
        judged(routed(ScenarioLog::new(), "gateway", id)),
        (CheckStatus::Pass, "OK")
    );
    assert_eq!(judged(routed(ScenarioLog::new(), "elsewhere", id)), denied);
    // Registered with an id, it is that gateway, and under another id nobody that a policy lists.
    let mut log = ScenarioLog::new();
    let members = json!({
        "did": ScenarioActor::Gateway.did(), "name": "gateway", "roles": ["gateway"], "gateway_id": "gateway",
        "not_before": super::scenario::rfc3339(super::scenario::START_MS), "submitters": ["gateway"],
    });
    log.own(ScenarioActor::Operator, "issuer_registration", members, None);
    assert_eq!(
        judged(routed(log.clone(), "gateway", same)),
        (CheckStatus::Pass, "OK")
    );
    for via in ["gateway", "did:web:gateway.example"] {
        assert_eq!(judged(routed(log.clone(), via, id)), denied);
    }
}

#[test]
fn a_model_outside_the_contract_fails() {
    let contract = json!({
        "policy_version": "1", "policy_id": "test-policy", "issuer_did": ScenarioActor::Registry.did(),
        "allowed_models": ["gpt-4*"],
    });
    let assessment = passing_under(&contract).assess();
    assert_eq!(
        outcome(&assessment, CheckId::PolicyModels),
        (CheckStatus::Fail, "MODEL_NOT_ALLOWED")
    );
}

#[test]
fn a_strangers_gateway_receipt_changes_nothing() {
    let mut job = with_model(same);
    let before = job.assess();
    let receipt = job.receipt(|payload| payload["provider"] = json!("elsewhere"));
    let forged = ScenarioActor::Stranger
        .key()
        .clawsig("gateway_receipt", &receipt["payload"]);
    let context = json!({ "job_id": job.id, "token_hash": job.token().hash });
    job.log
        .submit(&forged, Some(ScenarioActor::Stranger.submitter()), Some(&context));
    let after = job.assess();
    let judged = |assessment: &verifier::assess::Assessment| outcome(assessment, CheckId::PolicyModels);
    assert_eq!(judged(&before), judged(&after));
}

/// A contract of clawsig version 2 that allows everything and inherits.
fn child() -> Value {
    json!({
        "policy_version": "2", "policy_id": "test-policy", "issuer_did": ScenarioActor::Registry.did(),
        "inherits": "parent",
        "statements": [{ "sid": "all", "effect": "Allow", "actions": ["**"], "resources": ["*"] }],
    })
}

fn under_parent(parents: impl Fn(&mut ScenarioLog)) -> (CheckStatus, &'static str) {
    let mut log = ScenarioLog::new();
    parents(&mut log);
    let mut job = ScenarioJob::open(log, "job-1");
    job.publish("test-policy", &child());
    job.issue("token-1", same);
    job.model_call(same);
    job.tool_call("db:rows.get", same);
    job.bundle(same);
    outcome(&job.assess(), CheckId::PolicyTools)
}

fn publish(log: &mut ScenarioLog, by: ScenarioActor, policy: &Value) {
    let members = json!({ "policy_id": "parent", "policy": policy });
    log.own(by, "wpc_publication", members, None);
}

#[test]
fn a_parent_has_to_be_in_the_log_before_the_use_and_to_allow() {
    let allows = json!({ "tools": { "allow": ["db"] } });
    let denies = json!({ "tools": { "allow": ["mail"] } });
    assert_eq!(under_parent(|_| {}), (CheckStatus::Fail, "PARENT_UNRESOLVED"));
    let allowed = under_parent(|log| publish(log, ScenarioActor::Registry, &allows));
    assert_eq!(allowed, (CheckStatus::Pass, "OK"));
    let newest = under_parent(|log| {
        publish(log, ScenarioActor::Registry, &allows);
        publish(log, ScenarioActor::Registry, &denies);
    });
    assert_eq!(newest, (CheckStatus::Fail, "TOOL_NOT_ALLOWED"));
    // Nobody but a registered publisher has a say.
    let strange = under_parent(|log| {
        publish(log, ScenarioActor::Registry, &allows);
        publish(log, ScenarioActor::Stranger, &denies);
    });
    assert_eq!(strange, (CheckStatus::Pass, "OK"));
}

#[test]
fn a_parent_that_will_be_withdrawn_governs_until_then() {
    let allows = json!({ "tools": { "allow": ["db"] } });
    let withdrawn_as_of = |time: &str| {
        under_parent(|log| {
            publish(log, ScenarioActor::Registry, &allows);
            let hash = encode_url(&hash_jcs(&parse(&allows)));
            let members = json!({ "policy_hash_b64u": hash, "withdrawn_at": time, "reason": "replaced" });
            log.own(ScenarioActor::Registry, "wpc_withdrawal", members, None);
        })
    };
    assert_eq!(withdrawn_as_of("2030-01-01T00:00:00Z"), (CheckStatus::Pass, "OK"));
    assert_eq!(
        withdrawn_as_of("2020-01-01T00:00:00Z"),
        (CheckStatus::Fail, "PARENT_UNRESOLVED")
    );
}

#[test]
fn a_check_names_the_character_that_hides_a_denied_tool() {
    let policy = json!({ "tools": { "allow": ["*"], "deny": ["exec"] } });
    let (_, job) = with_tool(&policy, "exec\u{200B}");
    let assessment = job.assess();
    let check = assessment
        .checks
        .iter()
        .find(|check| check.id == CheckId::PolicyTools)
        .unwrap();
    assert_eq!((check.status, check.code), (CheckStatus::Fail, "TOOL_DENIED"));
    assert!(
        check
            .message
            .contains("its tool exec⟨U+200B⟩ has U+200B ZERO WIDTH SPACE at position 5"),
        "{}",
        check.message
    );
}
