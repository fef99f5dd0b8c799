//! `receipts.complete`: bundle, ledger and streams hold the same gateway receipts.

use std::collections::{BTreeMap, BTreeSet};

use super::super::check::{Check, CheckId};
use super::super::facts::{DocumentBody, JobFacts};
use super::super::loose;
use evidence::digest::{EvidenceDigest, PayloadHash};
use evidence::kind::Kind;
use evidence::stream::StreamState;
use evidence::text::plain::{self as text, counted};
use tlog::index::LeafIndex;

const ID: CheckId = CheckId::ReceiptsComplete;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    if let Some(missing) = receipts_missing(ID, facts) {
        return missing;
    }
    let states = states(facts);
    let stream = |fault| stream_check(facts, &states, fault);
    let found = stream(REPEATED)
        .or_else(|| no_bundle(facts))
        .or_else(|| not_in_bundle(facts))
        .or_else(|| not_logged(facts))
        .or_else(|| FAULTS.into_iter().find_map(stream));
    found.unwrap_or_else(|| {
        let receipts = match facts.receipts().count() {
            1 => "receipt".to_owned(),
            many => format!("{many} receipts"),
        };
        let message =
            format!("The agent's bundle and the gateway's count list the same {receipts}; none is missing.");
        Check::pass(ID, message, [])
    })
}

/// Without a gateway receipt there is nothing to compare.
pub(super) fn receipts_missing(id: CheckId, facts: &JobFacts<'_>) -> Option<Check> {
    let missing = facts.receipts().next().is_none();
    let message = "No gateway receipt is logged for this job.";
    missing.then(|| Check::incomplete(id, "RECEIPTS_MISSING", message, []))
}

/// Before the agent has reported anything, its report leaves nothing out.
fn no_bundle(facts: &JobFacts<'_>) -> Option<Check> {
    facts.bundles.is_empty().then(|| {
        let receipts: Vec<LeafIndex> = facts.receipts().map(|(used, _)| used.index).collect();
        let calls = counted(receipts.len(), "model call", "model calls");
        let missing = loose::reports(facts)
            .unwrap_or_else(|| "The agent has not handed in its report (the proof bundle)".to_owned());
        let message = format!(
            "{missing}, so nothing can be compared with {calls} that the gateway recorded ({}).",
            text::entries(&receipts)
        );
        Check::incomplete(ID, "BUNDLE_MISSING", message, receipts)
    })
}

fn not_in_bundle(facts: &JobFacts<'_>) -> Option<Check> {
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
        let calls = counted(missing.len(), "model call", "model calls");
        let recorded = format!("{calls} that the gateway recorded ({})", text::entries(&missing));
        let message = if facts.bundles.iter().any(|bundle| bundle.facts.is_some()) {
            format!("The agent's own report leaves out {recorded}.")
        } else {
            format!("There is no valid report by the agent of {recorded}.")
        };
        Check::incomplete(ID, "RECEIPT_NOT_IN_BUNDLE", message, missing)
    })
}

fn not_logged(facts: &JobFacts<'_>) -> Option<Check> {
    let logged: BTreeSet<PayloadHash> = facts
        .docs
        .iter()
        .filter(|doc| doc.kind == Kind::ReceiptGateway && facts.trust.counts(doc))
        .filter_map(|doc| doc.statement()?.payload_digest)
        .collect();
    // Of an erased receipt the log still holds the digest.
    let erased: BTreeSet<EvidenceDigest> = facts
        .docs
        .iter()
        .filter(|doc| doc.kind == Kind::ReceiptGateway && doc.body == DocumentBody::Erased)
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
        let message = format!(
            "The agent's own report ({}) holds {} not in the log.",
            text::entries(&entries),
            counted(missing, "gateway receipt that is", "gateway receipts that are",)
        );
        Check::incomplete(ID, "RECEIPT_NOT_LOGGED", message, entries)
    })
}

/// The state that decides about each receipt in a stream: that of the best of its streams. A number that is missing may
/// be that of another job, which this closure does not hold. Nothing that it does not hold explains a number that was
/// given twice, so that a better stream takes no repetition back.
fn states(facts: &JobFacts<'_>) -> BTreeMap<LeafIndex, StreamState> {
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

/// What keeps a stream from accounting for its receipts: state, code, and the text before and after their number.
type StreamFault = (Option<StreamState>, &'static str, [&'static str; 2]);

/// The gravest: it is told before anything else that is incomplete.
const REPEATED: StreamFault = (
    Some(StreamState::Repeated),
    "STREAM_REPEATED",
    [
        "The gateway gave one number to two receipts, or two numbers to one;",
        "affected",
    ],
);

/// The others, in the order in which they are told.
const FAULTS: [StreamFault; 4] = [
    (
        None,
        "STREAM_MISSING",
        [
            "The gateway did not number its receipts, so nobody would notice a missing one:",
            "without a number",
        ],
    ),
    (
        Some(StreamState::Gap),
        "STREAM_GAP",
        [
            "A number is missing from the gateway's count, so a receipt may be missing:",
            "counted there",
        ],
    ),
    (
        Some(StreamState::Reopened),
        "STREAM_OPEN",
        [
            "The gateway went on counting after it had closed its count:",
            "counted there",
        ],
    ),
    (
        Some(StreamState::Open),
        "STREAM_OPEN",
        [
            "The gateway has not closed its count, so more receipts may be missing:",
            "counted so far",
        ],
    ),
];

fn stream_check(
    facts: &JobFacts<'_>,
    states: &BTreeMap<LeafIndex, StreamState>,
    (wanted, code, [what, which]): StreamFault,
) -> Option<Check> {
    let entries: Vec<LeafIndex> = facts
        .receipts()
        .filter(|(used, _)| states.get(&used.index).copied() == wanted)
        .map(|(used, _)| used.index)
        .collect();
    let receipts = counted(entries.len(), "receipt", "receipts");
    let message = format!("{what} {receipts} {which} ({}).", text::entries(&entries));
    (!entries.is_empty()).then(|| Check::incomplete(ID, code, message, entries))
}
