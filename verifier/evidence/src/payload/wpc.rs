//! The form of clawsig's Work Policy Contracts, versions 1 and 2.
//!
//! Only the form: what a contract allows is evaluated elsewhere. Members that clawsig leaves open
//! stay open.

use crate::fault::Fault;
use crate::json::{Object, Value};

use super::fields::{PayloadFields, members_of};
use super::forms;
use crate::json::pointer::Pointer;

/// Longest glob, operator value, path or resource (characters).
const PATTERN_CHARS_MAX: usize = 512;
/// Longest action (characters).
const ACTION_CHARS_MAX: usize = 256;
const PROVIDERS: &[&str] = &["openai", "anthropic", "google"];
const TIERS: &[&str] = &[
    "closed_opaque",
    "closed_provider_manifest",
    "openweights_hashable",
    "tee_measured",
];
const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericLessThan",
    "NumericGreaterThan",
    "Bool",
    "IpAddress",
];
const CONTEXT_KEYS: &[&str] = &[
    "Agent:DID",
    "Model:Provider",
    "Model:Name",
    "Receipt:ProofTier",
    "Request:HasHumanApproval",
    "SideEffect:TargetDomain",
    "Tool:Name",
    "Context:Hour",
];

/// Checks a contract of either version; the answer is its `policy_id`.
pub(crate) fn check(object: &Object, at: &Pointer<'_>) -> Result<String, Fault> {
    PayloadFields::all(object, at, |fields| {
        let version = fields.required("policy_version", forms::one_of(&["1", "2"]))?;
        let policy_id = fields.required("policy_id", forms::short_id)?;
        fields.required("issuer_did", forms::did)?;
        fields.optional("metadata", forms::object)?;
        if version == "1" {
            check_v1(fields)?;
        } else {
            check_v2(fields)?;
        }
        Ok(policy_id)
    })
}

fn pattern(value: &Value, at: &Pointer<'_>) -> Result<(), Fault> {
    forms::text(1..=PATTERN_CHARS_MAX)(value, at).map(drop)
}

fn check_v1(fields: &mut PayloadFields<'_, '_>) -> Result<(), Fault> {
    fields.optional("allowed_providers", forms::list(0..=16, forms::one_of(PROVIDERS)))?;
    fields.optional("allowed_models", forms::list(0..=256, pattern))?;
    fields.optional("minimum_model_identity_tier", forms::one_of(TIERS))?;
    fields.optional("required_audit_packs", forms::list(0..=64, forms::b64u))?;
    fields.optional(
        "redaction_rules",
        forms::list(0..=256, members_of(redaction_rule)),
    )?;
    fields.optional("receipt_privacy_mode", forms::one_of(&["hash_only", "encrypted"]))?;
    fields.optional("egress_allowlist", forms::list(0..=256, pattern))?;
    Ok(())
}

fn redaction_rule(fields: &mut PayloadFields<'_, '_>) -> Result<(), Fault> {
    fields.required("path", pattern)?;
    fields.required("action", forms::one_of(&["remove", "hash", "mask"]))?;
    Ok(())
}

fn check_v2(fields: &mut PayloadFields<'_, '_>) -> Result<(), Fault> {
    fields.required("statements", forms::list(1..=64, members_of(statement)))?;
    fields.optional("inherits", forms::short_id)?;
    fields.optional(
        "coverage_enforcement",
        forms::one_of(&["observe", "warn", "enforce"]),
    )?;
    fields.optional("witnessed_web_policy", members_of(witnessed_web_policy))?;
    Ok(())
}

fn statement(fields: &mut PayloadFields<'_, '_>) -> Result<(), Fault> {
    fields.required("sid", forms::short_id)?;
    fields.required("effect", forms::one_of(&["Allow", "Deny"]))?;
    fields.required("actions", forms::list(1..=64, forms::text(1..=ACTION_CHARS_MAX)))?;
    fields.required("resources", forms::list(1..=256, pattern))?;
    fields.optional("conditions", conditions)?;
    Ok(())
}

/// `{operator: {context key: text}}`.
fn conditions(value: &Value, at: &Pointer<'_>) -> Result<(), Fault> {
    for (operator, tests) in forms::object(value, at)?.members() {
        let at = at.member(operator);
        if !OPERATORS.contains(&operator.as_str()) {
            return Err(at.invalid(format!("one of {}", OPERATORS.join(", ")), "an unknown operator"));
        }
        let tests = forms::object(tests, &at)?.members();
        for (key, test) in tests {
            let at = at.member(key);
            if !CONTEXT_KEYS.contains(&key.as_str()) {
                return Err(at.invalid(format!("one of {}", CONTEXT_KEYS.join(", ")), "an unknown key"));
            }
            forms::text(0..=PATTERN_CHARS_MAX)(test, &at)?;
        }
    }
    Ok(())
}

fn witnessed_web_policy(fields: &mut PayloadFields<'_, '_>) -> Result<(), Fault> {
    fields.optional("mode", forms::one_of(&["warn", "enforce"]))?;
    fields.optional("quorum", |value, at| {
        PayloadFields::of(value, at, |fields| {
            fields.required("m", forms::count)?;
            fields.required("n", forms::count)?;
            Ok(())
        })
    })?;
    fields.optional("transparency", |value, at| {
        PayloadFields::of(value, at, |fields| {
            fields.optional("mode", forms::one_of(&["optional", "warn", "enforce"]))?;
            fields.optional("required_after", forms::timestamp)?;
            Ok(())
        })
    })?;
    Ok(())
}
