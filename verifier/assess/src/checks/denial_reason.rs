//! Why a call was denied, by the word of the decision's signer, in a sentence.

use super::super::facts::JobFacts;
use super::gated_uses::Policies;
use super::stated_settings::shown;
use evidence::payload::{Constraint, Decision};
use evidence::text::shown::brief;
use tlog::index::LeafIndex;

/// The reason that a decision of the job gives: its code, and the limit or the rule that decided.
pub(super) fn denial_reason(facts: &JobFacts<'_>, denial: LeafIndex) -> String {
    let Some(decision) = facts.decisions.iter().find(|seen| seen.index == denial) else {
        return String::new();
    };
    let said = decision.said;
    let code = brief(&said.reason_code);
    match (&said.constraint, &said.statement) {
        (Some(constraint), _) => {
            let broken = broken_limit(facts, said, constraint);
            format!("The reason given is {code}: {broken}.")
        }
        (None, Some(rule)) => format!(
            "The reason given is {code}, by the rule {} of the policy.",
            brief(rule)
        ),
        (None, None) => format!("The reason given is {code}."),
    }
}

/// `the argument /amount was 250000, and the limit is 10000 (/allow/0/max_amount of the policy)`. Which argument a limit
/// is about, the policy says, where the limit is one that this program reads.
fn broken_limit(facts: &JobFacts<'_>, said: &Decision, constraint: &Constraint) -> String {
    let policies = Policies::of(facts);
    let published = policies.get(&said.policy_hash.to_string());
    let limit = published.and_then(|published| {
        let mut limits = published.policy.limits();
        limits.find(|limit| limit.pointer == constraint.pointer)
    });
    let what = limit.map_or_else(
        || "the value".to_owned(),
        |limit| format!("the argument {}", brief(&limit.argument)),
    );
    let actual = match &constraint.actual {
        Some(actual) => format!("was {}", shown(actual)),
        None => "is not stated".to_owned(),
    };
    format!(
        "{what} {actual}, and the limit is {} ({} of the policy)",
        shown(&constraint.limit),
        brief(&constraint.pointer)
    )
}
