//! `receipts.complete`: bundle, ledger and streams hold the same gateway receipts.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Body, Facts, StreamState};
use super::super::verdict::{Check, CheckId};
use super::words::counted;
use crate::digest::{EvidenceDigest, StatementDigest};
use crate::index::LeafIndex;
use crate::kind::Kind;

const ID: CheckId = CheckId::ReceiptsComplete;

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
    let found = not_in_bundle(facts)
        .or_else(|| not_logged(facts))
        .or_else(|| stream(facts));
    found.unwrap_or_else(|| {
        let receipts = facts.receipts().count();
        let message = format!(
            "Bundles and closed streams account for {}, and for no other.",
            counted(receipts, "gateway receipt", "gateway receipts")
        );
        Check::pass(ID, message, Vec::new())
    })
}

fn not_in_bundle(facts: &Facts<'_>) -> Option<Check> {
    let bundles = facts.bundles.iter().filter_map(|bundle| bundle.facts.as_ref());
    let embedded: BTreeSet<StatementDigest> = bundles
        .flat_map(|bundle| bundle.receipts.iter().map(|receipt| receipt.statement))
        .collect();
    let missing: Vec<LeafIndex> = facts
        .receipts()
        .filter(|(used, _)| {
            used.statement
                .is_none_or(|statement| !embedded.contains(&statement))
        })
        .map(|(used, _)| used.index)
        .collect();
    (!missing.is_empty()).then(|| {
        let message = counted(
            missing.len(),
            "logged gateway receipt is in no bundle of the job.",
            "logged gateway receipts are in no bundle of the job.",
        );
        Check::incomplete(ID, "RECEIPT_NOT_IN_BUNDLE", message, missing)
    })
}

fn not_logged(facts: &Facts<'_>) -> Option<Check> {
    let logged: BTreeSet<StatementDigest> = facts
        .docs
        .iter()
        .filter(|doc| doc.kind == Kind::ReceiptGateway && facts.trust.counts(doc))
        .filter_map(|doc| doc.said()?.statement)
        .collect();
    // Of an erased receipt the log still holds the digest.
    let erased: BTreeSet<EvidenceDigest> = facts
        .docs
        .iter()
        .filter(|doc| doc.kind == Kind::ReceiptGateway && doc.body == Body::Erased)
        .map(|doc| doc.digest)
        .collect();
    let mut missing = 0_usize;
    let mut entries = Vec::new();
    for bundle in &facts.bundles {
        let receipts = bundle.facts.iter().flat_map(|facts| &facts.receipts);
        let absent = receipts
            .filter(|receipt| !logged.contains(&receipt.statement))
            .filter(|receipt| {
                let digest = || bundle.digest_of(receipt.position);
                erased.is_empty() || digest().is_none_or(|digest| !erased.contains(&digest))
            })
            .count();
        if absent > 0 {
            missing = missing.saturating_add(absent);
            entries.push(bundle.index);
        }
    }
    (missing > 0).then(|| {
        let message = counted(
            missing,
            "gateway receipt in the job's bundles is not in the log.",
            "gateway receipts in the job's bundles are not in the log.",
        );
        Check::incomplete(ID, "RECEIPT_NOT_LOGGED", message, entries)
    })
}

/// Each receipt stands in a stream that has every number from 0 to the one that closes it; the best of its
/// streams decides.
fn stream(facts: &Facts<'_>) -> Option<Check> {
    let mut best: BTreeMap<LeafIndex, StreamState> = BTreeMap::new();
    for stream in &facts.streams {
        for index in &stream.receipts {
            let state = best.entry(*index).or_insert(stream.state);
            *state = stream.state.min(*state);
        }
    }
    let in_state = |wanted: Option<StreamState>| -> Vec<LeafIndex> {
        facts
            .receipts()
            .filter(|(used, _)| best.get(&used.index).copied() == wanted)
            .map(|(used, _)| used.index)
            .collect()
    };
    let kinds = [
        (
            None,
            "STREAM_MISSING",
            ["stands in no stream", "stand in no stream"],
        ),
        (
            Some(StreamState::Gap),
            "STREAM_GAP",
            [
                "stands in a stream that lacks a number",
                "stand in streams that lack a number",
            ],
        ),
        (
            Some(StreamState::Open),
            "STREAM_OPEN",
            [
                "stands in a stream that nothing closes",
                "stand in streams that nothing closes",
            ],
        ),
    ];
    kinds.into_iter().find_map(|(state, code, [one, many])| {
        let entries = in_state(state);
        let message = counted(
            entries.len(),
            &format!("gateway receipt {one}."),
            &format!("gateway receipts {many}."),
        );
        (!entries.is_empty()).then(|| Check::incomplete(ID, code, message, entries))
    })
}
