//! Heads of the past, findable by size and by time. Each is compared with the root that the verified
//! tiles give for its size, and its signature is verified, before it is shown again, with the cosignatures that are kept of it.

use verifier::checkpoint::{Checkpoint, checkpoint_text, signed_checkpoint};
use verifier::index::{TimestampMs, TreeSize};

use super::tiles::ReaderTree;
use super::{PAGE_HEADS_MAX, Reader};
use crate::error::ReadError;
use crate::shared::PublishedHead;
use crate::store::{HeadQuery, StoredHead, read};

#[expect(clippy::missing_errors_doc, reason = "`Reader` says them")]
impl Reader {
    /// The head of exactly this size, signed; `None` if there was none, or not yet.
    pub fn checkpoint_of_size(&self, size: TreeSize) -> Result<Option<PublishedHead>, ReadError> {
        let head = self.bare_checkpoint_of_size(size)?;
        head.map(|head| self.with_kept_one(head)).transpose()
    }

    /// The same without what others signed of it.
    pub(super) fn bare_checkpoint_of_size(&self, size: TreeSize) -> Result<Option<PublishedHead>, ReadError> {
        let tree = self.tree()?;
        if size > tree.size() {
            return Ok(None);
        }
        let stored = read::newest(&*self.shared().store, HeadQuery::OfSize(size))?;
        stored.map(|stored| self.reopen(&tree, stored)).transpose()
    }

    /// The newest published head whose time is not after `at`, signed.
    pub fn checkpoint_at(&self, at: TimestampMs) -> Result<Option<PublishedHead>, ReadError> {
        let tree = self.tree()?;
        if tree.published.head.time <= at {
            return Ok(Some(tree.published));
        }
        let stored = read::newest(&*self.shared().store, HeadQuery::UpToTime(at))?;
        let head = stored.map(|stored| self.reopen(&tree, stored)).transpose()?;
        head.map(|head| self.with_kept_one(head)).transpose()
    }

    /// Heads newest first, from size `upto` down; at most 1,000.
    ///
    /// # Errors
    /// As every question to a [`Reader`]; one head that does not hold fails the list.
    pub fn checkpoints(&self, upto: TreeSize, limit: usize) -> Result<Vec<PublishedHead>, ReadError> {
        let tree = self.tree()?;
        let upto = upto.min(tree.size());
        let limit = limit.clamp(1, PAGE_HEADS_MAX);
        let stored = self.shared().store.heads(HeadQuery::UpToSize(upto), limit)?;
        let heads: Result<Vec<_>, _> = stored
            .into_iter()
            .map(|stored| self.reopen(&tree, stored))
            .collect();
        self.with_kept(heads?)
    }

    /// A stored head as it was published. The signature of the newest head is stored with the batch
    /// after it, so that head alone comes from memory.
    fn reopen(&self, tree: &ReaderTree<'_>, stored: StoredHead) -> Result<PublishedHead, ReadError> {
        let StoredHead { head, signature } = stored;
        let what = || format!("the head of size {}", head.tree.size);
        if head == tree.published.head {
            return Ok(tree.published.clone());
        }
        if head.tree.size >= tree.size() {
            return Err(ReadError::corrupt(
                what(),
                "a head before the published one",
                head.tree.root,
            ));
        }
        let found = tree.root_of(head.tree.size)?;
        if found != head.tree.root {
            return Err(ReadError::corrupt(what(), found, head.tree.root));
        }
        let signature = signature.ok_or_else(|| ReadError::corrupt(what(), "a stored signature", "none"))?;
        let key = self.verifier_key();
        let checkpoint = signed_checkpoint(&checkpoint_text(self.origin(), &head.tree), key, &signature);
        Checkpoint::open(checkpoint.as_bytes(), key)
            .map_err(|error| ReadError::corrupt(what(), "the log's signature", error))?;
        Ok(PublishedHead { head, checkpoint })
    }
}
