//! Tool rules of free-form policies: lists of what is allowed, lists of what is denied, gates.

use super::decision::{Alternatives, DecisionCode, Effect, GateUse, PolicyDecision};
use super::glob::{Glob, fold, folded_operation};
use super::limits::Limit;
use super::requirement::{GateRequirement, WRITE_ACTIONS_GATE, without_tool};
use super::verbs;
use crate::text::invisible;

/// One operation of an entry.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct ToolOperation {
    pointer: String,
    glob: Glob,
}

/// A tool with the operations that an entry is about; `None`: all.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct ToolEntry {
    pointer: String,
    tool: Glob,
    operations: Option<Vec<ToolOperation>>,
    /// The entry has a member that might narrow it, and that is not known here.
    narrowed: bool,
    /// What the arguments have to keep to.
    limits: Vec<Limit>,
}

/// The list that an entry is in. Those of deny lists are compared folded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ToolListKind {
    Allow,
    Deny,
}

impl ToolListKind {
    pub(super) fn glob(self, pattern: &str) -> Glob {
        match self {
            Self::Allow => Glob::new(pattern),
            Self::Deny => Glob::folded(pattern),
        }
    }

    /// Whether a pattern of the list is about a name as somebody spelled it.
    pub(super) fn matches(self, glob: &Glob, name: &str) -> bool {
        match self {
            Self::Allow => glob.matches(name),
            Self::Deny => glob.matches(&fold(name)),
        }
    }
}

/// One pair of lists. A policy may have several; each has to allow.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct ToolSection {
    /// The list's JSON pointer and its entries.
    pub(super) allow: Option<(String, Vec<ToolEntry>)>,
    pub(super) deny: Vec<ToolEntry>,
}

/// Everything that a free-form policy says about tools.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct ToolRules {
    pub(super) sections: Vec<ToolSection>,
    /// JSON pointer of the member that switches elevated tools off.
    pub(super) no_elevated: Option<String>,
}

/// Whether an entry is about a call.
enum EntryMatch<'a> {
    No,
    /// It is about some operations of the tool, and the call does not say which it is.
    Maybe,
    Whole,
    Operation(&'a ToolOperation),
}

impl ToolEntry {
    /// `operations`: JSON pointer and text of each; `None` where the entry is about the whole tool.
    pub(super) fn new(
        list: ToolListKind,
        pointer: String,
        tool: &str,
        operations: Option<Vec<(String, String)>>,
        narrowed: bool,
    ) -> Self {
        let operations = operations.map(|operations| {
            let operations = operations.into_iter().map(|(pointer, text)| ToolOperation {
                pointer,
                glob: list.glob(&text),
            });
            operations.collect()
        });
        Self {
            pointer,
            tool: list.glob(tool),
            operations,
            narrowed,
            limits: Vec::new(),
        }
    }

    /// The same within limits.
    pub(super) fn within(self, limits: Vec<Limit>) -> Self {
        Self { limits, ..self }
    }

    /// What the arguments have to keep to.
    pub(super) fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// The entry in words: its tool, its operations (none: all), and whether something unknown may narrow it.
    pub(super) fn outline(&self) -> (&str, &str, Option<Vec<String>>, bool) {
        let operations = self.operations.as_ref().map(|operations| {
            let spelled = operations
                .iter()
                .map(|operation| operation.glob.spelled().to_owned());
            spelled.collect()
        });
        (&self.pointer, self.tool.spelled(), operations, self.narrowed)
    }

    /// For an entry of a deny list, tool and operation come folded.
    fn matches(&self, tool: &str, operation: Option<&str>) -> EntryMatch<'_> {
        if !self.tool.matches(tool) {
            return EntryMatch::No;
        }
        let Some(operations) = &self.operations else {
            return EntryMatch::Whole;
        };
        let Some(operation) = operation else {
            let whole = operations.iter().find(|entry| entry.glob.is_any());
            return match whole {
                Some(whole) => EntryMatch::Operation(whole),
                None if operations.is_empty() => EntryMatch::No,
                None => EntryMatch::Maybe,
            };
        };
        operations
            .iter()
            .find(|entry| entry.glob.matches(operation))
            .map_or(EntryMatch::No, EntryMatch::Operation)
    }
}

/// What the deny entries say.
enum DenyEffect {
    /// This entry denies, whatever else the policy says.
    Always(String),
    /// These sections deny the operation by name, and a gate names it, too.
    UnlessApproved(Vec<usize>),
    /// This entry would deny some operations; the call does not say which it is.
    Maybe(String),
    No,
}

impl ToolRules {
    /// Every limit on arguments.
    pub(super) fn limits(&self) -> impl Iterator<Item = &Limit> {
        let entries = self.sections.iter().filter_map(|section| section.allow.as_ref());
        entries
            .flat_map(|(_, entries)| entries)
            .flat_map(ToolEntry::limits)
    }

    /// What the policy says to a call. `gates` are those of the whole policy.
    pub(super) fn evaluate(
        &self,
        gates: &[GateRequirement],
        tool: &str,
        operation: Option<&str>,
        approved: bool,
    ) -> PolicyDecision {
        let elevated = || verbs::is_elevated(tool) || operation.is_some_and(verbs::is_elevated);
        if let Some(pointer) = self.no_elevated.as_ref().filter(|_| elevated()) {
            return PolicyDecision::deny(DecisionCode::ElevatedTool, Some(pointer.clone()));
        }
        let (excepted, maybe_denied) = match self.denied(gates, tool, operation) {
            DenyEffect::Always(pointer) => {
                return PolicyDecision::deny(DecisionCode::ToolDenied, Some(pointer));
            }
            DenyEffect::UnlessApproved(sections) => (sections, None),
            DenyEffect::Maybe(pointer) => (Vec::new(), Some(pointer)),
            DenyEffect::No => (Vec::new(), None),
        };
        let allowed = match self.allowed(&excepted, tool, operation) {
            Ok(allowed) => allowed,
            Err(decision) => return decision,
        };
        if let Some(pointer) = maybe_denied {
            return PolicyDecision::unknown(DecisionCode::OperationUnknown, Some(pointer));
        }
        match gated(gates, tool, operation, approved) {
            // Nobody approved a name that nobody could read.
            Some(decision) if hides(tool, operation) => {
                PolicyDecision::deny(DecisionCode::ToolNotAllowed, decision.statement)
            }
            Some(decision) => PolicyDecision {
                limits: allowed.limits,
                ..decision
            },
            None => allowed,
        }
    }

    fn denied(&self, gates: &[GateRequirement], tool: &str, operation: Option<&str>) -> DenyEffect {
        let (tool_folded, operation_folded) = (fold(tool), folded_operation(operation));
        let mut excepted = Vec::new();
        let mut maybe = None;
        for (section, rules) in self.sections.iter().enumerate() {
            for entry in &rules.deny {
                match entry.matches(&tool_folded, operation_folded.as_deref()) {
                    EntryMatch::No => {}
                    EntryMatch::Maybe => maybe = maybe.or_else(|| Some(entry.pointer.clone())),
                    EntryMatch::Whole => return DenyEffect::Always(entry.pointer.clone()),
                    EntryMatch::Operation(listed) => {
                        let by_name = operation == Some(listed.glob.spelled());
                        if by_name && gates.iter().any(|gate| names(gate, tool, listed.glob.spelled())) {
                            excepted.push(section);
                        } else {
                            return DenyEffect::Always(listed.pointer.clone());
                        }
                    }
                }
            }
        }
        match maybe {
            _ if !excepted.is_empty() => DenyEffect::UnlessApproved(excepted),
            Some(pointer) => DenyEffect::Maybe(pointer),
            None => DenyEffect::No,
        }
    }

    /// Whether each section that has a list allows the call; those that except it count as allowing.
    fn allowed(
        &self,
        excepted: &[usize],
        tool: &str,
        operation: Option<&str>,
    ) -> Result<PolicyDecision, PolicyDecision> {
        let mut allowed = (!excepted.is_empty()).then(|| PolicyDecision::allow(None));
        let mut unknown = None;
        let lists = self
            .sections
            .iter()
            .enumerate()
            .filter(|(section, _)| !excepted.contains(section))
            .filter_map(|(_, section)| section.allow.as_ref());
        for (pointer, entries) in lists {
            let decision = allow_list(entries, tool, operation);
            match decision.effect {
                Effect::Allow => {
                    let limits = allowed.take().map(|before: PolicyDecision| before.limits);
                    let mut decision = decision;
                    decision.limits.extend(limits.unwrap_or_default());
                    allowed = Some(decision);
                }
                Effect::Unknown => unknown = Some(decision),
                _ => {
                    return Err(PolicyDecision::unnamed(
                        DecisionCode::ToolNotAllowed,
                        Some(pointer.clone()),
                    ));
                }
            }
        }
        match (unknown, allowed) {
            (Some(unknown), _) => Err(unknown),
            (None, Some(allowed)) => Ok(allowed),
            (None, None) if self.sections.is_empty() => Ok(PolicyDecision::new(
                Effect::NotGoverned,
                DecisionCode::NoToolRules,
                None,
            )),
            (None, None) => Err(PolicyDecision::unnamed(DecisionCode::ToolNotAllowed, None)),
        }
    }
}

/// Whether tool or operation has a character that nobody sees.
fn hides(tool: &str, operation: Option<&str>) -> bool {
    let mut names = std::iter::once(tool).chain(operation);
    names.any(|name| invisible::first(name).is_some())
}

fn allow_list(entries: &[ToolEntry], tool: &str, operation: Option<&str>) -> PolicyDecision {
    if hides(tool, operation) {
        return PolicyDecision::deny(DecisionCode::ToolNotAllowed, None);
    }
    let mut unknown = None;
    let mut within: Option<(&String, Alternatives)> = None;
    for entry in entries {
        let pointer = match entry.matches(tool, operation) {
            EntryMatch::No => continue,
            EntryMatch::Maybe => {
                unknown = unknown.or(Some((DecisionCode::OperationUnknown, &entry.pointer)));
                continue;
            }
            EntryMatch::Whole => &entry.pointer,
            EntryMatch::Operation(listed) => &listed.pointer,
        };
        if !entry.narrowed && entry.limits.is_empty() {
            return PolicyDecision::allow(Some(pointer.clone()));
        }
        if !entry.narrowed {
            let (_, alternatives) = within.get_or_insert_with(|| (pointer, Vec::new()));
            alternatives.push(entry.limits.clone());
            continue;
        }
        unknown = unknown.or(Some((DecisionCode::EntryNotEvaluated, pointer)));
    }
    match (within, unknown) {
        (Some((pointer, alternatives)), _) => PolicyDecision {
            limits: vec![alternatives],
            ..PolicyDecision::allow(Some(pointer.clone()))
        },
        (None, Some((code, pointer))) => PolicyDecision::unknown(code, Some(pointer.clone())),
        (None, None) => PolicyDecision::deny(DecisionCode::ToolNotAllowed, None),
    }
}

/// Whether a gate names an operation as a deny entry spells it.
fn names(gate: &GateRequirement, tool: &str, operation: &str) -> bool {
    let whole = format!("{tool}:{operation}");
    gate.operations
        .iter()
        .any(|listed| *listed == operation || *listed == whole)
}

/// The gates that a call has to pass; `None` if there is none.
fn gated(
    gates: &[GateRequirement],
    tool: &str,
    operation: Option<&str>,
    approved: bool,
) -> Option<PolicyDecision> {
    let Some(operation) = operation else {
        let gate = gates.iter().find(|gate| may_concern(gate, tool))?;
        return Some(PolicyDecision::unknown(
            DecisionCode::OperationUnknown,
            Some(gate.pointer.clone()),
        ));
    };
    let uses = gate_uses(gates, tool, operation);
    let statement = uses.first()?.pointer.clone();
    Some(PolicyDecision::gated(statement, uses, approved))
}

pub(super) fn gate_uses(gates: &[GateRequirement], tool: &str, operation: &str) -> Vec<GateUse> {
    let uses = gates.iter().filter_map(|gate| gate_use(gate, tool, operation));
    uses.collect()
}

/// Whether a gate is about some operation of a tool.
fn may_concern(gate: &GateRequirement, tool: &str) -> bool {
    gate.name == WRITE_ACTIONS_GATE && gate.operations.is_empty()
        || gate.operations.iter().any(|listed| match listed.split_once(':') {
            Some((of, _)) => Glob::folded(of).matches(&fold(tool)),
            None => true,
        })
}

fn gate_use(gate: &GateRequirement, tool: &str, operation: &str) -> Option<GateUse> {
    let spelled = if gate.operations.is_empty() {
        (gate.name == WRITE_ACTIONS_GATE && !verbs::is_read_only(operation)).then(|| operation.to_owned())
    } else {
        let short = fold(operation);
        let whole = format!("{}:{short}", fold(tool));
        let listed = gate.operations.iter().find(|listed| {
            let glob = Glob::folded(listed);
            glob.matches(&short) || glob.matches(&whole)
        });
        listed.map(|listed| without_tool(listed).to_owned())
    };
    Some(GateUse {
        gate: gate.name.clone(),
        operation: spelled?,
        pointer: gate.pointer.clone(),
    })
}
