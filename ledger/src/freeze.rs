//! The end of a log (`schemas/intake.md`, "The end of a log"): from the entry log.frozen on nothing is taken, and one index.root follows,
//! which covers it.
//!
//! That a log has ended follows from its entries alone, as all that decides admission, so that no restart and no setting opens it again.

use verifier::index::{LeafIndex, TreeSize};
use verifier::payload::LogFreeze;

use crate::shared::EntryPosition;

/// The log.frozen of a log that has ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrozenLog {
    /// The entry.
    pub position: EntryPosition,
    /// What the operator signed.
    pub freeze: LogFreeze,
}

impl FrozenLog {
    /// The size of the log up to log.frozen: what the last index.root covers. `None` past 2^64−1.
    pub fn size(&self) -> Option<TreeSize> {
        self.position.index.size_with()
    }

    /// What a submitter is told whose document is new.
    pub(crate) fn refusal(&self) -> LogFrozen {
        LogFrozen {
            index: self.position.index,
            successor: self.freeze.successor.clone(),
        }
    }
}

/// The log takes nothing new any more, since its operator ended it. Nobody is at fault; sending the document again is of no use.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this log was closed with entry {index}, and takes no new documents{}", continued(.successor.as_deref()))]
pub struct LogFrozen {
    /// The entry log.frozen.
    pub index: LeafIndex,
    /// The origin of the log that continues this one, where the operator stated one.
    pub successor: Option<String>,
}

fn continued(successor: Option<&str>) -> String {
    successor.map_or_else(String::new, |successor| {
        format!("; it is continued by {successor}")
    })
}
