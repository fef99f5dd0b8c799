//! The stories of the demo, told with the real policies: each ends as it was written to.

use serde_json::{Value, json};
use verifier::assess::{Assessment, CheckId, CheckStatus};
use verifier::check::Status;

use super::scenario::{ScenarioActor, ScenarioJob, ScenarioLog, outcome, rfc3339, same};

fn vector(name: &str) -> Value {
    serde_json::from_str(&crate::support::vector(&format!("policies/{name}.json"))).unwrap()
}

fn told(assessment: &Assessment) -> (Status, Option<CheckId>, &'static str) {
    (assessment.verdict, assessment.check, assessment.code)
}

#[track_caller]
fn ends(job: &ScenarioJob, verdict: Status, check: Option<CheckId>, code: &str) {
    let assessment = job.assess();
    assert_eq!(
        told(&assessment),
        (verdict, check, code),
        "{}",
        assessment.to_jcs()
    );
}

#[track_caller]
fn passes(job: &ScenarioJob) {
    ends(job, Status::Pass, None, "OK");
}

/// The sentence of the verdict has these words.
#[track_caller]
fn says(job: &ScenarioJob, words: &str) {
    let message = job.assess().message;
    assert!(message.contains(words), "{words}: {message}");
}

fn under(id: &str, policy: &str) -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), id);
    job.publish(policy, &vector(policy));
    job.issue(&format!("token-{id}"), same);
    job
}

fn finish(job: &mut ScenarioJob) {
    let last = job.model_call(same);
    job.close_stream(last);
    job.bundle(same);
}

fn attach(job: &mut ScenarioJob, label: &str) {
    let sha256 = verifier::digest::ArtifactHash::from_bytes(verifier::hash::sha256(b"{}")).to_string();
    let members = json!({
        "label": label, "sha256": sha256, "size": 2, "media_type": "application/json", "name": label,
        "job_id": job.id, "content_b64": verifier::base64::encode_standard(b"{}"),
    });
    job.log
        .own(ScenarioActor::Orchestrator, "evidence_artifact", members, None);
}

const SENTINEL: &str = "sentinel-triage-readonly";
const DEFENDER: &str = "defender-agent-readonly";

#[test]
fn every_call_inside_the_secure_execution_policy_passes() {
    let mut job = under("job-2026-02-11-001", "secure-agent-execution");
    let route = |payload: &mut Value| {
        payload["provider"] = json!("openrouter_via_fal");
        payload["model"] = json!("anthropic/claude-sonnet-4.5");
        payload["gateway_id"] = json!("clawproxy");
    };
    job.model_call(route);
    for tool in ["read", "http:approved_hosts", "write:workspace"] {
        job.tool_call(tool, same);
    }
    let last = job.model_call(route);
    job.close_stream(last);
    job.bundle(same);
    attach(&mut job, "runtime_audit");
    passes(&job);
}

#[test]
fn reading_incidents_and_hunting_passes_the_defender_policy() {
    let mut job = under("demo-defender-triage", DEFENDER);
    job.model_call(same);
    job.tool_call("defender_api_call:incidents.get", same);
    job.tool_call("defender_api_call:hunting.query", same);
    finish(&mut job);
    attach(&mut job, "vendor_audit_log");
    passes(&job);
}

#[test]
fn reading_and_querying_passes_the_sentinel_policy() {
    let mut job = under("demo-sentinel-triage", SENTINEL);
    job.model_call(same);
    for operation in ["alerts.list", "incidents.get", "kql.query"] {
        job.tool_call(&format!("sentinel.api:{operation}"), same);
    }
    finish(&mut job);
    passes(&job);
}

#[test]
fn a_write_passes_with_an_approval_and_only_with_it() {
    let mut job = under("demo-sentinel-write-approved", SENTINEL);
    job.model_call(same);
    let mut unapproved = job.clone();
    job.approve("sentinel-write-approval", &["incidents.update"], same);
    for job in [&mut job, &mut unapproved] {
        job.tool_call("sentinel.api:incidents.update", same);
        finish(job);
    }
    passes(&job);
    ends(
        &unapproved,
        Status::Fail,
        Some(CheckId::PolicyApprovals),
        "APPROVAL_MISSING",
    );
}

#[test]
fn going_on_after_the_revocation_fails() {
    let mut job = under("demo-revoked-midway", SENTINEL);
    job.model_call(same);
    job.revoke(same);
    job.log.now += 60_000;
    job.tool_call("sentinel.api:incidents.get", same);
    finish(&mut job);
    ends(
        &job,
        Status::Fail,
        Some(CheckId::TokenValid),
        "REVOKED_BEFORE_USE",
    );
}

#[test]
fn a_token_that_two_jobs_use_fails_both() {
    let mut first = ScenarioJob::open(ScenarioLog::new(), "demo-shared-token-a");
    let mut second = ScenarioJob::open(first.log.clone(), "demo-shared-token-b");
    second.publish(DEFENDER, &vector(DEFENDER));
    first.log = second.log.clone();
    first.cited = second.cited.clone();
    first.issue("token-shared", |payload| {
        payload.as_object_mut().unwrap().remove("job_id");
        payload["claims"].as_object_mut().unwrap().remove("mission_id");
    });
    second.token = first.token.clone();
    first.model_call(same);
    first.tool_call("defender_api_call:incidents.get", same);
    finish(&mut first);
    second.log = first.log.clone();
    second.model_call(same);
    second.tool_call("defender_api_call:incidents.get", same);
    finish(&mut second);
    first.log = second.log.clone();
    for job in [first, second] {
        ends(
            &job,
            Status::Fail,
            Some(CheckId::TokenJobBound),
            "TOKEN_USED_BY_OTHER_JOB",
        );
        says(
            &job,
            "It was issued for the run \"run-demo-shared-token-a\" and for no job by name (entry ",
        );
    }
}

#[test]
fn a_call_that_the_bundle_leaves_out_is_incomplete() {
    let mut job = under("demo-omitted-receipt", DEFENDER);
    job.model_call(same);
    job.tool_call("defender_api_call:incidents.get", same);
    job.model_call(same);
    let last = job.model_call(same);
    job.close_stream(last);
    job.bundle(|payload| {
        payload["receipts"].as_array_mut().unwrap().remove(1);
    });
    ends(
        &job,
        Status::Incomplete,
        Some(CheckId::ReceiptsComplete),
        "RECEIPT_NOT_IN_BUNDLE",
    );
}

#[test]
fn calls_under_a_laxer_policy_than_the_pin_fail() {
    let mut job = under("demo-policy-swap", SENTINEL);
    let contract = ScenarioActor::Registry.key();
    let policy = vector("clawsig-v1-example");
    let hash = verifier::json::hash_jcs(&kit::key::parse(&policy));
    let document = contract.clawsig_jcs("work_policy_contract", &policy);
    job.log.submit(&document, Some("registry"), None);
    job.cited = Some(verifier::base64::encode_url(&hash));
    job.model_call(same);
    job.tool_call("sentinel.api:incidents.list", same);
    finish(&mut job);
    ends(
        &job,
        Status::Fail,
        Some(CheckId::PolicyPinned),
        "POLICY_PIN_MISMATCH",
    );
    says(
        &job,
        "): pol_example (DWaJzVvX…) instead of sentinel-triage-readonly (JN5t6T3F…).",
    );
}

#[test]
fn running_what_was_denied_fails() {
    let mut job = under("demo-denied-executed", SENTINEL);
    job.model_call(same);
    job.decide("deny", "sentinel.api", "kql.query", |payload| {
        payload["statement"] = json!("/allow/0/ops/3");
        payload["constraint"] = json!({ "pointer": "/allow/0/ops/3", "limit": 10_000, "actual": 250_000 });
    });
    job.tool_call("sentinel.api:kql.query", same);
    finish(&mut job);
    ends(
        &job,
        Status::Fail,
        Some(CheckId::Decisions),
        "DENIED_ACTION_EXECUTED",
    );
    says(
        &job,
        "the value was 250000, and the limit is 10000 (/allow/0/ops/3 of the policy).",
    );
}

#[test]
fn nothing_but_the_agents_own_word_is_no_verified_evidence() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "demo-pulse-only");
    let pulse = json!({
        "trust_pulse_version": "1", "trust_pulse_id": "pulse-1", "run_id": job.run,
        "agent_did": ScenarioActor::Agent.did(), "issued_at": rfc3339(job.log.now),
        "evidence_class": "self_reported", "tier_uplift": false,
        "tools": [{ "name": "sentinel.api:incidents.list", "calls": 3 }], "files": [],
    });
    let members = json!({ "job_id": job.id, "pulse": pulse });
    job.log.own(ScenarioActor::Agent, "trust_pulse", members, None);
    ends(&job, Status::Incomplete, None, "NO_VERIFIED_EVIDENCE");
}

#[test]
fn a_bundle_whose_only_receipt_the_agent_signed_itself_leaves_the_job_without_evidence() {
    let mut job = under("wrapped", SENTINEL);
    job.event_of_chain("llm_call");
    let fallback = json!({
        "receipt_version": "1", "receipt_id": "rcpt_fallback_1", "gateway_id": "gw_clawsig_fallback",
        "provider": "unknown", "model": "node-fallback", "request_hash_b64u": "A".repeat(43),
        "response_hash_b64u": "A".repeat(43), "tokens_input": 0, "tokens_output": 0, "latency_ms": 0,
        "timestamp": rfc3339(job.log.now), "binding": { "run_id": job.run },
    });
    let fallback = ScenarioActor::Agent.key().clawsig("gateway_receipt", &fallback);
    job.bundle(|payload| payload["receipts"] = json!([fallback]));
    let assessment = job.assess();
    assert_eq!(
        outcome(&assessment, CheckId::BundleValid),
        (CheckStatus::Pass, "OK")
    );
    ends(&job, Status::Incomplete, None, "NO_VERIFIED_EVIDENCE");
}

#[test]
fn a_job_that_stops_at_its_halt_passes_and_so_does_its_rollback() {
    let mut job = under("demo-halted-clean", SENTINEL);
    job.model_call(same);
    job.tool_call("sentinel.api:incidents.list", same);
    let last = job.model_call(same);
    job.event("halted", same);
    job.close_stream(last);
    job.bundle(same);
    passes(&job);
    let mut rollback = ScenarioJob::open(job.log.clone(), "demo-rollback-of-halted");
    rollback.event("rollback_of", |payload| {
        payload["related_job_id"] = json!("demo-halted-clean");
    });
    rollback.cited = job.cited.clone();
    rollback.issue("token-rollback", same);
    rollback.model_call(same);
    rollback.tool_call("sentinel.api:incidents.list", same);
    finish(&mut rollback);
    passes(&rollback);
}
