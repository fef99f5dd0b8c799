//! A policy's rules laid out for people: what the evaluator goes by, in its order, each with its place.
//!
//! Made from the form that decides, so that a page cannot say something else than a verdict.

use super::limits::Limit;
use super::models::AllowList;
use super::policy::{Lists, Policy, Rules};
use super::statements::Statement;
use super::tools::{Entry, Section};
use crate::kind::texts;

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
pub struct Rule {
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
    /// Whether a member beside it may narrow it that this version does not know.
    pub narrowed: bool,
    /// What the arguments have to keep to, in words; all of them.
    pub limits: Vec<String>,
}

impl Rule {
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
        }
    }
}

impl Policy {
    /// Every rule that decides on single actions, in document order of each list. Empty for a policy that cannot be
    /// read, and for one without rules.
    pub fn outline(&self) -> Vec<Rule> {
        match &self.rules {
            Rules::Unreadable(..) => Vec::new(),
            Rules::Statements(statements) => statements.iter().map(of_statement).collect(),
            Rules::Lists(lists) => of_lists(lists),
        }
    }
}

fn of_lists(lists: &Lists) -> Vec<Rule> {
    let mut rules = Vec::new();
    for section in &lists.tools.sections {
        of_section(section, &mut rules);
    }
    if let Some(pointer) = &lists.tools.no_elevated {
        rules.push(Rule::new(true, RuleAbout::ElevatedTools, pointer));
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

fn of_section(section: &Section, rules: &mut Vec<Rule>) {
    if let Some((pointer, entries)) = &section.allow {
        if entries.is_empty() {
            rules.push(Rule::new(false, RuleAbout::Tools, pointer));
        }
        rules.extend(entries.iter().map(|entry| of_entry(false, entry)));
    }
    rules.extend(section.deny.iter().map(|entry| of_entry(true, entry)));
}

fn of_entry(deny: bool, entry: &Entry) -> Rule {
    let (pointer, tool, operations, narrowed) = entry.told();
    Rule {
        patterns: vec![tool.to_owned()],
        operations,
        narrowed,
        limits: entry.limits().iter().map(Limit::told).collect(),
        ..Rule::new(deny, RuleAbout::Tools, pointer)
    }
}

fn of_allow_list(about: RuleAbout, list: &AllowList) -> Rule {
    Rule {
        patterns: list
            .items
            .iter()
            .map(|(_, glob)| glob.spelled().to_owned())
            .collect(),
        ..Rule::new(false, about, &list.pointer)
    }
}

fn of_statement(statement: &Statement) -> Rule {
    let spelled = |globs: &[super::glob::Glob]| globs.iter().map(|glob| glob.spelled().to_owned()).collect();
    let conditions = statement.conditions.iter();
    let conditions = conditions.map(|condition| {
        [
            condition.operator.clone(),
            condition.key.clone(),
            condition.operand.clone(),
        ]
    });
    Rule {
        patterns: spelled(&statement.actions),
        resources: spelled(&statement.resources),
        conditions: conditions.collect(),
        name: Some(statement.sid.clone()),
        ..Rule::new(statement.deny, RuleAbout::Actions, &statement.pointer)
    }
}
