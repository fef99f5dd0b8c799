//! Caches that hold evidence, each of which lets go of it when some is erased.

use std::fmt::Debug;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use super::Reader;

/// Keeps evidence of a log in memory.
pub trait EvidenceCache: Debug + Send + Sync {
    /// Forgets all evidence. What was read before this call MUST NOT be kept after it.
    fn forget(&self);
}

/// The caches that were made for one log.
#[derive(Debug, Default)]
pub(super) struct Caches(RwLock<Vec<Weak<dyn EvidenceCache>>>);

impl Reader {
    /// Has a cache forget what it holds whenever evidence of this log is erased.
    pub fn register_cache(&self, cache: &Arc<dyn EvidenceCache>) {
        // A poisoned lock only says that another thread panicked; the list is whole at any time.
        let mut caches = self
            .inner
            .caches
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        caches.retain(|cache| cache.strong_count() > 0);
        caches.push(Arc::downgrade(cache));
    }

    /// MUST be called after each write that takes evidence away.
    pub(crate) fn forget_evidence(&self) {
        let caches = self.inner.caches.0.read().unwrap_or_else(PoisonError::into_inner);
        for cache in caches.iter().filter_map(Weak::upgrade) {
            cache.forget();
        }
    }
}
