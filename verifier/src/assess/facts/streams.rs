//! Streams: a submitter's own counter of what it sent, by which a receipt that is kept back leaves a gap.

use std::collections::{BTreeMap, BTreeSet};

use super::doc::{Body, Doc};
use super::words::Words;
use crate::index::LeafIndex;
use crate::kind::Kind;

/// Ranges of missing numbers that are named; a stream with more has too many to look for one by one.
const RANGES_MAX: usize = 16;

/// Whether all numbers of a stream are there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::assess) enum StreamState {
    /// From 0 to the one that closes it.
    Closed,
    /// Nothing says which number is the last.
    Open,
    /// A number below another one is missing.
    Gap,
}

/// A stream that a receipt of the closure stands in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::assess) struct Stream {
    pub(in crate::assess) state: StreamState,
    /// The first numbers below the highest that are not there, as ranges, both ends included.
    pub(in crate::assess) missing: Vec<(u64, u64)>,
    /// The receipts in it.
    pub(in crate::assess) receipts: BTreeSet<LeafIndex>,
}

#[derive(Default)]
struct Counter {
    numbers: BTreeSet<u64>,
    last: Option<u64>,
    receipts: BTreeSet<LeafIndex>,
}

impl Counter {
    fn missing(&self) -> Vec<(u64, u64)> {
        let mut expected = 0;
        let mut ranges = Vec::new();
        for number in &self.numbers {
            if *number > expected && ranges.len() < RANGES_MAX {
                ranges.push((expected, number.saturating_sub(1)));
            }
            expected = number.saturating_add(1);
        }
        ranges
    }

    fn state(&self) -> StreamState {
        let highest = self.numbers.last().copied().unwrap_or_default();
        let expected = u64::try_from(self.numbers.len()).unwrap_or(u64::MAX);
        if highest.checked_add(1) != Some(expected) {
            StreamState::Gap
        } else if self.last == Some(highest) {
            StreamState::Closed
        } else {
            StreamState::Open
        }
    }
}

/// Every stream in which contexts that count put gateway receipts, whatever their job: a counter may run over
/// several jobs of one token.
pub(super) fn of(docs: &[Doc], words: &Words<'_>) -> Vec<Stream> {
    let mut counters: BTreeMap<[u8; 32], Counter> = BTreeMap::new();
    let receipts = docs
        .iter()
        .filter(|doc| doc.kind == Kind::ReceiptGateway && matches!(doc.body, Body::Said(_) | Body::Erased));
    for doc in receipts {
        for position in words.counted(doc.digest).filter_map(|word| word.stream) {
            let counter = counters.entry(position.stream).or_default();
            counter.numbers.insert(position.number);
            counter.receipts.insert(doc.index);
            if position.last {
                counter.last = counter.last.max(Some(position.number));
            }
        }
    }
    counters
        .into_values()
        .map(|counter| Stream {
            state: counter.state(),
            missing: counter.missing(),
            receipts: counter.receipts,
        })
        .collect()
}
