//! Names with characters that nobody sees, before policies of every form.

use serde_json::{Value, json};
use verifier::wpc::{ActionKind, NoParents, Policy, PolicyAction};

use crate::wpc_support::{ask, contract, policy, said, statement};

/// One of each kind: zero width, bidirectional, tag letter, variation selector, filler, control, soft hyphen.
const HIDDEN: &[char] = &[
    '\u{200B}',
    '\u{202E}',
    '\u{2066}',
    '\u{E0065}',
    '\u{FE0F}',
    '\u{E0100}',
    '\u{3164}',
    '\u{FFA0}',
    '\0',
    '\u{7F}',
    '\u{AD}',
    '\u{34F}',
    '\u{FEFF}',
    '\u{2060}',
    '\u{2800}',
];

/// A name with a character before, within and after it.
fn spellings(name: &str) -> Vec<String> {
    let (head, tail) = name.split_at(1);
    let spell = |hidden: &char| {
        [
            format!("{hidden}{name}"),
            format!("{head}{hidden}{tail}"),
            format!("{name}{hidden}"),
        ]
    };
    HIDDEN.iter().flat_map(spell).collect()
}

fn of(document: &Value) -> Policy {
    policy(document)
}

#[test]
fn a_denied_tool_is_denied_whatever_nobody_sees_in_its_name() {
    let lists = of(&json!({ "tools": { "allow": ["*"], "deny": ["exec"] } }));
    let operations = of(&json!({ "tools": { "allow": ["*"], "deny": ["host:exec"] } }));
    let statements = of(&contract(&json!([
        statement("a", "Allow", &["**"]),
        statement("d", "Deny", &["tool:exec"]),
    ])));
    for exec in spellings("exec") {
        for (policy, name) in [
            (&lists, exec.clone()),
            (&lists, format!("{exec}:run")),
            (&operations, format!("host:{exec}")),
            (&statements, exec.clone()),
            (&statements, format!("{exec}:run")),
        ] {
            let (effect, code, place) = ask(policy, &name);
            assert_eq!((effect, code), ("deny", "TOOL_DENIED"), "{name:?}");
            assert!(place.ends_with("/deny/0") || place == "/statements/1", "{place}");
        }
    }
}

#[test]
fn a_denial_that_is_spelled_with_hidden_characters_still_denies() {
    let lists = of(&json!({ "tools": { "allow": ["*"], "deny": ["ex\u{200B}ec"] } }));
    let statements = of(&contract(&json!([
        statement("a", "Allow", &["**"]),
        statement("d", "Deny", &["tool:ex\u{AD}ec"]),
    ])));
    for policy in [lists, statements] {
        assert_eq!(ask(&policy, "exec").1, "TOOL_DENIED");
        assert_eq!(ask(&policy, "read").0, "allow");
    }
}

#[test]
fn nothing_allows_a_name_with_a_hidden_character() {
    let odd = "re\u{200B}ad";
    for document in [
        json!({ "tools": { "allow": ["*"] } }),
        json!({ "tools": { "allow": [odd] } }),
        json!({ "allow": [{ "tool": "**" }] }),
        json!({ "allow": [{ "tool": "db" }], "tools": { "allow": ["*"] } }),
        contract(&json!([statement("a", "Allow", &["**", "tool:*", odd])])),
    ] {
        let policy = of(&document);
        for name in [odd.to_owned(), format!("db:{odd}"), format!("{odd}:list")] {
            assert_eq!(ask(&policy, &name).1, "TOOL_NOT_ALLOWED", "{document} {name:?}");
        }
    }
}

#[test]
fn no_approval_covers_an_operation_that_nobody_could_read() {
    let gates = json!([{ "name": "send", "required_for": ["mail:send"] }]);
    let writes = json!({ "approvals": { "write_actions": { "require": true } } });
    for document in [json!({ "approvals": gates }), writes] {
        let policy = of(&document);
        for send in spellings("send") {
            for approved in [false, true] {
                let name = format!("mail:{send}");
                let action = PolicyAction {
                    approved,
                    ..PolicyAction::tool(&name)
                };
                assert_eq!(
                    said(&policy.evaluate(&action, &NoParents)).1,
                    "TOOL_NOT_ALLOWED",
                    "{document} {send:?}"
                );
            }
        }
    }
}

#[test]
fn a_read_only_verb_with_a_hidden_character_is_a_write() {
    let policy = of(&json!({ "approvals": { "write_actions": { "require": true } } }));
    assert_eq!(ask(&policy, "db:get").0, "not_governed");
    for get in spellings("get") {
        assert_eq!(
            ask(&policy, &format!("db:{get}")).1,
            "TOOL_NOT_ALLOWED",
            "{get:?}"
        );
    }
}

#[test]
fn elevated_is_read_through_hidden_characters() {
    let policy = of(&json!({ "tools": { "allow": ["*"], "elevated": { "enabled": false } } }));
    assert_eq!(ask(&policy, "elevated").1, "ELEVATED_TOOL");
    for elevated in spellings("elevated") {
        assert_eq!(ask(&policy, &elevated).1, "ELEVATED_TOOL", "{elevated:?}");
    }
}

#[test]
fn models_providers_and_targets_with_hidden_characters_are_allowed_by_no_list() {
    let v1 = of(&json!({
        "policy_version": "1", "policy_id": "p", "issuer_did": "did:key:z6MkneMkZqwqRiU5mJzSG3kDwzt9P8C59N4NGTfBLfSGE7c7",
        "allowed_providers": ["openai"], "allowed_models": ["*"], "minimum_model_identity_tier": "closed_opaque",
        "required_audit_packs": [], "egress_allowlist": ["*"],
    }));
    assert_eq!(v1.unreadable_at(), None);
    for odd in spellings("gpt") {
        let model = PolicyAction::model("openai", &odd, "gw");
        assert_eq!(
            said(&v1.evaluate(&model, &NoParents)).1,
            "MODEL_NOT_ALLOWED",
            "{odd:?}"
        );
        let provider = PolicyAction::model(&odd, "gpt", "gw");
        assert_eq!(
            said(&v1.evaluate(&provider, &NoParents)).1,
            "PROVIDER_NOT_ALLOWED",
            "{odd:?}"
        );
        let egress = PolicyAction {
            target_domain: Some(&odd),
            ..PolicyAction::new(ActionKind::SideEffect {
                class: "network_egress",
            })
        };
        assert_eq!(
            said(&v1.evaluate(&egress, &NoParents)).1,
            "SIDE_EFFECT_NOT_ALLOWED",
            "{odd:?}"
        );
    }
    let class = PolicyAction {
        target_domain: Some("a.example"),
        ..PolicyAction::new(ActionKind::SideEffect {
            class: "network\u{2060}_egress",
        })
    };
    assert_eq!(
        said(&v1.evaluate(&class, &NoParents)).1,
        "SIDE_EFFECT_NOT_ALLOWED"
    );
}

fn conditional(effect: &str, operator: &str, key: &str, operand: &str) -> Policy {
    let mut one = statement("c", effect, &["**"]);
    one["conditions"] = json!({ operator: { key: operand } });
    let mut statements = vec![one];
    if effect == "Deny" {
        statements.push(statement("a", "Allow", &["**"]));
    }
    of(&contract(&json!(statements)))
}

#[test]
fn conditions_deny_with_the_hidden_characters_or_without_and_allow_with_none() {
    fn asked(policy: &Policy, model: &str) -> &'static str {
        let action = PolicyAction {
            model: Some(model),
            ..PolicyAction::tool("read")
        };
        said(&policy.evaluate(&action, &NoParents)).0
    }
    for odd in spellings("gpt") {
        for (operator, operand) in [
            ("StringEquals", "gpt"),
            ("StringLike", "g*"),
            ("StringNotEquals", "gpt"),
            ("StringNotLike", "g*"),
        ] {
            let allow = conditional("Allow", operator, "Model:Name", operand);
            assert_eq!(asked(&allow, &odd), "deny", "Allow {operator} {odd:?}");
            let deny = conditional("Deny", operator, "Model:Name", operand);
            assert_eq!(asked(&deny, &odd), "deny", "Deny {operator} {odd:?}");
        }
        let spelled = conditional("Deny", "StringEquals", "Model:Name", &odd);
        assert_eq!(asked(&spelled, "gpt"), "deny", "{odd:?}");
    }
    assert_eq!(
        asked(&conditional("Allow", "StringEquals", "Model:Name", "gpt"), "gpt"),
        "allow"
    );
    assert_eq!(
        asked(
            &conditional("Deny", "StringEquals", "Model:Name", "gpt"),
            "claude"
        ),
        "allow"
    );
}

#[test]
fn resources_deny_without_the_hidden_characters_and_are_allowed_with_none() {
    fn on(policy: &Policy, resource: &str) -> &'static str {
        let action = PolicyAction {
            resource: Some(resource),
            ..PolicyAction::tool("read")
        };
        said(&policy.evaluate(&action, &NoParents)).1
    }
    let mut deny = statement("d", "Deny", &["**"]);
    deny["resources"] = json!(["secret/*"]);
    let denies = of(&contract(&json!([deny, statement("a", "Allow", &["**"])])));
    let allows = of(&contract(&json!([statement("a", "Allow", &["**"])])));
    assert_eq!(on(&denies, "secret/keys"), "TOOL_DENIED");
    assert_eq!(on(&denies, "se\u{200D}cret/keys"), "TOOL_DENIED");
    assert_eq!(on(&allows, "public"), "ALLOWED");
    assert_eq!(on(&allows, "pub\u{202E}lic"), "TOOL_NOT_ALLOWED");
}

#[test]
fn an_action_names_the_member_and_the_character() {
    let action = PolicyAction::tool("shell:exec\u{200B}");
    let (member, text, found) = action.hidden().unwrap();
    assert_eq!((member, text), ("operation", "exec\u{200B}"));
    assert_eq!(found.to_string(), "U+200B ZERO WIDTH SPACE at position 5");
    assert_eq!(PolicyAction::tool("shell:exec").hidden(), None);
}
