//! Taking evidence away, in two steps. First its value is overwritten by its remains: from then on no reader
//! gets it, while files still hold it. Then every file that held it is rewritten or dropped.
//!
//! The bytes of a document are in the write-ahead log of its batch and in the table files of its family, and
//! nowhere else: entries and rows are hashes, the list of files knows keys, the engine's diagnostics neither.
//! Both steps may be repeated; a crash between them leaves remains above files that the next call rewrites.

use super::RocksStore;
use super::layout;
use crate::engine::AtomicBatch;
use crate::families::{Durability, Family};
use ledger::store::{Remains, StoreError};
use tlog::index::{LeafIndex, TreeSize};

impl RocksStore {
    pub(crate) fn put_remains(&self, remains: &[(LeafIndex, Remains)]) -> Result<(), StoreError> {
        let mut batch = self.engine.batch();
        for (index, left) in remains {
            let key = layout::number_key(index.value());
            let value = self.value(Family::Documents, &key)?.ok_or_else(|| {
                StoreError::damaged(
                    layout::object(Family::Documents, &key),
                    "there is nothing to erase",
                )
            })?;
            if layout::decode_document(*index, &value)?.erased.is_none() {
                let sealed = layout::seal(Family::Documents, &key, layout::encode_remains(left));
                batch.put(Family::Documents, &key, &sealed)?;
            }
        }
        batch.write(Durability::Synced)
    }

    pub(crate) fn remove_erased(
        &self,
        erased: &[LeafIndex],
        end: Option<TreeSize>,
    ) -> Result<(), StoreError> {
        let before = self.recorded_removal()?;
        let mut keys: Vec<_> = erased
            .iter()
            .map(|index| layout::number_key(index.value()))
            .collect();
        keys.sort_unstable();
        // Rewritten as it is: a change without effect that starts a new write-ahead log.
        let mut touch = self.engine.batch();
        put_purged(&mut touch, before)?;
        self.engine.rewrite(Family::Documents, &keys, touch)?;
        let mut done = self.engine.batch();
        put_purged(&mut done, before.max(end.unwrap_or(before)))?;
        done.write(Durability::Synced)
    }

    pub(crate) fn recorded_removal(&self) -> Result<TreeSize, StoreError> {
        let value = self.value(Family::Meta, layout::PURGED_KEY)?;
        value.map_or(Ok(TreeSize::new(0)), |value| {
            layout::decode_size(layout::PURGED_KEY, &value)
        })
    }
}

fn put_purged(batch: &mut AtomicBatch<'_>, upto: TreeSize) -> Result<(), StoreError> {
    let key = layout::PURGED_KEY;
    batch.put(
        Family::Meta,
        key,
        &layout::seal(Family::Meta, key, layout::encode_size(upto)),
    )
}
