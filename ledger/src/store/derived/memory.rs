//! A map in memory, for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{DerivedStore, KeyChange, KeyRange, KeyValue};
use crate::store::StoreError;

/// Lives as long as it is held.
#[derive(Debug, Default)]
pub struct MemoryDerived {
    map: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryDerived {
    fn map(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DerivedStore for MemoryDerived {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.map().get(key).cloned())
    }

    fn list(&self, range: KeyRange<'_>) -> Result<Vec<KeyValue>, StoreError> {
        if range.from >= range.to {
            return Ok(Vec::new());
        }
        let map = self.map();
        let pairs = map.range(range.from.to_vec()..range.to.to_vec());
        let owned = |(key, value): (&Vec<u8>, &Vec<u8>)| (key.clone(), value.clone());
        Ok(if range.descending {
            pairs.rev().take(range.limit).map(owned).collect()
        } else {
            pairs.take(range.limit).map(owned).collect()
        })
    }

    fn write(&self, changes: Vec<KeyChange>) -> Result<(), StoreError> {
        let mut map = self.map();
        for KeyChange { key, value } in changes {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Ok(())
    }

    fn persist(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn purge(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn wipe(&self) -> Result<(), StoreError> {
        self.map().clear();
        Ok(())
    }
}
