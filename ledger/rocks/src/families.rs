//! What an embedded engine is asked for: families of keys, scans, what a write survives.

use ledger::store::StoreError;
use std::ops::ControlFlow;

/// A family of keys: what is written and dropped together, compressed alike and looked up alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    /// Identity and head.
    Meta,
    /// Hash tiles.
    Tiles,
    /// Fragments of entry bundles.
    Entries,
    /// Evidence and context.
    Documents,
    /// Heads by size.
    Heads,
    /// Merged index rows.
    Rows,
    /// Index segments that are not merged yet.
    Segments,
    /// Sorted runs of the authenticated index.
    Runs,
    /// Cosignatures of heads by size.
    Cosignatures,
}

impl Family {
    pub(crate) const ALL: [Self; 9] = [
        Self::Meta,
        Self::Tiles,
        Self::Entries,
        Self::Documents,
        Self::Heads,
        Self::Rows,
        Self::Segments,
        Self::Runs,
        Self::Cosignatures,
    ];

    /// Its name on disk, fixed for ever.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Tiles => "tiles",
            Self::Entries => "entries",
            Self::Documents => "beside",
            Self::Heads => "heads",
            Self::Rows => "rows",
            Self::Segments => "segments",
            Self::Runs => "runs",
            Self::Cosignatures => "cosignatures",
        }
    }

    /// Whether a database that was made before there was such a family is opened: it is empty there.
    pub(crate) const fn may_be_missing(self) -> bool {
        matches!(self, Self::Runs | Self::Cosignatures)
    }
}

/// Whether what is written from now on is compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    /// Entries and evidence are.
    On,
    /// Nothing is: what the log holds of a document is found by a search of its files.
    Off,
}

/// How a directory is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OpenMode {
    /// Creates a database in an empty or missing directory.
    CreateOrOpen,
    /// A database must be there.
    Existing,
    /// The same, without taking the lock or writing.
    ReadOnly,
}

/// What a write survives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Durability {
    /// Power loss: WAL, synced.
    Synced,
    /// Nothing until the family is flushed; only for what can be made again.
    Unlogged,
}

/// Which keys of a family to visit, in which direction. `to` is exclusive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyScan<'a> {
    pub(crate) from: &'a [u8],
    pub(crate) to: Option<&'a [u8]>,
    pub(crate) descending: bool,
    /// `from` and `to` share the prefix that the family's filter knows.
    pub(crate) one_prefix: bool,
}

impl KeyScan<'_> {
    /// The whole family.
    pub(crate) const ALL: Self = Self {
        from: &[],
        to: None,
        descending: false,
        one_prefix: false,
    };
}

/// What a scan calls with each key and value.
pub(crate) type ScanVisitor<'a> = dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError> + 'a;
