//! Receipts, bundles and streams: each way in which they do not account for each other.

use serde_json::{Value, json};
use verifier::assess::{Assessment, CheckId, CheckStatus};

use super::scenario::{
    ScenarioActor, ScenarioJob, ScenarioLog, others, outcome, passing_job, policy, rfc3339, same,
};

fn started() -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job
}

fn flips(job: &ScenarioJob, id: CheckId, status: CheckStatus, code: &str) {
    let after = job.assess();
    assert_eq!(outcome(&after, id), (status, code), "{}", after.to_jcs());
    let before: Assessment = passing_job().assess();
    assert_eq!(others(&after, id), others(&before, id), "{}", after.to_jcs());
}

#[test]
fn a_receipt_that_the_bundle_leaves_out_leaves_receipts_complete_incomplete() {
    let mut job = started();
    job.model_call(same);
    job.tool_call("sentinel.api:incidents.list", same);
    let last = job.model_call(same);
    job.close_stream(last);
    job.bundle(|payload| {
        payload["receipts"].as_array_mut().unwrap().pop();
    });
    flips(
        &job,
        CheckId::ReceiptsComplete,
        CheckStatus::Incomplete,
        "RECEIPT_NOT_IN_BUNDLE",
    );
}

#[test]
fn a_bundled_receipt_that_the_log_lacks_leaves_receipts_complete_incomplete() {
    let mut job = started();
    job.model_call(same);
    job.tool_call("sentinel.api:incidents.list", same);
    let last = job.model_call(same);
    job.close_stream(last);
    let kept_back = job.receipt(same);
    job.bundle(|payload| payload["receipts"].as_array_mut().unwrap().push(kept_back));
    flips(
        &job,
        CheckId::ReceiptsComplete,
        CheckStatus::Incomplete,
        "RECEIPT_NOT_LOGGED",
    );
}

#[test]
fn a_receipt_that_was_signed_again_is_the_receipt_that_the_bundle_has() {
    let mut job = started();
    job.model_call(same);
    let context = job.counted(true);
    let receipt = job.receipt(same);
    let index = job.log.submit(&receipt, Some("gateway"), Some(&context));
    let before = job.log.clone();
    let members = receipt["payload"].as_object().unwrap().clone();
    let reordered: serde_json::Map<_, _> = members.into_iter().rev().collect();
    for payload in [receipt["payload"].clone(), reordered.into()] {
        job.log = before.clone();
        let mut again = ScenarioActor::Gateway.key().clawsig("gateway_receipt", &payload);
        again["issued_at"] = json!(rfc3339(job.log.now));
        job.log.submit(&again, Some("gateway"), Some(&context));
        job.bundle(|bundle| bundle["receipts"].as_array_mut().unwrap().push(receipt.clone()));
        let (status, code) = outcome(&job.assess(), CheckId::ReceiptsComplete);
        assert_eq!((status, code), (CheckStatus::Pass, "OK"), "{index}");
    }
}

/// A job whose second call has the place in the stream that `place` gives it.
fn placed(place: fn(&mut ScenarioJob, u64)) -> ScenarioJob {
    let mut job = started();
    job.model_call(same);
    job.tool_call("sentinel.api:incidents.list", same);
    let context = json!({ "job_id": job.id, "token_hash": job.token().hash });
    let second = job.model_call_with("gateway", Some(&context));
    place(&mut job, second);
    job.bundle(same);
    job
}

#[test]
fn streams_that_are_missing_gapped_or_open_leave_receipts_complete_incomplete() {
    let place = |job: &mut ScenarioJob, index: u64, number: u64, last: bool| {
        let context = json!({ "stream": job.stream, "number": number, "last": last });
        job.log.context(index, "gateway", &context);
    };
    flips(
        &placed(|_, _| {}),
        CheckId::ReceiptsComplete,
        CheckStatus::Incomplete,
        "STREAM_MISSING",
    );
    let complete = |job: ScenarioJob| outcome(&job.assess(), CheckId::ReceiptsComplete);
    let mut gapped = placed(|_, _| {});
    let second = 12;
    assert_eq!(
        gapped.log.record(second).entry.kind,
        verifier::kind::Kind::ReceiptGateway
    );
    let mut open = gapped.clone();
    let mut closed = gapped.clone();
    place(&mut gapped, second, 2, true);
    assert_eq!(complete(gapped), (CheckStatus::Incomplete, "STREAM_GAP"));
    place(&mut open, second, 1, false);
    assert_eq!(complete(open), (CheckStatus::Incomplete, "STREAM_OPEN"));
    place(&mut closed, second, 1, true);
    assert_eq!(complete(closed), (CheckStatus::Pass, "OK"));
}

#[test]
fn a_receipt_of_an_event_that_the_chain_lacks_fails_receipts_bound() {
    let mut job = started();
    job.model_call(same);
    job.tool_call("sentinel.api:incidents.list", |payload| {
        payload["binding"]["event_hash_b64u"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    });
    let last = job.model_call(same);
    job.close_stream(last);
    job.bundle(|payload| {
        payload.as_object_mut().unwrap().remove("tool_receipts");
    });
    flips(
        &job,
        CheckId::ReceiptsBound,
        CheckStatus::Fail,
        "RECEIPT_NOT_BOUND",
    );
}

#[test]
fn a_job_without_a_bundle_has_receipts_that_nothing_binds() {
    let mut job = started();
    let last = job.model_call(same);
    job.close_stream(last);
    let assessment = job.assess();
    for (id, code) in [
        (CheckId::ReceiptsBound, "BUNDLE_MISSING"),
        (CheckId::ReceiptsComplete, "BUNDLE_MISSING"),
        (CheckId::BundleValid, "BUNDLE_MISSING"),
    ] {
        assert_eq!(outcome(&assessment, id), (CheckStatus::Incomplete, code), "{id}");
    }
}

#[test]
fn a_bundle_that_clawsig_refuses_fails_bundle_valid_with_its_code() {
    let mut job = started();
    job.model_call(same);
    job.tool_call("sentinel.api:incidents.list", same);
    let last = job.model_call(same);
    job.close_stream(last);
    job.bundle(|payload: &mut Value| {
        payload["tool_receipts"][0]["payload"]["tool_name"] = json!("another");
    });
    let (status, code) = outcome(&job.assess(), CheckId::BundleValid);
    assert_eq!(status, CheckStatus::Fail);
    assert_ne!(code, "OK");
}

#[test]
fn a_manifest_that_no_artifact_supplies_leaves_bundle_valid_incomplete() {
    let mut job = started();
    job.model_call(same);
    job.tool_call("sentinel.api:incidents.list", same);
    let last = job.model_call(same);
    job.close_stream(last);
    job.bundle(|payload: &mut Value| {
        payload["urm"] = json!({
            "urm_version": "1", "urm_id": "urm-1", "resource_type": "universal_run_manifest",
            "resource_hash_b64u": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        });
    });
    flips(&job, CheckId::BundleValid, CheckStatus::Incomplete, "URM_MISSING");
}
