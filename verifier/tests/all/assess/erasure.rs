//! Erased evidence: the bytes are gone, the entry's facts still count, and nobody gains by it.

use serde_json::json;
use verifier::assess::{CheckId, CheckStatus};
use verifier::check::Status;
use verifier::kind::Kind;

use super::scenario::{
    ScenarioActor, ScenarioJob, ScenarioLog, others, outcome, passing_job, policy, rfc3339, same,
};

const ID: CheckId = CheckId::Signatures;
const ERASED: (CheckStatus, &str) = (CheckStatus::Incomplete, "EVIDENCE_ERASED");

/// Entries of a kind.
fn of_kind(job: &ScenarioJob, kind: Kind) -> Vec<u64> {
    let entries = 0..job.log.size();
    entries
        .filter(|index| job.log.record(*index).entry.kind == kind)
        .collect()
}

/// Erases a document and, as an order does, every context on it.
fn erase(job: &mut ScenarioJob, index: u64) {
    let digest = job.log.record(index).entry.evidence_digest;
    let about = verifier::subject::target_subject_list(&super::scenario::salt(), digest);
    for at in 0..job.log.size() {
        let entry = &job.log.record(at).entry;
        let on_it = entry.kind == Kind::Context && entry.subjects.iter().any(|one| about.contains(one));
        if at == index || on_it {
            job.log.erase(at);
        }
    }
}

#[test]
fn an_erased_receipt_flips_signatures_alone_and_keeps_its_place_in_stream_and_bundle() {
    let before = passing_job().assess();
    for receipt in [0, 1] {
        let mut job = passing_job();
        let index = of_kind(&job, Kind::ReceiptGateway)[receipt];
        erase(&mut job, index);
        let after = job.assess();
        assert_eq!((after.verdict, after.check), (Status::Incomplete, Some(ID)));
        assert_eq!(outcome(&after, ID), ERASED);
        assert_eq!(others(&after, ID), others(&before, ID), "{}", after.to_jcs());
    }
}

#[test]
fn the_place_that_a_signed_context_gave_stays_when_both_are_erased() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    for last in [false, true] {
        let index = job.model_call_with("gateway", None);
        let mut context = job.counted(last);
        context["evidence_digest"] = json!(job.log.digest(index));
        job.log
            .own(ScenarioActor::Gateway, "submission_context", context, None);
    }
    job.bundle(same);
    let complete = |job: &ScenarioJob| outcome(&job.assess(), CheckId::ReceiptsComplete);
    assert_eq!(complete(&job), (CheckStatus::Pass, "OK"));
    let first = of_kind(&job, Kind::ReceiptGateway)[0];
    erase(&mut job, first);
    assert_eq!(outcome(&job.assess(), ID), ERASED);
    assert_eq!(complete(&job), (CheckStatus::Pass, "OK"));
}

#[test]
fn a_job_whose_receipts_are_all_erased_is_not_one_without_evidence() {
    let mut job = passing_job();
    for index in of_kind(&job, Kind::ReceiptGateway) {
        erase(&mut job, index);
    }
    let after = job.assess();
    assert_eq!(
        (after.verdict, after.code),
        (Status::Incomplete, "EVIDENCE_ERASED")
    );
}

#[test]
fn a_contradiction_stays_whichever_of_its_statements_is_erased() {
    let mut job = passing_job();
    let id = "rcpt-job-1-1";
    let second = job.model_call(|payload| payload["receipt_id"] = json!(id));
    let first = of_kind(&job, Kind::ReceiptGateway)[0];
    let unique = |job: &ScenarioJob| outcome(&job.assess(), CheckId::ReceiptsUnique);
    let conflict = (CheckStatus::Fail, "CONFLICTING_STATEMENTS");
    assert_eq!(unique(&job), conflict);
    for gone in [vec![first], vec![second], vec![first, second]] {
        let mut job = job.clone();
        for index in gone {
            erase(&mut job, index);
        }
        assert_eq!(unique(&job), conflict);
        assert_eq!(job.assess().verdict, Status::Fail);
    }
}

#[test]
fn erasing_what_only_a_stranger_said_was_the_jobs_changes_nothing() {
    let mut job = passing_job();
    let before = job.assess();
    // Another job's receipt, which a stranger was first to send, as if it were this job's.
    let mut other = ScenarioJob::open(job.log.clone(), "job-2");
    other.cited = job.cited.clone();
    other.issue("token-2", same);
    let early = json!({ "job_id": "job-1", "token_hash": job.token().hash });
    let foreign = other.model_call_with("stranger", Some(&early));
    // An agent that the job does not have tells the job's run.
    let tool = json!({
        "receipt_version": "1", "receipt_id": "tool-x", "tool_name": "exec:host",
        "args_hash_b64u": "AAAAAAAAAAAAAAAA", "result_hash_b64u": "AAAAAAAAAAAAAAAA", "result_status": "success",
        "hash_algorithm": "SHA-256", "agent_did": ScenarioActor::OtherAgent.did(),
        "timestamp": rfc3339(other.log.now), "latency_ms": 1, "binding": { "run_id": job.run },
    });
    let document = ScenarioActor::OtherAgent.key().clawsig("tool_receipt", &tool);
    let told = other.log.submit(&document, Some("agents"), Some(&early));
    // It is registered, as another tenant's agent may be.
    other.log.register(ScenarioActor::OtherAgent, "agent");
    job.log = other.log;
    erase(&mut job, foreign);
    erase(&mut job, told);
    let after = job.assess();
    assert_eq!(
        (after.verdict, after.code),
        (before.verdict, before.code),
        "{}",
        after.to_jcs()
    );
    assert_eq!(after.checks, before.checks);
}

#[test]
fn a_document_that_was_refused_under_a_token_of_the_job_is_missed_too() {
    let mut job = passing_job();
    let context = json!({ "token_hash": job.token().hash });
    let mut stranger = job.clone();
    stranger
        .log
        .refused(&ScenarioActor::Gateway.did(), "stranger", &context);
    assert_eq!(outcome(&stranger.assess(), ID), (CheckStatus::Pass, "OK"));
    // Sent for another job under this one's token, it is the other's.
    let elsewhere = json!({ "job_id": "job-2", "token_hash": job.token().hash });
    job.log
        .refused(&ScenarioActor::Gateway.did(), "gateway", &elsewhere);
    assert_eq!(outcome(&job.assess(), ID), (CheckStatus::Pass, "OK"));
    job.log
        .refused(&ScenarioActor::Gateway.did(), "gateway", &context);
    let refused = (CheckStatus::Incomplete, "EVIDENCE_REFUSED");
    assert_eq!(outcome(&job.assess(), ID), refused);
}

/// A job whose update was approved, then refused by `refuse`, and done all the same; the entry of the refusal.
fn refused(refuse: impl FnOnce(&mut serde_json::Value)) -> (ScenarioJob, u64) {
    let mut job = super::flips::working();
    job.approve("write", &["incidents.update"], same);
    let refusal = job.approve("write", &["incidents.update"], |members| {
        members["approval_type"] = json!("explicit_deny");
        refuse(members);
    });
    job.tool_call("sentinel.api:incidents.update", same);
    job.bundle(same);
    (job, refusal)
}

#[test]
fn a_refusal_that_was_erased_is_missed_and_no_verdict_becomes_pass_by_it() {
    let (mut job, refusal) = refused(same);
    assert_eq!(job.assess().verdict, Status::Fail);
    erase(&mut job, refusal);
    let after = job.assess();
    assert_eq!(outcome(&after, ID), ERASED);
    assert_eq!(after.verdict, Status::Incomplete);
}

#[test]
fn an_erased_refusal_for_another_agent_is_not_missed() {
    let (mut job, refusal) = refused(|members| members["agent_did"] = json!(ScenarioActor::OtherAgent.did()));
    let before = outcome(&job.assess(), ID);
    erase(&mut job, refusal);
    assert_eq!(outcome(&job.assess(), ID), before);
}

#[test]
fn an_erased_refusal_that_a_stranger_signed_is_not_missed() {
    let mut job = passing_job();
    job.approve("write", &["incidents.update"], same);
    let record = job.log.record(job.log.size() - 1);
    let verifier::record::StoredBytes::Bytes(bytes) = &record.evidence else {
        panic!("an approval has a document");
    };
    let document: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    let mut payload = document["payload"].clone();
    payload["approval_type"] = json!("explicit_deny");
    let signed = ScenarioActor::Stranger
        .key()
        .clawsig("human_approval_receipt", &payload);
    let refusal = job
        .log
        .submit(&signed, Some(ScenarioActor::Stranger.submitter()), None);
    let before = outcome(&job.assess(), ID);
    erase(&mut job, refusal);
    assert_eq!(outcome(&job.assess(), ID), before);
}
