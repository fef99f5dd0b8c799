//! The causal graph that the bindings of gateway receipts draw: steps 24 to 26 (`schemas/clawsig.md` §5.5), always in
//! the reference's mode `enforce`.
//!
//! Every check is a pass over the receipts with lookups by span in between: the work grows with n log n,
//! whatever graph a document draws, and nothing recurses.

mod binding;
mod graph;

use std::collections::BTreeMap;

use evidence::json::{Object, Value, to_jcs};

use super::{ClawsigFailure, Reason};

pub(super) use binding::BindingEntry;

/// What a graph that holds knows.
pub(super) struct Graph<'a> {
    spans: BTreeMap<&'a str, usize>,
}

/// Checks replays and the graph of the receipts' bindings. `receipts` are envelopes.
pub(super) fn check<'a>(receipts: &[&'a Value]) -> Result<Graph<'a>, ClawsigFailure> {
    let mut entries = Vec::new();
    for receipt in receipts {
        entries.extend(BindingEntry::read(receipt)?);
    }
    check_replays(receipts)?;
    let spans = graph::check(&entries)?;
    Ok(Graph { spans })
}

/// Step 24: one receipt id, two different payloads. Only ids that occur again cost a canonical text.
fn check_replays(receipts: &[&Value]) -> Result<(), ClawsigFailure> {
    let mut first: BTreeMap<&str, (&Value, Option<String>)> = BTreeMap::new();
    for receipt in receipts {
        let payload = receipt.as_object().and_then(|receipt| receipt.get("payload"));
        let Some(payload) = payload else { continue };
        let id = payload.as_object().and_then(|payload| payload.get("receipt_id"));
        let Some(id) = id.and_then(Value::as_str).filter(|id| !id.is_empty()) else {
            continue;
        };
        let Some((earlier, canonical)) = first.get_mut(id) else {
            first.insert(id, (payload, None));
            continue;
        };
        let canonical = canonical.get_or_insert_with(|| to_jcs(earlier));
        if *canonical != to_jcs(payload) {
            let message = "two receipts of the bundle have one receipt_id and different payloads";
            return Err(ClawsigFailure::fail(Reason::CausalReceiptReplayDetected, message));
        }
    }
    Ok(())
}

impl Graph<'_> {
    /// Step 26: every side effect, or approval, hangs on a span of the graph.
    pub(super) fn check_anchored(&self, receipts: &[Value], orphaned: Reason) -> Result<(), ClawsigFailure> {
        let orphan = |position: usize| {
            let message = format!("entry {position} hangs on no span of a gateway receipt");
            ClawsigFailure::fail(orphaned, message)
        };
        for (position, receipt) in receipts.iter().enumerate() {
            let binding = receipt
                .as_object()
                .and_then(|receipt| receipt.get("binding"))
                .and_then(Value::as_object)
                .ok_or_else(|| orphan(position))?;
            let anchor = anchor(binding)?.ok_or_else(|| orphan(position))?;
            if !self.spans.contains_key(anchor) {
                return Err(orphan(position));
            }
        }
        Ok(())
    }
}

/// The span that a binding hangs on: of a tool, else of the parent, else its own.
fn anchor(binding: &Object) -> Result<Option<&str>, ClawsigFailure> {
    let spans = binding::Spans::read(binding)?;
    Ok(spans.tool.or(spans.parent).or(spans.own))
}
