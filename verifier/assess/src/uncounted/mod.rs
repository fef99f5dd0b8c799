//! What names a job, or was sent for it, and counts for less than its sender may think: why, and how to mend it
//! (normative: `schemas/assessment.md`, "What does not count").
//!
//! Nothing is judged here: the facts have decided, and this says which of their rules did.

mod collect;
mod command;
mod reason;
mod words;

pub(super) use collect::of;
pub use reason::{Reason, Registered, RegistrationInForce, SignerStatus, UncountedClaim};
pub use words::Remedy;

use serde::Serialize;

use tlog::index::LeafIndex;

/// Most reasons that are told, and most entries of each.
const TOLD_MAX: usize = 100;

/// One reason, and every entry that it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UncountedEntries {
    /// Why these entries do not count.
    pub reason: Reason,
    /// Ascending, each once.
    pub entries: Vec<LeafIndex>,
}

/// The same in words, as reports and API tell it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NotCounted {
    /// Stable; each has a page under `/problems`.
    pub code: String,
    /// Why it does not count.
    pub message: String,
    /// How to mend it.
    pub mend: String,
    /// The operator's command, where one mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// How many entries it is about.
    pub count: usize,
    /// The first 100 of them.
    pub entries: Vec<LeafIndex>,
}

impl From<&UncountedEntries> for NotCounted {
    fn from(uncounted: &UncountedEntries) -> Self {
        let UncountedEntries { reason, entries } = uncounted;
        let Remedy { text, command } = reason.mend();
        Self {
            code: reason.code().to_owned(),
            message: reason.sentence(),
            mend: text,
            command,
            count: entries.len(),
            entries: entries.iter().take(TOLD_MAX).copied().collect(),
        }
    }
}

impl NotCounted {
    /// The first 100 reasons in words.
    pub fn all(list: &[UncountedEntries]) -> Vec<Self> {
        list.iter().take(TOLD_MAX).map(Self::from).collect()
    }
}
