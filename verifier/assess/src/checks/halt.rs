//! `halt`: nothing is done after the job was stopped.
//!
//! A halt is for good: `released` ends a dispute. Work that goes on after a halt is another job, which says
//! that it supersedes this one. A revoked token stops no job: what is done after it is `token.valid`'s matter alone.

use super::super::check::{Check, CheckId};
use super::super::facts::{JobFacts, LogStatement};
use super::super::token_table::{Cutoff, CutoffBreach, Cutoffs, Seconds};
use super::findings::{FindingCollector, UseSentence};
use super::token_valid::place;
use super::use_list::{between, name_of};
use evidence::payload::{JobAction, JobEvent};
use tlog::index::LeafIndex;

const ID: CheckId = CheckId::Halt;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let cutoffs = Cutoffs::new(halts(facts).map(cutoff).collect());
    let Some(first) = halts(facts).next() else {
        return Check::not_applicable(ID, "Nobody stopped the job.");
    };
    let skew = Seconds(facts.settings.clock_skew_s);
    let mut findings = FindingCollector::default();
    for used in &facts.uses {
        let Some((against, halt)) = cutoffs.against(&place(used), skew) else {
            continue;
        };
        let stopped = || stop(facts, halt);
        match against {
            CutoffBreach::After => findings.fail_use((0, "USE_AFTER_HALT"), used, [halt], || {
                let late = stopped().map(|halt| between(halt.logged_at, used.signed_at));
                UseSentence::new(
                    "The agent kept working after the job was stopped",
                    format!("{} after {}", late.unwrap_or_default(), by(facts, halt)),
                )
            }),
            CutoffBreach::LoggedLate => findings.incomplete_use((1, "HALT_LOGGED_LATE"), used, [halt], || {
                let late = stopped().map(|halt| between(halt.said.at.at(), used.signed_at));
                UseSentence::new(
                    "The agent kept working after the job was stopped, but the stop was logged only later",
                    format!("{} after {}", late.unwrap_or_default(), by(facts, halt)),
                )
            }),
            CutoffBreach::LateSubmission => findings.incomplete_use((2, "LATE_SUBMISSION"), used, [halt], || {
                UseSentence::new(
                    "Logged after the job was stopped and dated before; only the signer vouches for that date",
                    format!("logged after {}", by(facts, halt)),
                )
            }),
        }
    }
    findings.end(ID, || {
        let stop = first.index;
        let message = match facts.uses.last() {
            Some(last) => format!(
                "The last action (entry {}) came before the job was stopped (entry {stop}).",
                last.index
            ),
            None => format!("The job was stopped (entry {stop}), and no action is logged."),
        };
        Check::pass(ID, message, [])
    })
}

/// `clawscope stopped it (entry 41)`.
fn by(facts: &JobFacts<'_>, halt: LeafIndex) -> String {
    let who = stop(facts, halt).map(|halt| name_of(facts, halt.signer));
    format!("{} stopped it (entry {halt})", who.unwrap_or_default())
}

fn stop<'f>(facts: &'f JobFacts<'_>, halt: LeafIndex) -> Option<&'f LogStatement<'f, JobEvent>> {
    halts(facts).find(|event| event.index == halt)
}

fn halts<'f>(facts: &'f JobFacts<'_>) -> impl Iterator<Item = &'f LogStatement<'f, JobEvent>> {
    let halted = |event: &&LogStatement<'_, JobEvent>| event.said.action == JobAction::Halted;
    facts.events.iter().filter(halted)
}

fn cutoff(event: &LogStatement<'_, JobEvent>) -> Cutoff {
    Cutoff {
        index: event.index,
        logged_at: event.logged_at,
        stated_at: event.said.at.at().into(),
    }
}
