//! Cosignatures in memory.

use super::MemoryStore;
use crate::store::{CosignatureStore, READ_LIMIT_MAX, StoreError, StoredCosignatures};
use verifier::index::TreeSize;

impl CosignatureStore for MemoryStore {
    fn put_cosignatures(&self, cosignatures: &StoredCosignatures) -> Result<(), StoreError> {
        let StoredCosignatures { size, lines } = cosignatures.clone();
        self.change()?.cosignatures.insert(size, lines);
        Ok(())
    }

    fn cosignatures_of(&self, size: TreeSize) -> Result<Option<StoredCosignatures>, StoreError> {
        let lines = self.read()?.cosignatures.get(&size).cloned();
        Ok(lines.map(|lines| StoredCosignatures { size, lines }))
    }

    fn cosignatures(&self, upto: TreeSize, limit: usize) -> Result<Vec<StoredCosignatures>, StoreError> {
        let state = self.read()?;
        let newest_first = state.cosignatures.range(..=upto).rev();
        let kept = newest_first.map(|(size, lines)| StoredCosignatures {
            size: *size,
            lines: lines.clone(),
        });
        Ok(kept.take(limit.min(READ_LIMIT_MAX)).collect())
    }
}
