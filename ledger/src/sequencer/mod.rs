//! The one thread that appends. All control flow of a batch stands here; the crash argument too.
//!
//! # Life of a batch
//!
//! A batch closes on size, bytes or age, and at once when nothing waits: while one batch commits, the
//! queue fills, so that batches grow with the load and a lone submission never waits for company.
//!
//! 1. Decide, in index order ([`crate::intake`]). Where a list of runs waits ([`crate::index`]), the index.root that names it is the
//!    last entry of the batch, and a log.frozen is the last of its own. Integrate (pure).
//! 2. **Commit**, one atomic synced write. This is the commit point. *Nothing applied*: the batch is
//!    thrown away and its waiters may try again. *Unknown*, or a head that is not ours: the thread stops
//!    and the process must exit; after a restart the store says what happened. No batch is ever written
//!    twice on a guess.
//! 3. Record (size, root) in the high-water mark, durably. A crash between 2 and 3 leaves the store ahead
//!    of the mark by a batch that nobody was told of, which recovery accepts and records.
//! 4. Read back what the store holds now, hash it, recompute the root by other code ([`readback`]), and
//!    only then sign. A head is signed only after it was committed, and there is one writer, so two
//!    different heads of one size are never both signed. Ed25519 is deterministic: signing the same head
//!    again after a restart gives the same bytes, so the signature may be stored with the next batch.
//! 5. Publish, then wake the waiters. Nothing is acknowledged before this, so a crash anywhere above
//!    loses nothing that was acknowledged; a crash between 5 and the answer leaves an entry that its
//!    submitter finds by sending it again.

mod commit;
mod group;
mod helpers;
mod index_root;
pub(crate) mod readback;
mod state;
mod upkeep;
mod worker;

pub(crate) use commit::Committer;
pub(crate) use state::{
    PendingSubmission, Progress, QueueItem, SequencerAnswer, SequencerReply, SubmittedDocument,
};
pub(crate) use worker::{Sequencer, spawn};
