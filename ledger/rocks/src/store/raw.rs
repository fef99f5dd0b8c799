//! Raw access for tests that damage a store on purpose.

use super::{Family, KeyScan, RocksStore};
use crate::families::Durability;
use ledger::store::StoreError;
use std::ops::ControlFlow;

impl RocksStore {
    /// Writes what is only in the write-ahead log into table files, as closing the store does.
    ///
    /// # Errors
    /// [`StoreError::Engine`] where a file could not be written.
    pub fn raw_flush(&self) -> Result<(), StoreError> {
        self.flush()
    }

    /// Every stored value: family, key, value as on disk. Reads the whole store into memory.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the engine sees damage in its own files, [`StoreError::Engine`] where it
    /// fails.
    #[expect(
        clippy::type_complexity,
        reason = "three columns of a dump, used by tests alone"
    )]
    pub fn raw_values(&self) -> Result<Vec<(&'static str, Vec<u8>, Vec<u8>)>, StoreError> {
        let mut values = Vec::new();
        for family in Family::ALL {
            self.engine.scan(family, KeyScan::ALL, &mut |key, value| {
                values.push((family.name(), key.to_vec(), value.to_vec()));
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(values)
    }

    /// Puts a value as it is, without a checksum; `None` deletes the key.
    ///
    /// # Errors
    /// [`StoreError::Engine`] where the store has no family of this name, or the write fails.
    pub fn raw_put(&self, family: &str, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        let family = Family::ALL
            .into_iter()
            .find(|known| known.name() == family)
            .ok_or_else(|| StoreError::Engine(format!("no family {family}")))?;
        let mut batch = self.engine.batch();
        match value {
            Some(value) => batch.put(family, key, value)?,
            None => batch.delete(family, key)?,
        }
        batch.write(Durability::Synced)?;
        self.bundles.forget();
        Ok(())
    }
}
