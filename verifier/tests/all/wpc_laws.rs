//! Laws that hold for every policy.

use proptest::prelude::*;
use serde_json::{Value, json};
use verifier::wpc::{NoParents, PolicyAction};

use crate::wpc_support::{contract, effect, policy, statement};

fn tool() -> impl Strategy<Value = String> {
    prop_oneof!["[abX]", "[ab]:[xyX]", "[ab]:[xy]\\.(get|update)"]
}

fn entry() -> impl Strategy<Value = Value> {
    let ops = prop::collection::vec(
        prop_oneof!["[xy]", "[xy]\\.(get|update)", "[xy]\\.\\*", "\\*"],
        0..3,
    );
    ("[ab*]", prop::option::of(ops)).prop_map(|(tool, ops)| match ops {
        Some(ops) => json!({ "tool": tool, "ops": ops }),
        None => json!({ "tool": tool }),
    })
}

fn entries() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(entry(), 0..4)
}

fn pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        "tool:[ab]",
        "[ab]:[xy*]",
        "tool:[ab]:\\*\\*",
        "\\*\\*",
        "\\*",
        "[ab]\\?[xy]",
        "model:invoke"
    ]
}

/// How much an effect gives away.
fn leniency(effect: &str) -> u8 {
    match effect {
        "deny" => 0,
        "unknown" => 1,
        "needs_approval" => 2,
        _ => 3,
    }
}

proptest! {
    #[test]
    fn without_an_allow_entry_nothing_is_allowed(deny in entries(), tool in tool()) {
        let policy = policy(&json!({ "allow": [], "deny": deny }));
        prop_assert_eq!(effect(&policy, &tool), "deny");
    }

    #[test]
    fn one_more_denial_never_allows_more(allow in entries(), deny in entries(), more in entry(), tool in tool()) {
        let before = policy(&json!({ "allow": allow, "deny": deny }));
        let mut denied = deny;
        denied.push(more);
        let after = policy(&json!({ "allow": allow, "deny": denied }));
        prop_assert!(leniency(effect(&after, &tool)) <= leniency(effect(&before, &tool)));
    }

    #[test]
    fn a_denied_operation_is_never_allowed_without_approval(
        allow in entries(), deny in entries(), gate in "[xy]\\.(get|update)", tool in tool(),
    ) {
        let gated = policy(&json!({
            "allow": allow, "deny": deny,
            "approvals": [{ "name": "gate", "required_for": [gate], "mode": "explicit" }],
        }));
        let ungated = policy(&json!({ "allow": allow, "deny": deny }));
        if effect(&gated, &tool) == "allow" {
            prop_assert_eq!(effect(&ungated, &tool), "allow");
        }
    }

    #[test]
    fn an_approval_never_lowers_what_is_allowed_and_never_lifts_an_ungated_denial(
        allow in entries(), deny in entries(), tool in tool(),
    ) {
        let policy = policy(&json!({ "allow": allow, "deny": deny }));
        let without = policy.evaluate(&PolicyAction::tool(&tool), &NoParents).effect;
        let with = policy.evaluate(&PolicyAction { approved: true, ..PolicyAction::tool(&tool) }, &NoParents).effect;
        prop_assert_eq!(without, with);
    }

    #[test]
    fn statements_obey_the_same_laws(
        allow in prop::collection::vec(pattern(), 1..4),
        deny in prop::collection::vec(pattern(), 1..3),
        tool in tool(),
    ) {
        let patterns = |list: &[String]| list.iter().map(String::as_str).collect::<Vec<_>>().join("\u{1}");
        let list = |joined: &str, sid: &str, effect: &str| {
            statement(sid, effect, &joined.split('\u{1}').collect::<Vec<_>>())
        };
        let allowing = list(&patterns(&allow), "a", "Allow");
        let denying = list(&patterns(&deny), "d", "Deny");
        let only_allow = policy(&contract(&json!([allowing])));
        let only_deny = policy(&contract(&json!([denying])));
        let one_order = policy(&contract(&json!([allowing, denying])));
        let other_order = policy(&contract(&json!([denying, allowing])));
        prop_assert_eq!(effect(&only_deny, &tool), "deny");
        prop_assert_eq!(effect(&one_order, &tool), effect(&other_order, &tool));
        prop_assert!(leniency(effect(&one_order, &tool)) <= leniency(effect(&only_allow, &tool)));
    }

    #[test]
    fn any_document_is_answered(text in "\\PC{0,40}", tool in "\\PC{0,40}") {
        let policy = policy(&json!({
            "allow": [{ "tool": text, "ops": [text] }],
            "deny": [{ "tool": text, "ops": [text, tool] }],
            "tools": { "allow": [text], "deny": [tool] },
            "models": { "providers": [text] },
        }));
        policy.evaluate(&PolicyAction::tool(&tool), &NoParents);
    }
}
