//! The map in a directory of its own, independent of the log's database.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use crate::engine::PlainDatabase;
use ledger::store::StoreError;
use ledger::store::derived::{DerivedStore, KeyChange, KeyRange, KeyValue};

/// Derived data in a directory.
#[derive(Debug)]
pub struct RocksDerived {
    path: PathBuf,
    /// `None` after a wipe whose second half failed; the next wipe tries again.
    open: RwLock<Option<PlainDatabase>>,
}

impl RocksDerived {
    /// Opens a directory. What cannot be opened there is removed, and an empty map made in its place.
    ///
    /// # Errors
    /// Where not even an empty map could be made, as where another process has the directory open.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let plain = match PlainDatabase::open(path) {
            Ok(plain) => plain,
            Err(error) => {
                tracing::warn!(%error, "the derived data cannot be opened and are made again");
                PlainDatabase::destroy(path)?;
                PlainDatabase::open(path)?
            }
        };
        Ok(Self {
            path: path.to_owned(),
            open: RwLock::new(Some(plain)),
        })
    }

    /// The guard is never poisoned in a way that matters: the value is replaced whole or not at all.
    fn plain(&self) -> RwLockReadGuard<'_, Option<PlainDatabase>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, use_it: impl FnOnce(&PlainDatabase) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match &*self.plain() {
            Some(plain) => use_it(plain),
            None => Err(StoreError::damaged(
                "the derived data",
                "they were removed and could not be made again yet",
            )),
        }
    }
}

impl DerivedStore for RocksDerived {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(|plain| plain.get(key))
    }

    fn list(&self, range: KeyRange<'_>) -> Result<Vec<KeyValue>, StoreError> {
        let mut pairs = Vec::new();
        if range.from >= range.to || range.limit == 0 {
            return Ok(pairs);
        }
        self.with(|plain| {
            plain.scan(range.from, range.to, range.descending, &mut |key, value| {
                pairs.push((key.to_vec(), value.to_vec()));
                Ok(if pairs.len() < range.limit {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                })
            })
        })?;
        Ok(pairs)
    }

    fn write(&self, changes: Vec<KeyChange>) -> Result<(), StoreError> {
        self.with(|plain| plain.write(changes.into_iter().map(|change| (change.key, change.value))))
    }

    fn persist(&self) -> Result<(), StoreError> {
        self.with(PlainDatabase::flush)
    }

    fn purge(&self) -> Result<(), StoreError> {
        self.with(PlainDatabase::compact)
    }

    fn wipe(&self) -> Result<(), StoreError> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        // Closed first: the engine removes only a database that nobody has open.
        *open = None;
        PlainDatabase::destroy(&self.path)?;
        *open = Some(PlainDatabase::open(&self.path)?);
        Ok(())
    }
}
