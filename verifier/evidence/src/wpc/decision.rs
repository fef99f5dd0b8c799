//! The answer of a policy about one action.

use super::limits::{KnownArguments, Limit, LimitCheck};
use crate::texts;

texts!(
/// What a policy says to an action.
Effect {
    /// It may be done.
    Allow => "allow",
    /// It may not.
    Deny => "deny",
    /// It may be done with the approvals that the decision names, and only with them.
    NeedsApproval => "needs_approval",
    /// The action does not say enough, or this version cannot judge what the policy says.
    Unknown => "unknown",
    /// The policy has no rules for such actions.
    NotGoverned => "not_governed",
});

texts!(
/// Why. Codes are added, never renamed.
DecisionCode {
    /// An entry or statement allows it, and nothing denies it.
    Allowed => "ALLOWED",
    /// It is gated, and the approval is said to be at hand.
    AllowedWithApproval => "ALLOWED_WITH_APPROVAL",
    /// It is gated.
    ApprovalRequired => "APPROVAL_REQUIRED",
    /// An entry or statement denies the tool or the operation.
    ToolDenied => "TOOL_DENIED",
    /// Nothing allows the tool or the operation.
    ToolNotAllowed => "TOOL_NOT_ALLOWED",
    /// Elevated tools are switched off.
    ElevatedTool => "ELEVATED_TOOL",
    /// The policy decides by operation, and none is stated.
    OperationUnknown => "OPERATION_UNKNOWN",
    /// The policy decides by resource, and none is stated.
    ResourceUnknown => "RESOURCE_UNKNOWN",
    /// A condition asks for something that is not stated.
    ContextMissing => "CONTEXT_MISSING",
    /// A condition that cannot be read.
    ConditionMalformed => "CONDITION_MALFORMED",
    /// Another member of the entry might narrow it, and is not known here.
    EntryNotEvaluated => "ENTRY_NOT_EVALUATED",
    /// An argument is beyond a limit of every entry that would allow the call.
    ConstraintNotKept => "CONSTRAINT_NOT_KEPT",
    /// An entry allows the call within limits, and its arguments are not stated.
    ArgumentsUnknown => "ARGUMENTS_UNKNOWN",
    /// A statement denies the model call.
    ModelDenied => "MODEL_DENIED",
    /// Nothing allows the model.
    ModelNotAllowed => "MODEL_NOT_ALLOWED",
    /// The model is not stated.
    ModelUnknown => "MODEL_UNKNOWN",
    /// Nothing allows the provider.
    ProviderNotAllowed => "PROVIDER_NOT_ALLOWED",
    /// The provider is not stated.
    ProviderUnknown => "PROVIDER_UNKNOWN",
    /// Calls have to go through another gateway.
    GatewayNotAllowed => "GATEWAY_NOT_ALLOWED",
    /// The gateway is not stated.
    GatewayUnknown => "GATEWAY_UNKNOWN",
    /// A statement denies the side effect.
    SideEffectDenied => "SIDE_EFFECT_DENIED",
    /// Nothing allows the side effect.
    SideEffectNotAllowed => "SIDE_EFFECT_NOT_ALLOWED",
    /// The target of the egress is not stated.
    EgressTargetUnknown => "EGRESS_TARGET_UNKNOWN",
    /// The parent is not there, or there are several.
    ParentUnresolved => "PARENT_UNRESOLVED",
    /// The parent itself inherits: only one level is defined.
    InheritanceTooDeep => "INHERITANCE_TOO_DEEP",
    /// The policy is not of the form that its version prescribes.
    PolicyMalformed => "POLICY_MALFORMED",
    /// A version that this evaluator does not know.
    PolicyVersionUnknown => "POLICY_VERSION_UNKNOWN",
    /// No rules about tools.
    NoToolRules => "NO_TOOL_RULES",
    /// No rules about models.
    NoModelRules => "NO_MODEL_RULES",
    /// No rules about side effects.
    NoSideEffectRules => "NO_SIDE_EFFECT_RULES",
});

/// An approval that an action needs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct GateUse {
    /// The gate's name: `approvals[].name`, `write_actions`, or the `sid` of a clawsig v2 statement.
    pub gate: String,
    /// The gated operation as the policy's list spells it, without the tool; at a gate without a list, as the action
    /// does.
    pub operation: String,
    /// JSON pointer of the gate's entry.
    pub pointer: String,
}

/// What a policy says to one action.
#[derive(Clone, PartialEq, Debug)]
pub struct PolicyDecision {
    /// What the policy answers: allow, deny, approval needed, unknown, or not governed.
    pub effect: Effect,
    /// Code of the rule that decided, such as `TOOL_NOT_ALLOWED`.
    pub code: DecisionCode,
    /// JSON pointer of the entry or statement that decided; `None` where nothing matched.
    pub statement: Option<String>,
    /// Whether the pointer is one into the parent.
    pub in_parent: bool,
    /// The approvals that are needed; not empty only where the action is gated.
    pub gates: Vec<GateUse>,
    /// What the arguments have to keep to, by each list that allows the action within limits; none where entries allow
    /// it whatever the arguments.
    pub limits: Vec<Alternatives>,
    /// Whether it is denied because no rule is about it.
    pub unnamed: bool,
}

/// The limits of each entry of one list that allows an action; those of one entry have to hold.
pub type Alternatives = Vec<Vec<Limit>>;

impl PolicyDecision {
    pub(super) fn new(effect: Effect, code: DecisionCode, statement: Option<String>) -> Self {
        Self {
            effect,
            code,
            statement,
            in_parent: false,
            gates: Vec::new(),
            limits: Vec::new(),
            unnamed: false,
        }
    }

    /// Denied because no rule is about it; `list` is the list that would have such rules.
    pub(super) fn unnamed(code: DecisionCode, list: Option<String>) -> Self {
        Self {
            unnamed: true,
            ..Self::deny(code, list)
        }
    }

    pub(super) fn deny(code: DecisionCode, statement: Option<String>) -> Self {
        Self::new(Effect::Deny, code, statement)
    }

    pub(super) fn unknown(code: DecisionCode, statement: Option<String>) -> Self {
        Self::new(Effect::Unknown, code, statement)
    }

    pub(super) fn allow(statement: Option<String>) -> Self {
        Self::new(Effect::Allow, DecisionCode::Allowed, statement)
    }

    /// Gated, and allowed where the approvals are at hand.
    pub(super) fn gated(statement: String, gates: Vec<GateUse>, approved: bool) -> Self {
        let (effect, code) = if approved {
            (Effect::Allow, DecisionCode::AllowedWithApproval)
        } else {
            (Effect::NeedsApproval, DecisionCode::ApprovalRequired)
        };
        Self {
            gates,
            ..Self::new(effect, code, Some(statement))
        }
    }

    /// The stricter of two decisions; the first where they are equally strict, with the approvals of both, each once.
    #[must_use]
    pub fn or_stricter(self, other: Self) -> Self {
        let strictness = |decision: &Self| match decision.effect {
            Effect::Deny => 3,
            Effect::Unknown => 2,
            Effect::NeedsApproval => 1,
            Effect::Allow | Effect::NotGoverned => 0,
        };
        let (mut stricter, other) = if strictness(&other) > strictness(&self) {
            (other, self)
        } else {
            (self, other)
        };
        if matches!(stricter.effect, Effect::NeedsApproval | Effect::Allow) {
            for gate in other.gates {
                if !stricter.gates.contains(&gate) {
                    stricter.gates.push(gate);
                }
            }
            for limits in other.limits {
                if !stricter.limits.contains(&limits) {
                    stricter.limits.push(limits);
                }
            }
        }
        stricter
    }

    /// Whether arguments keep to the limits: in each list to those of one entry. Of what is not kept or not known, the
    /// first limit is told.
    pub fn keep(&self, arguments: &KnownArguments<'_>) -> LimitCheck<'_> {
        let mut answer = LimitCheck::Yes;
        for alternatives in &self.limits {
            match arguments.keep_one(alternatives) {
                LimitCheck::Yes => {}
                broken @ LimitCheck::No(_) => return broken,
                unknown @ LimitCheck::Unknown(_) => answer = unknown,
            }
        }
        answer
    }

    /// The same about arguments: what is allowed within limits is denied beyond them, and unknown where they are not
    /// known.
    #[must_use]
    pub fn about(self, arguments: &KnownArguments<'_>) -> Self {
        if !matches!(self.effect, Effect::Allow | Effect::NeedsApproval) {
            return self;
        }
        let told = match self.keep(arguments) {
            LimitCheck::Yes => return self,
            LimitCheck::No(limit) => Self::deny(DecisionCode::ConstraintNotKept, Some(limit.pointer.clone())),
            LimitCheck::Unknown(limit) => {
                Self::unknown(DecisionCode::ArgumentsUnknown, Some(limit.pointer.clone()))
            }
        };
        Self {
            in_parent: self.in_parent,
            ..told
        }
    }
}
