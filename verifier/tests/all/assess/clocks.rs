//! A log whose clock was ahead goes on once the operator has confirmed the time, and so do its verdicts.

use serde_json::{Value, json};
use verifier::assess::{Assessment, CheckId, CheckStatus};
use verifier::check::Status;

use super::scenario::{START_MS, ScenarioActor, ScenarioJob, ScenarioLog, outcome, policy, rfc3339, same};

const TEN_YEARS_MS: u64 = 10 * 365 * 86_400_000;
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const AFTER_USE: (CheckStatus, &str) = (CheckStatus::Fail, "ISSUED_AFTER_USE");

/// A log that took one entry with a clock that was ten years ahead.
fn ahead() -> ScenarioLog {
    let mut log = ScenarioLog::new();
    log.stands_at = Some(START_MS + TEN_YEARS_MS);
    log.register(ScenarioActor::OtherAgent, "agent");
    log
}

fn confirmed() -> ScenarioLog {
    let mut log = ahead();
    log.confirm_clock();
    log
}

fn passing_in(log: ScenarioLog) -> ScenarioJob {
    let mut job = ScenarioJob::open(log, "job-1");
    job.pass_under(&policy());
    job
}

fn alarm(assessment: &Assessment) -> Option<Value> {
    let json: Value = serde_json::from_str(assessment.to_jcs()).unwrap();
    let mut alarms = json["alarms"].as_array().unwrap().iter();
    alarms.find(|alarm| alarm["code"] == "CLOCK_CONFIRMED").cloned()
}

#[test]
fn a_job_passes_after_the_confirmation_and_the_alarm_says_that_only_the_order_is_known() {
    let log = confirmed();
    let confirmation = log.size() - 1;
    let assessment = passing_in(log).assess();
    assert_eq!(assessment.verdict, Status::Pass, "{}", assessment.message);
    let alarm = alarm(&assessment).unwrap();
    assert_eq!(alarm["entries"], json!([confirmation]));
    assert!(
        alarm["message"]
            .as_str()
            .unwrap()
            .contains("the order but not the time")
    );
}

#[test]
fn without_a_confirmation_authority_of_a_time_to_come_gives_no_pass() {
    let assessment = passing_in(ahead()).assess();
    assert_eq!(assessment.verdict, Status::Fail);
    assert_eq!(outcome(&assessment, CheckId::TokenIssued), AFTER_USE);
    assert_eq!(alarm(&assessment), None);
}

#[test]
fn what_was_logged_while_the_clock_was_ahead_came_before_the_confirmation() {
    let mut job = ScenarioJob::open(ahead(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job.log.confirm_clock();
    job.model_call(same);
    let assessment = job.assess();
    assert_eq!(outcome(&assessment, CheckId::TokenIssued), PASS);
    assert_eq!(outcome(&assessment, CheckId::PolicyPublished), PASS);
}

#[test]
fn a_use_of_a_time_before_the_confirmed_one_has_no_authority_from_after_it() {
    let log = confirmed();
    let before = log.now - 1_200_000;
    let mut job = ScenarioJob::open(log, "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", |members| {
        members["claims"]["iat"] = json!(before / 1000 - 60);
    });
    job.model_call(|receipt| receipt["timestamp"] = json!(rfc3339(before)));
    let assessment = job.assess();
    assert_eq!(outcome(&assessment, CheckId::TokenIssued), AFTER_USE);
    assert_eq!(
        outcome(&assessment, CheckId::PolicyPublished),
        (CheckStatus::Fail, "POLICY_PUBLISHED_LATE")
    );
}

#[test]
fn a_newer_confirmation_narrows_what_cannot_be_told() {
    let judged = |again: bool| {
        let mut log = confirmed();
        let used = log.now + 600_000;
        log.now += 86_400_000;
        if again {
            log.confirm_clock();
        }
        let mut job = ScenarioJob::open(log, "job-1");
        job.publish("test-policy", &policy());
        job.issue("token-1", |members| {
            members["claims"]["iat"] = json!(used / 1000 - 60);
        });
        job.model_call(|receipt| receipt["timestamp"] = json!(rfc3339(used)));
        outcome(&job.assess(), CheckId::TokenIssued)
    };
    assert_eq!(judged(false), PASS);
    assert_eq!(judged(true), AFTER_USE);
}

#[test]
fn a_confirmation_for_another_position_or_by_somebody_else_confirms_nothing() {
    let word = |by: ScenarioActor, tree_size: u64| {
        let mut log = ahead();
        let members = json!({ "tree_size": tree_size, "clock": rfc3339(log.now), "reason": "it was ahead" });
        log.own(by, "log_clock", members, None);
        outcome(&passing_in(log).assess(), CheckId::TokenIssued)
    };
    let size = ahead().size();
    assert_eq!(word(ScenarioActor::Operator, size), PASS);
    assert_eq!(word(ScenarioActor::Operator, size - 1), AFTER_USE);
    assert_eq!(word(ScenarioActor::Registry, size), AFTER_USE);
}

#[test]
fn a_freeze_that_ends_before_the_time_at_which_the_log_stands_still_counts() {
    let mut job = ScenarioJob::open(confirmed(), "job-1");
    let mut old = policy();
    old["policy_name"] = json!("older");
    let (_, hash) = job.publish("test-policy", &old);
    let until = rfc3339(job.log.now + 3_600_000);
    let members = json!({ "policy_hash_b64u": hash, "scope": "all", "reason": "audit", "until": until });
    job.log.own(ScenarioActor::Registry, "wpc_freeze", members, None);
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job.model_call(same);
    let (status, _) = outcome(&job.assess(), CheckId::PolicyFrozen);
    assert_ne!(status, CheckStatus::Pass);
}
