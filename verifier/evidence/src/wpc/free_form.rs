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
    let start = Pointer::ROOT;
    let mut lists = ToolSection::default();
    for (name, value) in document.members() {
        let here = start.member(name);
        match name.as_str() {
            "wpc_version" => draft.known_text(&here, value, &["1", "v1"])?,
            "policy_name" | "purpose" => here.text(value).map(drop)?,
            "policy_hash" => {
                here.text(value)?;
                draft.hash_of_itself(&here, value);
            }
            "allow" => {
                lists.allow = Some((here.pointer(), draft.entries(&here, value, ToolListKind::Allow)?));
            }
            "deny" => lists.deny = draft.entries(&here, value, ToolListKind::Deny)?,
            "approvals" if value.as_array().is_some() => draft.approvals(&here, value)?,
            "approvals" => approvals(draft, &here, value)?,
            "token_requirements" => token_requirements(draft, &here, value)?,
            "openclaw" => openclaw(draft, &here, value)?,
            "auth" => auth(draft, &here, value)?,
            "claw_bureau" => claw_bureau(draft, &here, value)?,
            "logging" => logging(draft, &here, value)?,
            "job" => job(draft, &here, value)?,
            "tools" => tools(draft, &here, value)?,
            "models" => models(draft, &here, value)?,
            "tokens" => tokens(draft, &here, value)?,
            _ => draft.unknown(&here),
        }
    }
    draft.section(lists);
    Ok(())
}

fn approvals(draft: &mut PolicyDraft, here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    for (name, value) in here.object(value)?.members() {
        let here = here.member(name);
        match name.as_str() {
            "write_actions" => {
                for (name, value) in here.object(value)?.members() {
                    let here = here.member(name);
                    match name.as_str() {
                        "require" if here.flag(value)? => draft.write_actions_gate(),
                        "require" => {}
                        "reason" => here.text(value).map(drop)?,
                        _ => draft.unknown(&here),
                    }
                }
            }
            _ => draft.unknown(&here),
        }
    }
    Ok(())
}

fn token_requirements(draft: &mut PolicyDraft, here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    for (name, value) in here.object(value)?.members() {
        let here = here.member(name);
        match name.as_str() {
            "cst_ttl_seconds_max" => {
                let seconds = value.as_u64().ok_or_else(|| here.unreadable())?;
                draft.require(&here, RequirementKind::TokenTtlMax(seconds));
            }
            "require_policy_hash_pinning" => draft.require_if(&here, value, RequirementKind::PolicyPin)?,
            _ => draft.unknown(&here),
        }
    }
    Ok(())
}

fn openclaw(draft: &mut PolicyDraft, here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    let mut lists = ToolSection::default();
    for (name, value) in here.object(value)?.members() {
        let here = here.member(name);
        match name.as_str() {
            "tools_allow" => {
                lists.allow = Some((here.pointer(), draft.names(&here, value, ToolListKind::Allow)?));
            }
            "tools_deny" => lists.deny = draft.names(&here, value, ToolListKind::Deny)?,
            "tools_profile" => {
                here.text(value)?;
                let code = NotEvaluatedCode::ToolsProfileNotObserved;
                draft.host(&here, value, (Setting::ToolsProfile, code));
            }
            "sandbox" => {
                for (name, value) in here.object(value)?.members() {
                    let setting = Setting::Sandbox(name.clone());
                    let code = NotEvaluatedCode::SandboxNotObserved;
                    draft.host(&here.member(name), value, (setting, code));
                }
            }
            _ => draft.unknown(&here),
        }
    }
    draft.section(lists);
    Ok(())
}

fn auth(draft: &mut PolicyDraft, here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    for (name, value) in here.object(value)?.members() {
        let here = here.member(name);
        match name.as_str() {
            "provider" | "token_type" => {
                here.text(value)?;
                draft.leave(&here, NotEvaluatedCode::SignInNotObserved);
            }
            "graph_permissions_scopes_allow" => {
                let scopes = draft.texts(&here, value)?;
                draft.require(&here, RequirementKind::ScopesAllowed(scopes));
            }
            "graph_permissions_scopes_deny" => {
                let scopes = draft.texts(&here, value)?;
                draft.require(&here, RequirementKind::ScopesDenied(scopes));
            }
            _ => draft.unknown(&here),
        }
    }
    Ok(())
}

fn claw_bureau(draft: &mut PolicyDraft, here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    for (name, value) in here.object(value)?.members() {
        let here = here.member(name);
        match name.as_str() {
            "cst_require" => draft.require_if(&here, value, RequirementKind::TokenRequired)?,
            "cst_scope_hash_pin" => draft.require_if(&here, value, RequirementKind::ScopeHashPin)?,
            "wpc_policy_hash_pin" => draft.require_if(&here, value, RequirementKind::PolicyPin)?,
            _ => draft.unknown(&here),
        }
    }
    Ok(())
}

fn logging(draft: &mut PolicyDraft, here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    for (name, value) in here.object(value)?.members() {
        let here = here.member(name);
        let kind = match name.as_str() {
            "gateway_receipts" => RequirementKind::GatewayReceipts,
            "proof_bundle" => RequirementKind::ProofBundle,
            _ => {
                draft.unknown(&here);
                continue;
            }
        };
        match here.text(value)? {
            "required" => draft.require(&here, kind),
            "optional" => {}
            _ => draft.leave(&here, NotEvaluatedCode::ValueUnknown),
        }
    }
    Ok(())
}

fn job(draft: &mut PolicyDraft, here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    for (name, value) in here.object(value)?.members() {
        let here = here.member(name);
        match name.as_str() {
            "id" => {
                if let Some(id) = draft.filled(&here, value)? {
                    draft.require(&here, RequirementKind::JobId(id));
                }
            }
            "anti_replay" => {
                for (name, value) in here.object(value)?.members() {
                    let here = here.member(name);
                    match name.as_str() {
                        "bind_job_scoped_cst" => {
                            draft.require_if(&here, value, RequirementKind::JobScopedToken)?;
                        }
                        _ => draft.unknown(&here),
                    }
                }
            }
            _ => draft.unknown(&here),
        }
    }
    Ok(())
}

fn tools(draft: &mut PolicyDraft, here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    let mut lists = ToolSection::default();
    for (name, value) in here.object(value)?.members() {
        let here = here.member(name);
        match name.as_str() {
            "allow" => lists.allow = Some((here.pointer(), draft.names(&here, value, ToolListKind::Allow)?)),
            "deny" => lists.deny = draft.names(&here, value, ToolListKind::Deny)?,
            "elevated" => {
                for (name, value) in here.object(value)?.members() {
                    let here = here.member(name);
                    match name.as_str() {
                        "enabled" if here.flag(value)? => {}
                        "enabled" => draft.no_elevated(&here),
                        _ => draft.unknown(&here),
                    }
                }
            }
            _ => draft.unknown(&here),
        }
    }
    draft.section(lists);
    Ok(())
}

fn models(draft: &mut PolicyDraft, here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    for (name, value) in here.object(value)?.members() {
        let here = here.member(name);
        match name.as_str() {
            "require_gateway_receipts" => draft.require_if(&here, value, RequirementKind::GatewayReceipts)?,
            "route_via" => draft.gateways(&here, value)?,
            "providers" => draft.providers(&here, value)?,
            _ => draft.unknown(&here),
        }
    }
    Ok(())
}

fn tokens(draft: &mut PolicyDraft, here: &Pointer<'_>, value: &Value) -> FreeFormResult {
    for (name, value) in here.object(value)?.members() {
        let here = here.member(name);
        match name.as_str() {
            "require_cst" => draft.require_if(&here, value, RequirementKind::TokenRequired)?,
            "cst_scope_hash" => draft.scope_hash(&here, value)?,
            "pin_wpc_hash" => draft.require_if(&here, value, RequirementKind::PolicyPin)?,
            _ => draft.unknown(&here),
        }
    }
    Ok(())
}
