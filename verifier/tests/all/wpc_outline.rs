//! A policy laid out for people says what the evaluator goes by.

use serde_json::json;
use verifier::wpc::{Policy, PolicyRule, RuleAbout};

use crate::wpc_support::{contract, policy, published, statement};

/// Effect, names, operations and place of each rule.
fn told(policy: &Policy) -> Vec<String> {
    policy.outline().iter().map(line).collect()
}

fn line(rule: &PolicyRule) -> String {
    let effect = match (rule.deny, rule.gates.is_empty()) {
        (true, _) => "deny",
        (false, true) => "allow",
        (false, false) => "approve",
    };
    let operations = match &rule.operations {
        Some(operations) => operations.join("|"),
        None => "-".to_owned(),
    };
    let names = rule.patterns.join("|");
    format!("{effect} {} {names} {operations} {}", rule.about, rule.pointer)
}

#[test]
fn the_sentinel_policy_is_told_entry_by_entry_as_spelled() {
    assert_eq!(
        told(&published("sentinel-triage-readonly")),
        [
            "allow tools sentinel.api incidents.list|incidents.get|alerts.list|kql.query /allow/0",
            "deny tools sentinel.api analyticsRules.create|analyticsRules.update|automationRules.update /deny/0",
            "approve tools sentinel.api incidents.update|incidents.close /deny/0",
            "deny tools exec host /deny/1",
        ]
    );
}

#[test]
fn an_empty_allow_list_is_told_because_it_allows_nothing() {
    let rules = policy(&json!({ "tools": { "allow": [], "elevated": { "enabled": false } } })).outline();
    assert_eq!(rules.len(), 2);
    assert!(!rules[0].deny && rules[0].patterns.is_empty() && rules[0].about == RuleAbout::Tools);
    assert!(rules[1].deny && rules[1].about == RuleAbout::ElevatedTools);
}

#[test]
fn what_an_approval_allows_is_one_rule_whichever_lists_name_it() {
    let rules = policy(&json!({
        "allow": [{ "tool": "api", "ops": ["list", "close"] }],
        "deny": [{ "tool": "api", "ops": ["update", "close", "delete"] }],
        "approvals": [{ "name": "writes", "required_for": ["update", "close"], "mode": "explicit" }],
    }))
    .outline();
    let told: Vec<(bool, Vec<String>, Vec<String>)> = rules
        .into_iter()
        .map(|rule| (rule.deny, rule.operations.unwrap_or_default(), rule.gates))
        .collect();
    let row = |deny: bool, operations: &[&str], gates: &[&str]| {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        (deny, texts(operations), texts(gates))
    };
    assert_eq!(
        told,
        [
            row(false, &["list"], &[]),
            row(false, &["close"], &["writes"]),
            row(true, &["delete"], &[]),
            row(false, &["update"], &["writes"]),
        ]
    );
}

#[test]
fn a_list_or_an_entry_without_anything_in_it_allows_nothing() {
    let rules =
        policy(&json!({ "allow": [{ "tool": "api", "ops": [] }, { "tool": "shell", "ops": ["ls"] }] }))
            .outline();
    let nothing: Vec<bool> = rules.iter().map(PolicyRule::allows_nothing).collect();
    assert_eq!(nothing, [true, false]);
    let empty = policy(&json!({ "tools": { "allow": [] } })).outline();
    assert!(empty.iter().all(PolicyRule::allows_nothing) && empty.len() == 1);
}

#[test]
fn a_denial_is_told_in_the_case_that_the_policy_has() {
    let rules = told(&policy(&json!({ "tools": { "deny": ["Exec", "Shell:*"] } })));
    assert_eq!(
        rules,
        [
            "deny tools Exec - /tools/deny/0",
            "deny tools Shell * /tools/deny/1"
        ]
    );
}

#[test]
fn statements_are_told_with_resources_and_conditions() {
    let mut conditional = statement("night", "Deny", &["tool:*"]);
    conditional["conditions"] = json!({ "NumericGreaterThan": { "Context:Hour": "20" } });
    let rules = policy(&contract(&json!([
        statement("all", "Allow", &["**"]),
        conditional
    ])))
    .outline();
    assert_eq!(rules[0].name.as_deref(), Some("all"));
    assert_eq!(rules[0].resources, ["*"]);
    assert!(rules[1].deny);
    assert_eq!(
        rules[1].conditions,
        [["NumericGreaterThan", "Context:Hour", "20"]]
    );
}

#[test]
fn a_policy_that_cannot_be_read_has_no_rules_to_tell() {
    let unreadable = policy(&json!({ "policy_version": "9" }));
    assert!(unreadable.unreadable_at().is_some() && unreadable.outline().is_empty());
}
