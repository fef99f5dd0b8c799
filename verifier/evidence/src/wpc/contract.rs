//! clawsig's Work Policy Contracts, versions 1 and 2 (`schemas/clawsig.md` §2.1, §2.2).

use crate::fault::pointer_to;
use crate::json::{Object, Value};
use crate::payload::check_contract;

use super::conditions::Condition;
use super::decision::DecisionCode;
use super::glob::Glob;
use super::models::AllowList;
use super::policy::{Policy, PolicyLists, Rules};
use super::requirement::{NotEvaluated, NotEvaluatedCode};
use super::statements::PolicyStatement;

/// Reads a document that has a `policy_version`.
pub(super) fn read(document: &Object) -> Policy {
    let version = document.text("policy_version");
    if !matches!(version, Some("1" | "2")) {
        return Policy::unreadable(DecisionCode::PolicyVersionUnknown, "/policy_version".to_owned());
    }
    if let Err(fault) = check_contract(document) {
        return Policy::unreadable(DecisionCode::PolicyMalformed, fault.pointer);
    }
    if version == Some("1") {
        read_v1(document)
    } else {
        read_v2(document)
    }
}

fn read_v1(document: &Object) -> Policy {
    let mut lists = PolicyLists {
        contract: true,
        ..PolicyLists::default()
    };
    lists.models.providers = allow_list(document, "allowed_providers");
    lists.models.models = allow_list(document, "allowed_models");
    lists.egress.targets = allow_list(document, "egress_allowlist");
    let mut policy = Policy::of(Rules::Lists(Box::new(lists)));
    for (name, value) in document.members() {
        let empty = value.as_array().is_some_and(<[Value]>::is_empty);
        let code = match name.as_str() {
            // Every model has at least this tier.
            "minimum_model_identity_tier" if value.as_str() != Some("closed_opaque") => {
                NotEvaluatedCode::ModelIdentityNotObserved
            }
            "required_audit_packs" if !empty => NotEvaluatedCode::AuditPacksNotObserved,
            "redaction_rules" if !empty => NotEvaluatedCode::RedactionNotObserved,
            "receipt_privacy_mode" => NotEvaluatedCode::PrivacyModeNotObserved,
            _ => continue,
        };
        policy.not_evaluated.push(not_evaluated(name, code));
    }
    policy
}

fn allow_list(document: &Object, name: &str) -> Option<AllowList> {
    let pointer = pointer_to("", name);
    let items = document.get(name)?.as_array()?.iter().enumerate();
    let items =
        items.filter_map(|(index, item)| Some((format!("{pointer}/{index}"), Glob::new(item.as_str()?))));
    Some(AllowList {
        items: items.collect(),
        pointer,
    })
}

fn read_v2(document: &Object) -> Policy {
    let statements = document.items("statements");
    let statements = statements.iter().enumerate().map(|(index, statement)| {
        let pointer = format!("/statements/{index}");
        match statement
            .as_object()
            .and_then(|object| read_statement(&pointer, object))
        {
            Some(statement) => Ok(statement),
            None => Err(pointer),
        }
    });
    let mut policy = match statements.collect::<Result<Vec<_>, _>>() {
        Ok(statements) => Policy::of(Rules::Statements(statements)),
        Err(pointer) => return Policy::unreadable(DecisionCode::PolicyMalformed, pointer),
    };
    policy.inherits = document.text("inherits").map(str::to_owned);
    for (name, value) in document.members() {
        let code = match name.as_str() {
            "coverage_enforcement" if value.as_str() != Some("observe") => {
                NotEvaluatedCode::CoverageNotObserved
            }
            "witnessed_web_policy" => NotEvaluatedCode::WebReceiptsNotObserved,
            _ => continue,
        };
        policy.not_evaluated.push(not_evaluated(name, code));
    }
    policy
}

fn not_evaluated(name: &str, code: NotEvaluatedCode) -> NotEvaluated {
    NotEvaluated {
        pointer: pointer_to("", name),
        code,
        host: None,
    }
}

fn read_statement(pointer: &str, statement: &Object) -> Option<PolicyStatement> {
    let deny = statement.text("effect")? == "Deny";
    let globs = |name: &str, read: fn(&str) -> Glob| -> Option<Vec<Glob>> {
        let patterns = statement.get(name)?.as_array()?.iter();
        patterns.map(|pattern| pattern.as_str().map(read)).collect()
    };
    Some(PolicyStatement {
        pointer: pointer.to_owned(),
        sid: statement.text("sid")?.to_owned(),
        deny,
        actions: globs("actions", if deny { Glob::folded } else { Glob::new })?,
        resources: globs("resources", if deny { Glob::visible } else { Glob::new })?,
        conditions: match statement.get("conditions") {
            Some(conditions) => read_conditions(conditions)?,
            None => Vec::new(),
        },
    })
}

fn read_conditions(conditions: &Value) -> Option<Vec<Condition>> {
    let mut read = Vec::new();
    for (operator, tests) in conditions.as_object()?.members() {
        for (key, operand) in tests.as_object()?.members() {
            read.push(Condition {
                operator: operator.clone(),
                key: key.clone(),
                operand: operand.as_str()?.to_owned(),
            });
        }
    }
    Some(read)
}
