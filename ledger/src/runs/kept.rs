//! Parts of runs that are kept in memory, since most lookups come to the same ones.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use verifier::runs::RunRange;

use super::RunParts;
use crate::error::ReadError;
use crate::store::RunPartKey;

/// Groups of separators that are kept: 3.2 KB each, 6.6 MB. A log of ten million receipts has some 1,600.
const SEPARATORS_KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(2_047);
/// Filters: 10 KB each, 21 MB. A log of ten million receipts has some 6,400.
const FILTERS_KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(2_047);
/// Blocks: some 8 KB each, 8 MB; at most 15 KB, 16 MB.
const BLOCKS_KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1_023);

/// The parts that were asked for last, of each sort some: a search for many blocks keeps the filters where they are.
#[derive(Debug)]
pub(super) struct KeptParts {
    pub(super) separators: PartCache,
    pub(super) filters: PartCache,
    pub(super) blocks: PartCache,
}

impl Default for KeptParts {
    fn default() -> Self {
        Self {
            separators: PartCache::new(SEPARATORS_KEPT),
            filters: PartCache::new(FILTERS_KEPT),
            blocks: PartCache::new(BLOCKS_KEPT),
        }
    }
}

/// Parts of one sort. One that is of a run which was dropped is of no other run: the same entries give the same parts.
#[derive(Debug)]
pub(super) struct PartCache(Mutex<LruCache<PartName, Arc<Vec<u8>>>>);

/// A part of any run.
type PartName = (RunRange, RunPartKey);

impl PartCache {
    fn new(kept: NonZeroUsize) -> Self {
        Self(Mutex::new(LruCache::new(kept)))
    }

    /// A part that the run must have.
    pub(super) fn part(&self, parts: &RunParts<'_>, key: RunPartKey) -> Result<Arc<Vec<u8>>, ReadError> {
        match self.kept(parts, key) {
            Some(part) => Ok(part),
            None => Ok(self.keep(parts, key, parts.part(key)?)),
        }
    }

    /// A part that the run may have.
    pub(super) fn find(
        &self,
        parts: &RunParts<'_>,
        key: RunPartKey,
    ) -> Result<Option<Arc<Vec<u8>>>, ReadError> {
        match self.kept(parts, key) {
            Some(part) => Ok(Some(part)),
            None => Ok(parts.find(key)?.map(|part| self.keep(parts, key, part))),
        }
    }

    fn kept(&self, parts: &RunParts<'_>, key: RunPartKey) -> Option<Arc<Vec<u8>>> {
        // A poisoned lock only says that another thread panicked; the cache is whole at any time.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&(parts.run.range, key)).map(Arc::clone)
    }

    fn keep(&self, parts: &RunParts<'_>, key: RunPartKey, part: Vec<u8>) -> Arc<Vec<u8>> {
        let part = Arc::new(part);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put((parts.run.range, key), Arc::clone(&part));
        part
    }
}
