//! What is known of the arguments of the job's calls: artifacts that show them, decisions that say what stood there.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{JobFacts, TokenUseFact};
use super::gated_uses::Policies;
use evidence::json::Value;
use evidence::wpc::{KnownArguments, LimitCheck};

/// Most different statements about the arguments of one call.
const STATED_MAX: usize = 16;

/// By hash of the arguments: JSON pointer into them, and what a decision says stood there.
type StatedArguments<'s> = BTreeMap<&'s str, Vec<(&'s str, &'s Value)>>;

/// The arguments of the job's calls, as far as an artifact shows them or a decision states one of them.
#[derive(Debug)]
pub(super) struct CallArguments<'s> {
    facts: &'s JobFacts<'s>,
    stated: StatedArguments<'s>,
}

impl<'s> CallArguments<'s> {
    /// A decision names a limit by its place in the policy; which argument that is about, the policy says.
    pub(super) fn of<'f: 's>(facts: &'s JobFacts<'f>, policies: &'s Policies<'f>) -> Self {
        let mut limits: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for (hash, published) in policies.iter() {
            for limit in published.policy.limits() {
                limits.insert((hash, limit.pointer.as_str()), limit.argument.as_str());
            }
        }
        let mut stated: StatedArguments<'s> = BTreeMap::new();
        for decision in &facts.decisions {
            let said = decision.said;
            let Some(constraint) = &said.constraint else {
                continue;
            };
            let cited = said.policy_hash.to_string();
            let argument = limits.get(&(cited.as_str(), constraint.pointer.as_str()));
            if let (Some(argument), Some(actual)) = (argument, &constraint.actual) {
                let of_call = stated.entry(&said.args_hash).or_default();
                if of_call.len() < STATED_MAX && !of_call.contains(&(*argument, actual)) {
                    of_call.push((*argument, actual));
                }
            }
        }
        Self { facts, stated }
    }

    /// What is known of the arguments of a use.
    pub(super) fn of_use(&self, used: &TokenUseFact<'_>) -> KnownArguments<'_> {
        let Some(hash) = used.act.args_hash() else {
            return KnownArguments::default();
        };
        KnownArguments {
            in_clear: self.facts.in_clear.arguments(hash),
            stated: self.stated.get(hash).map(Vec::as_slice).unwrap_or_default(),
        }
    }
}

/// Every limit that some use was not held against, because nothing tells its arguments: policy hash and JSON pointer.
pub(crate) fn limits_not_held(facts: &JobFacts<'_>) -> BTreeSet<(String, String)> {
    let policies = Policies::of(facts);
    let arguments = CallArguments::of(facts, &policies);
    let mut open = BTreeSet::new();
    for used in &facts.uses {
        let Some((hash, decision)) = policies.decide(used) else {
            continue;
        };
        let known = arguments.of_use(used);
        if !matches!(decision.keep(&known), LimitCheck::Unknown(_)) {
            continue;
        }
        for limit in decision.limits.iter().flatten().flatten() {
            if matches!(known.keep(std::slice::from_ref(limit)), LimitCheck::Unknown(_)) {
                open.insert((hash.to_owned(), limit.pointer.clone()));
            }
        }
    }
    open
}
