//! Steps 2 to 5 of a batch: commit, high water, read back, sign, publish.

use std::sync::Arc;
use std::time::Instant;

use verifier::checkpoint::TreeHead;

use super::readback;
use super::state::FatalStop;
use crate::high_water::HighWaterMark;
use crate::intake::Batch;
use crate::integrate::RightEdge;
use crate::shared::LogState;
use crate::shared::PublishedHead;
use crate::signer::HeldKeys;
use crate::store::{CommitError, Head, Integration, StoredEntry};

/// What became of a batch that did not stop the process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CommitOutcome {
    /// Durable, signed and visible; or there was nothing to write.
    Published,
    /// Certainly not in the log.
    NotApplied,
}

/// The writing end of one log.
pub(crate) struct Committer {
    pub(crate) edge: RightEdge,
    pub(crate) head: Head,
    pub(crate) signature: [u8; 64],
    pub(crate) high_water: Box<dyn HighWaterMark>,
    pub(crate) signer: Arc<HeldKeys>,
}

impl Committer {
    /// The committed and published head.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Takes a batch through every step. After a [`FatalStop`] nothing more may be written.
    pub(crate) fn commit(
        &mut self,
        shared: &LogState,
        batch: &mut Batch,
    ) -> Result<CommitOutcome, FatalStop> {
        if batch.drafts.is_empty() {
            return Ok(CommitOutcome::Published);
        }
        let (edge, integration) = self.integrate(batch);
        let started = Instant::now();
        match shared.store.commit(&self.head, &integration) {
            Ok(()) => {}
            Err(CommitError::NotApplied(reason)) => {
                tracing::error!(reason, "a batch was not written");
                return Ok(CommitOutcome::NotApplied);
            }
            // Unknown: it may be there. Conflict: somebody else writes to this log.
            Err(error) => return Err(FatalStop(error.to_string())),
        }
        // From here on the batch is in the log, and every failure ends the process: what was not told
        // to anybody now is told after the restart.
        self.high_water
            .record(&integration.head.tree)
            .map_err(|error| FatalStop(error.to_string()))?;
        readback::verify(shared.store.as_ref(), &integration)
            .map_err(|error| FatalStop(error.to_string()))?;
        // A batch that changes the keys is signed by those that it leaves in force.
        let (signature, checkpoint) = self
            .signer
            .sign_head(&batch.admission.keys, &integration.head)
            .map_err(|error| FatalStop(error.to_string()))?;
        shared.metrics.add_commit_time(started.elapsed());
        self.edge = edge;
        self.head = integration.head;
        self.signature = signature;
        let published = PublishedHead {
            head: self.head.clone(),
            checkpoint,
        };
        // First, so that those who are woken by the head find what it covers.
        if let Some(list) = batch.named.take() {
            shared.rows.name(list);
        }
        shared.publish(
            published,
            batch.admission_changed.then(|| Arc::clone(&batch.admission)),
        );
        Ok(CommitOutcome::Published)
    }

    /// Pure: what the batch writes, and the right edge after it. Evidence, context and rows are moved out
    /// of the batch, entries stay for the answers.
    fn integrate(&self, batch: &mut Batch) -> (RightEdge, Integration) {
        let leaves: Vec<_> = batch.drafts.iter().map(|draft| draft.leaf).collect();
        let (edge, tiles) = self.edge.append(&leaves);
        let mut rows = std::mem::take(&mut batch.rows);
        rows.sort_unstable();
        rows.dedup();
        let entries = batch.drafts.iter_mut().map(|draft| StoredEntry {
            entry: draft.bytes.clone(),
            evidence: draft.evidence.take(),
            context: draft.context.take(),
        });
        let integration = Integration {
            first: batch.first,
            entries: entries.collect(),
            tiles,
            rows,
            head: Head {
                tree: TreeHead {
                    size: edge.size(),
                    root: edge.root(),
                },
                time: batch.logged_at,
            },
            // Of the head before the batch; it was made after that head was committed.
            signature: Some((self.head.tree.size, self.signature)),
        };
        (edge, integration)
    }
}
