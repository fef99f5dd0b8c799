//! The documents of a bundle's entries, read as lists. Where one of them is damaged each is read alone, so that
//! the others are still checked.

use crate::store::{LogStore, StoreError, StoredDocument, read};
use std::collections::VecDeque;
use verifier::index::LeafIndex;

pub(super) struct DocumentWalk<'a> {
    store: &'a dyn LogStore,
    /// Not read yet.
    left: VecDeque<LeafIndex>,
    read: VecDeque<Option<StoredDocument>>,
    alone: bool,
}

impl<'a> DocumentWalk<'a> {
    /// Those of `count` entries from `first` on, at most as many as one call may ask for.
    pub(super) fn new(store: &'a dyn LogStore, first: LeafIndex, count: usize) -> Self {
        Self {
            store,
            left: read::indices(first, count).into(),
            read: VecDeque::new(),
            alone: false,
        }
    }

    /// The next one; `None` where the store has none, and after the last.
    pub(super) fn next_one(&mut self) -> Result<Option<StoredDocument>, StoreError> {
        if self.read.is_empty() && !self.alone {
            match self.store.documents(self.left.make_contiguous()) {
                Ok(documents) => self.read = documents.into(),
                Err(StoreError::Damaged { .. }) => self.alone = true,
                Err(error) => return Err(error),
            }
        }
        let Some(index) = self.left.pop_front() else {
            return Ok(None);
        };
        match self.read.pop_front() {
            Some(document) => Ok(document),
            None => read::document(self.store, index),
        }
    }
}
