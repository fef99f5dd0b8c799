//! The write path: one batch of the log is one synced write of the engine.
//!
//! Everything that can fail is done before that write, and its errors are `NotApplied`. Whatever the write
//! itself answers other than success is `Unknown`: the engine may have put it into its log, and only a
//! restart, which reads that log, can tell.

use super::layout::{self, BUNDLE_ENTRIES};
use super::{KeyScan, RocksStore};
use crate::engine::AtomicBatch;
use crate::families::{Durability, Family};
use ledger::store::{CommitError, Head, Integration, LogIdentity, StoreError, StoredEntry};
use std::ops::ControlFlow;
use tlog::tile::encode_bundle;

impl RocksStore {
    /// Writes a batch on top of `expected`; with an identity, as the first one.
    pub(crate) fn append(
        &self,
        identity: Option<&LogIdentity>,
        expected: Option<&Head>,
        batch: &Integration,
    ) -> Result<(), CommitError> {
        let _held = self
            .commit
            .lock()
            .map_err(|_| CommitError::NotApplied("a writer died".to_owned()))?;
        let found = self.committed_head().map_err(|error| not_applied(&error))?;
        if found.as_ref() != expected {
            return Err(CommitError::Conflict {
                expected: expected.map(|head| head.tree.size),
                found: found.map(|head| head.tree.size),
            });
        }
        if found.is_none() {
            self.require_empty().map_err(|error| not_applied(&error))?;
        }
        batch.check(expected)?;
        self.index
            .make_room(&self.engine, batch.rows.len())
            .map_err(|error| not_applied(&error))?;

        let mut write = self.engine.batch();
        self.fill(&mut write, identity, batch)
            .map_err(|error| not_applied(&error))?;
        write
            .write(Durability::Synced)
            .map_err(|error| CommitError::Unknown(error.to_string()))?;
        // From here the batch is in the log for ever.
        self.index
            .add(batch.first.value(), &batch.rows)
            .map_err(|error| CommitError::Unknown(error.to_string()))
    }

    fn fill(
        &self,
        write: &mut AtomicBatch<'_>,
        identity: Option<&LogIdentity>,
        batch: &Integration,
    ) -> Result<(), StoreError> {
        if let Some(identity) = identity {
            put(
                write,
                Family::Meta,
                layout::IDENTITY_KEY,
                layout::encode_identity(identity),
            )?;
        }
        self.put_entries(write, batch)?;
        for (index, entry) in (batch.first.value()..).zip(&batch.entries) {
            let value = layout::encode_document(entry.evidence.as_deref(), entry.context.as_deref())
                .ok_or_else(|| StoreError::Engine(format!("the evidence of entry {index} is too long")))?;
            put(write, Family::Documents, &layout::number_key(index), value)?;
        }
        for (coord, hashes) in &batch.tiles {
            let key = layout::tile_key(*coord);
            if self
                .value(Family::Tiles, &key)?
                .is_some_and(|before| !hashes.starts_with(&before))
            {
                let what = layout::object(Family::Tiles, &key);
                return Err(StoreError::Engine(format!(
                    "{what} does not continue what is stored of it"
                )));
            }
            put(write, Family::Tiles, &key, hashes.clone())?;
        }
        if !batch.rows.is_empty() {
            let key = layout::number_key(batch.first.value());
            put(write, Family::Segments, &key, layout::encode_segment(&batch.rows))?;
        }
        self.put_heads(write, batch)
    }

    fn put_heads(&self, write: &mut AtomicBatch<'_>, batch: &Integration) -> Result<(), StoreError> {
        if let Some((size, signature)) = &batch.signature {
            let key = layout::number_key(size.value());
            let value = self
                .value(Family::Heads, &key)?
                .ok_or_else(|| StoreError::Engine(format!("there is no head of size {size} to sign")))?;
            let stored = layout::decode_stored_head(*size, &value)?;
            put(
                write,
                Family::Heads,
                &key,
                layout::encode_stored_head(&stored.head, Some(signature)),
            )?;
        }
        let key = layout::number_key(batch.head.tree.size.value());
        put(
            write,
            Family::Heads,
            &key,
            layout::encode_stored_head(&batch.head, None),
        )?;
        put(
            write,
            Family::Meta,
            layout::HEAD_KEY,
            layout::encode_head(&batch.head),
        )
    }

    /// Appends the entries as one fragment a bundle. A bundle that becomes full is written whole, and its
    /// fragments go in the same write: an entry is written twice at most, whatever the batch size, and a
    /// full bundle, which is what readers ask for, is one value.
    fn put_entries(&self, write: &mut AtomicBatch<'_>, batch: &Integration) -> Result<(), StoreError> {
        let mut at = batch.first.value();
        let mut rest: &[StoredEntry] = &batch.entries;
        while !rest.is_empty() {
            let offset = at % BUNDLE_ENTRIES;
            let room = usize::try_from(BUNDLE_ENTRIES.saturating_sub(offset)).unwrap_or(usize::MAX);
            let (now, later) = rest.split_at(room.min(rest.len()));
            let mut bytes = encode_bundle(now.iter().map(|entry| entry.entry.as_slice()))
                .ok_or_else(|| StoreError::Engine(format!("an entry from {at} on is too long")))?;
            let mut first = at;
            if now.len() == room && offset > 0 {
                first = at.saturating_sub(offset);
                let mut whole = self.take_fragments(write, first, at)?;
                whole.append(&mut bytes);
                bytes = whole;
            }
            put(write, Family::Entries, &layout::fragment_key(first), bytes)?;
            at = at.saturating_add(u64::try_from(now.len()).unwrap_or(u64::MAX));
            rest = later;
        }
        Ok(())
    }

    /// The bundle's bytes from `first` to `end`, whose fragments the write deletes. The one at `first` is
    /// overwritten by the whole bundle instead.
    fn take_fragments(
        &self,
        write: &mut AtomicBatch<'_>,
        first: u64,
        end: u64,
    ) -> Result<Vec<u8>, StoreError> {
        let mut whole = Vec::new();
        let mut next = first;
        let (from, to) = (layout::fragment_key(first), layout::fragment_key(end));
        let scan = KeyScan {
            from: &from,
            to: Some(&to),
            ..KeyScan::ALL
        };
        self.engine.scan(Family::Entries, scan, &mut |key, sealed| {
            let entries = super::read::fragment(key, sealed, next)?;
            next = next.saturating_add(u64::try_from(entries.len()).unwrap_or(u64::MAX));
            whole.extend_from_slice(layout::open(Family::Entries, key, sealed)?);
            if key != from {
                write.delete(Family::Entries, key)?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if next == end {
            return Ok(whole);
        }
        Err(StoreError::damaged(
            layout::object(Family::Entries, &from),
            format!("it holds the entries up to {next}, expected up to {end}"),
        ))
    }
}

fn put(write: &mut AtomicBatch<'_>, family: Family, key: &[u8], value: Vec<u8>) -> Result<(), StoreError> {
    write.put(family, key, &layout::seal(family, key, value))
}

fn not_applied(error: &StoreError) -> CommitError {
    CommitError::NotApplied(error.to_string())
}
