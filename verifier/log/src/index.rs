//! Positions, sizes and times as types of their own.
//!
//! An index is 0-based, a size is a count: the entry at index `n` is in every tree of a size above
//! `n`. All serialize as JSON numbers.

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// Wraps a number.
            pub const fn new(value: u64) -> Self {
                Self(value)
            }

            /// The value as a plain number.
            pub const fn value(self) -> u64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

quantity!(
    /// The 0-based position of an entry.
    LeafIndex
);
quantity!(
    /// A count of entries.
    TreeSize
);
quantity!(
    /// Milliseconds since the Unix epoch.
    TimestampMs
);

impl LeafIndex {
    /// The first entry, log.genesis.
    pub const ZERO: Self = Self(0);

    /// The size of the smallest tree that holds this entry; `None` past 2^64−1.
    pub const fn size_with(self) -> Option<TreeSize> {
        match self.0.checked_add(1) {
            Some(size) => Some(TreeSize(size)),
            None => None,
        }
    }

    /// The index of the entry after this one; `None` past 2^64−1.
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(index) => Some(Self(index)),
            None => None,
        }
    }
}

impl TreeSize {
    /// Whether the tree holds the entry.
    pub const fn contains(self, index: LeafIndex) -> bool {
        index.0 < self.0
    }

    /// The index that the next entry gets.
    pub const fn next_index(self) -> LeafIndex {
        LeafIndex(self.0)
    }

    /// The last entry; `None` for the empty tree.
    pub const fn last_index(self) -> Option<LeafIndex> {
        match self.0.checked_sub(1) {
            Some(index) => Some(LeafIndex(index)),
            None => None,
        }
    }
}

/// Reads a decimal as C2SP writes them: digits only, no leading zeros, at most 2^64−1; anything else is `None`.
pub fn parse_decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if !digits || leading_zero {
        None
    } else {
        text.parse().ok()
    }
}
