//! The end of a log: behind log.frozen comes one entry, the index.root that covers it (`schemas/index.md`, section 3, rule 4).

use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::index::{LeafIndex, TreeSize};
use crate::kind::Kind;

/// Follows a log, entry by entry, to its end and beyond.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogEnd {
    /// The entry log.frozen.
    frozen_at: Option<LeafIndex>,
}

/// An entry that the log has behind its end. The program that writes the log is at fault, or its operator.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "entry {index} is {found}; the log was closed with entry {frozen_at}, behind which only the index.root that covers it may come"
)]
pub struct EntryAfterFreeze {
    /// The entry.
    pub index: LeafIndex,
    /// What it is.
    found: String,
    /// The entry log.frozen.
    pub frozen_at: LeafIndex,
}

impl LogEnd {
    /// Takes the next entry; `None` is one of a format that this version does not know.
    ///
    /// # Errors
    /// [`EntryAfterFreeze`] for one that may not be there.
    pub fn take(&mut self, index: LeafIndex, entry: Option<&Entry>) -> Result<(), EntryAfterFreeze> {
        let Some(frozen_at) = self.frozen_at else {
            self.frozen_at = entry.filter(|entry| entry.kind == Kind::LogFrozen).map(|_| index);
            return Ok(());
        };
        let size = frozen_at.size_with();
        let is_last = |entry: &Entry| entry.kind == Kind::IndexRoot && entry.covered == size;
        if frozen_at.next() == Some(index) && entry.is_some_and(is_last) {
            return Ok(());
        }
        let found = match (
            entry.map(|entry| entry.kind),
            entry.and_then(|entry| entry.covered),
        ) {
            (None, _) => "of an unknown format".to_owned(),
            (Some(kind), Some(covered)) => format!("of kind {kind} and covers {covered} entries"),
            (Some(kind), None) => format!("of kind {kind}"),
        };
        Err(EntryAfterFreeze {
            index,
            found,
            frozen_at,
        })
    }

    /// The entry log.frozen, once it was taken, and the size of the log with it.
    pub fn frozen(&self) -> Option<(LeafIndex, TreeSize)> {
        let frozen_at = self.frozen_at?;
        Some((frozen_at, frozen_at.size_with()?))
    }
}
