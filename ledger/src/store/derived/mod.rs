//! Storage for what can be made again from the log: ordered keys, no more.
//!
//! Unlike the log's own storage this is a plain map. Nothing in it is an authority, so that it needs none of
//! the log's rules: a write may be lost by a crash, if only what is left is a state of the past, whole. What
//! is damaged is wiped and made again.

#[cfg(feature = "testing")]
pub mod conformance;
mod memory;

pub use memory::MemoryDerived;

use super::StoreError;

/// One key's new value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyChange {
    /// The key that is set or removed.
    pub key: Vec<u8>,
    /// Its value; `None` removes the key.
    pub value: Option<Vec<u8>>,
}

impl KeyChange {
    /// Sets a key.
    pub const fn put(key: Vec<u8>, value: Vec<u8>) -> Self {
        Self {
            key,
            value: Some(value),
        }
    }

    /// Removes a key.
    pub const fn delete(key: Vec<u8>) -> Self {
        Self { key, value: None }
    }
}

/// A key with its value.
pub type KeyValue = (Vec<u8>, Vec<u8>);

/// Which keys to list: `from` and on, below `to`.
#[derive(Clone, Copy, Debug)]
pub struct KeyRange<'a> {
    /// The first key.
    pub from: &'a [u8],
    /// The first key that is not listed any more.
    pub to: &'a [u8],
    /// From the end.
    pub descending: bool,
    /// At most this many.
    pub limit: usize,
}

/// An ordered map of bytes. One process has it open. Every store MUST pass `conformance`, which tests these rules by
/// number.
///
/// 1. A read MUST answer what the last write through the same handle left.
/// 2. A write MUST be applied whole or not at all, and in the order of the calls; of two changes of one key in one
///    write the later one holds. After a crash the map is as some write left it.
/// 3. A list MUST be complete up to its limit, in the order of the keys, or against it.
/// 4. After `persist` what was written before it MUST survive the process.
/// 5. After `purge` what was overwritten or deleted before it MUST be gone from the medium. Nothing else is.
/// 6. After `wipe` the map MUST be empty and usable, whatever state it was in.
/// 7. A read MUST NOT be wrong in a way that the store can see: that is [`StoreError::Damaged`], upon which the
///    caller wipes.
///
/// What of rules 2, 5 and 7 only a crash, a search of files or damage shows, each store tests itself.
pub trait DerivedStore: Send + Sync + std::fmt::Debug + 'static {
    /// The value of a key.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the value is not what was written; any other error where it could not be
    /// read, upon which the caller may ask again.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keys in order.
    ///
    /// # Errors
    /// As [`get`](DerivedStore::get); one key that cannot be read fails the list.
    fn list(&self, range: KeyRange<'_>) -> Result<Vec<KeyValue>, StoreError>;

    /// Applies changes.
    ///
    /// # Errors
    /// Where the storage failed: all changes were applied, or none.
    fn write(&self, changes: Vec<KeyChange>) -> Result<(), StoreError>;

    /// Makes what was written survive the process.
    ///
    /// # Errors
    /// Where what was written may be lost with the process. Nothing else is lost: the map stays usable.
    fn persist(&self) -> Result<(), StoreError>;

    /// Removes from the medium what was overwritten or deleted, as an erasure demands.
    ///
    /// # Errors
    /// Where the medium may still hold the bytes: the caller MUST call again before it says that they are
    /// gone.
    fn purge(&self) -> Result<(), StoreError>;

    /// Removes everything, whatever state it is in.
    ///
    /// # Errors
    /// Where the map could not be emptied or made anew. It may answer nothing but errors until a later call
    /// succeeds.
    fn wipe(&self) -> Result<(), StoreError>;
}
