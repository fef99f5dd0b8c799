//! The one form that every policy is read into.

use crate::json::Object;

use super::action::{ActionKind, PolicyAction};
use super::decision::{DecisionCode, Effect, GateUse, PolicyDecision};
use super::egress::EgressRules;
use super::limits::Limit;
use super::models::ModelRules;
use super::requirement::{GateRequirement, NotEvaluated, Requirement, RequirementKind, TtlMax};
use super::statements::{self, PolicyStatement};
use super::tools::{self, ToolRules};
use super::{contract, free_form};

/// Where a policy's parent is looked up.
pub trait Parents {
    /// The one policy of that id; `None` if there is none, or more than one in question.
    fn parent(&self, policy_id: &str) -> Option<Policy>;
}

/// No parent is known: a policy that inherits denies everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoParents;

impl Parents for NoParents {
    fn parent(&self, _policy_id: &str) -> Option<Policy> {
        None
    }
}

/// How a policy decides on actions.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Rules {
    /// It cannot be read: nothing is allowed.
    Unreadable(DecisionCode, String),
    /// clawsig version 2: statements about everything.
    Statements(Vec<PolicyStatement>),
    /// Lists, each about one kind of action.
    Lists(Box<PolicyLists>),
}

#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct PolicyLists {
    pub(super) tools: ToolRules,
    pub(super) models: ModelRules,
    pub(super) egress: EgressRules,
    /// clawsig version 1, whose contracts do not restrict what they have no member for.
    pub(super) contract: bool,
}

/// A policy, ready to be asked.
#[derive(Clone, PartialEq, Debug)]
pub struct Policy {
    pub(super) rules: Rules,
    pub(super) requirements: Vec<Requirement>,
    pub(super) gates: Vec<GateRequirement>,
    pub(super) not_evaluated: Vec<NotEvaluated>,
    pub(super) inherits: Option<String>,
}

impl Policy {
    /// Reads a policy of any form. Never fails: a policy that cannot be read denies everything.
    pub fn normalize(document: &Object) -> Self {
        if document.get("policy_version").is_some() {
            contract::read(document)
        } else {
            free_form::read(document)
        }
    }

    pub(super) fn of(rules: Rules) -> Self {
        Self {
            rules,
            requirements: Vec::new(),
            gates: Vec::new(),
            not_evaluated: Vec::new(),
            inherits: None,
        }
    }

    pub(super) fn unreadable(code: DecisionCode, pointer: String) -> Self {
        Self::of(Rules::Unreadable(code, pointer))
    }

    /// What the policy says to an action. Where it inherits, the parent has to allow, too.
    pub fn evaluate(&self, action: &PolicyAction<'_>, parents: &dyn Parents) -> PolicyDecision {
        let parent = self.inherits.as_ref().and_then(|parent| parents.parent(parent));
        self.evaluate_with(action, parent.as_ref())
    }

    /// The same with the parent at hand; `None` where it cannot be found. Of a policy that inherits from none nobody
    /// asks for it.
    pub fn evaluate_with(&self, action: &PolicyAction<'_>, parent: Option<&Self>) -> PolicyDecision {
        let own = self.evaluate_own(action);
        if self.inherits.is_none() {
            return own;
        }
        let pointer = Some("/inherits".to_owned());
        let Some(parent) = parent else {
            return PolicyDecision::deny(DecisionCode::ParentUnresolved, pointer);
        };
        if parent.inherits.is_some() {
            return PolicyDecision::deny(DecisionCode::InheritanceTooDeep, pointer);
        }
        own.or_stricter(parent.evaluate_as_parent(action))
    }

    /// Every gate of this policy that an approval of such an action may name, whatever else the policy asks of it,
    /// and without its parent.
    pub fn gates_about(&self, kind: ActionKind<'_>) -> Vec<GateUse> {
        match (&self.rules, kind) {
            (Rules::Statements(list), _) => statements::gates_about(list, kind),
            (
                Rules::Lists(_),
                ActionKind::Tool {
                    tool,
                    operation: Some(operation),
                },
            ) => tools::gate_uses(&self.gates, tool, operation),
            (Rules::Lists(_) | Rules::Unreadable(..), _) => Vec::new(),
        }
    }

    pub(super) fn evaluate_own(&self, action: &PolicyAction<'_>) -> PolicyDecision {
        match &self.rules {
            Rules::Unreadable(code, pointer) => PolicyDecision::deny(*code, Some(pointer.clone())),
            Rules::Statements(statements) => statements::evaluate(statements, action),
            Rules::Lists(lists) => match action.kind {
                ActionKind::Tool { tool, operation } => {
                    lists
                        .tools
                        .evaluate(&self.gates, tool, operation, action.approved)
                }
                ActionKind::Model => lists.models.evaluate(action),
                ActionKind::SideEffect { class } => lists.egress.evaluate(class, action.target_domain),
            },
        }
    }

    /// A parent has to allow; only a clawsig contract of version 1 allows what it does not speak of.
    fn evaluate_as_parent(&self, action: &PolicyAction<'_>) -> PolicyDecision {
        let decision = self.evaluate_own(action);
        let decision = match (&self.rules, decision.effect) {
            (Rules::Lists(lists), Effect::NotGoverned) if lists.contract => PolicyDecision::allow(None),
            (_, Effect::NotGoverned) => PolicyDecision::deny(not_allowed(action), None),
            _ => decision,
        };
        PolicyDecision {
            in_parent: true,
            ..decision
        }
    }

    /// Whether the document could be read; if not, everything is denied with this code at this JSON pointer.
    pub fn unreadable_at(&self) -> Option<(DecisionCode, &str)> {
        if let Rules::Unreadable(code, pointer) = &self.rules {
            Some((*code, pointer))
        } else {
            None
        }
    }

    /// Everything that the policy asks for apart from the single actions, in document order.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The members that no check judges, in document order.
    pub fn not_evaluated(&self) -> &[NotEvaluated] {
        &self.not_evaluated
    }

    /// Every limit on arguments, in document order.
    pub fn limits(&self) -> impl Iterator<Item = &Limit> {
        let lists = match &self.rules {
            Rules::Lists(lists) => Some(&lists.tools),
            Rules::Unreadable(..) | Rules::Statements(_) => None,
        };
        lists.into_iter().flat_map(ToolRules::limits)
    }

    /// Where the policy wants approvals, in document order. Those of clawsig v2 stand in its statements and
    /// show in a [`PolicyDecision`] only.
    pub fn gates(&self) -> &[GateRequirement] {
        &self.gates
    }

    /// The shortest of the longest lives of a token that the policy states.
    pub fn ttl_max(&self) -> Option<TtlMax> {
        let limits = self.requirements.iter().filter_map(|requirement| {
            if let RequirementKind::TokenTtlMax(seconds) = requirement.kind {
                Some((seconds, &requirement.pointer))
            } else {
                None
            }
        });
        let (seconds, pointer) = limits.min_by_key(|(seconds, _)| *seconds)?;
        Some(TtlMax {
            pointer: pointer.clone(),
            seconds,
        })
    }

    /// The requirements that pin a token to the policy or to its own scope.
    pub fn pins(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter().filter(|requirement| {
            matches!(
                requirement.kind,
                RequirementKind::PolicyPin | RequirementKind::ScopeHashPin | RequirementKind::ScopeHash(_)
            )
        })
    }

    /// The `policy_id` of the parent, where the policy inherits.
    pub fn inherits(&self) -> Option<&str> {
        self.inherits.as_deref()
    }
}

const fn not_allowed(action: &PolicyAction<'_>) -> DecisionCode {
    match action.kind {
        ActionKind::Tool { .. } => DecisionCode::ToolNotAllowed,
        ActionKind::Model => DecisionCode::ModelNotAllowed,
        ActionKind::SideEffect { .. } => DecisionCode::SideEffectNotAllowed,
    }
}
