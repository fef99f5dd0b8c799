//! The statements of clawsig version 2 (`schemas/clawsig.md` §2.2).

use super::action::{ActionKind, PolicyAction};
use super::conditions::{Condition, ConditionResult, HUMAN_APPROVAL};
use super::decision::{DecisionCode, GateUse, PolicyDecision};
use super::glob::{Glob, fold, folded_operation};
use crate::text::invisible;

#[derive(Clone, PartialEq, Debug)]
pub(super) struct PolicyStatement {
    pub(super) pointer: String,
    pub(super) sid: String,
    pub(super) deny: bool,
    /// Read from folded text where the statement denies.
    pub(super) actions: Vec<Glob>,
    pub(super) resources: Vec<Glob>,
    pub(super) conditions: Vec<Condition>,
}

/// Names of clawsig's own kinds of action: a tool that calls itself so is not matched as one.
const KINDS: [&str; 3] = ["tool", "model", "side_effect"];

impl PolicyStatement {
    fn matches(&self, action: &PolicyAction<'_>, spellings: &Spellings, approved: bool) -> ConditionResult {
        let actions = ConditionResult::any(
            self.actions
                .iter()
                .map(|glob| spellings.matched_by(glob, self.deny)),
        );
        let resources = ConditionResult::any(
            self.resources
                .iter()
                .map(|glob| self.about(glob, action.resource)),
        );
        let conditions = self
            .conditions
            .iter()
            .map(|condition| condition.evaluate(action, approved, self.deny));
        ConditionResult::all([actions, resources].into_iter().chain(conditions))
    }
}

impl PolicyStatement {
    /// Whether a pattern is about a resource. A denial is about it whatever nobody sees in its name; a statement
    /// that allows is about no such name.
    fn about(&self, glob: &Glob, resource: Option<&str>) -> ConditionResult {
        match resource {
            Some(resource) if !self.deny && invisible::first(resource).is_some() => ConditionResult::No,
            _ if glob.is_any() => ConditionResult::Yes,
            Some(resource) if glob.matches(&invisible::without(resource)) => ConditionResult::Yes,
            Some(_) => ConditionResult::No,
            None => ConditionResult::Maybe(DecisionCode::ResourceUnknown),
        }
    }
}

/// The names under which statements may speak of an action.
struct Spellings {
    /// As stated, for statements that allow.
    stated: StatementNames,
    /// Folded, for statements that deny. A denial of a tool is one of its operations, too.
    folded: StatementNames,
}

struct StatementNames {
    /// Any of them is the action.
    names: Vec<String>,
    /// Beginnings of the action's names, where its operation is not known.
    open: Vec<String>,
}

impl Spellings {
    fn of(kind: &ActionKind<'_>) -> Self {
        let (tool, operation) = match kind {
            ActionKind::Model => return Self::only("model:invoke"),
            ActionKind::SideEffect { class } => return Self::only(&format!("side_effect:{class}")),
            ActionKind::Tool { tool, operation } => (*tool, *operation),
        };
        let stated = StatementNames::of_tool(tool, operation);
        let mut folded = StatementNames::of_tool(&fold(tool), folded_operation(operation).as_deref());
        if operation.is_some() {
            folded
                .names
                .extend(StatementNames::of_tool(&fold(tool), None).names);
        }
        Self { stated, folded }
    }

    fn only(name: &str) -> Self {
        let names = |name| StatementNames {
            names: vec![name],
            open: Vec::new(),
        };
        Self {
            stated: names(name.to_owned()),
            folded: names(fold(name)),
        }
    }

    fn matched_by(&self, glob: &Glob, deny: bool) -> ConditionResult {
        let spelled = if deny { &self.folded } else { &self.stated };
        if spelled.names.iter().any(|name| glob.matches(name)) {
            ConditionResult::Yes
        } else if spelled.open.iter().any(|start| glob.matches_beyond(start)) {
            ConditionResult::Maybe(DecisionCode::OperationUnknown)
        } else {
            ConditionResult::No
        }
    }
}

impl StatementNames {
    /// `tool:NAME` as in clawsig, and NAME as in receipts.
    fn of_tool(tool: &str, operation: Option<&str>) -> Self {
        let both = |name: String| -> Vec<String> {
            let clawsig = format!("tool:{name}");
            let plain = (!KINDS.contains(&fold(tool).as_str())).then_some(name);
            std::iter::once(clawsig).chain(plain).collect()
        };
        match operation {
            Some(operation) => Self {
                names: both(format!("{tool}:{operation}")),
                open: Vec::new(),
            },
            None => Self {
                names: both(tool.to_owned()),
                open: both(format!("{tool}:")),
            },
        }
    }
}

/// How an approval names a gated action.
const fn operation_of<'a>(kind: &ActionKind<'a>) -> &'a str {
    match *kind {
        ActionKind::Tool { tool, operation } => match operation {
            Some(operation) => operation,
            None => tool,
        },
        ActionKind::Model => "model:invoke",
        ActionKind::SideEffect { class } => class,
    }
}

/// The statements that may be the gate of such an action: where any asks whether a human approved, each that may
/// allow it.
pub(super) fn gates_about(statements: &[PolicyStatement], kind: ActionKind<'_>) -> Vec<GateUse> {
    let asks = |statement: &PolicyStatement| {
        let mut conditions = statement.conditions.iter();
        conditions.any(|condition| condition.key == HUMAN_APPROVAL)
    };
    if !statements.iter().any(asks) {
        return Vec::new();
    }
    let spellings = Spellings::of(&kind);
    let may_allow = |statement: &&PolicyStatement| {
        let mut actions = statement.actions.iter();
        !statement.deny && actions.any(|glob| spellings.matched_by(glob, false) == ConditionResult::Yes)
    };
    let gates = statements.iter().filter(may_allow).map(|statement| GateUse {
        gate: statement.sid.clone(),
        operation: operation_of(&kind).to_owned(),
        pointer: statement.pointer.clone(),
    });
    gates.collect()
}

/// What the statements say to an action. Where only an approval is missing, the decision says so, and names the
/// statement by its `sid` as the gate.
pub(super) fn evaluate(statements: &[PolicyStatement], action: &PolicyAction<'_>) -> PolicyDecision {
    let (without, _) = judge(statements, action, false);
    let (with, allowing) = judge(statements, action, true);
    let gate = allowing.filter(|_| with.effect != without.effect);
    match gate {
        Some(statement) => {
            let gate = GateUse {
                gate: statement.sid.clone(),
                operation: operation_of(&action.kind).to_owned(),
                pointer: statement.pointer.clone(),
            };
            PolicyDecision::gated(statement.pointer.clone(), vec![gate], action.approved)
        }
        None if action.approved => with,
        None => without,
    }
}

fn judge<'a>(
    statements: &'a [PolicyStatement],
    action: &PolicyAction<'_>,
    approved: bool,
) -> (PolicyDecision, Option<&'a PolicyStatement>) {
    let spellings = Spellings::of(&action.kind);
    let (denied, not_allowed) = match action.kind {
        ActionKind::Tool { .. } => (DecisionCode::ToolDenied, DecisionCode::ToolNotAllowed),
        ActionKind::Model => (DecisionCode::ModelDenied, DecisionCode::ModelNotAllowed),
        ActionKind::SideEffect { .. } => (DecisionCode::SideEffectDenied, DecisionCode::SideEffectNotAllowed),
    };
    let mut allowing = None;
    let mut maybe_denied = None;
    let mut maybe_allowed = None;
    for statement in statements {
        match (statement.deny, statement.matches(action, &spellings, approved)) {
            (_, ConditionResult::No) => {}
            (true, ConditionResult::Yes) => {
                return (
                    PolicyDecision::deny(denied, Some(statement.pointer.clone())),
                    None,
                );
            }
            (true, ConditionResult::Maybe(code)) => maybe_denied = maybe_denied.or(Some((code, statement))),
            (false, ConditionResult::Yes) => allowing = allowing.or(Some(statement)),
            (false, ConditionResult::Maybe(code)) => {
                maybe_allowed = maybe_allowed.or(Some((code, statement)));
            }
        }
    }
    let maybe = if allowing.is_some() {
        maybe_denied
    } else if maybe_allowed.is_some() {
        maybe_allowed
    } else {
        return (PolicyDecision::unnamed(not_allowed, None), None);
    };
    match (maybe, allowing) {
        (Some((code, statement)), _) => (
            PolicyDecision::unknown(code, Some(statement.pointer.clone())),
            None,
        ),
        (None, allowing) => (
            PolicyDecision::allow(allowing.map(|statement| statement.pointer.clone())),
            allowing,
        ),
    }
}
