//! The tree of any published size, and where a job begins and ends in it.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use verifier::assess::AsOf;
use verifier::index::{LeafIndex, TreeSize};
use verifier::subject::{Field, Subject, subject_hash};

use super::{Reader, ReaderTree};
use crate::error::ReadError;
use crate::shared::EntryPosition;
use crate::store::LookupOrder;

/// Sizes of which the tree is remembered: a projection that judges jobs one after the other asks for the same one.
const TREES_KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(63);

/// The trees that were asked for last. The tree of a size is the same for ever.
#[derive(Debug)]
pub(super) struct KeptTrees(Mutex<LruCache<TreeSize, AsOf>>);

impl Default for KeptTrees {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(TREES_KEPT)))
    }
}

impl KeptTrees {
    /// A poisoned lock only says that another reader panicked; the cache is whole at any time.
    fn get(&self, size: TreeSize) -> Option<AsOf> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&size).copied()
    }

    fn keep(&self, as_of: AsOf) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put(as_of.size, as_of);
    }
}

impl Reader {
    /// The tree of any size up to the published one; `None` for the empty tree, which has no time.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] where `size` is beyond the published one; otherwise as every question to a
    /// [`Reader`].
    pub fn tree_of(&self, size: TreeSize) -> Result<Option<AsOf>, ReadError> {
        self.tree_in(&self.tree()?, size)
    }

    /// The same of a tree that was read before.
    ///
    /// # Errors
    /// As [`tree_of`](Self::tree_of).
    pub fn tree_in(&self, tree: &ReaderTree<'_>, size: TreeSize) -> Result<Option<AsOf>, ReadError> {
        if size > tree.size() {
            return Err(ReadError::beyond("tree size", size.value(), tree.size()));
        }
        let Some(last) = size.last_index() else {
            return Ok(None);
        };
        let kept = &self.inner.trees;
        if let Some(as_of) = kept.get(size) {
            return Ok(Some(as_of));
        }
        let as_of = AsOf {
            size,
            root: tree.root_of(size)?,
            time: self.decoded(tree, last)?.logged_at,
        };
        kept.keep(as_of);
        Ok(Some(as_of))
    }

    /// The first and the last entry below `size` that name a job.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] where `size` is beyond the published one; otherwise as every question to a
    /// [`Reader`].
    pub fn job_span(
        &self,
        job_id: &str,
        size: TreeSize,
    ) -> Result<Option<(EntryPosition, EntryPosition)>, ReadError> {
        let tree = self.tree()?;
        if size > tree.size() {
            return Err(ReadError::beyond("tree size", size.value(), tree.size()));
        }
        let subject = Subject {
            field: Field::Job,
            hash: subject_hash(&self.index_salt(), Field::Job, job_id),
        };
        let end = |order| -> Result<Option<EntryPosition>, ReadError> {
            let found = self.end_of_subject(&tree, &subject, (LeafIndex::ZERO, size), order)?;
            Ok(found.map(|(index, entry)| EntryPosition {
                index,
                logged_at: entry.logged_at,
            }))
        };
        Ok(end(LookupOrder::Ascending)?.zip(end(LookupOrder::Descending)?))
    }
}
