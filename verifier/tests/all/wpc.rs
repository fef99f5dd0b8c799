//! Free-form policies and clawsig version 1, most of them as published.

use serde_json::json;
use verifier::payload::ArtifactLabel;
use verifier::wpc::{ActionKind, NoParents, PolicyAction, RequirementKind};

use crate::wpc_support::{ask, effect, policy, published, said};

fn owned(effect: &'static str, code: &'static str, pointer: &str) -> (&'static str, &'static str, String) {
    (effect, code, pointer.to_owned())
}

#[test]
fn the_sentinel_policy_allows_by_name_and_denies_the_rest() {
    let policy = published("sentinel-triage-readonly");
    let allowed = ask(&policy, "sentinel.api:kql.query");
    assert_eq!(allowed, owned("allow", "ALLOWED", "/allow/0/ops/3"));
    let denied = ask(&policy, "sentinel.api:analyticsRules.create");
    assert_eq!(denied, owned("deny", "TOOL_DENIED", "/deny/0/ops/2"));
    let denied = ask(&policy, "exec:host");
    assert_eq!(denied, owned("deny", "TOOL_DENIED", "/deny/1/ops/0"));
    for unlisted in [
        "sentinel.api:watchlists.delete",
        "exec:docker",
        "browser:open",
        "other:kql.query",
    ] {
        assert_eq!(
            ask(&policy, unlisted),
            owned("deny", "TOOL_NOT_ALLOWED", "/allow"),
            "{unlisted}"
        );
    }
}

#[test]
fn an_operation_denied_and_gated_by_name_needs_the_approval_and_nothing_else_does() {
    let policy = published("sentinel-triage-readonly");
    let decision = policy.evaluate(&PolicyAction::tool("sentinel.api:incidents.update"), &NoParents);
    assert_eq!(
        said(&decision),
        owned("needs_approval", "APPROVAL_REQUIRED", "/approvals/0")
    );
    assert_eq!(decision.gates[0].gate, "sentinel-write-approval");
    assert_eq!(decision.gates[0].operation, "incidents.update");
    let approved = PolicyAction {
        approved: true,
        ..PolicyAction::tool("sentinel.api:incidents.update")
    };
    let decision = policy.evaluate(&approved, &NoParents);
    assert_eq!(said(&decision).1, "ALLOWED_WITH_APPROVAL");
    let approved = PolicyAction {
        approved: true,
        ..PolicyAction::tool("sentinel.api:automationRules.update")
    };
    assert_eq!(said(&policy.evaluate(&approved, &NoParents)).0, "deny");
    // Gates name operations, not tools: another tool's operation of that name is not allowed by any entry.
    assert_eq!(effect(&policy, "jira:incidents.update"), "deny");
}

#[test]
fn an_approval_does_not_lift_a_denial_of_the_whole_tool() {
    let document = |deny| {
        json!({
            "allow": [{ "tool": "db" }],
            "deny": deny,
            "approvals": [{ "name": "change", "required_for": ["rows.update"], "mode": "explicit" }],
        })
    };
    let whole = policy(&document(json!([{ "tool": "db" }])));
    assert_eq!(effect(&whole, "db:rows.update"), "deny");
    let pattern = policy(&document(json!([{ "tool": "db", "ops": ["rows.*"] }])));
    assert_eq!(effect(&pattern, "db:rows.update"), "deny");
    let by_name = policy(&document(json!([{ "tool": "db", "ops": ["rows.update"] }])));
    assert_eq!(effect(&by_name, "db:rows.update"), "needs_approval");
    let both = policy(&document(
        json!([{ "tool": "db", "ops": ["rows.update"] }, { "tool": "d*" }]),
    ));
    assert_eq!(effect(&both, "db:rows.update"), "deny");
}

#[test]
fn a_tool_without_operation_is_unknown_where_the_policy_decides_by_operation() {
    let policy = published("sentinel-triage-readonly");
    let unknown = ask(&policy, "sentinel.api");
    assert_eq!(unknown, owned("unknown", "OPERATION_UNKNOWN", "/allow/0"));
    assert_eq!(ask(&policy, "sentinel.api:"), unknown);
    // No operation of exec is allowed, so which one it was does not matter.
    assert_eq!(effect(&policy, "exec"), "deny");
}

#[test]
fn the_defender_policy_wants_approval_for_whatever_is_not_known_to_read() {
    let policy = published("defender-agent-readonly");
    for reads in [
        "incidents.get",
        "hunting.query",
        "alerts.List",
        "security.runHuntingQuery",
    ] {
        assert_eq!(
            effect(&policy, &format!("defender_api_call:{reads}")),
            "allow",
            "{reads}"
        );
    }
    for writes in [
        "incidents.update",
        "machines.isolate",
        "get_and_delete",
        "getX",
        "frobnicate",
        "incidents.",
    ] {
        let decision = policy.evaluate(
            &PolicyAction::tool_operation("defender_api_call", Some(writes)),
            &NoParents,
        );
        assert_eq!(
            said(&decision),
            owned("needs_approval", "APPROVAL_REQUIRED", "/approvals/write_actions"),
            "{writes}"
        );
        assert_eq!(
            (
                decision.gates[0].gate.as_str(),
                decision.gates[0].operation.as_str()
            ),
            ("write_actions", writes)
        );
    }
    assert_eq!(
        ask(&policy, "http"),
        owned("unknown", "OPERATION_UNKNOWN", "/approvals/write_actions")
    );
    for denied in ["shell", "shell:ls", "SHELL:ls", " shell:ls", "elevated_exec:get"] {
        assert_eq!(ask(&policy, denied).1, "TOOL_DENIED", "{denied}");
    }
}

#[test]
fn the_secure_execution_policy_denies_by_prefix() {
    let policy = published("secure-agent-execution");
    assert_eq!(ask(&policy, "read"), owned("allow", "ALLOWED", "/tools/allow/0"));
    assert_eq!(effect(&policy, "read:notes.md"), "allow");
    assert_eq!(
        ask(&policy, "http:approved_hosts"),
        owned("allow", "ALLOWED", "/tools/allow/2")
    );
    assert_eq!(
        ask(&policy, "exec:anything"),
        owned("deny", "TOOL_DENIED", "/tools/deny/0")
    );
    assert_eq!(
        ask(&policy, "browser:host_control"),
        owned("deny", "TOOL_DENIED", "/tools/deny/3")
    );
    assert_eq!(ask(&policy, "http:elsewhere").1, "TOOL_NOT_ALLOWED");
    assert_eq!(
        ask(&policy, "write"),
        owned("unknown", "OPERATION_UNKNOWN", "/tools/allow/1")
    );
    for elevated in ["elevated", "read:elevated", "write:workspace.Elevated"] {
        assert_eq!(
            ask(&policy, elevated),
            owned("deny", "ELEVATED_TOOL", "/tools/elevated/enabled"),
            "{elevated}"
        );
    }
}

#[test]
fn the_secure_execution_policy_names_providers_and_gateways() {
    let policy = published("secure-agent-execution");
    let model =
        |provider, gateway| said(&policy.evaluate(&PolicyAction::model(provider, "m", gateway), &NoParents));
    assert_eq!(
        model("openrouter_via_fal", "clawproxy"),
        owned("allow", "ALLOWED", "/models/providers/0")
    );
    assert_eq!(
        model("openai", "clawproxy"),
        owned("deny", "PROVIDER_NOT_ALLOWED", "/models/providers")
    );
    assert_eq!(
        model("openrouter_via_fal", "elsewhere"),
        owned("deny", "GATEWAY_NOT_ALLOWED", "/models/route_via")
    );
    let unknown = PolicyAction {
        provider: Some("openrouter_via_fal"),
        ..PolicyAction::new(ActionKind::Model)
    };
    assert_eq!(said(&policy.evaluate(&unknown, &NoParents)).1, "GATEWAY_UNKNOWN");
}

#[test]
fn clawsig_version_1_needs_model_and_provider_and_has_no_tool_rules() {
    let policy = published("clawsig-v1-example");
    let model =
        |provider, model| said(&policy.evaluate(&PolicyAction::model(provider, model, "g"), &NoParents));
    assert_eq!(
        model("openai", "gpt-5.1"),
        owned("allow", "ALLOWED", "/allowed_models/0")
    );
    // Upstream joins the two lists by "or".
    assert_eq!(model("openai", "o3").1, "MODEL_NOT_ALLOWED");
    assert_eq!(model("anthropic", "gpt-5.1").1, "PROVIDER_NOT_ALLOWED");
    assert_eq!(
        ask(&policy, "exec:host"),
        owned("not_governed", "NO_TOOL_RULES", "")
    );
    let egress = PolicyAction::new(ActionKind::SideEffect {
        class: "network_egress",
    });
    assert_eq!(
        said(&policy.evaluate(&egress, &NoParents)),
        owned("deny", "SIDE_EFFECT_NOT_ALLOWED", "/egress_allowlist")
    );
}

#[test]
fn every_requirement_of_the_published_policies_is_found() {
    let found = |name: &str| -> Vec<(String, RequirementKind)> {
        let policy = published(name);
        let requirements = policy.requirements().iter();
        requirements
            .map(|one| (one.pointer.clone(), one.kind.clone()))
            .collect()
    };
    let at = |pointer: &str, kind| (pointer.to_owned(), kind);
    let scopes = |scopes: &[&str]| scopes.iter().map(|scope| (*scope).to_owned()).collect();
    assert_eq!(
        found("sentinel-triage-readonly"),
        [
            at(
                "/token_requirements/cst_ttl_seconds_max",
                RequirementKind::TokenTtlMax(900)
            ),
            at(
                "/token_requirements/require_policy_hash_pinning",
                RequirementKind::PolicyPin
            ),
        ]
    );
    assert_eq!(
        found("defender-agent-readonly"),
        [
            at(
                "/auth/graph_permissions_scopes_allow",
                RequirementKind::ScopesAllowed(scopes(&[
                    "SecurityEvents.Read.All",
                    "ThreatHunting.Read.All"
                ]))
            ),
            at(
                "/auth/graph_permissions_scopes_deny",
                RequirementKind::ScopesDenied(scopes(&[
                    "Directory.ReadWrite.All",
                    "Policy.ReadWrite.ConditionalAccess"
                ]))
            ),
            at("/claw_bureau/cst_require", RequirementKind::TokenRequired),
            at("/claw_bureau/cst_scope_hash_pin", RequirementKind::ScopeHashPin),
            at("/claw_bureau/wpc_policy_hash_pin", RequirementKind::PolicyPin),
            at("/logging/gateway_receipts", RequirementKind::GatewayReceipts),
            at("/logging/proof_bundle", RequirementKind::ProofBundle),
        ]
    );
    assert_eq!(
        found("secure-agent-execution"),
        [
            at("/job/id", RequirementKind::JobId("job-2026-02-11-001".to_owned())),
            at(
                "/job/anti_replay/bind_job_scoped_cst",
                RequirementKind::JobScopedToken
            ),
            at(
                "/models/require_gateway_receipts",
                RequirementKind::GatewayReceipts
            ),
            at("/tokens/require_cst", RequirementKind::TokenRequired),
            at("/tokens/pin_wpc_hash", RequirementKind::PolicyPin),
        ]
    );
    assert_eq!(found("clawsig-v1-example"), []);
    assert_eq!(
        published("sentinel-triage-readonly").ttl_max().unwrap().seconds,
        900
    );
}

#[test]
fn placeholders_sandbox_and_profile_are_listed_as_not_evaluated() {
    let found = |name: &str| -> Vec<(String, &'static str)> {
        let policy = published(name);
        let members = policy.not_evaluated().iter();
        members
            .map(|one| (one.pointer.clone(), one.code.as_str()))
            .collect()
    };
    let at = |pointer: &str, code| (pointer.to_owned(), code);
    assert_eq!(found("sentinel-triage-readonly"), []);
    assert_eq!(
        found("secure-agent-execution"),
        [
            at("/policy_hash", "PLACEHOLDER_VALUE"),
            at("/tokens/cst_scope_hash", "PLACEHOLDER_VALUE")
        ]
    );
    assert_eq!(
        found("defender-agent-readonly"),
        [
            at("/openclaw/tools_profile", "TOOLS_PROFILE_NOT_OBSERVED"),
            at("/openclaw/sandbox/mode", "SANDBOX_NOT_OBSERVED"),
            at("/openclaw/sandbox/workspaceAccess", "SANDBOX_NOT_OBSERVED"),
            at("/auth/provider", "SIGN_IN_NOT_OBSERVED"),
            at("/auth/token_type", "SIGN_IN_NOT_OBSERVED"),
        ]
    );
    assert_eq!(
        found("clawsig-v1-example"),
        [at("/receipt_privacy_mode", "PRIVACY_MODE_NOT_OBSERVED")]
    );
    let defender = published("defender-agent-readonly");
    let stated: Vec<_> = defender
        .not_evaluated()
        .iter()
        .map(verifier::wpc::NotEvaluated::stated_by)
        .collect();
    assert_eq!(stated[0], Some(ArtifactLabel::ToolPolicy));
    assert_eq!(stated[1], Some(ArtifactLabel::SandboxConfig));
    assert_eq!(stated[3], None);
}

#[test]
fn unknown_members_are_listed_by_pointer_and_an_entry_that_has_one_allows_nothing() {
    let policy = policy(&json!({
        "allow": [{ "tool": "db", "ops": ["rows.get"], "hours": "office" }],
        "deny": [{ "tool": "exec", "unless": "friday" }],
        "job": { "a/b": 1 },
        "window": { "from": "08:00" },
    }));
    let listed: Vec<_> = policy
        .not_evaluated()
        .iter()
        .map(|one| one.pointer.as_str())
        .collect();
    assert_eq!(
        listed,
        ["/allow/0/hours", "/deny/0/unless", "/job/a~1b", "/window"]
    );
    assert_eq!(
        ask(&policy, "db:rows.get"),
        owned("unknown", "ENTRY_NOT_EVALUATED", "/allow/0/ops/0")
    );
    assert_eq!(ask(&policy, "exec:host").1, "TOOL_DENIED");
}

#[test]
fn a_known_member_of_another_form_denies_everything() {
    for (document, pointer) in [
        (json!({ "allow": "everything" }), "/allow"),
        (
            json!({ "allow": [{ "tool": "db", "ops": "all" }] }),
            "/allow/0/ops",
        ),
        (json!({ "allow": [{ "ops": ["x"] }] }), "/allow/0"),
        (
            json!({ "tools": { "allow": ["db"], "deny": [1] } }),
            "/tools/deny/0",
        ),
        (
            json!({ "tools": { "allow": ["db"] }, "tokens": { "require_cst": "yes" } }),
            "/tokens/require_cst",
        ),
        (
            json!({ "tools": { "allow": ["db"] }, "token_requirements": { "cst_ttl_seconds_max": 1.5 } }),
            "/token_requirements/cst_ttl_seconds_max",
        ),
        (
            json!({ "tools": { "allow": ["db"] }, "approvals": [{ "name": "x" }] }),
            "/approvals/0",
        ),
        (
            json!({ "tools": { "allow": ["db"] }, "tokens": { "cst_scope_hash": "b64u:abc" } }),
            "/tokens/cst_scope_hash",
        ),
    ] {
        let policy = policy(&document);
        assert_eq!(
            ask(&policy, "db"),
            owned("deny", "POLICY_MALFORMED", pointer),
            "{document}"
        );
        assert!(policy.unreadable_at().is_some());
    }
    let later = policy(&json!({ "policy_version": "3", "statements": [] }));
    assert_eq!(
        ask(&later, "db"),
        owned("deny", "POLICY_VERSION_UNKNOWN", "/policy_version")
    );
}

#[test]
fn each_list_of_a_policy_has_to_allow() {
    let policy = policy(&json!({
        "allow": [{ "tool": "db" }, { "tool": "mail" }],
        "tools": { "allow": ["db:get"], "deny": [] },
    }));
    assert_eq!(effect(&policy, "db:get"), "allow");
    assert_eq!(effect(&policy, "db:put"), "deny");
    assert_eq!(effect(&policy, "mail:send"), "deny");
}

#[test]
fn without_any_allow_list_nothing_is_allowed_and_without_any_rule_nothing_is_said() {
    let policy_with_deny = policy(&json!({ "tools": { "deny": ["exec"] } }));
    assert_eq!(
        ask(&policy_with_deny, "db:get"),
        owned("deny", "TOOL_NOT_ALLOWED", "")
    );
    let none = policy(&json!({ "purpose": "triage" }));
    assert_eq!(ask(&none, "db:get"), owned("not_governed", "NO_TOOL_RULES", ""));
    let empty = policy(&json!({ "tools": { "allow": [] } }));
    assert_eq!(effect(&empty, "db:get"), "deny");
}

#[test]
fn placeholders_are_neither_allowed_nor_required() {
    for text in [
        "b64u:...",
        "b64u:",
        "",
        "...",
        "job-…",
        "<job id>",
        "{{ job }}",
        " b64u:... (hash-addressed) ",
    ] {
        let policy = policy(&json!({ "job": { "id": text }, "tools": { "allow": [text, "db"] } }));
        assert!(policy.requirements().is_empty(), "{text:?}");
        let listed: Vec<_> = policy
            .not_evaluated()
            .iter()
            .map(|one| (one.pointer.as_str(), one.code.as_str()))
            .collect();
        assert_eq!(
            listed,
            [
                ("/job/id", "PLACEHOLDER_VALUE"),
                ("/tools/allow/0", "PLACEHOLDER_VALUE")
            ]
        );
        assert_eq!(effect(&policy, "db"), "allow");
        assert_eq!(effect(&policy, text), "deny");
    }
    assert_eq!(
        policy(&json!({ "job": { "id": "job-1" } })).requirements().len(),
        1
    );
}
