//! Rows, and what separates them.

use std::num::NonZeroU8;

use crate::index::LeafIndex;

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 16;
/// Bytes of a row.
pub const ROW_BYTES: usize = 24;
/// Indices of entries have 7 bytes in a row.
pub(super) const INDEX_LIMIT: u64 = 1 << 56;

/// The beginning of a hash, under which rows are found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexKey([u8; KEY_BYTES]);

impl IndexKey {
    /// Wraps 16 bytes.
    pub const fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The first 16 bytes of a hash.
    pub fn of_hash(hash: &[u8; 32]) -> Self {
        let mut key = [0; KEY_BYTES];
        for (to, from) in key.iter_mut().zip(hash) {
            *to = *from;
        }
        Self(key)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl std::fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IndexKey({})", crate::hash::Hex(&self.0))
    }
}

/// The number of a kind of entries, 1 to 255.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KindCode(NonZeroU8);

impl KindCode {
    /// Wraps a number; `None` for 0, which is no code.
    pub const fn new(code: u8) -> Option<Self> {
        match NonZeroU8::new(code) {
            Some(code) => Some(Self(code)),
            None => None,
        }
    }

    /// The number.
    pub const fn value(self) -> u8 {
        self.0.get()
    }
}

/// One row: the entry at an index is of a kind and is found under a key. Rows order as their bytes do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct IndexRow {
    key: IndexKey,
    code: KindCode,
    /// Below 2^56.
    index: LeafIndex,
}

impl IndexRow {
    /// A row; `None` for an index that does not fit into 7 bytes.
    pub fn new(key: IndexKey, code: KindCode, index: LeafIndex) -> Option<Self> {
        (index.value() < INDEX_LIMIT).then_some(Self { key, code, index })
    }

    /// The key under which the entry is found.
    pub fn key(&self) -> IndexKey {
        self.key
    }

    /// The number of the entry's kind.
    pub fn code(&self) -> KindCode {
        self.code
    }

    /// The entry.
    pub fn index(&self) -> LeafIndex {
        self.index
    }

    /// `key || code || index`.
    pub fn to_bytes(&self) -> [u8; ROW_BYTES] {
        let mut bytes = [0; ROW_BYTES];
        let (key, tail) = bytes.split_at_mut(KEY_BYTES);
        key.copy_from_slice(&self.key.0);
        tail.copy_from_slice(&self.tail());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote; `None` for the code 0.
    pub fn from_bytes(bytes: &[u8; ROW_BYTES]) -> Option<Self> {
        let (key, tail) = bytes.split_first_chunk()?;
        Self::of_tail(IndexKey(*key), tail.first_chunk().copied()?)
    }

    /// `code || index`, as in a page.
    pub(super) fn tail(&self) -> [u8; 8] {
        // The index has 7 bytes, so that the first of 8 is free for the code.
        (u64::from(self.code.value()) << 56 | self.index.value()).to_be_bytes()
    }

    /// The row of a key whose code and index are `tail`; `None` for the code 0.
    pub(super) fn of_tail(key: IndexKey, tail: [u8; 8]) -> Option<Self> {
        let [code, ..] = tail;
        let index = u64::from_be_bytes(tail) & (INDEX_LIMIT - 1);
        Self::new(key, KindCode::new(code)?, LeafIndex::new(index))
    }
}

/// What stands between two pages: greater than every row in front of it, and no greater than any row behind it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Separator {
    /// The separator, filled up with zeros; it is compared as these bytes.
    filled: [u8; ROW_BYTES],
    /// How many of the bytes are hashed, 1 to 24.
    length: u8,
}

/// Why bytes are no separator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SeparatorFault {
    Length(usize),
    Zero,
}

impl Separator {
    /// The shortest prefix of `first` that is greater than `last`, which is the row in front of it.
    pub(super) fn between(last: &[u8; ROW_BYTES], first: &IndexRow) -> Self {
        let first = first.to_bytes();
        let same = first.iter().zip(last).take_while(|(one, other)| one == other);
        let length = same.count().saturating_add(1).min(ROW_BYTES);
        Self::filled(first.get(..length).unwrap_or(&first))
    }

    /// Reads a separator of a proof or a store.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, SeparatorFault> {
        match bytes.last() {
            Some(_) if bytes.len() > ROW_BYTES => Err(SeparatorFault::Length(bytes.len())),
            None => Err(SeparatorFault::Length(0)),
            Some(0) => Err(SeparatorFault::Zero),
            Some(_) => Ok(Self::filled(bytes)),
        }
    }

    /// Reads what a store kept; `None` for what is no separator: 1 to 24 bytes, the last not zero.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes).ok()
    }

    fn filled(bytes: &[u8]) -> Self {
        let mut filled = [0; ROW_BYTES];
        for (to, from) in filled.iter_mut().zip(bytes) {
            *to = *from;
        }
        let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
        Self { filled, length }
    }

    /// The bytes that are hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.filled
            .get(..usize::from(self.length))
            .unwrap_or(&self.filled)
    }

    /// The bytes as which it is compared with rows: those that are hashed, filled up with zeros.
    pub(super) fn bound(&self) -> [u8; ROW_BYTES] {
        self.filled
    }

    pub(super) fn length(&self) -> u8 {
        self.length
    }
}

impl std::fmt::Debug for Separator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Separator({})", crate::hash::Hex(self.as_bytes()))
    }
}

/// Where the rows of a subtree can be: from `low` on, and below `high`, if there is one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bounds {
    pub(super) low: [u8; ROW_BYTES],
    pub(super) high: Option<[u8; ROW_BYTES]>,
}

impl Bounds {
    /// Those of a whole run.
    pub(super) const ALL: Self = Self {
        low: [0; ROW_BYTES],
        high: None,
    };

    /// Whether a bound lies strictly between both.
    pub(super) fn admit(&self, bound: &[u8; ROW_BYTES]) -> bool {
        self.low < *bound && self.high.is_none_or(|high| *bound < high)
    }

    /// Whether a row can be within.
    pub(super) fn contain(&self, row: &IndexRow) -> bool {
        let row = row.to_bytes();
        self.low <= row && self.high.is_none_or(|high| row < high)
    }

    /// In front of and behind a bound.
    pub(super) fn split(&self, bound: [u8; ROW_BYTES]) -> (Self, Self) {
        let left = Self {
            high: Some(bound),
            ..*self
        };
        (left, Self { low: bound, ..*self })
    }
}

/// Key, code and index of a bound, which need not be those of any row: the code may be 0.
pub(super) fn parts_of_bound(bound: &[u8; ROW_BYTES]) -> (IndexKey, u8, u64) {
    let (key, tail) = bound.split_first_chunk().unwrap_or((&[0; KEY_BYTES], &[]));
    let tail: [u8; 8] = tail.first_chunk().copied().unwrap_or_default();
    let [code, ..] = tail;
    (IndexKey(*key), code, u64::from_be_bytes(tail) & (INDEX_LIMIT - 1))
}
