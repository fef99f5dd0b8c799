//! Free-form policies: any JSON object, read by the members that `docs/policies.md` lists.
//!
//! A member of that list with a value of another form makes the whole policy unreadable: half a policy is another
//! policy. A member that is not in it is listed as not evaluated.

use crate::json::pointer::Pointer;
use crate::json::{Object, Value};
use crate::openclaw::Setting;

use super::decision::DecisionCode;
use super::draft::{PolicyDraft, UnreadableMember};
use super::policy::Policy;
use super::requirement::{NotEvaluatedCode, RequirementKind};
use super::tools::{ToolListKind, ToolSection};

/// Reads a document without `policy_version`.
pub(super) fn read(document: &Object) -> Policy {
    let mut draft = PolicyDraft::default();
    match root(&mut draft, document) {
        Ok(()) => draft.finish(),
        Err(UnreadableMember { pointer }) => Policy::unreadable(DecisionCode::PolicyMalformed, pointer),
    }
}

type FreeFormResult = Result<(), UnreadableMember>;

fn root(draft: &mut PolicyDraft, document: &Object) -> FreeFormResult {
    let mut lists = ToolSection::default();
    members(draft, &mut lists, &[], &Pointer::ROOT, document)?;
    draft.section(lists);
    Ok(())
}

/// Reads the members of the object at a path of names. The depth is that of the table below.
fn members(
    draft: &mut PolicyDraft,
    lists: &mut ToolSection,
    path: &[&str],
    here: &Pointer<'_>,
    object: &Object,
) -> FreeFormResult {
    for (name, value) in object.members() {
        let path = [path, &[name.as_str()]].concat();
        member(draft, lists, &path, &here.member(name), value)?;
    }
    Ok(())
}

/// Reads a section, or what names and lists tools and models.
fn member(
    draft: &mut PolicyDraft,
    lists: &mut ToolSection,
    path: &[&str],
    here: &Pointer<'_>,
    value: &Value,
) -> FreeFormResult {
    match path {
        ["approvals"] if value.as_array().is_some() => draft.approvals(here, value)?,
        [
            "approvals" | "token_requirements" | "auth" | "claw_bureau" | "logging" | "job" | "models"
            | "tokens",
        ]
        | ["approvals", "write_actions"]
        | ["job", "anti_replay"]
        | ["tools", "elevated"] => members(draft, lists, path, here, here.object(value)?)?,
        ["openclaw" | "tools"] => {
            let mut lists = ToolSection::default();
            members(draft, &mut lists, path, here, here.object(value)?)?;
            draft.section(lists);
        }
        ["allow"] => lists.allow = Some((here.pointer(), draft.entries(here, value, ToolListKind::Allow)?)),
        ["deny"] => lists.deny = draft.entries(here, value, ToolListKind::Deny)?,
        ["openclaw", "tools_allow"] | ["tools", "allow"] => {
            lists.allow = Some((here.pointer(), draft.names(here, value, ToolListKind::Allow)?));
        }
        ["openclaw", "tools_deny"] | ["tools", "deny"] => {
            lists.deny = draft.names(here, value, ToolListKind::Deny)?;
        }
        ["tools", "elevated", "enabled"] if here.flag(value)? => {}
        ["tools", "elevated", "enabled"] => draft.no_elevated(here),
        ["models", "route_via"] => draft.gateways(here, value)?,
        ["models", "providers"] => draft.providers(here, value)?,
        _ => requirement(draft, path, here, value)?,
    }
    Ok(())
}

/// Reads what asks for something, or only says something about the policy.
fn requirement(draft: &mut PolicyDraft, path: &[&str], here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    let kind = match path {
        ["token_requirements", "require_policy_hash_pinning"]
        | ["claw_bureau", "wpc_policy_hash_pin"]
        | ["tokens", "pin_wpc_hash"] => RequirementKind::PolicyPin,
        ["claw_bureau", "cst_require"] | ["tokens", "require_cst"] => RequirementKind::TokenRequired,
        ["claw_bureau", "cst_scope_hash_pin"] => RequirementKind::ScopeHashPin,
        ["job", "anti_replay", "bind_job_scoped_cst"] => RequirementKind::JobScopedToken,
        ["models", "require_gateway_receipts"] => RequirementKind::GatewayReceipts,
        _ => return statement(draft, path, here, value),
    };
    draft.require_if(here, value, kind)
}

/// Reads what is neither a list nor asked for by a flag.
fn statement(draft: &mut PolicyDraft, path: &[&str], here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    match path {
        ["wpc_version"] => draft.known_text(here, value, &["1", "v1"])?,
        ["policy_name" | "purpose"] | ["approvals", "write_actions", "reason"] => {
            here.text(value).map(drop)?;
        }
        ["policy_hash"] => {
            here.text(value)?;
            draft.hash_of_itself(here, value);
        }
        ["approvals", "write_actions", "require"] if here.flag(value)? => draft.write_actions_gate(),
        ["approvals", "write_actions", "require"] => {}
        ["token_requirements", "cst_ttl_seconds_max"] => {
            let seconds = value.as_u64().ok_or_else(|| here.unreadable())?;
            draft.require(here, RequirementKind::TokenTtlMax(seconds));
        }
        ["openclaw", "tools_profile"] => {
            here.text(value)?;
            let code = NotEvaluatedCode::ToolsProfileNotObserved;
            draft.host(here, value, (Setting::ToolsProfile, code));
        }
        ["openclaw", "sandbox"] => {
            for (name, value) in here.object(value)?.members() {
                let setting = Setting::Sandbox(name.clone());
                let code = NotEvaluatedCode::SandboxNotObserved;
                draft.host(&here.member(name), value, (setting, code));
            }
        }
        ["auth", "provider" | "token_type"] => {
            here.text(value)?;
            draft.leave(here, NotEvaluatedCode::SignInNotObserved);
        }
        ["auth", "graph_permissions_scopes_allow"] => {
            let scopes = draft.texts(here, value)?;
            draft.require(here, RequirementKind::ScopesAllowed(scopes));
        }
        ["auth", "graph_permissions_scopes_deny"] => {
            let scopes = draft.texts(here, value)?;
            draft.require(here, RequirementKind::ScopesDenied(scopes));
        }
        ["logging", "gateway_receipts"] => required(draft, here, value, RequirementKind::GatewayReceipts)?,
        ["logging", "proof_bundle"] => required(draft, here, value, RequirementKind::ProofBundle)?,
        ["job", "id"] => {
            if let Some(id) = draft.filled(here, value)? {
                draft.require(here, RequirementKind::JobId(id));
            }
        }
        ["tokens", "cst_scope_hash"] => draft.scope_hash(here, value)?,
        _ => draft.unknown(here),
    }
    Ok(())
}

/// Reads `required` or `optional`.
fn required(
    draft: &mut PolicyDraft,
    here: &Pointer<'_>,
    value: &Value,
    kind: RequirementKind,
) -> FreeFormResult {
    match here.text(value)? {
        "required" => draft.require(here, kind),
        "optional" => {}
        _ => draft.leave(here, NotEvaluatedCode::ValueUnknown),
    }
    Ok(())
}
