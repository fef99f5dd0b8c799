//! `receipts.unique`: nobody made two statements that share an identity and say different things.

use super::super::check::{Check, CheckId};
use super::super::facts::JobFacts;
use evidence::text::plain::{counted, entries};

const ID: CheckId = CheckId::ReceiptsUnique;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    if facts.conflicts.is_empty() {
        return if facts.receipts().next().is_none() {
            Check::not_applicable(ID, "No gateway receipt is logged for this job.")
        } else {
            Check::pass(ID, "No two statements of one signer contradict each other.", [])
        };
    }
    let conflicts = facts.conflicts.iter();
    let mut at: Vec<_> = conflicts
        .flat_map(|conflict| conflict.entries.iter().copied())
        .collect();
    at.sort_unstable();
    at.dedup();
    let message = format!(
        "The same signer or gateway said different things under {} ({}).",
        match facts.conflicts.len() {
            1 => "one and the same id".to_owned(),
            many => counted(many, "id that should be unique", "ids that should be unique"),
        },
        entries(&at)
    );
    Check::fail(ID, "CONFLICTING_STATEMENTS", message, at)
}
