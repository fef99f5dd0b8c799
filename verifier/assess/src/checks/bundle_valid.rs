//! `bundle.valid`: clawsig's own verification of the job's proof bundles, with its reason code.

use std::collections::BTreeSet;

use super::super::facts::Facts;
use super::super::verdict::{Check, CheckId};
use crate::caller_text::CallerText;
use crate::check::Status;

const ID: CheckId = CheckId::BundleValid;

/// Judges it.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    for status in [Status::Fail, Status::Incomplete] {
        let failures = facts.bundles.iter().filter_map(|bundle| {
            let failure = bundle.result.as_ref().err()?;
            (failure.status == status).then_some((bundle.index, failure))
        });
        let failures: Vec<_> = failures.collect();
        let Some((first, failure)) = failures.first() else {
            continue;
        };
        let message = format!(
            "The bundle {} does not verify: {}.",
            facts.place_of(*first),
            failure.message.trim_end_matches('.')
        );
        let entries = failures.iter().map(|(index, _)| *index).collect();
        let code = failure.reason.as_str();
        return match status {
            Status::Fail => Check::fail(ID, code, message, entries),
            Status::Pass | Status::Incomplete | Status::Unknown => {
                Check::incomplete(ID, code, message, entries)
            }
        };
    }
    let told: BTreeSet<&str> = facts
        .bundles
        .iter()
        .flat_map(|bundle| bundle.said.run_ids.iter().map(CallerText::as_str))
        .collect();
    let untold = facts
        .receipts()
        .filter(|(used, _)| used.run.is_none_or(|run| !told.contains(run)));
    let untold: Vec<_> = untold.map(|(used, _)| used.index).collect();
    if facts.bundles.is_empty() || !untold.is_empty() {
        let message = "No proof bundle of the agent tells a run in which the job's gateway receipts stand.";
        return Check::incomplete(ID, "BUNDLE_MISSING", message, untold);
    }
    let entries = facts.bundles.iter().map(|bundle| bundle.index).collect();
    Check::pass(
        ID,
        "Every proof bundle of the job verifies under clawsig's rules.",
        entries,
    )
}
