//! How documents become a job's.

use serde_json::{Value, json};
use verifier::assess::{Assessment, CheckId, CheckStatus};

use super::scenario::{ScenarioActor, ScenarioJob, ScenarioLog, outcome, policy, rfc3339, same};

fn started() -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job
}

fn json(assessment: &Assessment) -> Value {
    serde_json::from_str(assessment.to_jcs()).unwrap()
}

/// Entries that entered by a link.
fn by(assessment: &Assessment, link: &str) -> Value {
    json(assessment)["links"][link]["entries"].clone()
}

#[test]
fn a_receipt_enters_by_the_word_of_its_gateways_own_submitter() {
    let mut job = started();
    let index = job.model_call(same);
    assert_eq!(by(&job.assess(), "operator_attested"), json!([index]));
}

#[test]
fn a_receipt_enters_by_the_signed_word_of_its_gateway_whoever_carries_it() {
    let mut job = started();
    let index = job.model_call_with("stranger", None);
    let members = json!({
        "evidence_digest": job.log.digest(index), "job_id": job.id, "token_hash": job.token().hash,
    });
    // Without the word it would enter by scope and run; another run leaves only the word.
    let mut signed = job.clone();
    signed
        .log
        .own(ScenarioActor::Gateway, "submission_context", members, None);
    assert_eq!(by(&signed.assess(), "signed_context"), json!([index]));
    assert_eq!(by(&job.assess(), "scope_and_run"), json!([index]));
}

#[test]
fn a_receipt_without_a_word_enters_where_scope_and_run_are_those_of_one_issuance_only() {
    let mut job = started();
    let index = job.model_call_with("gateway", None);
    assert_eq!(by(&job.assess(), "scope_and_run"), json!([index]));
    // A second token with the same claims for another job: whose receipt is it?
    let claims = |payload: &mut Value| {
        payload["job_id"] = json!("job-2");
        payload["claims"]["mission_id"] = json!("job-1");
    };
    job.issue("token-2", claims);
    let assessment = job.assess();
    assert_eq!(by(&assessment, "scope_and_run"), Value::Null);
    assert_eq!(
        outcome(&assessment, CheckId::TokenIssued),
        (CheckStatus::Incomplete, "ATTRIBUTION_AMBIGUOUS")
    );
    assert_eq!(
        outcome(&job.log.assess("job-2"), CheckId::TokenIssued),
        (CheckStatus::Incomplete, "ATTRIBUTION_AMBIGUOUS")
    );
}

#[test]
fn a_scope_hash_that_does_not_fit_takes_no_receipt_out_of_the_job_that_its_word_names() {
    let mut job = started();
    job.model_call(same);
    let of_token = job.counted(false);
    let of_job = json!({ "job_id": job.id });
    for context in [&of_token, &of_job] {
        for scope in [Value::Null, json!("AAAAAAAA"), json!("A".repeat(43)), json!("")] {
            let mut job = job.clone();
            let receipt = job.receipt(|payload| {
                payload["binding"]["token_scope_hash_b64u"] = scope.clone();
                if scope.is_null() || scope == "" {
                    payload["binding"]
                        .as_object_mut()
                        .unwrap()
                        .remove("token_scope_hash_b64u");
                }
            });
            let index = job.log.submit(&receipt, Some("gateway"), Some(context));
            let assessment = job.assess();
            let entries = by(&assessment, "operator_attested");
            assert!(
                entries.as_array().unwrap().contains(&json!(index)),
                "{context} {scope}"
            );
            let (status, code) = outcome(&assessment, CheckId::TokenIssued);
            assert_eq!(status, CheckStatus::Incomplete, "{context} {scope} {code}");
        }
    }
}

#[test]
fn a_run_that_is_not_the_jobs_takes_no_tool_receipt_out_of_the_job_that_its_observers_word_names() {
    let job = started();
    let agent = job.token().agent.did();
    let of_token = json!({ "token_hash": job.token().hash });
    let of_job = json!({ "job_id": job.id });
    let seen = |by: ScenarioActor, agent: &str, run: Option<&str>, context: &Value| {
        let mut job = job.clone();
        let mut payload = json!({
            "receipt_version": "1", "receipt_id": "seen", "tool_name": "exec:rm", "hash_algorithm": "SHA-256",
            "agent_did": agent, "timestamp": rfc3339(job.log.now), "latency_ms": 10,
            "args_hash_b64u": "A".repeat(43), "result_hash_b64u": "A".repeat(43),
            "binding": { "token_scope_hash_b64u": job.token().scope, "policy_hash": job.cited },
        });
        if let Some(run) = run {
            payload["binding"]["run_id"] = json!(run);
        }
        let document = by.key().clawsig("tool_receipt", &payload);
        job.log.submit(&document, Some(by.submitter()), Some(context));
        outcome(&job.assess(), CheckId::PolicyTools)
    };
    let forbidden = (CheckStatus::Fail, "TOOL_NOT_ALLOWED");
    let key = format!("{agent}#key-1");
    for by in [ScenarioActor::Enforcement, ScenarioActor::Gateway] {
        for context in [&of_token, &of_job] {
            assert_eq!(seen(by, &agent, Some("another-run"), context), forbidden);
            assert_eq!(seen(by, &agent, None, context), forbidden);
            assert_eq!(seen(by, &key, Some(&job.run), context), forbidden);
        }
    }
    // An agent of another job ties nothing to this one.
    let other = ScenarioActor::OtherAgent;
    let (status, _) = seen(other, &other.did(), Some("another-run"), &of_job);
    assert_ne!(status, CheckStatus::Fail);
}

#[test]
fn an_issuance_for_nobody_is_tied_by_the_receipts_that_use_it() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    let token = job.issue("token-1", |payload| {
        payload.as_object_mut().unwrap().remove("job_id");
        payload.as_object_mut().unwrap().remove("run_id");
    });
    job.model_call(same);
    let tool = job.tool_call("sentinel.api:incidents.list", same);
    let assessment = job.assess();
    assert_eq!(by(&assessment, "cited"), json!([token.index]));
    assert_eq!(by(&assessment, "agent_and_run"), json!([tool]));
    assert_eq!(
        outcome(&assessment, CheckId::TokenIssued),
        (CheckStatus::Pass, "OK")
    );
}

#[test]
fn a_receipt_counts_in_the_job_that_its_word_names_though_the_token_is_anothers() {
    let first = started();
    let mut second = ScenarioJob::open(first.log.clone(), "job-2");
    second.cited = first.cited.clone();
    second.token = first.token.clone();
    let index = second.model_call(same);
    assert_eq!(by(&second.assess(), "operator_attested"), json!([index]));
    assert_eq!(by(&second.log.assess("job-1"), "operator_attested"), Value::Null);
}

#[test]
fn decisions_and_artifacts_enter_by_run_and_events_by_their_signed_job_alone() {
    let mut job = started();
    job.model_call(same);
    let decision = job.decide("deny", "sentinel.api", "incidents.get", |payload| {
        payload.as_object_mut().unwrap().remove("job_id");
    });
    let content = verifier::hash::sha256(b"x");
    let members = json!({
        "label": "other", "sha256": verifier::digest::ArtifactHash::from_bytes(content).to_string(), "size": 1,
        "media_type": "text/plain", "name": "x", "run_id": job.run,
    });
    let artifact = job
        .log
        .own(ScenarioActor::Orchestrator, "evidence_artifact", members, None);
    assert_eq!(by(&job.assess(), "run"), json!([decision, artifact]));
    let word = json!({ "job_id": job.id });
    let event = json!({ "job_id": "job-9", "action": "halted", "at": super::scenario::rfc3339(job.log.now) });
    let event = job
        .log
        .own(ScenarioActor::Orchestrator, "job_event", event, Some(&word));
    let unbound = &json(&job.assess())["unbound"]["entries"];
    assert_eq!(*unbound, json!([event]));
}

#[test]
fn an_approval_enters_by_what_it_approves_and_for_its_own_job_only() {
    let mut job = started();
    job.model_call(same);
    let approval = job.approve("write", &["incidents.update"], same);
    assert_eq!(by(&job.assess(), "approved_scope"), json!([approval]));
    let mut other = job.clone();
    other.id = "job-2".to_owned();
    other.approve("write", &["incidents.update"], same);
    other.id = "job-1".to_owned();
    assert_eq!(by(&other.assess(), "approved_scope"), json!([approval]));
}

#[test]
fn a_tool_receipt_of_an_enforcement_point_is_a_use_of_the_agents_job() {
    let mut job = started();
    let agent = job.token().agent.did();
    let seen = |job: &mut ScenarioJob, by: ScenarioActor, tool: &str| {
        let payload = json!({
            "receipt_version": "1", "receipt_id": format!("seen-{tool}"), "tool_name": tool,
            "hash_algorithm": "SHA-256", "agent_did": agent, "timestamp": rfc3339(job.log.now), "latency_ms": 10,
            "binding": {
                "run_id": job.run, "token_scope_hash_b64u": job.token().scope, "policy_hash": job.cited,
            },
        });
        let document = by.key().clawsig("tool_receipt", &payload);
        job.log.submit(&document, Some(by.submitter()), None)
    };
    let index = seen(
        &mut job,
        ScenarioActor::Enforcement,
        "sentinel.api:incidents.list",
    );
    let assessment = job.assess();
    assert_eq!(by(&assessment, "agent_and_run"), json!([index]));
    assert_eq!(
        outcome(&assessment, CheckId::PolicyTools),
        (CheckStatus::Pass, "OK")
    );
    let mut forbidden = job.clone();
    seen(&mut forbidden, ScenarioActor::Enforcement, "exec:host");
    assert_eq!(
        outcome(&forbidden.assess(), CheckId::PolicyTools),
        (CheckStatus::Fail, "TOOL_NOT_ALLOWED")
    );
    let mut strangers = job.clone();
    seen(&mut strangers, ScenarioActor::Approver, "exec:host");
    assert_eq!(
        outcome(&strangers.assess(), CheckId::Signatures),
        (CheckStatus::Fail, "ROLE_MISMATCH")
    );
}

#[test]
fn a_call_whose_arguments_nobody_saw_may_be_the_denied_one() {
    let mut job = started();
    job.decide("deny", "sentinel.api", "incidents.list", same);
    let unseen = |job: &ScenarioJob, tool: &str| {
        let mut job = job.clone();
        let payload = json!({
            "receipt_version": "1", "receipt_id": "seen", "tool_name": tool, "hash_algorithm": "SHA-256",
            "agent_did": job.token().agent.did(), "timestamp": rfc3339(job.log.now), "latency_ms": 10,
            "binding": { "run_id": job.run },
        });
        let document = ScenarioActor::Enforcement.key().clawsig("tool_receipt", &payload);
        job.log.submit(&document, Some("enforcement"), None);
        outcome(&job.assess(), CheckId::Decisions)
    };
    let unclear = (CheckStatus::Incomplete, "DENIED_ACTION_UNCLEAR");
    assert_eq!(unseen(&job, "sentinel.api:incidents.list"), unclear);
    assert_eq!(unseen(&job, "SENTINEL.api"), unclear);
    assert_eq!(
        unseen(&job, "sentinel.api:incidents.get"),
        (CheckStatus::Pass, "OK")
    );
}
