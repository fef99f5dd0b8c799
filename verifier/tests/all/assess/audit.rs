//! Corners of the rules where a verdict was once taken from the wrong thing.

use serde_json::{Value, json};
use verifier::assess::{CheckId, CheckStatus};
use verifier::base64::encode_url;
use verifier::json::hash_jcs;

use super::flips::{working, working_under};
use super::scenario::{
    ScenarioActor, ScenarioJob, ScenarioLog, args_hash, outcome, passing_job, policy, rfc3339, same,
};
use super::stated::hold;
use kit::key::parse;

const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const UPDATE: &str = "sentinel.api:incidents.update";

#[test]
fn an_approval_id_that_another_jobs_approver_chose_too_names_no_approval() {
    let mut job = working();
    let id = |payload: &mut Value| payload["receipt_id"] = json!("approval-7");
    job.approve("write", &["incidents.update"], id);
    job.tool_call(UPDATE, same);
    job.log.register(ScenarioActor::OtherAgent, "approver");
    // The other job's approval is of another agent and by another approver.
    let theirs = json!({
        "receipt_version": "1", "receipt_id": "approval-7", "approval_type": "explicit_approve",
        "approver_subject": "head@example", "agent_did": ScenarioActor::Stranger.did(),
        "scope_hash_b64u": encode_url(&hash_jcs(&parse(&json!("theirs")))), "hash_algorithm": "SHA-256",
        "timestamp": rfc3339(job.log.now),
    });
    let cite = |job: &mut ScenarioJob| {
        let members = json!({
            "decision_id": "dec-other", "run_id": "run-2", "job_id": "job-2", "policy_hash_b64u": job.cited,
            "tool": "sentinel.api", "operation": "incidents.update", "args_hash_b64u": args_hash("x"),
            "effect": "allow", "reason_code": "TEST", "approval_receipt_id": "approval-7",
            "decided_at": rfc3339(job.log.now),
        });
        job.log.own(
            ScenarioActor::Enforcement,
            "authorization_decision",
            members,
            None,
        );
        outcome(&job.assess(), CheckId::ApprovalsUnique)
    };
    let reused = (CheckStatus::Fail, "APPROVAL_REUSED");
    assert_eq!(cite(&mut job.clone()), reused);
    let document = ScenarioActor::OtherAgent
        .key()
        .clawsig("human_approval_receipt", &theirs);
    job.log.submit(&document, Some("approver"), None);
    assert_eq!(cite(&mut job), PASS);
}

#[test]
fn an_approval_names_operations_without_the_tool_however_the_policy_lists_them() {
    let mut rules = policy();
    rules["deny"] = json!([]);
    rules["allow"] = json!([{ "tool": "sentinel.api" }]);
    rules["approvals"][0]["required_for"] = json!([UPDATE]);
    let approved = |operation: &str| {
        let mut job = working_under(&rules);
        job.approve("write", &[operation], same);
        job.tool_call(UPDATE, same);
        outcome(&job.assess(), CheckId::PolicyApprovals)
    };
    assert_eq!(approved("incidents.update"), PASS);
    assert_eq!(approved(UPDATE), (CheckStatus::Fail, "APPROVAL_MISSING"));
}

#[test]
fn an_approval_enters_by_what_was_decided_too_before_anything_is_done() {
    let mut rules = policy();
    rules["approvals"] = json!({ "write_actions": { "require": true } });
    rules["deny"] = json!([]);
    rules["allow"] = json!([{ "tool": "sentinel.api" }]);
    let mut job = working_under(&rules);
    let unapproved = job.clone();
    job.approve("write_actions", &["incidents.close"], same);
    let judged = |mut job: ScenarioJob| {
        job.decide("allow", "sentinel.api", "incidents.close", same);
        outcome(&job.assess(), CheckId::PolicyApprovals)
    };
    assert_eq!(judged(job), PASS);
    assert_eq!(judged(unapproved), (CheckStatus::Fail, "APPROVAL_MISSING"));
}

/// A contract of clawsig version 2.
fn contract(id: &str, parent: Option<&str>, statements: &Value) -> Value {
    let mut contract = json!({
        "policy_version": "2", "policy_id": id, "issuer_did": ScenarioActor::Registry.did(), "statements": statements,
    });
    if let Some(parent) = parent {
        contract["inherits"] = json!(parent);
    }
    contract
}

fn allow(sid: &str, conditions: &Value) -> Value {
    json!({ "sid": sid, "effect": "Allow", "actions": ["**"], "resources": ["*"], "conditions": conditions })
}

#[test]
fn an_approval_enters_by_a_gate_that_stands_in_a_parent_or_beside_other_conditions() {
    let human = json!({
        "Bool": { "Request:HasHumanApproval": "true" }, "StringEquals": { "Agent:DID": ScenarioActor::Agent.did() },
    });
    let own = contract("own", None, &json!([allow("gate", &human)]));
    let parent = contract("parent", None, &json!([allow("gate", &human)]));
    let child = contract("child", Some("parent"), &json!([allow("all", &json!({}))]));
    for (parent, policy) in [(None, &own), (Some(&parent), &child)] {
        let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
        if let Some(parent) = parent {
            job.publish("parent", parent);
        }
        job.publish(policy["policy_id"].as_str().unwrap(), policy);
        job.issue("token-1", same);
        let unapproved = job.clone();
        let operations = ["incidents.list", "model:invoke"];
        job.approve("gate", &operations, same);
        let judged = |mut job: ScenarioJob| {
            job.model_call(same);
            job.tool_call("sentinel.api:incidents.list", same);
            outcome(&job.assess(), CheckId::PolicyApprovals)
        };
        assert_eq!(judged(job), PASS);
        assert_eq!(judged(unapproved), (CheckStatus::Fail, "APPROVAL_MISSING"));
    }
}

#[test]
fn a_decision_under_a_token_that_is_nobodys_is_judged_by_that_token() {
    let mut job = working();
    let mine = job.token.clone();
    let theirs = job.issue("token-2", |members| {
        members.as_object_mut().unwrap().remove("job_id");
        members.as_object_mut().unwrap().remove("run_id");
    });
    job.token = mine;
    let decide = |job: &mut ScenarioJob| {
        job.decide("allow", "sentinel.api", "incidents.list", |members| {
            members["token_hash"] = json!(theirs.hash);
        });
        outcome(&job.assess(), CheckId::TokenValid)
    };
    assert_eq!(decide(&mut job.clone()), PASS);
    let members = json!({ "token_hash": theirs.hash, "revoked_at": job.log.now / 1000 });
    job.log
        .own(ScenarioActor::TokenIssuer, "cst_revocation", members, None);
    job.log.now += 60_000;
    assert_eq!(decide(&mut job), (CheckStatus::Fail, "REVOKED_BEFORE_USE"));
}

#[test]
fn a_log_that_took_a_revocation_from_the_future_fails_signatures() {
    let revoked = |ahead_s: u64| {
        let mut job = passing_job();
        let at = job.log.now / 1000 + ahead_s;
        job.revoke(|members| members["revoked_at"] = json!(at));
        outcome(&job.assess(), CheckId::Signatures)
    };
    assert_eq!(revoked(30), PASS);
    assert_eq!(revoked(31), (CheckStatus::Fail, "REVOKED_AT_AHEAD"));
}

#[test]
fn a_refused_document_of_another_tenants_registered_agent_is_missed_by_nobody() {
    let refused = |role: &str| {
        let mut job = passing_job();
        let members = json!({
            "did": ScenarioActor::OtherAgent.did(), "name": "other", "roles": [role], "submitters": ["other"],
            "not_before": rfc3339(super::scenario::START_MS),
        });
        job.log
            .own(ScenarioActor::Operator, "issuer_registration", members, None);
        let context = json!({ "job_id": job.id });
        job.log
            .refused(&ScenarioActor::OtherAgent.did(), "other", &context);
        outcome(&job.assess(), CheckId::Signatures)
    };
    assert_eq!(refused("agent"), PASS);
    assert_eq!(refused("gateway"), (CheckStatus::Incomplete, "EVIDENCE_REFUSED"));
}

#[test]
fn a_withdrawal_weighs_more_than_a_freeze_whichever_a_use_meets_first() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    let mut old = policy();
    old["policy_name"] = json!("older");
    let (_, older) = job.publish("test-policy", &old);
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    let ban = |job: &mut ScenarioJob, kind: &'static str, members: Value| {
        job.log.own(ScenarioActor::Registry, kind, members, None);
        job.log.now += 60_000;
        job.tool_call("sentinel.api:incidents.list", same);
        outcome(&job.assess(), CheckId::PolicyFrozen)
    };
    let freeze = json!({ "policy_hash_b64u": older, "scope": "all", "reason": "audit" });
    assert_eq!(
        ban(&mut job, "wpc_freeze", freeze),
        (CheckStatus::Fail, "POLICY_FROZEN")
    );
    let at = rfc3339(job.log.now);
    let withdrawal = json!({ "policy_hash_b64u": job.cited, "withdrawn_at": at, "reason": "superseded" });
    assert_eq!(
        ban(&mut job, "wpc_withdrawal", withdrawal),
        (CheckStatus::Fail, "POLICY_WITHDRAWN")
    );
}

#[test]
fn whoever_takes_the_name_of_the_jobs_run_puts_no_decision_into_the_job() {
    let job = working();
    let mine = job.token.clone();
    let quiet = |job: &ScenarioJob| {
        let mut job = job.clone();
        job.bundle(same);
        let assessment = job.assess();
        let codes = assessment
            .checks
            .into_iter()
            .map(|check| (check.id, check.status, check.code));
        codes.collect::<Vec<_>>()
    };
    let before = quiet(&job);
    // Another tenant's agent has a token for its own job, and calls its run as it likes.
    let theirs = |job: &mut ScenarioJob, named: bool| {
        let token = job.issue("token-2", |members| {
            members["job_id"] = json!("job-2");
            members["claims"]["sub"] = json!(ScenarioActor::OtherAgent.did());
            members["claims"]["agent_did"] = json!(ScenarioActor::OtherAgent.did());
            members["claims"]["mission_id"] = json!("job-2");
        });
        job.token = mine.clone();
        job.decide("allow", "exec", "host", |members| {
            members["token_hash"] = json!(token.hash);
            members["job_id"] = json!("job-2");
            if !named {
                members.as_object_mut().unwrap().remove("job_id");
            }
        });
    };
    for named in [true, false] {
        let mut job = job.clone();
        theirs(&mut job, named);
        assert_eq!(quiet(&job), before);
    }
    // The same call under the job's own token is the job's.
    let mut own = job;
    own.decide("allow", "exec", "host", |members| {
        members.as_object_mut().unwrap().remove("job_id");
    });
    let denied = (CheckStatus::Fail, "TOOL_NOT_ALLOWED");
    assert_eq!(outcome(&own.assess(), CheckId::PolicyTools), denied);
}

#[test]
fn an_artifact_that_names_another_job_states_nothing_for_this_one() {
    let mut rules = policy();
    rules["openclaw"] = json!({ "sandbox": { "mode": "all" } });
    let stated = |named: Option<&str>| {
        let mut job = working_under(&rules);
        let mut members = json!({
            "label": "sandbox_config", "media_type": "application/json", "name": "sandbox.json", "run_id": job.run,
        });
        hold(&mut members, r#"{"sandbox":{"mode":"all"}}"#);
        if let Some(named) = named {
            members["job_id"] = json!(named);
        }
        job.log
            .own(ScenarioActor::Enforcement, "evidence_artifact", members, None);
        let assessment = job.assess();
        let check = assessment
            .checks
            .iter()
            .find(|check| check.id == CheckId::PolicyRequirements);
        check.unwrap().message.contains("stated by")
    };
    assert!(stated(None) && stated(Some("job-1")));
    assert!(!stated(Some("job-2")));
}

#[test]
fn a_statement_that_a_log_took_twice_is_one_use() {
    let mut job = passing_job();
    let before = job.assess();
    let receipt = (0..job.log.size()).find(|index| {
        let kind = job.log.record(*index).entry.kind;
        kind == verifier::kind::Kind::ReceiptGateway
    });
    let record = job.log.record(receipt.unwrap()).clone();
    let verifier::record::StoredBytes::Bytes(bytes) = &record.evidence else {
        panic!("a receipt has a document");
    };
    let mut variant: Value = serde_json::from_slice(bytes).unwrap();
    variant["issued_at"] = json!("2026-02-13T00:00:00.000Z");
    let context = json!({ "job_id": job.id, "token_hash": job.token().hash });
    job.log.submit(&variant, Some("gateway"), Some(&context));
    let after = job.assess();
    assert_eq!(outcome(&after, CheckId::ReceiptsUnique), PASS);
    let summary = |assessment: &verifier::assess::Assessment| -> Value {
        serde_json::from_str::<Value>(assessment.to_jcs()).unwrap()["summary"].clone()
    };
    for member in ["uses", "gateway_receipts", "tokens_input"] {
        assert_eq!(summary(&after)[member], summary(&before)[member], "{member}");
    }
    assert_eq!(after.verdict, before.verdict);
}
