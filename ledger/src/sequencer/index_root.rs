//! The index.root at the end of a batch.

use tokio::sync::oneshot;
use verifier::entry::entry_leaf_hash;
use verifier::index::LeafIndex;
use verifier::runs::RunList;
use verifier::subject_index::index_root_entry;

use crate::index::ProposalSlot;
use crate::intake::{Batch, EntryDraft};
use crate::rows::{RowSubject, rows_of};

/// An index.root that was drafted, and who waits for it.
pub(super) struct DraftedRoot {
    index: LeafIndex,
    reply: oneshot::Sender<LeafIndex>,
}

impl DraftedRoot {
    /// Drafts the entry for the list that waits, if one does, behind every other draft: the head of the batch is then the head of
    /// that index.root. A list that may not be named is dropped: the indexer proposes another one where there is more to cover.
    pub(super) fn add(slot: &ProposalSlot, origin: &str, batch: &mut Batch) -> Option<Self> {
        let proposal = slot.take().filter(|proposal| may_name(batch, &proposal.list))?;
        let entry = index_root_entry(origin, batch.logged_at, &proposal.list);
        let bytes = entry
            .encode()
            .inspect_err(|error| tracing::error!(%error, "an index.root was not written"))
            .ok()?;
        let index = batch.next_index();
        batch.named = Some(proposal.list);
        let leaf = entry_leaf_hash(&bytes);
        let rows = rows_of(index, &entry, &leaf, RowSubject::Nothing, None);
        batch.push(
            EntryDraft {
                entry,
                bytes,
                leaf,
                evidence: None,
                context: None,
            },
            rows,
        );
        Some(Self {
            index,
            reply: proposal.reply,
        })
    }

    /// Says that the entry is published. The indexer that does not wait any more finds it at the next start.
    pub(super) fn published(self) {
        let _ = self.reply.send(self.index);
    }
}

/// Whether a list may be named at the end of a batch. log.frozen is the last entry of its batch, and behind it comes nothing but one
/// index.root, which covers it: a list that was proposed before is of fewer entries.
fn may_name(batch: &Batch, list: &RunList) -> bool {
    let Some(frozen) = &batch.admission.frozen else {
        return true;
    };
    frozen
        .size()
        .is_some_and(|size| batch.next_index() == size.next_index() && list.covered() == size)
        && batch.drafts.is_empty()
}
