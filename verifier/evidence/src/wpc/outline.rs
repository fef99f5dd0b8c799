//! A policy's rules laid out for people: what the evaluator goes by, in its order, each with its place.
//!
//! Made from the form that decides, so that a page cannot say something else than a verdict.

use std::collections::{BTreeMap, BTreeSet};

use super::action::PolicyAction;
use super::decision::Effect;
use super::limits::Limit;
use super::models::AllowList;
use super::policy::{Policy, PolicyLists, Rules};
use super::statements::PolicyStatement;
use super::tools::{ToolEntry, ToolListKind, ToolSection};
use crate::texts;

texts!(
/// What a rule is about.
RuleAbout {
    /// Tools and their operations.
    Tools => "tools",
    /// Every tool that runs outside its confinement.
    ElevatedTools => "elevated tools",
    /// Models, by name.
    Models => "models",
    /// Providers of models.
    Providers => "providers",
    /// Gateways that model calls go through.
    Gateways => "gateways",
    /// Where side effects may go.
    Targets => "egress targets",
    /// Actions of any kind, as clawsig version 2 names them.
    Actions => "actions",
});

/// One rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyRule {
    /// Whether it denies. A denial wins over what allows.
    pub deny: bool,
    /// What it is about.
    pub about: RuleAbout,
    /// JSON pointer into the policy.
    pub pointer: String,
    /// Names or patterns as spelled; any of them is meant. Empty in an allow list: nothing is allowed.
    pub patterns: Vec<String>,
    /// The operations of the tool; `None`: every one, or the rule is about something else.
    pub operations: Option<Vec<String>>,
    /// The resources that a statement is about; any of them is meant.
    pub resources: Vec<String>,
    /// Conditions of a statement, each as operator, key, operand; all have to hold.
    pub conditions: Vec<[String; 3]>,
    /// The `sid` of a statement.
    pub name: Option<String>,
    /// Whether it has a member that this version does not know and that may narrow it.
    pub narrowed: bool,
    /// What the arguments have to keep to, in words; all of them.
    pub limits: Vec<String>,
    /// The gates of which each has to approve the rule's operations: with these approvals they are allowed, and never
    /// without, whichever list names them. Empty for other rules.
    pub gates: Vec<String>,
}

/// Operations of all rules together of which it is asked whether an approval allows them.
const OPERATIONS_ASKED_MAX: usize = 256;

impl PolicyRule {
    fn new(deny: bool, about: RuleAbout, pointer: &str) -> Self {
        Self {
            deny,
            about,
            pointer: pointer.to_owned(),
            patterns: Vec::new(),
            operations: None,
            resources: Vec::new(),
            conditions: Vec::new(),
            name: None,
            narrowed: false,
            limits: Vec::new(),
            gates: Vec::new(),
        }
    }

    /// Whether one of its patterns is about a name, as the evaluator compares the names of its list. Of a rule about tools the
    /// name is a tool without its operation; of one about models, a model without its provider.
    pub fn is_about(&self, pattern: &str, name: &str) -> bool {
        let list = if self.deny {
            ToolListKind::Deny
        } else {
            ToolListKind::Allow
        };
        list.matches(&list.glob(pattern), name)
    }

    /// Whether it is a list, or an entry, that allows nothing at all.
    pub fn allows_nothing(&self) -> bool {
        !self.deny && (self.patterns.is_empty() || self.operations.as_ref().is_some_and(Vec::is_empty))
    }
}

impl Policy {
    /// Every rule that decides on single actions, in document order of each list. Empty for a policy that cannot be
    /// read, and for one without rules.
    pub fn outline(&self) -> Vec<PolicyRule> {
        match &self.rules {
            Rules::Unreadable(..) => Vec::new(),
            Rules::Statements(statements) => statements.iter().map(of_statement).collect(),
            Rules::Lists(lists) => self.with_approvals(of_lists(lists)),
        }
    }
}

impl Policy {
    /// Puts the operations that are allowed with an approval only, and that a list denies or allows by name, into rules
    /// of their own, each operation once. The evaluator says which they are.
    fn with_approvals(&self, rules: Vec<PolicyRule>) -> Vec<PolicyRule> {
        let mut left = OPERATIONS_ASKED_MAX;
        let mut told: BTreeSet<(String, String)> = BTreeSet::new();
        let mut all = Vec::new();
        for rule in rules {
            let (RuleAbout::Tools, [tool], Some(operations)) =
                (rule.about, rule.patterns.as_slice(), &rule.operations)
            else {
                all.push(rule);
                continue;
            };
            let mut rest = Vec::new();
            let mut under_approval: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
            let were = operations.len();
            for operation in operations {
                let gates = if left == 0 {
                    Vec::new()
                } else {
                    left = left.saturating_sub(1);
                    self.gates_of(tool, operation)
                };
                if gates.is_empty() {
                    rest.push(operation.clone());
                } else if told.insert((tool.clone(), operation.clone())) {
                    under_approval.entry(gates).or_default().push(operation.clone());
                }
            }
            let of_gates = under_approval.into_iter().map(|(gates, operations)| PolicyRule {
                deny: false,
                operations: Some(operations),
                gates,
                ..rule.clone()
            });
            let of_gates: Vec<PolicyRule> = of_gates.collect();
            if !rest.is_empty() || were == 0 {
                all.push(PolicyRule {
                    operations: Some(rest),
                    ..rule
                });
            }
            all.extend(of_gates);
        }
        all
    }

    /// The gates of an operation that is allowed with their approval and not without; none for a pattern, which is no
    /// operation that somebody calls.
    fn gates_of(&self, tool: &str, operation: &str) -> Vec<String> {
        if [tool, operation].iter().any(|name| name.contains('*')) {
            return Vec::new();
        }
        let decision = self.evaluate_own(&PolicyAction::tool_operation(tool, Some(operation)));
        if decision.effect != Effect::NeedsApproval {
            return Vec::new();
        }
        decision.gates.into_iter().map(|used| used.gate).collect()
    }
}

fn of_lists(lists: &PolicyLists) -> Vec<PolicyRule> {
    let mut rules = Vec::new();
    for section in &lists.tools.sections {
        of_section(section, &mut rules);
    }
    if let Some(pointer) = &lists.tools.no_elevated {
        rules.push(PolicyRule::new(true, RuleAbout::ElevatedTools, pointer));
    }
    let models = &lists.models;
    let allowed = [
        (RuleAbout::Providers, &models.providers),
        (RuleAbout::Models, &models.models),
        (RuleAbout::Gateways, &models.gateways),
        (RuleAbout::Targets, &lists.egress.targets),
    ];
    let allowed = allowed
        .into_iter()
        .filter_map(|(about, list)| Some(of_allow_list(about, list.as_ref()?)));
    rules.extend(allowed);
    rules
}

fn of_section(section: &ToolSection, rules: &mut Vec<PolicyRule>) {
    if let Some((pointer, entries)) = &section.allow {
        if entries.is_empty() {
            rules.push(PolicyRule::new(false, RuleAbout::Tools, pointer));
        }
        rules.extend(entries.iter().map(|entry| of_entry(false, entry)));
    }
    rules.extend(section.deny.iter().map(|entry| of_entry(true, entry)));
}

fn of_entry(deny: bool, entry: &ToolEntry) -> PolicyRule {
    let (pointer, tool, operations, narrowed) = entry.outline();
    PolicyRule {
        patterns: vec![tool.to_owned()],
        operations,
        narrowed,
        limits: entry.limits().iter().map(Limit::description).collect(),
        ..PolicyRule::new(deny, RuleAbout::Tools, pointer)
    }
}

fn of_allow_list(about: RuleAbout, list: &AllowList) -> PolicyRule {
    PolicyRule {
        patterns: list
            .items
            .iter()
            .map(|(_, glob)| glob.spelled().to_owned())
            .collect(),
        ..PolicyRule::new(false, about, &list.pointer)
    }
}

fn of_statement(statement: &PolicyStatement) -> PolicyRule {
    let spelled = |globs: &[super::glob::Glob]| globs.iter().map(|glob| glob.spelled().to_owned()).collect();
    let conditions = statement.conditions.iter();
    let conditions = conditions.map(|condition| {
        [
            condition.operator.clone(),
            condition.key.clone(),
            condition.operand.clone(),
        ]
    });
    PolicyRule {
        patterns: spelled(&statement.actions),
        resources: spelled(&statement.resources),
        conditions: conditions.collect(),
        name: Some(statement.sid.clone()),
        ..PolicyRule::new(statement.deny, RuleAbout::Actions, &statement.pointer)
    }
}
