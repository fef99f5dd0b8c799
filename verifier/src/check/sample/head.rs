//! Signed heads other than the audited one: each has to be of the same history.

use super::SampleLog;
use crate::check::{Report, check_consistency};
use crate::checkpoint::TreeHead;
use crate::fork::ForkFile;
use crate::index::TreeSize;

/// A head that the log signed, and has not shown yet to be of one history with the audited one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnlinkedHead {
    note: String,
    pub(super) head: TreeHead,
    audited: TreeSize,
}

impl UnlinkedHead {
    /// The sizes of the consistency proof that is needed, the smaller one first.
    pub fn sizes(&self) -> (TreeSize, TreeSize) {
        let (one, other) = (self.head.size, self.audited);
        (one.min(other), one.max(other))
    }

    /// This checkpoint, and the audited one.
    pub(super) fn with_audited(&self, log: &SampleLog) -> ForkFile {
        ForkFile::new(self.note.clone(), log.note.clone())
    }

    pub(super) fn new(note: &str, head: &TreeHead, log: &SampleLog) -> Self {
        Self {
            note: note.to_owned(),
            head: head.clone(),
            audited: log.head.size,
        }
    }

    /// Checks a proof of consistency with the audited head.
    pub(super) fn check(&self, log: &SampleLog, proof: &[u8]) -> Report {
        let (theirs, ours) = (self.note.as_bytes(), log.note.as_bytes());
        if self.head.size > self.audited {
            check_consistency(ours, theirs, proof, &log.key)
        } else {
            check_consistency(theirs, ours, proof, &log.key)
        }
    }
}
