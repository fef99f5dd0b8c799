//! Limits that a policy sets on the arguments of a call, held against what the log shows of them.

use serde_json::{Value, json};
use verifier::assess::{Assessment, CheckId, CheckStatus};
use verifier::base64::encode_url;
use verifier::json::hash_jcs;

use super::scenario::{ScenarioJob, outcome, passing_under, same};
use kit::key::parse;

const ID: CheckId = CheckId::PolicyTools;
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");
const NOT_KEPT: (CheckStatus, &str) = (CheckStatus::Fail, "CONSTRAINT_NOT_KEPT");

fn under(constraints: &Value) -> ScenarioJob {
    let mut entry = json!({ "tool": "bank", "ops": ["transfer"] });
    entry
        .as_object_mut()
        .unwrap()
        .extend(constraints.as_object().unwrap().clone());
    passing_under(&json!({
        "policy_name": "payments",
        "allow": [{ "tool": "sentinel.api", "ops": ["incidents.list"] }, entry],
    }))
}

fn hash(args: &Value) -> String {
    encode_url(&hash_jcs(&parse(args)))
}

fn pay(job: &mut ScenarioJob, args: &Value) {
    job.tool_call("bank:transfer", |receipt| {
        receipt["args_hash_b64u"] = json!(hash(args));
    });
}

/// The pointers of limits that no use was held against.
fn open(assessment: &Assessment) -> Vec<String> {
    let json: Value = serde_json::from_str(assessment.to_jcs()).unwrap();
    let members = json["not_evaluated"].as_array().unwrap().iter();
    let open = members.filter(|member| member["code"] == "ARGUMENTS_UNKNOWN");
    open.map(|member| member["pointer"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_way_to_write_a_limit_is_held_against_arguments_that_an_artifact_shows() {
    let kept = json!({ "amount": 82_000, "to": { "name": "ACME" } });
    let broken = json!({ "amount": 820_000, "to": { "name": "Mallory" } });
    for constraints in [
        json!({ "constraints": { "max_amount": 100_000 } }),
        json!({ "max_amount": 100_000 }),
        json!({ "constraints": { "amount": { "max": 100_000, "min": 1 } } }),
        json!({ "constraints": { "amount": [81_000, 82_000] } }),
        json!({ "constraints": { "amount": 82_000 } }),
        json!({ "constraints": { "/to/name": "ACME" } }),
        json!({ "constraints": [{ "pointer": "/to/name", "one_of": ["ACME", "Widgets"] }] }),
        json!({ "constraints": [{ "pointer": "/amount", "max": 100_000 }, { "pointer": "/to/name", "equals": "ACME" }] }),
    ] {
        let judged = |args: &Value| {
            let mut job = under(&constraints);
            job.show(args);
            pay(&mut job, args);
            outcome(&job.assess(), ID)
        };
        assert_eq!(judged(&kept), PASS, "{constraints}");
        assert_eq!(judged(&broken), NOT_KEPT, "{constraints}");
    }
}

#[test]
fn an_argument_that_is_missing_or_of_another_type_keeps_to_no_limit() {
    for args in [
        json!({}),
        json!({ "amount": null }),
        json!({ "amount": [5] }),
        json!([5]),
    ] {
        let mut job = under(&json!({ "constraints": { "max_amount": 100_000 } }));
        job.show(&args);
        pay(&mut job, &args);
        assert_eq!(outcome(&job.assess(), ID), NOT_KEPT, "{args}");
    }
    let mut job = under(&json!({ "constraints": { "max_amount": 100_000 } }));
    let spelled = json!({ "amount": "820000.00" });
    job.show(&spelled);
    pay(&mut job, &spelled);
    assert_eq!(outcome(&job.assess(), ID), NOT_KEPT);
}

#[test]
fn what_a_decision_says_of_the_same_arguments_is_held_against_the_limit_that_it_names() {
    let args = json!({ "amount": 820_000 });
    let decided = |actual: u64, of: &Value, pointer: &str| {
        let mut job = under(&json!({ "constraints": { "max_amount": 100_000 } }));
        let (of, constraint) = (
            hash(of),
            json!({ "pointer": pointer, "limit": 100_000, "actual": actual }),
        );
        job.decide("allow", "bank", "transfer", |decision| {
            decision["args_hash_b64u"] = json!(of);
            decision["constraint"] = constraint;
        });
        pay(&mut job, &args);
        let assessment = job.assess();
        (outcome(&assessment, ID), open(&assessment).len())
    };
    let place = "/allow/1/constraints/max_amount";
    assert_eq!(decided(820_000, &args, place), (NOT_KEPT, 0));
    assert_eq!(decided(82_000, &args, place), (PASS, 0));
    // It says nothing about another call, and nothing at a place where no limit stands.
    assert_eq!(decided(82_000, &json!({ "amount": 82_000 }), place), (PASS, 1));
    assert_eq!(decided(820_000, &args, "/allow/1/ops/0"), (PASS, 1));
}

#[test]
fn a_limit_on_arguments_that_nothing_tells_is_listed_by_its_pointer() {
    let mut job = under(&json!({ "constraints": { "max_amount": 100_000, "recipient": "ACME" } }));
    assert_eq!(open(&job.assess()), Vec::<String>::new());
    pay(&mut job, &json!({ "amount": 5 }));
    let assessment = job.assess();
    assert_eq!(outcome(&assessment, ID), PASS);
    let expected = [
        "/allow/1/constraints/max_amount",
        "/allow/1/constraints/recipient",
    ];
    assert_eq!(open(&assessment), expected);
    assert!(assessment.to_jcs().contains(
        "The log does not show the arguments of 1 tool call, so limits on them could not be checked."
    ));
}

#[test]
fn one_entry_that_allows_the_call_within_its_limits_is_enough() {
    let judged = |amount: u64| {
        let mut job = passing_under(&json!({
            "policy_name": "payments",
            "allow": [
                { "tool": "sentinel.api", "ops": ["incidents.list"] },
                { "tool": "bank", "ops": ["transfer"], "constraints": { "max_amount": 10, "recipient": "anybody" } },
                { "tool": "bank", "constraints": { "max_amount": 100, "recipient": "ACME" } },
            ],
        }));
        let args = json!({ "amount": amount, "recipient": "ACME" });
        job.show(&args);
        pay(&mut job, &args);
        outcome(&job.assess(), ID)
    };
    assert_eq!(judged(90), PASS);
    assert_eq!(judged(110), NOT_KEPT);
}

#[test]
fn limits_of_another_form_leave_the_entry_not_evaluated() {
    let unknown = (CheckStatus::Incomplete, "ENTRY_NOT_EVALUATED");
    for constraints in [
        json!({ "constraints": "small amounts" }),
        json!({ "constraints": { "amount": null } }),
        json!({ "constraints": { "amount": { "about": 5 } } }),
        json!({ "constraints": { "amount": {} } }),
        json!({ "constraints": [{ "max": 5 }] }),
        json!({ "max_amount": "5" }),
        json!({ "weekdays": true }),
    ] {
        let mut job = under(&constraints);
        pay(&mut job, &json!({ "amount": 5 }));
        assert_eq!(outcome(&job.assess(), ID), unknown, "{constraints}");
    }
}

#[test]
fn the_limits_of_an_entry_hold_for_what_needs_an_approval_too() {
    let mut policy = json!({
        "policy_name": "payments",
        "allow": [{ "tool": "sentinel.api", "ops": ["incidents.list"] }, { "tool": "bank", "max_amount": 100_000 }],
        "approvals": [{ "name": "payments", "required_for": ["transfer"], "mode": "explicit" }],
    });
    policy["purpose"] = json!("pay");
    let mut job = passing_under(&policy);
    let args = json!({ "amount": 820_000 });
    job.show(&args);
    job.approve("payments", &["transfer"], same);
    pay(&mut job, &args);
    let assessment = job.assess();
    assert_eq!(outcome(&assessment, ID), NOT_KEPT);
    assert_eq!(outcome(&assessment, CheckId::PolicyApprovals), PASS);
}
