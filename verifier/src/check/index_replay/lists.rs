//! What every index.root has to say, as far as its entry and the one before show it (`schemas/index.md` §6, M2 and M3).

use crate::entry::Entry;
use crate::index::LeafIndex;
use crate::report::Finding;
use crate::runs::{JoinError, RunList, RunListError};
use crate::subject_index::run_list_of;

use super::runs::RunFault;

/// Why an index.root is wrong. The one who wrote the log is at fault.
#[derive(Debug, thiserror::Error)]
pub(super) enum RootFault {
    /// The list is there in each index.root after the first that has one.
    #[error("it has no list of runs, and an earlier index.root has one")]
    WithoutRuns,
    /// The list has its form, and its hash.
    #[error(transparent)]
    List(#[from] RunListError),
    /// Runs are joined, and never split.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// The runs are those that the entries give.
    #[error(transparent)]
    False(#[from] RunFault),
}

impl RootFault {
    /// The code in the report of an audit.
    pub(super) fn reason_code(&self) -> &'static str {
        match self {
            Self::WithoutRuns => "INDEX_ROOT_WITHOUT_RUNS",
            Self::List(_) => "INDEX_ROOT_MALFORMED",
            Self::Join(_) => "INDEX_ROOT_JOIN",
            Self::False(_) => "INDEX_ROOT_FALSE",
        }
    }

    /// The finding on the index.root at an index of a log whose hashes are right.
    pub(super) fn finding(&self, index: LeafIndex) -> Finding {
        Finding::fail(
            self.reason_code(),
            format!("entry {index}, an index.root, is wrong: {self}; the log has signed it"),
        )
    }
}

/// The list of an index.root, which may follow the one before; `None` where no index.root has one yet.
pub(super) fn list_of(entry: &Entry, before: Option<&RunList>) -> Result<Option<RunList>, RootFault> {
    match (run_list_of(entry)?, before) {
        (None, Some(_)) => Err(RootFault::WithoutRuns),
        (Some(list), Some(before)) => {
            list.check_follows(before)?;
            Ok(Some(list))
        }
        (list, None) => Ok(list),
    }
}
