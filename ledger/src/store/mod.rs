//! The storage contract: what is meant, not how one engine does it, so that another one can be native. MUST, MUST
//! NOT and MAY are those of RFC 2119. Every backend MUST pass `conformance`, which tests the rules by number.
//!
//! # The store
//!
//! 1. `head` MUST answer `None` only where no log was ever created. What it answers MUST be durable.
//! 2. `create` MUST succeed at most once.
//! 3. `create` and `commit` MUST be atomic, and durable on return.
//! 4. They MUST be linearizable on the head across every process that may open the same log: of two commits on one
//!    head at most one succeeds. `commit` MUST answer [`CommitError::Conflict`] whenever the stored head is not
//!    `expected`, also for a batch that was already applied: no batch is ever applied twice.
//! 5. A batch that fails [`Integration::check`], or that has a tile which does not begin with what is stored of it,
//!    MUST be answered with [`CommitError::NotApplied`], and nothing of it written.
//! 6. `commit` MUST answer [`CommitError::Unknown`] for every failure after which the batch may be there;
//!    [`CommitError::NotApplied`] is a promise that it is not and never will be.
//! 7. A handle MUST read its own commits: what `commit` returned from is in every later answer of the same handle.
//!    What another handle committed MAY be missing from an answer for a while.
//! 8. A list of tiles, entries, documents, keys of rows or parts of a run MUST be answered in its order, with `None` for what is not
//!    there; one that is longer than [`READ_LIMIT_MAX`] MUST be [`StoreError::TooMany`].
//! 9. An answer of documents MUST end with the one with which it reaches [`DOCUMENTS_BYTES_MAX`], and only there.
//! 10. `rows` MUST be complete up to its limit, in the order asked for, each index once. So MUST `scan_rows`. `first_rows` MUST
//!     answer what `rows` answers. Rule 22 names the exception.
//! 11. `heads` MUST be complete up to its limit, newest first.
//! 12. `maintain` MUST NOT change an answer.
//! 13. After `erase` returned, no read may answer with what it took away. All of an order is hidden, or nothing. An
//!     entry that has remains MUST keep them.
//! 14. [`StoredLog::erased_to`] MUST cover an order only once its bytes are gone from everything that the store
//!     keeps, and MUST NOT go back. The bytes MUST be gone at the time that `erase` answered.
//! 15. A read MUST NOT be wrong in a way that the store can see: what fails its checksum or is not of the form that
//!     this version writes is [`StoreError::Damaged`], and a failed read is an error, never "none" or a shorter list.
//!
//! # Sorted runs
//!
//! The runs of the authenticated index are no part of the log. They can be made again from it, so that a store MAY lose
//! them: that costs time, and nothing else.
//!
//! 16. `runs` MUST list a run only after `finish_run` was called for it, and each once, ascending by begin, then end.
//! 17. A run MUST be durable with every part that was put before, on return of `finish_run`.
//! 18. A crash MUST leave a run listed with all its parts, or not listed: never listed with a part missing. Parts of a
//!     run that is not listed MAY be left, and a run that was dropped MAY be listed again.
//! 19. A listed run MUST NOT change. Parts that are put to it MUST be answered with [`StoreError::RunComplete`].
//! 20. After `drop_run` nothing of the run MUST be answered, and no other run changed, also one that overlaps it or
//!     begins or ends where it does.
//! 21. `drop_unfinished_runs` MUST take away every part of a run that is not listed, and MUST NOT change a listed one.
//!
//! # Rows that runs hold, too
//!
//! 22. After `release_rows` was called with a size, rows of a space that [runs hold](crate::rows::Space::is_in_runs) MAY be missing below that
//!     size from every answer, some of them or all; every other row MUST stay.
//! 23. Before such a row is missing from an answer of a handle, `head` of that handle MUST say so by [`StoredLog::rows_released`]. This size
//!     MUST NOT be more than `release_rows` was called with, and MUST NOT go back, also where a log is opened again.
//!
//! # Cosignatures
//!
//! 24. Lines MUST be durable on return of `put_cosignatures`, and answered from then on in place of those before. A failure or a crash
//!     MUST leave one or the other, whole.
//! 25. `cosignatures` MUST be complete up to its limit, newest first. Nothing else that is done to the store may change its answer.
//!
//! Rules 6, 15 and 18 are about failures, which no suite can cause in a store that it does not know: each backend tests
//! them itself.
//!
//! # The caller
//!
//! * MUST re-hash what it reads against a signed head before it lets it out. The store is trusted for nothing.
//! * MUST stop after `Unknown` and reload; MUST NOT commit the same batch again on a guess.
//! * MUST commit, and decide what to commit, through one handle.
//! * MUST NOT ask for more than [`READ_LIMIT_MAX`] items in one call; of a range a store answers at most that many.
//! * MUST NOT let out what is beyond the head that it published.
//! * MUST release only rows that durable runs answer, which a durable index.root names; MUST NOT ask for a row that it released, or that
//!   [`StoredLog::rows_released`] covers.
//! * MUST put cosignatures of heads that it published only, and verify what it counts of them.
//! * MUST NOT put a run before there is a log, and MUST hash what it reads of a run up to its root.

use crate::rows::{Row, RowKey};
use verifier::index::{LeafIndex, TreeSize};
use verifier::tile::TileCoord;

mod batch;
#[cfg(feature = "testing")]
pub mod conformance;
mod cosignatures;
pub mod derived;
mod error;
pub mod memory;
pub(crate) mod read;
mod runs;
mod types;

pub use batch::Integration;
pub use cosignatures::{CosignatureStore, StoredCosignatures};
pub use error::{CommitError, StoreError};
pub use runs::{RunPartKey, RunStore, StoredRun};
pub use types::{
    Head, HeadQuery, LogIdentity, LookupOrder, OrderedErasure, Remains, Removal, RowPage, StoredDocument,
    StoredEntry, StoredHead, StoredLog, Upkeep,
};

/// Most items that one call returns: at 4 KiB an entry, 16 MiB.
pub const READ_LIMIT_MAX: usize = 4096;
/// Bytes of documents after which one call ends: the 4,096 receipts of a usual list fit, and of documents of
/// the largest size, 1 MiB, sixteen.
pub const DOCUMENTS_BYTES_MAX: usize = 16 << 20;
/// The on-disk format that this version writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// What a store does for itself, and what it shows to a check of everything that is stored.
pub trait StoreUpkeep: Send + Sync + std::fmt::Debug + 'static {
    /// Lets the store drop the rows of spaces that runs hold, too, of entries below a size, and says that it may wait for the next
    /// call with those behind it. A smaller size than before changes nothing. That nothing is ever released is right, too.
    ///
    /// # Errors
    /// [`StoreError::Engine`] where the storage failed: rows may be missing, and the caller may call again.
    fn release_rows(&self, below: TreeSize) -> Result<(), StoreError>;

    /// Does a bounded piece of the store's own housekeeping, such as merging or compaction, and answers how far
    /// it is. May run next to `commit` and every read. What the other methods answer does not depend on whether
    /// or how often it is called.
    ///
    /// # Errors
    /// As every read of a [`LogStore`], and [`StoreError::Engine`] where something could not be written. Nothing
    /// is lost, and the caller may call again.
    fn maintain(&self) -> Result<Upkeep, StoreError>;

    /// The stored rows after `after`, or from the first on, in ascending order, each once, at most `limit`:
    /// fewer only at the end. For `fsck`, which goes on after the last row of each page.
    ///
    /// # Errors
    /// As every read. A stored key that is no row is no error: it is named in the page in which it lies.
    fn scan_rows(&self, after: Option<&Row>, limit: usize) -> Result<RowPage, StoreError>;

    /// Reads everything that is stored, in use or superseded, and calls `found` with each object that is
    /// damaged, as far as the store can see it. For `fsck`. A store that adds no form of its own to what the
    /// other methods return has nothing to check here.
    ///
    /// # Errors
    /// What keeps the rest from being read. Damage goes to `found` instead, and the check goes on.
    fn check_stored(&self, _found: &mut dyn FnMut(StoreError)) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Where the log lives.
///
/// # Errors
/// Every read may answer [`StoreError::Engine`], where the storage failed: the caller may ask again. It may
/// answer [`StoreError::Damaged`], where what is stored is not what was written: asking again changes nothing,
/// and the caller MUST NOT take it for absent. A method that can fail in other ways says so.
pub trait LogStore: StoreUpkeep + RunStore + CosignatureStore {
    /// Identity, newest head and how far erasures are; `None` only if the log was provably never created.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] also where a head or identity is missing and other data is there,
    /// [`StoreError::Format`] where the log has another on-disk format. The caller MUST NOT create a log
    /// after any error.
    fn head(&self) -> Result<Option<StoredLog>, StoreError>;

    /// Writes identity and the genesis batch.
    ///
    /// # Errors
    /// As [`commit`](LogStore::commit); [`CommitError::Conflict`] where a log exists, which the caller may
    /// open.
    fn create(&self, identity: &LogIdentity, genesis: &Integration) -> Result<(), CommitError>;

    /// Appends a batch on top of `expected`. The batch MUST pass [`Integration::check`], and each of its
    /// tiles MUST begin with the hashes that were stored of it before.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] where the head is not `expected`, since somebody else writes to this log:
    /// the caller MUST stop. [`CommitError::NotApplied`] where nothing was written, since the store failed
    /// before or the batch breaks a rule (the caller's fault): the caller may commit again.
    /// [`CommitError::Unknown`] where the batch may be there: the caller MUST stop and reload.
    fn commit(&self, expected: &Head, batch: &Integration) -> Result<(), CommitError>;

    /// All hashes so far of each tile, in the order of the list; those of the right edge are partial. `None`
    /// where there is no such tile.
    ///
    /// # Errors
    /// As every read; that there is no such tile is no error.
    fn tiles(&self, coords: &[TileCoord]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// The bytes of each entry, in the order of the list. `None` where there is no such entry.
    ///
    /// # Errors
    /// As every read; [`StoreError::Damaged`] also where an entry below the stored head is missing.
    fn entries(&self, indices: &[LeafIndex]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// What is stored with each entry, in the order of the list; `None` where there is no such entry. The
    /// answer ends with the document with which it reaches [`DOCUMENTS_BYTES_MAX`] bytes, so that it may be
    /// shorter than the list, though never empty: the caller asks again for the rest.
    ///
    /// # Errors
    /// As every read; [`StoreError::Damaged`] also where the entry is in the log and its record is missing.
    fn documents(&self, indices: &[LeafIndex]) -> Result<Vec<Option<StoredDocument>>, StoreError>;

    /// Indices of `key` within `from..to`, at most `limit`, merged or not, each once.
    ///
    /// # Errors
    /// As every read; one row that cannot be read fails the lookup, since a shorter list would look complete.
    fn rows(
        &self,
        key: &RowKey,
        from: LeafIndex,
        to: LeafIndex,
        order: LookupOrder,
        limit: usize,
    ) -> Result<Vec<LeafIndex>, StoreError>;

    /// The first index of each key below `to`, merged or not, in the order of the list; `None` where there is none. For callers that look
    /// many keys up at once, of which few are there: a store can answer them together for less than one by one.
    ///
    /// # Errors
    /// As every read; one row that cannot be read fails the lookup of all.
    fn first_rows(&self, keys: &[RowKey], to: LeafIndex) -> Result<Vec<Option<LeafIndex>>, StoreError> {
        within_limit(keys)?;
        let first = |key| {
            let found = self.rows(key, LeafIndex::ZERO, to, LookupOrder::Ascending, 1)?;
            Ok(found.first().copied())
        };
        keys.iter().map(first).collect()
    }

    /// The heads that a query describes, newest first, at most `limit`.
    ///
    /// # Errors
    /// As every read; one head that cannot be read fails the list.
    fn heads(&self, query: HeadQuery, limit: usize) -> Result<Vec<StoredHead>, StoreError>;

    /// Carries a part of an order out. From the return on no read returns what it takes away, but the remains instead; the
    /// bytes are gone from everything that the store keeps, copies and superseded versions included, at the time
    /// that is answered. Then, if the part is the last, and never before, [`StoredLog::erased_to`] covers the order, durably. An entry that
    /// has remains keeps those: the call may be repeated. May be slow; may run next to `commit` and every read.
    ///
    /// # Errors
    /// As every read, and [`StoreError::Engine`] where a write failed: remains may be there or not, all of them
    /// or none, the order does not count as carried out, and the call MUST be repeated. An entry that is not in
    /// the log is an error, too, and the caller's fault.
    fn erase(&self, erasure: &OrderedErasure) -> Result<Removal, StoreError>;
}

/// Whether a list is of a length that one call may have.
///
/// # Errors
/// [`StoreError::TooMany`] where it is longer than [`READ_LIMIT_MAX`].
pub fn within_limit<T>(list: &[T]) -> Result<(), StoreError> {
    if list.len() <= READ_LIMIT_MAX {
        return Ok(());
    }
    Err(StoreError::TooMany {
        asked: list.len(),
        max: READ_LIMIT_MAX,
    })
}
