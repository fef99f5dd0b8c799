//! Each check of evidence, flipped alone: one thing of a passing job is changed, and only that check ends
//! differently.

use serde_json::{Value, json};
use verifier::assess::{Assessment, CheckId, CheckStatus, assess};

use super::scenario::{
    ScenarioActor, ScenarioJob, ScenarioLog, others, outcome, passing_job, policy, rfc3339, same, verified,
};

/// One check ends like this, and every other as in `before`.
fn flips(after: &Assessment, before: &Assessment, id: CheckId, status: CheckStatus, code: &str) {
    assert_eq!(outcome(after, id), (status, code), "{}", after.to_jcs());
    assert_eq!(others(after, id), others(before, id), "{}", after.to_jcs());
}

/// The steps of a passing job, with one of them changed.
#[derive(Default)]
struct ChangedSteps {
    before_calls: Option<fn(&mut ScenarioJob)>,
    second_call: Option<fn(&mut Value)>,
    tool_call: Option<fn(&mut Value)>,
    after_calls: Option<fn(&mut ScenarioJob)>,
}

fn play(steps: &ChangedSteps) -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    if let Some(step) = steps.before_calls {
        step(&mut job);
    }
    job.model_call(same);
    job.tool_call("sentinel.api:incidents.list", steps.tool_call.unwrap_or(same));
    let last = job.model_call(steps.second_call.unwrap_or(same));
    job.close_stream(last);
    if let Some(step) = steps.after_calls {
        step(&mut job);
    }
    job.bundle(same);
    job
}

#[test]
fn a_document_with_another_byte_fails_signatures() {
    let job = passing_job();
    let mut closure = job.log.closure(&job.id);
    let slot = closure
        .records
        .values_mut()
        .find(|record| record.entry.kind == verifier::kind::Kind::JobEvent)
        .unwrap();
    let mut event = slot.record().clone();
    if let verifier::record::StoredBytes::Bytes(bytes) = &mut event.evidence {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replace("lead@example", "head@example").into_bytes();
    }
    *slot = verified(event);
    let assessment = assess(&closure);
    assert_eq!(
        outcome(&assessment, CheckId::Signatures),
        (CheckStatus::Fail, "EVIDENCE_DIGEST_MISMATCH")
    );
}

#[test]
fn a_receipt_of_a_gateway_that_was_never_registered_fails_signatures() {
    let mut job = passing_job();
    let before = job.assess();
    let receipt = job.receipt(same);
    // The same words under a key without a role, as only a log that admits anybody would have them.
    let document = ScenarioActor::OtherAgent
        .key()
        .clawsig("gateway_receipt", &receipt["payload"]);
    job.log.submit(&document, Some("stranger"), None);
    let after = job.assess();
    flips(
        &after,
        &before,
        CheckId::Signatures,
        CheckStatus::Fail,
        "SIGNER_NOT_TRUSTED",
    );
}

#[test]
fn entries_from_the_index_of_distrust_on_fail_signatures() {
    let mut job = passing_job();
    let from = job.token().index;
    let members = json!({
        "did": ScenarioActor::TokenIssuer.did(), "reason": "key stolen", "distrust_from_index": from,
    });
    job.log
        .own(ScenarioActor::Operator, "issuer_retirement", members, None);
    assert_eq!(
        outcome(&job.assess(), CheckId::Signatures),
        (CheckStatus::Fail, "SIGNER_DISTRUSTED")
    );
    // Distrust of what came after leaves the job as it was.
    let mut job = passing_job();
    let before = job.assess();
    let members = json!({
        "did": ScenarioActor::TokenIssuer.did(), "reason": "key stolen", "distrust_from_index": job.log.size(),
    });
    job.log
        .own(ScenarioActor::Operator, "issuer_retirement", members, None);
    flips(
        &job.assess(),
        &before,
        CheckId::Signatures,
        CheckStatus::Pass,
        "OK",
    );
}

#[test]
fn an_erased_receipt_leaves_signatures_incomplete_and_not_the_verdict_empty() {
    let mut job = passing_job();
    let index = (0..job.log.size())
        .find(|index| job.log.record(*index).entry.kind == verifier::kind::Kind::ReceiptTool)
        .unwrap();
    job.log.erase(index);
    assert_eq!(
        outcome(&job.assess(), CheckId::Signatures),
        (CheckStatus::Incomplete, "EVIDENCE_ERASED")
    );
}

#[test]
fn a_refused_document_of_a_bound_submitter_leaves_signatures_incomplete() {
    let mut job = passing_job();
    let before = job.assess();
    let context = json!({ "job_id": job.id });
    let mut stranger = job.clone();
    stranger
        .log
        .refused(&ScenarioActor::Gateway.did(), "stranger", &context);
    flips(
        &stranger.assess(),
        &before,
        CheckId::Signatures,
        CheckStatus::Pass,
        "OK",
    );
    job.log
        .refused(&ScenarioActor::Gateway.did(), "gateway", &context);
    flips(
        &job.assess(),
        &before,
        CheckId::Signatures,
        CheckStatus::Incomplete,
        "EVIDENCE_REFUSED",
    );
    let named = "the reason was SCHEMA_INVALID at /payload/receipt_version, the signer gateway.";
    assert!(job.assess().to_jcs().contains(named), "{}", job.assess().to_jcs());
}

#[test]
fn a_policy_published_after_its_use_fails_policy_published() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    let mut other = policy();
    other["policy_name"] = json!("other");
    // What is cited is known before it is published.
    let (_, hash) = job.clone().publish("test-policy", &other);
    job.cited = Some(hash);
    job.issue("token-1", same);
    job.model_call(same);
    job.publish("test-policy", &other);
    assert_eq!(
        outcome(&job.assess(), CheckId::PolicyPublished),
        (CheckStatus::Fail, "POLICY_PUBLISHED_LATE")
    );
}

#[test]
fn a_policy_that_nobody_published_leaves_policy_published_incomplete() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.cited = Some("Rbs2ylzqdwWSbhTZ2LNr_oMwlzxJk52bbLuOW4ycML8".to_owned());
    job.issue("token-1", same);
    job.model_call(same);
    assert_eq!(
        outcome(&job.assess(), CheckId::PolicyPublished),
        (CheckStatus::Incomplete, "POLICY_MISSING")
    );
}

#[test]
fn two_policies_in_one_run_fail_policy_single_even_where_no_pin_is_broken() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    let (_, first) = job.publish("one", &policy());
    let mut laxer = policy();
    laxer["policy_name"] = json!("laxer");
    job.publish("two", &laxer);
    job.cited = None;
    job.issue("token-1", same);
    job.model_call(move |payload| payload["binding"]["policy_hash"] = json!(first));
    let single = |job: &ScenarioJob| outcome(&job.assess(), CheckId::PolicySingle);
    assert_eq!(single(&job), (CheckStatus::Pass, "OK"));
    job.publish("two", &laxer);
    job.model_call(same);
    assert_eq!(single(&job), (CheckStatus::Fail, "POLICY_NOT_SINGLE"));
    assert_eq!(
        outcome(&job.assess(), CheckId::PolicyPinned).0,
        CheckStatus::NotApplicable
    );
}

#[test]
fn a_call_under_another_policy_than_the_pin_fails_policy_pinned() {
    fn publish_laxer(job: &mut ScenarioJob) {
        let mut laxer = policy();
        laxer["policy_name"] = json!("laxer");
        // Every receipt from here on cites it; the token is pinned to the other.
        job.publish("laxer", &laxer);
    }
    let swapped = play(&ChangedSteps {
        before_calls: Some(publish_laxer),
        ..ChangedSteps::default()
    });
    let assessment = swapped.assess();
    assert_eq!(
        outcome(&assessment, CheckId::PolicyPinned),
        (CheckStatus::Fail, "POLICY_PIN_MISMATCH")
    );
    assert_eq!(
        outcome(&assessment, CheckId::PolicySingle),
        (CheckStatus::Pass, "OK")
    );
    assert_eq!(assessment.check, Some(CheckId::PolicyPinned));
}

fn withdraw(job: &mut ScenarioJob) {
    let members = json!({
        "policy_hash_b64u": job.cited, "withdrawn_at": rfc3339(job.log.now), "reason": "superseded",
    });
    job.log
        .own(ScenarioActor::Registry, "wpc_withdrawal", members, None);
}

#[test]
fn a_use_after_the_withdrawal_of_its_policy_fails_policy_frozen() {
    fn long_before(job: &mut ScenarioJob) {
        withdraw(job);
        job.log.now += 60_000;
    }
    let before = play(&ChangedSteps::default()).assess();
    let late = play(&ChangedSteps {
        before_calls: Some(long_before),
        ..ChangedSteps::default()
    });
    flips(
        &late.assess(),
        &before,
        CheckId::PolicyFrozen,
        CheckStatus::Fail,
        "POLICY_WITHDRAWN",
    );
    // Within the tolerance of clocks it may be older than the withdrawal.
    let close = play(&ChangedSteps {
        before_calls: Some(withdraw),
        ..ChangedSteps::default()
    });
    flips(
        &close.assess(),
        &before,
        CheckId::PolicyFrozen,
        CheckStatus::Incomplete,
        "LATE_SUBMISSION",
    );
    let after = play(&ChangedSteps {
        after_calls: Some(withdraw),
        ..ChangedSteps::default()
    });
    flips(
        &after.assess(),
        &before,
        CheckId::PolicyFrozen,
        CheckStatus::Pass,
        "OK",
    );
}

#[test]
fn a_newer_version_while_an_older_one_is_frozen_fails_policy_frozen() {
    fn job(until: Option<u64>) -> ScenarioJob {
        let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
        let mut old = policy();
        old["policy_name"] = json!("older");
        let (_, hash) = job.publish("test-policy", &old);
        let mut members = json!({ "policy_hash_b64u": hash, "scope": "all", "reason": "audit" });
        if let Some(until) = until {
            members["until"] = json!(rfc3339(job.log.now + until));
        }
        job.log.own(ScenarioActor::Registry, "wpc_freeze", members, None);
        job.log.now += 60_000;
        job.publish("test-policy", &policy());
        job.issue("token-1", same);
        job.model_call(same);
        job
    }
    let frozen = |job: &ScenarioJob| outcome(&job.assess(), CheckId::PolicyFrozen);
    assert_eq!(frozen(&job(None)), (CheckStatus::Fail, "POLICY_FROZEN"));
    assert_eq!(frozen(&job(Some(30_000))), (CheckStatus::Pass, "OK"));
}

#[test]
fn a_token_logged_after_its_use_is_late_and_then_too_late() {
    let issued_after = |wait: u64| {
        let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
        job.publish("test-policy", &policy());
        let mut ahead = job.clone();
        job.token = Some(ahead.issue("token-1", same));
        let iat = job.log.now / 1000;
        job.model_call(same);
        job.log.now += wait;
        job.issue("token-1", |payload| {
            payload["claims"]["iat"] = json!(iat);
            payload["claims"]["exp"] = json!(iat + 600);
        });
        outcome(&job.assess(), CheckId::TokenIssued)
    };
    assert_eq!(issued_after(0), (CheckStatus::Incomplete, "LOGGED_LATE"));
    // One second lies between two entries: 600 s after the use is the last moment.
    assert_eq!(issued_after(599_000), (CheckStatus::Incomplete, "LOGGED_LATE"));
    assert_eq!(issued_after(599_001), (CheckStatus::Fail, "ISSUED_AFTER_USE"));
}

#[test]
fn a_token_that_nobody_issued_leaves_token_issued_incomplete() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.token = Some(job.clone().issue("token-1", same));
    job.model_call(same);
    assert_eq!(
        outcome(&job.assess(), CheckId::TokenIssued),
        (CheckStatus::Incomplete, "ISSUANCE_MISSING")
    );
}

#[test]
fn two_receipts_under_one_id_fail_receipts_unique_whatever_their_jobs() {
    let job = passing_job();
    let before = job.assess();
    let mut other = ScenarioJob::open(job.log.clone(), "job-2");
    other.publish("test-policy", &policy());
    other.issue("token-2", same);
    other.model_call(|payload| payload["receipt_id"] = json!("rcpt-job-1-1"));
    let after = other.log.assess("job-1");
    flips(
        &after,
        &before,
        CheckId::ReceiptsUnique,
        CheckStatus::Fail,
        "CONFLICTING_STATEMENTS",
    );
}

#[test]
fn a_copy_from_which_a_revocation_was_taken_out_as_if_erased_fails_signatures() {
    let mut job = passing_job();
    let revocation = job.revoke(same);
    job.log.erase(revocation);
    assert_eq!(
        outcome(&job.assess(), CheckId::Signatures),
        (CheckStatus::Fail, "EVIDENCE_MISSING")
    );
}

#[test]
fn erasing_the_other_of_two_contradicting_receipts_leaves_the_contradiction() {
    let job = passing_job();
    let mut other = ScenarioJob::open(job.log.clone(), "job-2");
    other.publish("test-policy", &policy());
    other.issue("token-2", same);
    let second = other.model_call(|payload| payload["receipt_id"] = json!("rcpt-job-1-1"));
    other.log.erase(second);
    assert_eq!(
        outcome(&other.log.assess("job-1"), CheckId::ReceiptsUnique),
        (CheckStatus::Fail, "CONFLICTING_STATEMENTS")
    );
}
