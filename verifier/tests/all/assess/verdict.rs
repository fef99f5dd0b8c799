//! The verdict, and what it is made from.

use verifier::assess::{CheckId, CheckStatus};
use verifier::check::Status;

use super::scenario::{ScenarioJob, ScenarioLog, outcome, passing_job, policy, same};

#[test]
fn the_documents_of_a_passing_job_are_linked_and_hold() {
    let assessment = passing_job().assess();
    for id in [
        CheckId::Signatures,
        CheckId::PolicyPublished,
        CheckId::PolicySingle,
        CheckId::PolicyFrozen,
        CheckId::PolicyPinned,
        CheckId::TokenIssued,
        CheckId::ReceiptsUnique,
    ] {
        let found = outcome(&assessment, id);
        assert!(matches!(found, (CheckStatus::Pass, "OK")), "{id}: {found:?}");
    }
}

#[test]
fn a_job_with_everything_in_its_place_passes() {
    let assessment = passing_job().assess();
    assert_eq!(
        (assessment.verdict, assessment.check, assessment.code),
        (Status::Pass, None, "OK"),
        "{}",
        assessment.to_jcs()
    );
}

#[test]
fn checks_stand_in_table_order_and_the_first_failing_one_decides() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    let mut laxer = policy();
    laxer["policy_name"] = serde_json::json!("laxer");
    job.issue("token-1", same);
    job.publish("laxer", &laxer);
    // The pin is broken, and nothing is complete either.
    job.model_call(same);
    let assessment = job.assess();
    let ids: Vec<CheckId> = assessment.checks.iter().map(|check| check.id).collect();
    assert_eq!(ids, CheckId::ALL);
    assert_eq!(
        (assessment.verdict, assessment.check, assessment.code),
        (Status::Fail, Some(CheckId::PolicyPinned), "POLICY_PIN_MISMATCH")
    );
}

#[test]
fn without_a_failure_the_first_incomplete_check_decides() {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job.model_call(same);
    let assessment = job.assess();
    assert_eq!(
        (assessment.verdict, assessment.check, assessment.code),
        (Status::Incomplete, Some(CheckId::ReceiptsBound), "BUNDLE_MISSING")
    );
}

#[test]
fn a_job_that_nothing_is_known_of_is_no_verified_evidence_and_no_check_that_pass_needs_is_left_out() {
    let assessment = ScenarioLog::new().assess("job-nobody-knows");
    assert_eq!(
        (assessment.verdict, assessment.check, assessment.code),
        (Status::Incomplete, None, "NO_VERIFIED_EVIDENCE")
    );
    for (id, code) in [
        (CheckId::Signatures, "EVIDENCE_MISSING"),
        (CheckId::PolicyPublished, "POLICY_MISSING"),
        (CheckId::TokenIssued, "ISSUANCE_MISSING"),
        (CheckId::ReceiptsBound, "RECEIPTS_MISSING"),
        (CheckId::ReceiptsComplete, "RECEIPTS_MISSING"),
        (CheckId::BundleValid, "BUNDLE_MISSING"),
    ] {
        assert_eq!(outcome(&assessment, id), (CheckStatus::Incomplete, code), "{id}");
    }
    assert_eq!(
        outcome(&assessment, CheckId::TokenValid).0,
        CheckStatus::Incomplete
    );
}

#[test]
fn the_json_is_canonical_and_says_what_the_assessment_says() {
    let assessment = passing_job().assess();
    let value = verifier::json::parse(assessment.to_jcs().as_bytes()).unwrap();
    assert_eq!(verifier::json::to_jcs(&value), assessment.to_jcs());
    let json: serde_json::Value = serde_json::from_str(assessment.to_jcs()).unwrap();
    assert_eq!(json["assessment_version"], "2");
    assert_eq!(json["verdict"], assessment.verdict.as_str());
    assert_eq!(json["checks"].as_array().unwrap().len(), CheckId::ALL.len());
    assert_eq!(json["parameters"]["clock_skew_s"], 30);
    assert_eq!(json["summary"]["models"], serde_json::json!(["openai/gpt-5.2"]));
    assert_eq!(
        json["summary"]["tools"],
        serde_json::json!(["sentinel.api:incidents.list"])
    );
    assert_eq!(json["summary"]["tokens_input"], 20);
    assert_eq!(json["alarms"], serde_json::json!([]));
}
