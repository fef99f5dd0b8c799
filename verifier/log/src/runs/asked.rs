//! What is asked of a run, and which parts of its tree that concerns.

use super::RunRange;
use super::row::{Bounds, IndexKey, IndexRow, KindCode, parts_of_bound};
use crate::index::{LeafIndex, TreeSize};

/// A set of codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CodeSet {
    /// The codes 0 to 127, of which 0 is never in the set, one a bit.
    low: u128,
    /// The codes 128 to 255.
    high: u128,
}

impl CodeSet {
    /// Every code, also those that no kind has yet.
    pub const ALL: Self = Self {
        low: u128::MAX << 1,
        high: u128::MAX,
    };

    /// Adds a code.
    pub fn insert(&mut self, code: KindCode) {
        *self = self.union(Self::between(u16::from(code.value()), u16::from(code.value())));
    }

    /// Whether a code is in the set.
    pub fn contains(self, code: KindCode) -> bool {
        self.meets(u16::from(code.value()), u16::from(code.value()))
    }

    /// All codes of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            low: self.low | other.low,
            high: self.high | other.high,
        }
    }

    /// Whether there is no code in it.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Whether one of the codes from `first` to `last` is in the set.
    fn meets(self, first: u16, last: u16) -> bool {
        let wanted = Self::between(first, last);
        self.low & wanted.low != 0 || self.high & wanted.high != 0
    }

    fn between(first: u16, last: u16) -> Self {
        // The bits of the codes below a number.
        let below = |number: u16| {
            let ones = |count: u16| 1_u128.checked_shl(count.into()).map_or(u128::MAX, |bit| bit - 1);
            (ones(number), ones(number.saturating_sub(128)))
        };
        let (to, from) = (below(last.saturating_add(1)), below(first));
        Self {
            low: to.0 & !from.0,
            high: to.1 & !from.1,
        }
    }
}

impl FromIterator<KindCode> for CodeSet {
    fn from_iter<I: IntoIterator<Item = KindCode>>(codes: I) -> Self {
        let mut set = Self::default();
        codes.into_iter().for_each(|code| set.insert(code));
        set
    }
}

/// A key, and the codes of it that are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct AskedKey {
    key: IndexKey,
    codes: CodeSet,
}

/// The rows that are asked for: those of some codes of some keys, of entries below a size or of a range of entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskedRows {
    entries: AskedEntries,
    /// Ascending, none twice, each with at least one code.
    keys: Vec<AskedKey>,
}

impl AskedRows {
    /// Puts together what is asked of all entries below a size. A key may be there more than once, with other codes each time.
    pub fn new(asked: impl IntoIterator<Item = (IndexKey, CodeSet)>, as_of: TreeSize) -> Self {
        let begin = TreeSize::new(0);
        Self::of_entries(asked, AskedEntries { begin, end: as_of })
    }

    /// The same of the entries of a range alone.
    pub fn in_range(asked: impl IntoIterator<Item = (IndexKey, CodeSet)>, range: RunRange) -> Self {
        let (begin, end) = (range.begin(), range.end());
        Self::of_entries(asked, AskedEntries { begin, end })
    }

    fn of_entries(asked: impl IntoIterator<Item = (IndexKey, CodeSet)>, entries: AskedEntries) -> Self {
        let mut keys: Vec<AskedKey> = asked
            .into_iter()
            .filter(|(_, codes)| !codes.is_empty() && entries.begin < entries.end)
            .map(|(key, codes)| AskedKey { key, codes })
            .collect();
        keys.sort_unstable_by_key(|asked| asked.key);
        keys.dedup_by(|next, kept| {
            let is_same = next.key == kept.key;
            if is_same {
                kept.codes = kept.codes.union(next.codes);
            }
            is_same
        });
        Self { entries, keys }
    }

    /// Whether a run has entries that are asked about.
    pub fn concerns(&self, run: RunRange) -> bool {
        run.begin() < self.entries.end && self.entries.begin < run.end()
    }

    /// Whether a row is asked for.
    pub fn contains(&self, row: &IndexRow) -> bool {
        self.slice().contains(row)
    }

    pub(super) fn slice(&self) -> AskedSlice<'_> {
        AskedSlice {
            entries: self.entries,
            keys: &self.keys,
        }
    }
}

/// The entries that are asked about: those that a tree of size `end` has and one of size `begin` does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct AskedEntries {
    begin: TreeSize,
    end: TreeSize,
}

impl AskedEntries {
    fn contain(self, index: LeafIndex) -> bool {
        !self.begin.contains(index) && self.end.contains(index)
    }
}

/// Those of the asked keys that concern a subtree. It is cut at each node by binary search: filtering a list at each node, or
/// testing each interval of a key, would take quadratic time where many keys are asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct AskedSlice<'a> {
    entries: AskedEntries,
    keys: &'a [AskedKey],
}

impl AskedSlice<'_> {
    /// Whether a row is asked for.
    pub(super) fn contains(&self, row: &IndexRow) -> bool {
        let found = self.keys.binary_search_by_key(&row.key(), |asked| asked.key);
        let asked = found.ok().and_then(|place| self.keys.get(place));
        asked.is_some_and(|asked| asked.codes.contains(row.code())) && self.entries.contain(row.index())
    }

    /// Those that ask for a row within the bounds, whether or not there is one.
    pub(super) fn within(self, bounds: &Bounds) -> Self {
        let (low, _, _) = parts_of_bound(&bounds.low);
        let first = self.keys.partition_point(|asked| asked.key < low);
        let end = bounds.high.map_or(self.keys.len(), |high| {
            let (high, _, _) = parts_of_bound(&high);
            self.keys.partition_point(|asked| asked.key <= high)
        });
        let mut keys = self.keys.get(first..end).unwrap_or_default();
        // All rows of a key between the keys of both bounds are within. Only the outermost two can be those keys.
        if let [outermost, rest @ ..] = keys
            && !self.asks_within(outermost, bounds)
        {
            keys = rest;
        }
        if let [rest @ .., outermost] = keys
            && !self.asks_within(outermost, bounds)
        {
            keys = rest;
        }
        Self { keys, ..self }
    }

    /// A subtree of which nothing is asked is closed in a proof.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether one of the intervals `key || code || begin` to `key || code || end` has a row within the bounds.
    fn asks_within(&self, asked: &AskedKey, bounds: &Bounds) -> bool {
        let (mut first, mut last) = (1, 255);
        let (low_key, low_code, low_index) = parts_of_bound(&bounds.low);
        if low_key == asked.key {
            let is_past = !self.entries.end.contains(LeafIndex::new(low_index));
            first = u16::from(low_code).saturating_add(u16::from(is_past));
        }
        if let Some((high_key, high_code, high_index)) = bounds.high.as_ref().map(parts_of_bound)
            && high_key == asked.key
        {
            match u16::from(high_code).checked_sub(u16::from(high_index <= self.entries.begin.value())) {
                Some(code) => last = code,
                None => return false,
            }
        }
        first <= last && asked.codes.meets(first, last)
    }
}
