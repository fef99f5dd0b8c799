//! `halt`: nothing is done after the job was halted, or after its only token was revoked.
//!
//! A halt is for good: `released` ends a dispute. Work that goes on after a halt is another job, which says
//! that it supersedes this one.

use std::collections::BTreeSet;

use super::super::facts::{Facts, Seen};
use super::super::token_table::{Against, Cutoff, Cutoffs, Seconds};
use super::super::verdict::{Check, CheckId};
use super::findings::Findings;
use super::token_valid::{place, revocations};
use crate::index::LeafIndex;
use crate::payload::{JobAction, JobEvent};

const ID: CheckId = CheckId::Halt;

pub(super) fn check(facts: &Facts<'_>) -> Check {
    let halted: BTreeSet<LeafIndex> = halts(facts).map(|halt| halt.index).collect();
    let cutoffs = Cutoffs::new(halts(facts).chain(only_revocations(facts)).collect());
    if cutoffs.is_empty() {
        return Check::not_applicable(ID, "The job was not halted.");
    }
    let skew = Seconds(facts.settings.clock_skew_s);
    let mut findings = Findings::default();
    for used in &facts.uses {
        let Some((against, halt)) = cutoffs.against(&place(used), skew) else {
            continue;
        };
        let entries = [used.index, halt];
        let end = ended_by(halted.contains(&halt));
        let message = |said: String| format!("The use at entry {} was {said}.", used.index);
        match against {
            Against::After => findings.fail((0, "USE_AFTER_HALT"), entries, || {
                message(format!("made after {end}"))
            }),
            Against::LoggedLate => findings.incomplete((1, "HALT_LOGGED_LATE"), entries, || {
                message(format!("made after {end}, and logged before that was"))
            }),
            Against::LateSubmission => findings.incomplete((2, "LATE_SUBMISSION"), entries, || {
                message(format!(
                    "logged after {end}; only its signer says that it was made before"
                ))
            }),
        }
    }
    findings.end_of_uses(ID, || {
        let end = ended_by(!halted.is_empty());
        let message = match facts.uses.last() {
            Some(last) => format!("The last use, at entry {}, came before {end}.", last.index),
            None => format!("No use came after {end}, nor before."),
        };
        Check::pass(ID, message, Vec::new())
    })
}

const fn ended_by(halt: bool) -> &'static str {
    if halt {
        "the job was halted"
    } else {
        "its only token was revoked"
    }
}

fn halts<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = Cutoff> + use<'f> {
    let halted = |event: &&Seen<'_, JobEvent>| event.said.action == JobAction::Halted;
    facts.events.iter().filter(halted).map(|event| Cutoff {
        index: event.index,
        logged_at: event.logged_at,
        stated_at: event.said.at.at().into(),
    })
}

/// The revocations of the job's token, where it has one only.
fn only_revocations(facts: &Facts<'_>) -> Vec<Cutoff> {
    let mut tokens = facts.issuances.iter().map(|issuance| issuance.said.token_hash);
    let only = tokens.next().filter(|first| tokens.all(|token| token == *first));
    only.and_then(|token| revocations(facts).remove(&token))
        .unwrap_or_default()
}
