//! `receipts.bound`: run and event of each receipt are in the bundle's event chain.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Act, Facts};
use super::super::verdict::{Check, CheckId};
use super::words::counted;

const ID: CheckId = CheckId::ReceiptsBound;

/// Judges it.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    if facts.receipts().next().is_none() {
        return Check::incomplete(
            ID,
            "RECEIPTS_MISSING",
            "The job has no gateway receipt.",
            Vec::new(),
        );
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
        let message = counted(
            foreign.len(),
            "receipt names an event that is not in its run's chain.",
            "receipts name events that are not in their run's chain.",
        );
        return Check::fail(ID, "RECEIPT_NOT_BOUND", message, foreign);
    }
    if !bundleless.is_empty() {
        let message = counted(
            bundleless.len(),
            "receipt belongs to an event chain that no bundle shows.",
            "receipts belong to event chains that no bundle shows.",
        );
        return Check::incomplete(ID, "BUNDLE_MISSING", message, bundleless);
    }
    if !unnamed.is_empty() {
        let message = counted(
            unnamed.len(),
            "receipt names no event of its run.",
            "receipts name no event of their run.",
        );
        return Check::incomplete(ID, "EVENT_HASH_MISSING", message, unnamed);
    }
    let bound = facts
        .uses
        .iter()
        .filter(|used| !matches!(used.act, Act::Allowed(_)))
        .count();
    let message = counted(
        bound,
        "receipt, the only one, names an event in its run's chain.",
        "receipts name an event in their run's chain.",
    );
    let message = if bound > 1 {
        format!("All {message}")
    } else {
        message
    };
    let entries = facts.bundles.iter().map(|bundle| bundle.index).collect();
    Check::pass(ID, message, entries)
}
