//! Why a replay looks at nothing more, for one who reports it in words of their own.

use super::{IndexReplay, Stop};
use crate::index::{LeafIndex, TreeSize};

/// Where a replay ended, and why. Every index.root in front of it was compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReplayEnd {
    /// The entry at which it ended.
    pub index: LeafIndex,
    /// Why.
    pub reason: ReplayEndReason,
}

/// Why a replay ended.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReplayEndReason {
    /// The entry is an index.root, and wrong. The one who wrote the log is at fault.
    #[error("{what} ({reason_code})")]
    Wrong {
        /// As in the report of an audit.
        reason_code: &'static str,
        /// What was expected and found.
        what: String,
    },
    /// Nobody here knows the rows of the entry, which is of a later format, or was not there to be read.
    #[error("the rows of this entry are not known")]
    UnknownRows,
    /// The place for rows failed. The one who gives it is at fault, and never the log.
    #[error("{0}")]
    Space(String),
}

impl IndexReplay {
    /// Where the replay ended; `None` where it goes on.
    pub fn end(&self) -> Option<ReplayEnd> {
        if let Some((index, fault)) = &self.fault {
            let reason = ReplayEndReason::Wrong {
                reason_code: fault.reason_code(),
                what: fault.to_string(),
            };
            return Some(ReplayEnd {
                index: *index,
                reason,
            });
        }
        let (index, stop) = self.stop.as_ref()?;
        let reason = match stop {
            Stop::UnknownFormat | Stop::NotFollowed => ReplayEndReason::UnknownRows,
            Stop::Space(error) => ReplayEndReason::Space(error.to_string()),
        };
        Some(ReplayEnd {
            index: *index,
            reason,
        })
    }
}

/// Whether an index.root may cover so many entries: at least one, none behind itself, and more than the one before.
pub fn may_cover(index: LeafIndex, covered: TreeSize, before: Option<TreeSize>) -> bool {
    (1..=index.value()).contains(&covered.value()) && before.is_none_or(|before| before < covered)
}
