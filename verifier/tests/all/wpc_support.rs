//! Asking policies.

use serde_json::{Value, json};
use verifier::wpc::{NoParents, Parents, Policy, PolicyAction, PolicyDecision};

use crate::support::vector;

pub(crate) fn policy(document: &Value) -> Policy {
    read(&document.to_string())
}

fn read(text: &str) -> Policy {
    let value = verifier::json::parse(text.as_bytes()).unwrap();
    Policy::normalize(value.as_object().unwrap())
}

pub(crate) fn published(name: &str) -> Policy {
    read(&vector(&format!("policies/{name}.json")))
}

/// Effect, code and statement of a decision.
pub(crate) fn said(decision: &PolicyDecision) -> (&'static str, &'static str, String) {
    (
        decision.effect.as_str(),
        decision.code.as_str(),
        decision.statement.clone().unwrap_or_default(),
    )
}

/// What a policy says to the call of a tool.
pub(crate) fn ask(policy: &Policy, tool_name: &str) -> (&'static str, &'static str, String) {
    said(&policy.evaluate(&PolicyAction::tool(tool_name), &NoParents))
}

/// The same, effect only.
pub(crate) fn effect(policy: &Policy, tool_name: &str) -> &'static str {
    ask(policy, tool_name).0
}

pub(crate) fn contract(statements: &Value) -> Value {
    json!({
        "policy_version": "2",
        "policy_id": "pol_child",
        "issuer_did": "did:key:z6MkneMkZqwqRiU5mJzSG3kDwzt9P8C59N4NGTfBLfSGE7c7",
        "statements": statements,
    })
}

pub(crate) fn statement(sid: &str, effect: &str, actions: &[&str]) -> Value {
    json!({ "sid": sid, "effect": effect, "actions": actions, "resources": ["*"] })
}

/// One parent for every id.
pub(crate) struct Parent(pub(crate) Policy);

impl Parents for Parent {
    fn parent(&self, _policy_id: &str) -> Option<Policy> {
        Some(self.0.clone())
    }
}
