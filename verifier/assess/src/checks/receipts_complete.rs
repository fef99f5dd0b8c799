//! `receipts.complete`: bundle, ledger and streams hold the same gateway receipts.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Body, Facts};
use super::super::verdict::{Check, CheckId};
use super::words::counted;
use crate::digest::{EvidenceDigest, PayloadHash};
use crate::index::LeafIndex;
use crate::kind::Kind;
use crate::stream::StreamState;

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
    let states = states(facts);
    let stream = |fault| told(facts, &states, fault);
    let found = stream(REPEATED)
        .or_else(|| not_in_bundle(facts))
        .or_else(|| not_logged(facts))
        .or_else(|| FAULTS.into_iter().find_map(stream));
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
    let embedded: BTreeSet<PayloadHash> = bundles
        .flat_map(|bundle| bundle.receipts.iter().map(|receipt| receipt.payload_digest))
        .collect();
    let missing: Vec<LeafIndex> = facts
        .receipts()
        .filter(|(used, _)| {
            used.payload_digest
                .is_none_or(|payload| !embedded.contains(&payload))
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
    let logged: BTreeSet<PayloadHash> = facts
        .docs
        .iter()
        .filter(|doc| doc.kind == Kind::ReceiptGateway && facts.trust.counts(doc))
        .filter_map(|doc| doc.said()?.payload_digest)
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
            .filter(|receipt| !logged.contains(&receipt.payload_digest))
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

/// The state that decides about each receipt in a stream: that of the best of its streams. A number that is missing may
/// be that of another job, which this closure does not hold. Nothing that it does not hold explains a number that was
/// given twice, so that a better stream takes no repetition back.
fn states(facts: &Facts<'_>) -> BTreeMap<LeafIndex, StreamState> {
    let mut states: BTreeMap<LeafIndex, StreamState> = BTreeMap::new();
    for stream in &facts.streams {
        for index in &stream.receipts {
            let state = states.entry(*index).or_insert(stream.state);
            *state = match (*state, stream.state) {
                (StreamState::Repeated, _) | (_, StreamState::Repeated) => StreamState::Repeated,
                (one, other) => one.min(other),
            };
        }
    }
    states
}

/// What keeps a stream from accounting for its receipts: state, code, and what is said of one receipt and of several.
type Fault = (Option<StreamState>, &'static str, [&'static str; 2]);

/// The gravest: it is told before anything else that is incomplete.
const REPEATED: Fault = (
    Some(StreamState::Repeated),
    "STREAM_REPEATED",
    [
        "stands in a stream whose counter gave two receipts one number, or one receipt two",
        "stand in streams whose counter gave two receipts one number, or one receipt two",
    ],
);

/// The others, in the order in which they are told.
const FAULTS: [Fault; 4] = [
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
        Some(StreamState::Reopened),
        "STREAM_OPEN",
        [
            "stands in a stream that goes on after the number that closes it",
            "stand in streams that go on after the number that closes them",
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

fn told(
    facts: &Facts<'_>,
    states: &BTreeMap<LeafIndex, StreamState>,
    (wanted, code, [one, many]): Fault,
) -> Option<Check> {
    let entries: Vec<LeafIndex> = facts
        .receipts()
        .filter(|(used, _)| states.get(&used.index).copied() == wanted)
        .map(|(used, _)| used.index)
        .collect();
    let message = counted(
        entries.len(),
        &format!("gateway receipt {one}."),
        &format!("gateway receipts {many}."),
    );
    (!entries.is_empty()).then(|| Check::incomplete(ID, code, message, entries))
}
