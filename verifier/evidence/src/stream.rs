//! A stream: a submitter's own counter of the receipts that it sent, by which a receipt that was kept back leaves a gap.
//! Normative: `schemas/assessment.md`, "Streams". Verdict and pages judge streams here and nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::{EvidenceDigest, PayloadHash};

/// The document that a number is of. A receipt that was signed again says the same and is the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum StreamItem {
    /// A receipt, by the digest of its payload.
    Receipt(PayloadHash),
    /// A receipt that was erased, by what its entry still says.
    Erased(EvidenceDigest),
}

/// What the numbers of a stream show. In this order the best of a receipt's streams decides, except that a
/// repeated one decides wherever it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum StreamState {
    /// Every number from the beginning to the one that closes it, each for one receipt.
    Closed,
    /// Nothing says which number is the last.
    Open,
    /// A number is above one that was said to be the last.
    Reopened,
    /// A number below another one is missing.
    Gap,
    /// A number is of two receipts, or a receipt at two numbers.
    Repeated,
}

/// The places of one stream.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Stream {
    /// What was first found at each number.
    numbers: BTreeMap<u64, StreamItem>,
    /// The number at which each receipt was first found.
    places: BTreeMap<StreamItem, u64>,
    shared: BTreeSet<u64>,
    moved: BTreeSet<(u64, u64)>,
    closed_at: Option<u64>,
}

impl Stream {
    /// A context gives a receipt a number; `last`: it closes the stream. The same place told again adds nothing.
    pub fn place(&mut self, receipt: StreamItem, number: u64, last: bool) {
        if *self.numbers.entry(number).or_insert(receipt) != receipt {
            self.shared.insert(number);
        }
        let first = *self.places.entry(receipt).or_insert(number);
        if first != number {
            self.moved.insert((first.min(number), first.max(number)));
        }
        if last {
            let lowest = self.closed_at.map_or(number, |known| known.min(number));
            self.closed_at = Some(lowest);
        }
    }

    /// What the numbers from `begins` on show: 0, unless what came before was not read.
    pub fn state(&self, begins: u64) -> StreamState {
        if !self.shared.is_empty() || !self.moved.is_empty() {
            return StreamState::Repeated;
        }
        if self.missing(begins, 1).next().is_some() {
            return StreamState::Gap;
        }
        match self.closed_at {
            None => StreamState::Open,
            Some(closed) if self.highest().is_some_and(|highest| closed < highest) => StreamState::Reopened,
            Some(_) => StreamState::Closed,
        }
    }

    /// The numbers from `begins` up to the highest that are of no receipt, as ranges with both ends, the first `max`.
    pub fn missing(&self, begins: u64, max: usize) -> impl Iterator<Item = (u64, u64)> {
        let mut expected = begins;
        let ranges = self.numbers.keys().filter_map(move |number| {
            let range = (*number > expected).then(|| (expected, number.saturating_sub(1)));
            expected = expected.max(number.saturating_add(1));
            range
        });
        ranges.take(max)
    }

    /// Numbers that are of more than one receipt, ascending.
    pub fn shared(&self) -> impl Iterator<Item = u64> {
        self.shared.iter().copied()
    }

    /// Receipts that have more than one number: two of the numbers of each, the lower one first.
    pub fn moved(&self) -> impl Iterator<Item = (u64, u64)> {
        self.moved.iter().copied()
    }

    /// The lowest number that was said to be the last.
    pub const fn closed_at(&self) -> Option<u64> {
        self.closed_at
    }

    /// The lowest number.
    pub fn lowest(&self) -> Option<u64> {
        self.numbers.keys().next().copied()
    }

    /// The highest number.
    pub fn highest(&self) -> Option<u64> {
        self.numbers.keys().next_back().copied()
    }

    /// The number of its receipts.
    pub fn receipts(&self) -> usize {
        self.places.len()
    }
}
