//! What the job's policies say to its uses.

use super::super::facts::{Act, Facts};
use super::super::verdict::{Check, CheckId};
use super::arguments::CallArguments;
use super::gated::Policies;
use crate::index::LeafIndex;
use crate::wpc::{Decision, DecisionCode, Effect, Kept};

/// What the policies say to the job's uses of some kind.
#[derive(Default)]
struct Tally {
    denied: Vec<(LeafIndex, Decision)>,
    /// What nobody sees in the names of the first denied use, in words.
    hidden: String,
    unknown: Vec<(LeafIndex, Decision)>,
    allowed: Vec<LeafIndex>,
    without_policy: Vec<LeafIndex>,
    /// Allowed within limits, and nothing tells the arguments.
    unknown_arguments: Vec<LeafIndex>,
    seen: bool,
}

/// Judges the uses that `wanted` picks. What needs an approval is `policy.approvals`' matter alone.
pub(super) fn check(facts: &Facts<'_>, id: CheckId, what: &str, wanted: impl Fn(&Act<'_>) -> bool) -> Check {
    let policies = Policies::of(facts);
    let arguments = CallArguments::of(facts, &policies);
    let mut tally = Tally::default();
    for used in facts.uses.iter().filter(|used| wanted(&used.act)) {
        tally.seen = true;
        let Some((_, decision)) = policies.decide(used) else {
            tally.without_policy.push(used.index);
            continue;
        };
        let known = arguments.of_use(used);
        if matches!(decision.keep(&known), Kept::Unknown(_)) {
            tally.unknown_arguments.push(used.index);
        }
        let decision = if matches!(decision.keep(&known), Kept::No(_)) {
            decision.about(&known)
        } else {
            decision
        };
        match decision.effect {
            Effect::Deny => {
                if tally.denied.is_empty() {
                    tally.hidden = policies.hidden(used);
                }
                tally.denied.push((used.index, decision));
            }
            Effect::Unknown => tally.unknown.push((used.index, decision)),
            Effect::NeedsApproval | Effect::Allow => tally.allowed.push(used.index),
            Effect::NotGoverned => {}
        }
    }
    conclude(id, what, tally)
}

fn conclude(id: CheckId, what: &str, tally: Tally) -> Check {
    if let Some((index, decision)) = tally.denied.first() {
        let message = format!(
            "The policy does not allow the {what} of entry {index}{}{}; {} in all.",
            place(decision),
            tally.hidden,
            tally.denied.len()
        );
        return Check::fail(id, decision.code.as_str(), message, indices(&tally.denied));
    }
    if let Some((index, decision)) = tally.unknown.first() {
        let message = format!(
            "Not enough is known to judge the {what} of entry {index}{}; {} in all.",
            place(decision),
            tally.unknown.len()
        );
        return Check::incomplete(id, decision.code.as_str(), message, indices(&tally.unknown));
    }
    if let Some(index) = tally.without_policy.first() {
        let message = format!("No published policy is known for the {what} of entry {index}.");
        return Check::incomplete(id, "POLICY_MISSING", message, tally.without_policy);
    }
    if !tally.allowed.is_empty() {
        let limits = match tally.unknown_arguments.len() {
            0 => String::new(),
            count => format!(
                " Not held against limits on their arguments, which nothing in the log tells: {count}."
            ),
        };
        let message = format!(
            "The policy allows every {what} of the job ({}).{limits}",
            tally.allowed.len()
        );
        return Check::pass(id, message, tally.allowed);
    }
    let message = if tally.seen {
        format!("The policy has no rules about any {what} of the job.")
    } else {
        format!("The job has no {what}.")
    };
    Check::not_applicable(id, message)
}

fn place(decision: &Decision) -> String {
    match (&decision.statement, decision.in_parent) {
        (Some(pointer), false) => format!(" ({pointer})"),
        (Some(pointer), true) => format!(" ({pointer} of its parent)"),
        (None, _) if decision.code == DecisionCode::ParentUnresolved => String::new(),
        (None, _) => " (nothing allows it)".to_owned(),
    }
}

fn indices(found: &[(LeafIndex, Decision)]) -> Vec<LeafIndex> {
    found.iter().map(|(index, _)| *index).collect()
}
