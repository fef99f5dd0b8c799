//! The threads that work next to the sequencer.

use std::sync::Arc;
use std::time::Duration;

use super::upkeep;
use crate::background::BackgroundThread;
use crate::erasure;
use crate::index::{self, Proposer, StartedIndex};
use crate::reader::Reader;
use crate::shared::LogState;

/// Each is woken after every batch.
pub(super) struct Helpers {
    housekeeper: BackgroundThread,
    eraser: BackgroundThread,
    indexer: Option<BackgroundThread>,
}

impl Helpers {
    /// Starts them. `index` is how the index goes on, if the log is to have one: the way to name it, how long entries wait, and its
    /// runs.
    pub(super) fn spawn(
        shared: &Arc<LogState>,
        reader: &Reader,
        index: Option<(Proposer, Duration, StartedIndex)>,
    ) -> std::io::Result<Self> {
        let is_indexed = index.is_some();
        let indexer = index.map(|(proposer, after, started)| {
            index::spawn(Arc::clone(shared), reader.clone(), proposer, after, started)
        });
        Ok(Self {
            housekeeper: upkeep::spawn(Arc::clone(shared), is_indexed)?,
            eraser: erasure::worker::spawn(Arc::clone(shared), reader.clone())?,
            indexer: indexer.transpose()?,
        })
    }

    /// There may be something to do.
    pub(super) fn wake(&self) {
        self.housekeeper.wake();
        self.eraser.wake();
        if let Some(indexer) = &self.indexer {
            indexer.wake();
        }
    }

    /// Whether there is an indexer.
    pub(super) fn has_indexer(&self) -> bool {
        self.indexer.is_some()
    }

    /// Lets each finish its current step, and waits. `last` does for the indexer what it needs for its last step.
    pub(super) fn finish(self, last: impl FnOnce()) {
        if let Some(indexer) = self.indexer {
            indexer.finish_while(last);
        }
        self.housekeeper.finish();
        self.eraser.finish();
    }
}
