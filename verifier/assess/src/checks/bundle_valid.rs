//! `bundle.valid`: clawsig's own verification of the job's proof bundles, with its reason code.

use std::collections::BTreeSet;

use super::super::check::{Check, CheckId};
use super::super::facts::JobFacts;
use super::super::loose;
use evidence::caller_text::CallerText;
use evidence::report::Status;
use evidence::text::plain::{all_of, counted, entries, sentence};

const ID: CheckId = CheckId::BundleValid;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
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
            "The proof bundle {} is not valid: {}.",
            facts.place_of(*first),
            failure.message.trim_end_matches('.')
        );
        let entries = failures.iter().map(|(index, _)| *index);
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
        let message = if facts.bundles.is_empty() {
            let missing = loose::reports(facts);
            missing.map_or_else(
                || "The agent has sent no proof bundle.".to_owned(),
                |missing| format!("{missing}."),
            )
        } else {
            let receipts = counted(untold.len(), "gateway receipt", "gateway receipts");
            format!(
                "No proof bundle covers the run of {receipts} ({}).",
                entries(&untold)
            )
        };
        return Check::incomplete(ID, "BUNDLE_MISSING", message, untold);
    }
    let bundles: Vec<_> = facts.bundles.iter().map(|bundle| bundle.index).collect();
    let all = all_of(bundles.len(), "proof bundle is", "proof bundles are");
    let message = sentence(&format!("{all} valid under clawsig's rules."));
    Check::pass(ID, message, bundles)
}
