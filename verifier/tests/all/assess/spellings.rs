//! White space and colons in the names of a call are no way past a gate or a denial.

use serde_json::{Value, json};
use verifier::assess::{CheckId, CheckStatus};

use super::scenario::{ScenarioJob, outcome, passing_under, same};

const MISSING: (CheckStatus, &str) = (CheckStatus::Fail, "APPROVAL_MISSING");
const DENIED: (CheckStatus, &str) = (CheckStatus::Fail, "TOOL_DENIED");

/// A policy under which the job of the scenario passes, with more members.
fn under(more: &Value) -> ScenarioJob {
    let mut policy = json!({
        "policy_name": "payments",
        "allow": [{ "tool": "sentinel.api" }, { "tool": "bank" }, { "tool": "exec" }],
    });
    policy
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    passing_under(&policy)
}

#[test]
fn a_gate_is_about_its_operation_with_white_space_around_it_too() {
    for name in [
        "bank: transfer",
        "bank :transfer",
        " bank:transfer ",
        "bank:\u{a0}transfer",
        "BANK:Transfer",
    ] {
        let mut job = under(&json!({
            "approvals": [{ "name": "payments", "required_for": ["bank:transfer"], "mode": "explicit" }],
        }));
        job.tool_call(name, same);
        let assessment = job.assess();
        let outcomes = [CheckId::PolicyApprovals, CheckId::PolicyTools].map(|id| outcome(&assessment, id));
        assert!(
            outcomes.contains(&MISSING) || outcomes.contains(&(CheckStatus::Fail, "TOOL_NOT_ALLOWED")),
            "{name:?} {outcomes:?}"
        );
    }
}

#[test]
fn an_operation_of_nothing_that_is_seen_is_none() {
    for name in [
        "exec: ",
        "exec:\u{a0}",
        "exec:\u{2003}\t",
        "exec:",
        "exec:\u{200b}",
    ] {
        let mut job = under(&json!({ "deny": [{ "tool": "exec", "ops": ["rm"] }] }));
        job.tool_call(name, same);
        let (status, code) = outcome(&job.assess(), CheckId::PolicyTools);
        assert!(
            matches!(code, "OPERATION_UNKNOWN" | "TOOL_NOT_ALLOWED"),
            "{name:?} {status:?} {code}"
        );
    }
}

#[test]
fn a_decision_that_names_an_operation_twice_is_judged_by_its_tool() {
    let policy = json!({ "tools": { "allow": ["*"], "deny": ["exec"] } });
    let mut job = under(&policy);
    job.decide("allow", "exec:rm", "x", same);
    assert_eq!(outcome(&job.assess(), CheckId::PolicyTools), DENIED);
}
