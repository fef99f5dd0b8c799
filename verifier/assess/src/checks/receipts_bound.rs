//! `receipts.bound`: run and event of each receipt are in the bundle's event chain.

use std::collections::{BTreeMap, BTreeSet};

use super::super::check::{Check, CheckId};
use super::super::facts::{AgentAct, JobFacts};
use super::receipts_complete::receipts_missing;
use evidence::text::plain::{all_of, counted, entries, sentence};

const ID: CheckId = CheckId::ReceiptsBound;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    if let Some(missing) = receipts_missing(ID, facts) {
        return missing;
    }
    let mut chains: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for bundle in facts.bundles.iter().filter_map(|bundle| bundle.facts.as_ref()) {
        if let Some(run) = &bundle.run_id {
            let events = bundle.event_hashes.iter().map(String::as_str);
            chains.entry(run).or_default().extend(events);
        }
    }
    let (mut foreign, mut unnamed, mut bundleless) = (Vec::new(), Vec::new(), Vec::new());
    for used in &facts.uses {
        let Some(binding) = used.act.binding() else {
            continue;
        };
        let chain = binding.run_id.as_deref().and_then(|run| chains.get(run));
        match (chain, binding.event_hash.as_deref()) {
            (Some(chain), Some(event)) if chain.contains(event) => {}
            (Some(_), Some(_)) => foreign.push(used.index),
            (None, Some(_)) => bundleless.push(used.index),
            // A receipt that names no event can be bound to none.
            (_, None) => unnamed.push(used.index),
        }
    }
    if !foreign.is_empty() {
        let message = format!(
            "{} ({}).",
            counted(
                foreign.len(),
                "receipt names an event that is missing from its run's event chain",
                "receipts name events that are missing from their run's event chain",
            ),
            entries(&foreign)
        );
        return Check::fail(ID, "RECEIPT_NOT_BOUND", message, foreign);
    }
    if !bundleless.is_empty() {
        let message = format!(
            "No proof bundle shows the event chain of {} ({}).",
            counted(bundleless.len(), "receipt", "receipts"),
            entries(&bundleless)
        );
        return Check::incomplete(ID, "BUNDLE_MISSING", message, bundleless);
    }
    if !unnamed.is_empty() {
        let message = format!(
            "{} ({}).",
            counted(
                unnamed.len(),
                "receipt does not name the event that it belongs to",
                "receipts do not name the events that they belong to",
            ),
            entries(&unnamed)
        );
        return Check::incomplete(ID, "EVENT_HASH_MISSING", message, unnamed);
    }
    let bound = facts
        .uses
        .iter()
        .filter(|used| !matches!(used.act, AgentAct::Allowed(_)))
        .count();
    let receipts = all_of(bound, "receipt matches an event", "receipts match events");
    let message = sentence(&format!("{receipts} in the run's event chain."));
    Check::pass(ID, message, facts.bundles.iter().map(|bundle| bundle.index))
}
