//! The log, as long as it may be asked.

use std::sync::{Arc, PoisonError, RwLock};

use ledger::reader::{Reader, WeakReader};

/// A reader that can be taken away, also from a thread that waits for a witness.
///
/// A request may take seconds, and ends by itself; the store must not wait for that when the server stops. So nobody holds a
/// reader while a request is under way, and once this is closed nobody gets one.
#[derive(Clone, Debug)]
pub(crate) struct LogAccess(Arc<RwLock<Option<WeakReader>>>);

impl LogAccess {
    pub(crate) fn new(reader: &Reader) -> Self {
        Self(Arc::new(RwLock::new(Some(reader.downgrade()))))
    }

    /// Asks the log; `None` once it is closed.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Reader) -> T) -> Option<T> {
        // A poisoned lock says that a question panicked; the reader is as good as before.
        let access = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let reader = access.as_ref()?.upgrade()?;
        Some(question(&reader))
    }

    /// Waits for the questions that are being answered, and lets no further ones in.
    pub(crate) fn close(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
