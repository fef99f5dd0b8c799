//! One number of a stream is one receipt, and one receipt has one number.

use serde_json::{Value, json};
use verifier::assess::{CheckId, CheckStatus};

use super::scenario::{ScenarioActor, ScenarioJob, ScenarioLog, outcome, policy, same};
use kit::key::turned_around;

const REPEATED: (CheckStatus, &str) = (CheckStatus::Incomplete, "STREAM_REPEATED");
const OPEN: (CheckStatus, &str) = (CheckStatus::Incomplete, "STREAM_OPEN");
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");

fn started() -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job
}

fn place(job: &ScenarioJob, stream: &str, number: u64, last: bool) -> Value {
    json!({
        "job_id": job.id, "token_hash": job.token().hash, "stream": stream, "number": number, "last": last,
    })
}

/// A job with a call for each number, the last of which closes the stream; the calls' entries.
fn counted(numbers: &[u64]) -> (ScenarioJob, Vec<u64>) {
    let mut job = started();
    let mut entries = Vec::new();
    for (position, number) in numbers.iter().enumerate() {
        let last = position + 1 == numbers.len();
        let context = place(&job, "calls", *number, last);
        entries.push(job.model_call_with("gateway", Some(&context)));
    }
    (job, entries)
}

fn complete(mut job: ScenarioJob) -> (CheckStatus, &'static str) {
    job.bundle(same);
    outcome(&job.assess(), CheckId::ReceiptsComplete)
}

#[test]
fn a_number_that_stands_for_two_receipts_is_a_repeat_and_raises_an_alarm() {
    for numbers in [&[0, 1, 0, 1][..], &[0, 1, 1, 2], &[0, 0, 0], &[0, 0]] {
        let (mut job, _) = counted(numbers);
        job.bundle(same);
        let assessment = job.assess();
        let found = outcome(&assessment, CheckId::ReceiptsComplete);
        assert_eq!(found, REPEATED, "{numbers:?}");
        let alarms: Value = serde_json::from_str::<Value>(assessment.to_jcs()).unwrap()["alarms"].clone();
        let rings = |alarm: &Value| alarm["code"] == "STREAM_REPEATED";
        assert!(
            alarms.as_array().unwrap().iter().any(rings),
            "{numbers:?}: {alarms}"
        );
    }
    assert_eq!(complete(counted(&[0, 1, 2, 3]).0), PASS);
    assert_eq!(
        complete(counted(&[2, 0, 1, 3]).0),
        PASS,
        "the order of arrival is no matter"
    );
}

#[test]
fn the_same_place_told_again_is_no_repeat() {
    let (mut job, entries) = counted(&[0, 1, 2]);
    for (number, entry) in (0..).zip(&entries) {
        let again = place(&job, "calls", number, number == 2);
        job.log.context(*entry, "gateway", &again);
    }
    assert_eq!(complete(job), PASS);
}

#[test]
fn a_receipt_that_was_signed_again_keeps_its_number_and_takes_no_second_one() {
    for (number, expected) in [(0, PASS), (1, REPEATED)] {
        let mut job = started();
        let receipt = job.receipt(same);
        let first = place(&job, "calls", 0, number == 0);
        job.log.submit(&receipt, Some("gateway"), Some(&first));
        let again = ScenarioActor::Gateway
            .key()
            .clawsig_text("gateway_receipt", &turned_around(&receipt["payload"]));
        let second = place(&job, "calls", number, true);
        job.log.submit_text(&again, Some("gateway"), Some(&second));
        let bundle = job.bundle_document(|payload| payload["receipts"] = json!(["@both"]));
        let both = format!("{receipt},{again}");
        let payload = bundle["payload"].to_string().replace("\"@both\"", &both);
        let bundle = ScenarioActor::Agent.key().clawsig_text("proof_bundle", &payload);
        let named = json!({ "job_id": job.id });
        job.log.submit_text(&bundle, Some("agents"), Some(&named));
        let assessment = job.assess();
        assert_eq!(
            outcome(&assessment, CheckId::ReceiptsComplete),
            expected,
            "{number}"
        );
    }
}

#[test]
fn a_receipt_with_two_numbers_fills_no_gap() {
    let (mut job, entries) = counted(&[0, 1, 3]);
    assert_eq!(
        complete(job.clone()),
        (CheckStatus::Incomplete, "STREAM_GAP"),
        "number 2 was kept back"
    );
    let filler = place(&job, "calls", 2, false);
    job.log.context(entries[1], "gateway", &filler);
    assert_eq!(complete(job), REPEATED);
}

#[test]
fn a_second_stream_without_a_fault_hides_no_repeat() {
    let (mut job, entries) = counted(&[0, 1, 0, 1]);
    for (number, entry) in (0..).zip(&entries) {
        let good = place(&job, "calls-again", number, number == 3);
        job.log.context(*entry, "gateway", &good);
    }
    assert_eq!(complete(job), REPEATED);
    // A missing number may be another job's: there the better stream decides, as it always did.
    let (mut job, entries) = counted(&[0, 2]);
    for (number, entry) in (0..).zip(&entries) {
        let good = place(&job, "calls-again", number, number == 1);
        job.log.context(*entry, "gateway", &good);
    }
    assert_eq!(complete(job), PASS);
}

#[test]
fn an_erased_receipt_keeps_its_number_against_another_one() {
    let (mut job, entries) = counted(&[0, 1, 1]);
    job.log.erase(entries[1]);
    assert_eq!(complete(job), REPEATED);
    let (mut job, entries) = counted(&[0, 1, 2]);
    job.log.erase(entries[1]);
    assert_eq!(complete(job), PASS);
}

#[test]
fn a_stranger_cannot_make_a_repeat() {
    let (mut job, entries) = counted(&[0, 1, 2]);
    let before = complete(job.clone());
    let other = place(&job, "calls", 1, false);
    job.log.context(entries[2], "stranger", &other);
    assert_eq!(complete(job), before);
}

#[test]
fn a_stream_that_goes_on_after_its_end_is_not_closed() {
    let two_ends = |numbers: &[(u64, bool)]| {
        let mut job = started();
        for (number, last) in numbers {
            let context = place(&job, "calls", *number, *last);
            job.model_call_with("gateway", Some(&context));
        }
        complete(job)
    };
    assert_eq!(two_ends(&[(0, false), (1, true), (2, false)]), OPEN);
    assert_eq!(two_ends(&[(0, false), (1, true), (2, true)]), OPEN);
    assert_eq!(two_ends(&[(0, true), (1, false), (2, true)]), OPEN);
    assert_eq!(two_ends(&[(0, false), (1, false), (2, true)]), PASS);
}

#[test]
fn a_second_context_on_the_last_receipt_closes_the_stream() {
    let mut job = started();
    let mut newest = 0;
    for number in 0..3 {
        let context = place(&job, "calls", number, false);
        newest = job.model_call_with("gateway", Some(&context));
    }
    assert_eq!(complete(job.clone()), OPEN);
    let mut signed = job.clone();
    let closing = place(&job, "calls", 2, true);
    job.log.context(newest, "gateway", &closing);
    assert_eq!(complete(job), PASS);
    // A signed context is in a stream of its signer, not in the submitter's.
    let mut context = closing;
    context["evidence_digest"] = json!(signed.log.digest(newest));
    signed
        .log
        .own(ScenarioActor::Gateway, "submission_context", context, None);
    assert_ne!(complete(signed), PASS);
}
