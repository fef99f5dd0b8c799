//! Cosignatures by the size of their head. They cannot be made again, so that each write is synced.

use super::{KeyScan, RocksStore, layout};
use crate::families::{Durability, Family};
use ledger::store::{CosignatureStore, READ_LIMIT_MAX, StoreError, StoredCosignatures};
use std::ops::ControlFlow;
use tlog::index::TreeSize;

impl CosignatureStore for RocksStore {
    fn put_cosignatures(&self, cosignatures: &StoredCosignatures) -> Result<(), StoreError> {
        let key = layout::number_key(cosignatures.size.value());
        let lines = cosignatures.lines.clone().into_bytes();
        let sealed = layout::seal(Family::Cosignatures, &key, lines);
        let mut batch = self.engine.batch();
        batch.put(Family::Cosignatures, &key, &sealed)?;
        batch.write(Durability::Synced)
    }

    fn cosignatures_of(&self, size: TreeSize) -> Result<Option<StoredCosignatures>, StoreError> {
        let key = layout::number_key(size.value());
        let sealed = self.engine.get(Family::Cosignatures, &key)?;
        sealed.map(|sealed| cosignatures_of(&key, &sealed)).transpose()
    }

    fn cosignatures(&self, upto: TreeSize, limit: usize) -> Result<Vec<StoredCosignatures>, StoreError> {
        let limit = limit.min(READ_LIMIT_MAX);
        let mut found = Vec::new();
        if limit == 0 {
            return Ok(found);
        }
        let to = upto.value().checked_add(1).map(layout::number_key);
        let scan = KeyScan {
            to: to.as_ref().map(<[u8; 8]>::as_slice),
            descending: true,
            ..KeyScan::ALL
        };
        self.engine.scan(Family::Cosignatures, scan, &mut |key, sealed| {
            found.push(cosignatures_of(key, sealed)?);
            Ok(if found.len() < limit {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
        Ok(found)
    }
}

fn cosignatures_of(key: &[u8], sealed: &[u8]) -> Result<StoredCosignatures, StoreError> {
    let size = TreeSize::new(layout::key_number(Family::Cosignatures, key)?);
    let lines = layout::open(Family::Cosignatures, key, sealed)?;
    let lines = std::str::from_utf8(lines).map_err(|_| {
        StoreError::damaged(
            layout::object(Family::Cosignatures, key),
            "it is not of the form that this version writes",
        )
    })?;
    Ok(StoredCosignatures {
        size,
        lines: lines.to_owned(),
    })
}
