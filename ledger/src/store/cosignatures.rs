//! Storage for cosignatures: what others signed of a head, kept with it for ever.

use super::StoreError;
use verifier::index::TreeSize;

/// The cosignatures that are kept of one head.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredCosignatures {
    /// The size of the head.
    pub size: TreeSize,
    /// Signature lines of a note, each ended by a newline. The store does not look at them.
    pub lines: String,
}

/// Where cosignatures are kept. The rules of the store say what a failure leaves of them.
pub trait CosignatureStore: Send + Sync + std::fmt::Debug + 'static {
    /// Keeps the lines of a head in place of those that were kept of it, durably on return. May run next to `commit` and
    /// every read.
    ///
    /// # Errors
    /// [`StoreError::Engine`] where the storage failed: the lines before or the new ones are kept, whole, and the caller may
    /// call again.
    fn put_cosignatures(&self, cosignatures: &StoredCosignatures) -> Result<(), StoreError>;

    /// The cosignatures of the head of exactly this size; `None` where it has none.
    ///
    /// # Errors
    /// As every read. Damage of those of another head does not matter.
    fn cosignatures_of(&self, size: TreeSize) -> Result<Option<StoredCosignatures>, StoreError>;

    /// The cosignatures of heads up to a size, newest first, at most `limit`. A head without any is left out.
    ///
    /// # Errors
    /// As every read; one that cannot be read fails the list.
    fn cosignatures(&self, upto: TreeSize, limit: usize) -> Result<Vec<StoredCosignatures>, StoreError>;
}
