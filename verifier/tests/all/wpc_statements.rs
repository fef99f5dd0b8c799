//! clawsig version 2: statements, conditions, inheritance.

use serde_json::{Value, json};
use verifier::index::TimestampMs;
use verifier::wpc::{ActionKind, NoParents, Policy, PolicyAction};

use crate::wpc_support::{Parent, ask, contract, effect, policy, published, said, statement};

/// 2026-02-11T14:30:00Z.
const AFTERNOON: TimestampMs = TimestampMs::new(1_770_820_200_000);

fn allows(actions: &[&str]) -> Policy {
    policy(&contract(&json!([statement("a", "Allow", actions)])))
}

/// A policy that allows a tool under one condition, and asks it about an action.
fn under(operator: &str, key: &str, operand: &str, action: &PolicyAction<'_>) -> &'static str {
    judged("Allow", operator, key, operand, action)
}

fn judged(
    sid_effect: &str,
    operator: &str,
    key: &str,
    operand: &str,
    action: &PolicyAction<'_>,
) -> &'static str {
    let mut conditional = statement("c", sid_effect, &["**"]);
    conditional["conditions"] = json!({ operator: { key: operand } });
    let statements = if sid_effect == "Deny" {
        json!([statement("a", "Allow", &["**"]), conditional])
    } else {
        json!([conditional])
    };
    said(&policy(&contract(&statements)).evaluate(action, &NoParents)).0
}

fn tool() -> PolicyAction<'static> {
    PolicyAction {
        model: Some("anthropic/claude-sonnet-4.5"),
        provider: Some("anthropic"),
        agent: Some("did:key:z6Mk"),
        target_domain: Some("10.1.2.3"),
        at: Some(AFTERNOON),
        ..PolicyAction::tool("db:rows.get")
    }
}

#[test]
fn statements_allow_by_pattern_and_deny_by_default() {
    let policy = allows(&["tool:db*", "model:invoke"]);
    assert_eq!(
        ask(&policy, "db:rows.get"),
        ("allow", "ALLOWED", "/statements/0".to_owned())
    );
    assert_eq!(
        ask(&policy, "exec:host"),
        ("deny", "TOOL_NOT_ALLOWED", String::new())
    );
    let model = PolicyAction::model("openai", "gpt-5", "clawproxy");
    assert_eq!(said(&policy.evaluate(&model, &NoParents)).0, "allow");
    let side_effect = PolicyAction::new(ActionKind::SideEffect {
        class: "network_egress",
    });
    assert_eq!(
        said(&policy.evaluate(&side_effect, &NoParents)).1,
        "SIDE_EFFECT_NOT_ALLOWED"
    );
    assert_eq!(effect(&allows(&["db:rows.get"]), "db:rows.get"), "allow");
}

#[test]
fn patterns_stop_at_slashes_unless_doubled() {
    for (pattern, tool, expected) in [
        ("tool:fs:*", "fs:a", "allow"),
        ("tool:fs:*", "fs:a/b", "deny"),
        ("tool:fs:**", "fs:a/b", "allow"),
        ("tool:fs:**/c", "fs:c", "allow"),
        ("tool:fs:**/c", "fs:a/b/c", "allow"),
        ("tool:fs:?", "fs:a", "allow"),
        ("tool:fs:?", "fs:ab", "deny"),
        ("tool:fs:?", "fs:/", "deny"),
        ("tool:fs:a.b", "fs:aXb", "deny"),
        ("*", "fs:a/b", "allow"),
    ] {
        assert_eq!(effect(&allows(&[pattern]), tool), expected, "{pattern} {tool}");
    }
}

#[test]
fn hostile_patterns_cost_no_more_than_pattern_times_text() {
    let pattern = format!("tool:{}b", "*a**".repeat(60));
    let policy = allows(&[&pattern]);
    assert_eq!(effect(&policy, &format!("a:{}", "a".repeat(250))), "deny");
}

#[test]
fn a_denial_wins_wherever_it_stands_and_covers_the_operations_of_its_tool() {
    for statements in [
        json!([
            statement("d", "Deny", &["tool:exec"]),
            statement("a", "Allow", &["**"])
        ]),
        json!([
            statement("a", "Allow", &["**"]),
            statement("d", "Deny", &["exec"])
        ]),
    ] {
        let policy = policy(&contract(&statements));
        for tool in ["exec", "exec:host", "EXEC:host", " exec :host"] {
            assert_eq!(ask(&policy, tool).1, "TOOL_DENIED", "{tool}");
        }
        assert_eq!(effect(&policy, "db:rows.get"), "allow");
    }
}

#[test]
fn a_tool_that_takes_the_name_of_another_kind_of_action_is_not_one() {
    assert_eq!(effect(&allows(&["model:invoke"]), "model:invoke"), "deny");
    assert_eq!(effect(&allows(&["tool:db"]), "tool:db"), "deny");
}

#[test]
fn a_tool_without_operation_is_unknown_under_patterns_for_operations() {
    let policy = allows(&["tool:db:rows.*"]);
    assert_eq!(ask(&policy, "db").1, "OPERATION_UNKNOWN");
    assert_eq!(effect(&policy, "mail"), "deny");
    assert_eq!(effect(&policy, "db:rows.get"), "allow");
}

#[test]
fn resources_have_to_match_and_unknown_ones_are_unknown() {
    let mut allow = statement("a", "Allow", &["**"]);
    allow["resources"] = json!(["reports/*"]);
    let policy = policy(&contract(&json!([allow])));
    let on = |resource| {
        let action = PolicyAction {
            resource,
            ..PolicyAction::tool("db:rows.get")
        };
        said(&policy.evaluate(&action, &NoParents)).1
    };
    assert_eq!(on(Some("reports/x")), "ALLOWED");
    assert_eq!(on(Some("reports/x/y")), "TOOL_NOT_ALLOWED");
    assert_eq!(on(None), "RESOURCE_UNKNOWN");
}

#[test]
fn every_operator_holds_and_fails_where_it_should() {
    let action = tool();
    for (operator, key, yes, no) in [
        ("StringEquals", "Agent:DID", "did:key:z6Mk", "did:key:z6Mj"),
        ("StringNotEquals", "Model:Provider", "openai", "anthropic"),
        ("StringLike", "Model:Name", "anthropic/claude-*", "claude-*"),
        ("StringNotLike", "Model:Name", "gpt-*", "**sonnet**"),
        ("NumericEquals", "Context:Hour", "14.0", "15"),
        ("NumericLessThan", "Context:Hour", "15", "14"),
        ("NumericGreaterThan", "Context:Hour", "13.5", "14"),
        ("Bool", "Request:HasHumanApproval", "FALSE", "unused"),
        ("IpAddress", "SideEffect:TargetDomain", "10.0.0.0/8", "11.0.0.0/8"),
        ("IpAddress", "SideEffect:TargetDomain", "10.1.2.3", "10.1.2.4"),
        ("IpAddress", "SideEffect:TargetDomain", "0.0.0.0/0", "10.1.2.4/31"),
        ("StringEquals", "Tool:Name", "db:rows.get", "mail"),
        ("StringEquals", "Tool:Name", "db", "rows.get"),
    ] {
        assert_eq!(
            under(operator, key, yes, &action),
            "allow",
            "{operator} {key} {yes}"
        );
        if no != "unused" {
            assert_eq!(under(operator, key, no, &action), "deny", "{operator} {key} {no}");
        }
    }
}

#[test]
fn conditions_are_joined_by_and() {
    let mut allow = statement("a", "Allow", &["**"]);
    allow["conditions"] = json!({
        "StringEquals": { "Model:Provider": "anthropic", "Agent:DID": "did:key:z6Mk" },
        "NumericLessThan": { "Context:Hour": "14" },
    });
    let policy = policy(&contract(&json!([allow])));
    assert_eq!(said(&policy.evaluate(&tool(), &NoParents)).0, "deny");
    let morning = PolicyAction {
        at: Some(TimestampMs::new(AFTERNOON.value() - 2 * 3_600_000)),
        ..tool()
    };
    assert_eq!(said(&policy.evaluate(&morning, &NoParents)).0, "allow");
}

#[test]
fn a_condition_on_something_not_stated_never_allows_and_never_lifts_a_denial() {
    let bare = PolicyAction::tool("db:rows.get");
    for (operator, key, operand) in [
        ("StringEquals", "Agent:DID", "x"),
        ("StringNotEquals", "Agent:DID", "x"),
        ("StringNotLike", "Model:Name", "x"),
        ("NumericLessThan", "Context:Hour", "25"),
        ("IpAddress", "SideEffect:TargetDomain", "0.0.0.0/0"),
    ] {
        for effect in ["Allow", "Deny"] {
            let found = judged(effect, operator, key, operand, &bare);
            assert_eq!(found, "unknown", "{effect} {operator} {operand}");
        }
    }
}

#[test]
fn an_operand_that_does_not_read_is_no_answer_either_way() {
    for (operator, key, operand) in [
        ("NumericEquals", "Context:Hour", "noon"),
        ("NumericLessThan", "Context:Hour", "NaN"),
        ("NumericLessThan", "Context:Hour", "inf"),
        ("Bool", "Request:HasHumanApproval", "yes"),
        ("IpAddress", "SideEffect:TargetDomain", "10.0.0.0/33"),
        ("IpAddress", "SideEffect:TargetDomain", "10.0.0"),
        ("IpAddress", "SideEffect:TargetDomain", "::/0"),
    ] {
        for effect in ["Allow", "Deny"] {
            let found = judged(effect, operator, key, operand, &tool());
            assert_eq!(found, "unknown", "{effect} {operator} {operand}");
        }
    }
    for (domain, expected) in [("intranet.example", "unknown"), ("::ffff:10.0.0.1", "deny")] {
        let action = PolicyAction {
            target_domain: Some(domain),
            ..tool()
        };
        let found = judged(
            "Deny",
            "IpAddress",
            "SideEffect:TargetDomain",
            "10.0.0.0/8",
            &action,
        );
        assert_eq!(found, expected, "{domain}");
    }
}

#[test]
fn a_statement_that_asks_for_a_human_names_itself_as_the_gate() {
    let mut gated = statement("WriteWithHuman", "Allow", &["tool:db:rows.update"]);
    gated["conditions"] = json!({ "Bool": { "Request:HasHumanApproval": "true" } });
    let policy = policy(&contract(&json!([
        statement("read", "Allow", &["tool:db:rows.get"]),
        gated
    ])));
    let decision = policy.evaluate(&PolicyAction::tool("db:rows.update"), &NoParents);
    assert_eq!(
        said(&decision),
        ("needs_approval", "APPROVAL_REQUIRED", "/statements/1".to_owned())
    );
    assert_eq!(decision.gates[0].gate, "WriteWithHuman");
    assert_eq!(decision.gates[0].operation, "rows.update");
    let approved = PolicyAction {
        approved: true,
        ..PolicyAction::tool("db:rows.update")
    };
    assert_eq!(
        said(&policy.evaluate(&approved, &NoParents)).1,
        "ALLOWED_WITH_APPROVAL"
    );
    assert_eq!(effect(&policy, "db:rows.get"), "allow");
    assert_eq!(effect(&policy, "db:rows.delete"), "deny");
}

fn inheriting(statements: &Value) -> Policy {
    let mut child = contract(statements);
    child["inherits"] = json!("pol_parent");
    policy(&child)
}

#[test]
fn a_policy_that_inherits_allows_only_what_its_parent_allows() {
    let child = inheriting(&json!([statement("a", "Allow", &["**"])]));
    let with = |parent: Policy, tool: &str| {
        let decision = child.evaluate(&PolicyAction::tool(tool), &Parent(parent));
        (
            decision.effect.as_str(),
            decision.code.as_str(),
            decision.in_parent,
        )
    };
    let parent = || policy(&contract(&json!([statement("p", "Allow", &["tool:db:*"])])));
    assert_eq!(with(parent(), "db:rows.get"), ("allow", "ALLOWED", false));
    assert_eq!(with(parent(), "exec:host"), ("deny", "TOOL_NOT_ALLOWED", true));
    // clawsig version 1 does not restrict tools; a free-form document without tool rules does not allow any.
    assert_eq!(with(published("clawsig-v1-example"), "db:rows.get").0, "allow");
    assert_eq!(
        with(policy(&json!({})), "db:rows.get"),
        ("deny", "TOOL_NOT_ALLOWED", true)
    );
    assert_eq!(
        with(
            published("sentinel-triage-readonly"),
            "sentinel.api:incidents.update"
        ),
        ("needs_approval", "APPROVAL_REQUIRED", true)
    );
    let strict = inheriting(&json!([statement("d", "Deny", &["**"])]));
    assert_eq!(
        said(&strict.evaluate(&PolicyAction::tool("db:x"), &Parent(parent()))).0,
        "deny"
    );
}

#[test]
fn an_unresolvable_parent_and_a_second_level_deny_everything() {
    let child = inheriting(&json!([statement("a", "Allow", &["**"])]));
    assert_eq!(
        ask(&child, "db:rows.get"),
        ("deny", "PARENT_UNRESOLVED", "/inherits".to_owned())
    );
    let grandchild = child.clone();
    let decision = grandchild.evaluate(&PolicyAction::tool("db:rows.get"), &Parent(child));
    assert_eq!(said(&decision).1, "INHERITANCE_TOO_DEEP");
}

#[test]
fn a_contract_of_another_form_denies_everything() {
    let mut extra = contract(&json!([statement("a", "Allow", &["**"])]));
    extra["trusted_log_directory"] = json!([]);
    assert_eq!(ask(&policy(&extra), "db:x").1, "POLICY_MALFORMED");
    let mut operator = statement("a", "Allow", &["**"]);
    operator["conditions"] = json!({ "DateLessThan": { "Context:Hour": "9" } });
    let malformed = ask(&policy(&contract(&json!([operator]))), "db:x");
    assert_eq!(
        malformed,
        (
            "deny",
            "POLICY_MALFORMED",
            "/statements/0/conditions/DateLessThan".to_owned()
        )
    );
    assert_eq!(ask(&policy(&contract(&json!([]))), "db:x").1, "POLICY_MALFORMED");
}
