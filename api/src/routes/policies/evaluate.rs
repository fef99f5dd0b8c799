//! `POST /v1/policies/{hash}/evaluate`: may this be done under this policy? Nothing is logged.

use super::lookup::{ParentPolicy, ban, publication};
use super::question::Question;
use crate::error::ApiError;
use crate::extract::{Segment, read_body};
use crate::negotiate::{JSON, require_media_type};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::view::WarningView;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use ledger_query::QueryEngine;
use ledger_query::policy::{PolicyBan, PolicyWarning};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::digest::PolicyHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::text::hash::HashForm;
use verifier::text::shown;
use verifier::wpc::{ActionKind, Effect, GateUse, NotEvaluated, Policy, PolicyAction, PolicyDecision};

/// Largest body: eleven members of at most 1,024 characters, of which each may be a twelve-byte escape.
const QUESTION_BYTES_MAX: usize = 160 * 1024;
/// Most members that an answer lists as not evaluated.
const NOT_EVALUATED_MAX: usize = 200;
/// Code of the answer under a withdrawn policy, whatever the policy says.
const WITHDRAWN: &str = "POLICY_WITHDRAWN";
/// Code of the answer under a policy of which an older version is frozen.
const FROZEN: &str = "POLICY_FROZEN";

/// An approval that the action needs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalView {
    /// Name of the gate.
    gate: String,
    /// The operation as the policy spells it.
    operation: String,
    /// JSON pointer of the gate.
    pointer: String,
}

/// A member of the policy that no check judges.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotEvaluatedView {
    /// JSON pointer.
    pointer: String,
    /// Why no check judges the member.
    #[schema(example = "PLACEHOLDER_VALUE")]
    code: &'static str,
}

/// What the policy says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluateAnswer {
    /// 43 characters of base64url.
    #[schema(value_type = String)]
    policy_hash_b64u: PolicyHash,
    /// Id of the policy.
    policy_id: String,
    /// Where it was first published.
    #[schema(value_type = u64)]
    published_index: LeafIndex,
    /// allow, deny, `needs_approval` or unknown. Only allow is permission.
    #[schema(example = "deny")]
    effect: &'static str,
    /// Stable code of the rule that decided.
    #[schema(example = "TOOL_NOT_ALLOWED")]
    reason_code: &'static str,
    /// JSON pointer of the deciding entry or statement; absent where nothing matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    statement: Option<String>,
    /// Whether the pointer is one into the policy that this one inherits from.
    in_parent: bool,
    /// One sentence.
    message: String,
    /// The approvals that the action needs.
    approvals: Vec<ApprovalView>,
    /// What the policy holds that nothing here judges, at most 200.
    not_evaluated: Vec<NotEvaluatedView>,
    /// How many that are in all.
    not_evaluated_count: usize,
    /// What is odd about the question, which changes no answer: a tool that no rule names.
    warnings: Vec<WarningView>,
    /// The tree size that the answer is of.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
}

/// Whether an action would be allowed.
#[utoipa::path(post, path = "/v1/policies/{hash}/evaluate", operation_id = "evaluatePolicy", tag = "policies",
    params(("hash" = String, Path, description = "43 characters of base64url")), request_body = Question,
    responses((status = 200, body = EvaluateAnswer), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn evaluate(
    State(state): State<ApiState>,
    segment: Segment,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<EvaluateAnswer>, ApiError> {
    let hash = segment.hash("hash", HashForm::Base64url, PolicyHash::parse)?;
    require_media_type(&headers, &[JSON])?;
    let mut room = state.hold_question()?;
    let question = Question::parse(&read_body(&state, body, QUESTION_BYTES_MAX, &mut room).await?)?;
    Ok(Json(
        state.read(move |engine| answer(engine, hash, &question)).await?,
    ))
}

fn answer(engine: &QueryEngine, hash: PolicyHash, question: &Question) -> Result<EvaluateAnswer, ApiError> {
    let head = engine.published().head;
    let as_of = head.tree.size;
    let publication = publication(engine, hash, as_of)?;
    let policy = Policy::normalize(&publication.said.policy);
    let action = question.action();
    let at = action.at.unwrap_or_else(|| engine.now());
    let decision = policy.preflight(&action, &ParentPolicy::of(&policy, engine, at, as_of)?);
    let banned = ban(engine, &publication, at, as_of)?.map(|ban| match ban {
        PolicyBan::Withdrawn(ban) => (
            WITHDRAWN,
            format!("The policy was withdrawn in entry {}.", ban.index),
        ),
        PolicyBan::Frozen(ban) => (
            FROZEN,
            format!("An older version is frozen by entry {}.", ban.index),
        ),
    });
    let members = policy.not_evaluated();
    let asked = asked(&decision, &action);
    let mut answer = EvaluateAnswer {
        policy_hash_b64u: hash,
        policy_id: publication.said.policy_id,
        published_index: publication.index,
        effect: effect(&decision),
        reason_code: decision.code.as_str(),
        message: message(&decision, &action),
        statement: decision.statement,
        in_parent: decision.in_parent,
        approvals: decision.gates.into_iter().map(approval).collect(),
        not_evaluated: members
            .iter()
            .take(NOT_EVALUATED_MAX)
            .map(not_evaluated)
            .collect(),
        not_evaluated_count: members.len(),
        warnings: asked.into_iter().collect(),
        as_of_tree_size: as_of,
    };
    if let Some((code, message)) = banned {
        answer.effect = Effect::Deny.as_str();
        answer.reason_code = code;
        answer.message = message;
        answer.statement = None;
        answer.in_parent = false;
        answer.approvals.clear();
    }
    Ok(answer)
}

/// What is odd about the tool that is asked about.
fn asked(decision: &PolicyDecision, action: &PolicyAction<'_>) -> Option<WarningView> {
    let ActionKind::Tool { tool, operation } = action.kind else {
        return None;
    };
    decision.unnamed.then(|| {
        let name = operation.map_or_else(|| tool.to_owned(), |operation| format!("{tool}:{operation}"));
        WarningView::from(PolicyWarning {
            code: "TOOL_NOT_IN_POLICY",
            message: format!(
                "No rule of the policy names {}, so it is denied like everything that no rule allows.",
                shown::brief(&name)
            ),
            pointer: String::new(),
        })
    })
}

/// A policy without rules for the action permits nothing and forbids nothing.
fn effect(decision: &PolicyDecision) -> &'static str {
    match decision.effect {
        Effect::NotGoverned => Effect::Unknown.as_str(),
        other => other.as_str(),
    }
}

fn message(decision: &PolicyDecision, action: &PolicyAction<'_>) -> String {
    let hidden = action.hidden().map_or_else(String::new, |(member, text, found)| {
        format!(" Its {member} {} has {found}.", shown::brief(text))
    });
    let place = match (&decision.statement, decision.in_parent) {
        (Some(pointer), false) => format!(" ({pointer})"),
        (Some(pointer), true) => format!(" ({pointer} of the policy that it inherits from)"),
        (None, _) => String::new(),
    };
    let sentence = match decision.effect {
        Effect::Allow => "The policy allows the action",
        Effect::Deny if decision.statement.is_none() => "Nothing in the policy allows the action",
        Effect::Deny => "The policy does not allow the action",
        Effect::NeedsApproval => "The policy allows the action with an approval and only with it",
        Effect::Unknown => "The policy may or may not allow the action: not enough is known",
        Effect::NotGoverned => "The policy has no rules for such an action",
    };
    format!("{sentence}{place}.{hidden}")
}

fn approval(gate: GateUse) -> ApprovalView {
    ApprovalView {
        gate: gate.gate,
        operation: gate.operation,
        pointer: gate.pointer,
    }
}

fn not_evaluated(member: &NotEvaluated) -> NotEvaluatedView {
    NotEvaluatedView {
        pointer: member.pointer.clone(),
        code: member.code.as_str(),
    }
}
