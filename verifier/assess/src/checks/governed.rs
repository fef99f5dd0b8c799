//! What the job's policies say to its uses.

use super::super::check::{Check, CheckId};
use super::super::facts::{AgentAct, JobFacts};
use super::arguments::CallArguments;
use super::gated_uses::Policies;
use evidence::text::plain::{all_of, counted, entries};
use evidence::text::shown::brief;
use evidence::wpc::{DecisionCode, Effect, LimitCheck, PolicyDecision};
use tlog::index::LeafIndex;

/// What the policies say to the job's uses of some kind.
#[derive(Default)]
struct GovernedUses {
    denied: Vec<(LeafIndex, PolicyDecision)>,
    /// What nobody sees in the names of the first denied use, in words.
    hidden: String,
    /// The name of the first denied use, else of the first that nothing decides.
    name: String,
    unknown: Vec<(LeafIndex, PolicyDecision)>,
    allowed: Vec<LeafIndex>,
    without_policy: Vec<LeafIndex>,
    /// Allowed within limits, and nothing tells the arguments.
    unknown_arguments: Vec<LeafIndex>,
    seen: bool,
}

/// Judges the uses that `wanted` picks. What needs an approval is `policy.approvals`' matter alone.
pub(super) fn check(
    facts: &JobFacts<'_>,
    id: CheckId,
    what: &str,
    wanted: impl Fn(&AgentAct<'_>) -> bool,
) -> Check {
    let policies = Policies::of(facts);
    let arguments = CallArguments::of(facts, &policies);
    let mut tally = GovernedUses::default();
    for used in facts.uses.iter().filter(|used| wanted(&used.act)) {
        tally.seen = true;
        let Some((_, decision)) = policies.decide(used) else {
            tally.without_policy.push(used.index);
            continue;
        };
        let known = arguments.of_use(used);
        if matches!(decision.keep(&known), LimitCheck::Unknown(_)) {
            tally.unknown_arguments.push(used.index);
        }
        let decision = if matches!(decision.keep(&known), LimitCheck::No(_)) {
            decision.about(&known)
        } else {
            decision
        };
        match decision.effect {
            Effect::Deny => {
                if tally.denied.is_empty() {
                    tally.hidden = policies.hidden(used);
                    tally.name = name(&used.act);
                }
                tally.denied.push((used.index, decision));
            }
            Effect::Unknown => {
                if tally.name.is_empty() {
                    tally.name = name(&used.act);
                }
                tally.unknown.push((used.index, decision));
            }
            Effect::NeedsApproval | Effect::Allow => tally.allowed.push(used.index),
            Effect::NotGoverned => {}
        }
    }
    conclude(id, what, tally)
}

fn conclude(id: CheckId, what: &str, tally: GovernedUses) -> Check {
    let many = format!("{what}s");
    let acts = |at: &[LeafIndex]| format!("{} ({})", counted(at.len(), what, &many), entries(at));
    if let Some((_, decision)) = tally.denied.first() {
        let at = indices(&tally.denied);
        let message = format!(
            "The policy does not allow {}; {}{}{}.",
            acts(&at),
            first_of(&at, &tally.name),
            reason(decision),
            tally.hidden
        );
        return Check::fail(id, decision.code.as_str(), message, at);
    }
    if let Some((_, decision)) = tally.unknown.first() {
        let at = indices(&tally.unknown);
        let message = format!(
            "It is not known whether the policy allows {}; {}{}.",
            acts(&at),
            first_of(&at, &tally.name),
            undecided(decision)
        );
        return Check::incomplete(id, decision.code.as_str(), message, at);
    }
    if !tally.without_policy.is_empty() {
        let message = format!("The log has no policy for {}.", acts(&tally.without_policy));
        return Check::incomplete(id, "POLICY_MISSING", message, tally.without_policy);
    }
    if !tally.allowed.is_empty() {
        let limits = match tally.unknown_arguments.len() {
            0 => String::new(),
            open => format!(
                " The log does not show the arguments of {}, so limits on them could not be checked.",
                counted(open, what, &many)
            ),
        };
        let all = all_of(tally.allowed.len(), what, &many);
        let message = format!("The policy allows {all} of this job.{limits}");
        return Check::pass(id, message, tally.allowed);
    }
    let message = if tally.seen {
        format!("The policy has no rules about the {many} of this job.")
    } else {
        format!("This job made no {many}.")
    };
    Check::not_applicable(id, message)
}

/// `it is openai/gpt-5`, `the first is openai/gpt-5`.
fn first_of(at: &[LeafIndex], name: &str) -> String {
    let which = if at.len() == 1 { "it is" } else { "the first is" };
    format!("{which} {name}")
}

/// Why a use is denied.
fn reason(decision: &PolicyDecision) -> String {
    match decision.statement {
        Some(_) => format!(", ruled out{}", place(decision)),
        None if decision.code == DecisionCode::ParentUnresolved => {
            ", and its parent policy is not in the log".to_owned()
        }
        None => ", and nothing in the policy allows it".to_owned(),
    }
}

/// What leaves a use undecided.
fn undecided(decision: &PolicyDecision) -> String {
    match decision.statement {
        Some(_) => format!(", left open{}", place(decision)),
        None => String::new(),
    }
}

/// The statement that decides.
fn place(decision: &PolicyDecision) -> String {
    match (&decision.statement, decision.in_parent) {
        (Some(pointer), false) => format!(" by {pointer}"),
        (Some(pointer), true) => format!(" by {pointer} of the parent policy"),
        (None, _) => String::new(),
    }
}

/// What was used, as the use names it.
fn name(act: &AgentAct<'_>) -> String {
    match act {
        AgentAct::Model(receipt) => brief(&format!("{}/{}", receipt.provider, receipt.model)),
        AgentAct::Tool(receipt) | AgentAct::SideEffect(receipt) => brief(&receipt.what),
        AgentAct::Allowed(decision) => brief(&decision.call()),
    }
}

fn indices(found: &[(LeafIndex, PolicyDecision)]) -> Vec<LeafIndex> {
    found.iter().map(|(index, _)| *index).collect()
}
