//! `approvals.unique` at a gate for single use: an approval of its own for each use, wherever there is a way.

use proptest::prelude::*;
use serde_json::json;
use verifier::assess::{CheckId, CheckStatus};

use super::scenario::{Job, outcome, passing_under, policy, same};

const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const REUSED: (CheckStatus, &str) = (CheckStatus::Fail, "APPROVAL_REUSED");

/// What happens at a gate for single use: an approval of some operations, or a use of one.
#[derive(Clone, Copy, Debug)]
enum Step {
    Approve(u8),
    Use(u8),
}

/// Operations as they stand in the policy, sorted.
const OPERATIONS: [&str; 3] = ["incidents.close", "incidents.merge", "incidents.update"];

/// Whether each use that any earlier approval covers can have one of its own, tried in every way.
fn assignable(steps: &[Step]) -> bool {
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
            .filter(|(_, step)| matches!(step, Step::Approve(set) if set & (1 << operation) != 0))
            .map(|(position, _)| position)
            .collect()
    };
    let uses: Vec<Vec<usize>> = steps
        .iter()
        .enumerate()
        .filter_map(|(at, step)| match step {
            Step::Use(operation) => Some(covering(at, *operation)),
            Step::Approve(_) => None,
        })
        .filter(|covering| !covering.is_empty())
        .collect();
    rest(&uses, &mut Vec::new())
}

fn single_use_job(steps: &[Step]) -> Job {
    let mut policy = policy();
    policy["approvals"][0]["mode"] = json!("single_use");
    policy["approvals"][0]["required_for"] = json!(OPERATIONS);
    policy["deny"][0]["ops"] = json!(OPERATIONS);
    let mut job = passing_under(&policy);
    for step in steps {
        match step {
            Step::Approve(set) => {
                let named = OPERATIONS.iter().enumerate();
                let named: Vec<&str> = named
                    .filter(|(at, _)| set & (1 << at) != 0)
                    .map(|(_, name)| *name)
                    .collect();
                job.approve("write", &named, same);
            }
            Step::Use(operation) => {
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
        let approvals = approvals.map(Step::Approve);
        let steps = [&approvals[..], &[Step::Use(2), Step::Use(0)]].concat();
        let job = single_use_job(&steps);
        assert_eq!(
            outcome(&job.assess(), CheckId::ApprovalsUnique),
            PASS,
            "{steps:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn at_a_gate_for_single_use_an_assignment_is_found_wherever_there_is_one(
        steps in proptest::collection::vec(
            prop_oneof![(1_u8..8).prop_map(Step::Approve), (0_u8..3).prop_map(Step::Use)],
            1..10,
        )
    ) {
        let approved = steps.iter().any(|step| matches!(step, Step::Approve(_)));
        let expected = match (approved, assignable(&steps)) {
            (false, _) => (CheckStatus::NotApplicable, "NOT_APPLICABLE"),
            (true, true) => PASS,
            (true, false) => REUSED,
        };
        let assessment = single_use_job(&steps).assess();
        prop_assert_eq!(outcome(&assessment, CheckId::ApprovalsUnique), expected, "{:?}", steps);
    }
}
