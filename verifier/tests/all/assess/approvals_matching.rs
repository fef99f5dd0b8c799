//! `approvals.unique` at a gate for single use: an approval of its own for each use, wherever there is a way.

use proptest::prelude::*;
use serde_json::json;
use verifier::assess::{CheckId, CheckStatus};

use super::scenario::{ScenarioActor, ScenarioJob, args_hash, outcome, passing_under, policy, rfc3339, same};

const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const REUSED: (CheckStatus, &str) = (CheckStatus::Fail, "APPROVAL_REUSED");

/// What happens at a gate for single use: an approval of some operations, or a use of one.
#[derive(Clone, Copy, Debug)]
enum GateStep {
    Approve(u8),
    Use(u8),
}

/// Operations as they stand in the policy, sorted.
const OPERATIONS: [&str; 3] = ["incidents.close", "incidents.merge", "incidents.update"];

/// Whether each use that any earlier approval covers can have one of its own, tried in every way.
fn assignable(steps: &[GateStep]) -> bool {
    fn rest(uses: &[Vec<usize>], taken: &mut Vec<usize>) -> bool {
        let Some((first, others)) = uses.split_first() else {
            return true;
        };
        first.iter().any(|approval| {
            if taken.contains(approval) {
                return false;
            }
            taken.push(*approval);
            let served = rest(others, taken);
            taken.pop();
            served
        })
    }
    let covering = |at: usize, operation: u8| -> Vec<usize> {
        let before = steps[..at].iter().enumerate();
        before
            .filter(|(_, step)| matches!(step, GateStep::Approve(set) if set & (1 << operation) != 0))
            .map(|(position, _)| position)
            .collect()
    };
    let uses: Vec<Vec<usize>> = steps
        .iter()
        .enumerate()
        .filter_map(|(at, step)| match step {
            GateStep::Use(operation) => Some(covering(at, *operation)),
            GateStep::Approve(_) => None,
        })
        .filter(|covering| !covering.is_empty())
        .collect();
    rest(&uses, &mut Vec::new())
}

fn single_use_job(steps: &[GateStep]) -> ScenarioJob {
    let mut policy = policy();
    policy["approvals"][0]["mode"] = json!("single_use");
    policy["approvals"][0]["required_for"] = json!(OPERATIONS);
    policy["deny"][0]["ops"] = json!(OPERATIONS);
    let mut job = passing_under(&policy);
    for step in steps {
        match step {
            GateStep::Approve(set) => {
                let named = OPERATIONS.iter().enumerate();
                let named: Vec<&str> = named
                    .filter(|(at, _)| set & (1 << at) != 0)
                    .map(|(_, name)| *name)
                    .collect();
                job.approve("write", &named, same);
            }
            GateStep::Use(operation) => {
                let operation = OPERATIONS[usize::from(*operation)];
                job.tool_call(&format!("sentinel.api:{operation}"), same);
            }
        }
    }
    job
}

#[test]
fn an_approval_of_two_operations_is_left_to_the_use_that_has_no_other() {
    // The first use could take either approval, and the second only the one that covers it.
    for approvals in [[0b101, 0b100], [0b100, 0b101]] {
        let approvals = approvals.map(GateStep::Approve);
        let steps = [&approvals[..], &[GateStep::Use(2), GateStep::Use(0)]].concat();
        let job = single_use_job(&steps);
        assert_eq!(
            outcome(&job.assess(), CheckId::ApprovalsUnique),
            PASS,
            "{steps:?}"
        );
    }
}

/// A job under a policy whose gate has this mode.
fn job_with_mode(mode: &str) -> ScenarioJob {
    let mut policy = policy();
    policy["approvals"][0]["mode"] = json!(mode);
    passing_under(&policy)
}

const UPDATE: &str = "sentinel.api:incidents.update";

/// Signs the payload of the newest entry again.
fn sign_again(job: &mut ScenarioJob, by: ScenarioActor, envelope_type: &str) {
    let record = job.log.record(job.log.size() - 1);
    let verifier::record::StoredBytes::Bytes(bytes) = &record.evidence else {
        panic!("it has a document");
    };
    let document: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    // Other members first: under clawsig's rule that is another hash of the same payload.
    let members = document["payload"].as_object().unwrap().iter().rev();
    let payload: serde_json::Map<String, serde_json::Value> = members
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let signed = by.key().clawsig(envelope_type, &payload.into());
    job.log.now += 1000;
    let context = json!({ "job_id": job.id });
    job.log.submit(&signed, Some(by.submitter()), Some(&context));
}

fn unique(job: &ScenarioJob) -> (CheckStatus, &'static str) {
    outcome(&job.assess(), CheckId::ApprovalsUnique)
}

#[test]
fn an_approval_that_is_signed_again_is_one_approval() {
    for by in [ScenarioActor::Approver, ScenarioActor::Gateway] {
        let mut job = job_with_mode("single_use");
        job.approve("write", &["incidents.update"], same);
        sign_again(&mut job, by, "human_approval_receipt");
        job.tool_call(UPDATE, same);
        assert_eq!(unique(&job), PASS, "{by:?}");
        job.tool_call(UPDATE, same);
        assert_eq!(unique(&job), REUSED, "{by:?}");
    }
}

#[test]
fn an_approval_that_is_signed_again_still_shows_that_another_job_cites_it() {
    let mut job = passing_under(&policy());
    let index = job.approve("write", &["incidents.update"], |approval| {
        approval["receipt_id"] = json!("approval-7");
    });
    assert_eq!(index + 1, job.log.size());
    sign_again(&mut job, ScenarioActor::Gateway, "human_approval_receipt");
    job.tool_call(UPDATE, same);
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
    assert_eq!(unique(&job), REUSED);
}

#[test]
fn a_tool_receipt_that_is_signed_again_is_one_use() {
    for by in [ScenarioActor::Agent, ScenarioActor::Enforcement] {
        let mut job = job_with_mode("single_use");
        job.approve("write", &["incidents.update"], same);
        job.tool_call(UPDATE, same);
        sign_again(&mut job, by, "tool_receipt");
        assert_eq!(unique(&job), PASS, "{by:?}");
    }
}

#[test]
fn two_approvals_with_one_id_that_say_different_things_do_not_count() {
    for second in ["explicit_approve", "explicit_deny"] {
        let mut job = job_with_mode("single_use");
        for (told, subject) in [
            ("explicit_approve", "manager@example"),
            (second, "deputy@example"),
        ] {
            job.approve("write", &["incidents.update"], |approval| {
                approval["receipt_id"] = json!("approval-7");
                approval["approval_type"] = json!(told);
                approval["approver_subject"] = json!(subject);
            });
        }
        job.tool_call(UPDATE, same);
        let missing = (CheckStatus::Fail, "APPROVAL_MISSING");
        assert_eq!(
            outcome(&job.assess(), CheckId::PolicyApprovals),
            missing,
            "{second}"
        );
    }
}

#[test]
fn a_mode_is_read_in_any_case_and_with_any_dashes() {
    for mode in [
        "single_use",
        "single-use",
        "SINGLE_USE",
        "Single Use",
        "singleUse",
        " single__use ",
    ] {
        let mut job = job_with_mode(mode);
        job.approve("write", &["incidents.update"], same);
        job.tool_call(UPDATE, same);
        job.tool_call(UPDATE, same);
        assert_eq!(unique(&job), REUSED, "{mode:?}");
    }
}

#[test]
fn a_mode_that_is_not_known_is_told_to_be_so() {
    let told = |mode: &str| {
        let json: serde_json::Value = serde_json::from_str(job_with_mode(mode).assess().to_jcs()).unwrap();
        let members = json["not_evaluated"].as_array().unwrap().clone();
        let of_mode = members.iter().find(|one| one["pointer"] == "/approvals/0/mode");
        of_mode.map(|one| one["code"].as_str().unwrap().to_owned())
    };
    assert_eq!(told("two_person"), Some("VALUE_UNKNOWN".to_owned()));
    assert_eq!(told("<mode>"), Some("PLACEHOLDER_VALUE".to_owned()));
    for known in ["explicit", "Explicit", "single-use"] {
        assert_eq!(told(known), None, "{known}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn at_a_gate_for_single_use_an_assignment_is_found_wherever_there_is_one(
        steps in proptest::collection::vec(
            prop_oneof![(1_u8..8).prop_map(GateStep::Approve), (0_u8..3).prop_map(GateStep::Use)],
            1..10,
        )
    ) {
        let approved = steps.iter().any(|step| matches!(step, GateStep::Approve(_)));
        let expected = match (approved, assignable(&steps)) {
            (false, _) => (CheckStatus::NotApplicable, "NOT_APPLICABLE"),
            (true, true) => PASS,
            (true, false) => REUSED,
        };
        let assessment = single_use_job(&steps).assess();
        prop_assert_eq!(outcome(&assessment, CheckId::ApprovalsUnique), expected, "{:?}", steps);
    }
}
