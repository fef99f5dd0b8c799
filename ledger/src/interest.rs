//! Whether anybody still waits for an answer.

use std::sync::{Arc, Weak};

use crate::error::ReadError;

/// The one who waits. While it lives, the answer is wanted.
#[derive(Debug, Default)]
pub struct CancellationGuard(Arc<()>);

impl CancellationGuard {
    /// What the work for this answer holds.
    pub fn wanted(&self) -> CancellationToken {
        CancellationToken(Some(Arc::downgrade(&self.0)))
    }
}

/// Says whether an answer is wanted. By default it always is.
#[derive(Clone, Debug, Default)]
pub struct CancellationToken(Option<Weak<()>>);

impl CancellationToken {
    /// Whether somebody waits.
    pub fn is_wanted(&self) -> bool {
        self.0.as_ref().is_none_or(|waiting| waiting.strong_count() > 0)
    }

    /// Stops work for which nobody waits.
    ///
    /// # Errors
    /// [`ReadError::Abandoned`].
    pub fn check(&self) -> Result<(), ReadError> {
        if self.is_wanted() {
            Ok(())
        } else {
            Err(ReadError::Abandoned)
        }
    }

    /// What nobody waits for.
    #[cfg(any(test, feature = "testing"))]
    pub fn cancelled() -> Self {
        Self(Some(Weak::new()))
    }
}
