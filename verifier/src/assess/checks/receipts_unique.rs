//! `receipts.unique`: nobody made two statements that share an identity and say different things.

use super::super::facts::Facts;
use super::super::verdict::{Check, CheckId};
use super::words::counted;

const ID: CheckId = CheckId::ReceiptsUnique;

/// Judges it.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    if facts.conflicts.is_empty() {
        return if facts.receipts().next().is_none() {
            Check::not_applicable(ID, "The job has no gateway receipt.")
        } else {
            Check::pass(ID, "No two statements contradict each other.", Vec::new())
        };
    }
    let entries = facts
        .conflicts
        .iter()
        .flat_map(|conflict| conflict.entries.iter().copied());
    let message = counted(
        facts.conflicts.len(),
        "identity stands on two statements of one signer or gateway that contradict each other.",
        "identities stand on several statements of one signer or gateway that contradict each other.",
    );
    Check::fail(ID, "CONFLICTING_STATEMENTS", message, entries.collect())
}
