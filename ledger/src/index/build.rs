//! Runs from entries: their rows are sorted in memory, some entries at a time.

use std::sync::Arc;

use verifier::index::{LeafIndex, TreeSize};
use verifier::runs::{IndexRow, RunRange};
use verifier::subject_index::rows_of;

use super::writer::NewRun;
use crate::error::ReadError;
use crate::reader::Reader;
use crate::store::{LogStore, StoredRun};

/// Entries of a run that is built from entries. They have at most 34 rows of 32 bytes each, 71 MB, and most have 8.
pub(super) const ENTRIES_MAX: u64 = 1 << 16;
/// Entries that are read together.
const ENTRIES_AT_ONCE: usize = 1_024;

/// Builds the run of at most [`ENTRIES_MAX`] entries, which were verified against the published head. On return it is durable.
pub(super) fn build(
    reader: &Reader,
    store: &Arc<dyn LogStore>,
    range: RunRange,
) -> Result<StoredRun, ReadError> {
    let mut run = NewRun::start(store, range);
    for row in sorted_rows(reader, range)? {
        run.push(row)?;
    }
    run.finish()
}

fn sorted_rows(reader: &Reader, range: RunRange) -> Result<Vec<IndexRow>, ReadError> {
    let tree = reader.tree()?;
    let salt = reader.index_salt();
    let mut rows = Vec::new();
    let mut next = range.begin().next_index();
    while range.contains(next) {
        let left = range.end().value().saturating_sub(next.value());
        let limit = usize::try_from(left).map_or(ENTRIES_AT_ONCE, |left| left.min(ENTRIES_AT_ONCE));
        let entries = reader.decoded_from(&tree, next, limit)?;
        for (index, entry) in &entries {
            rows.extend(rows_of(*index, entry, &salt).ok_or_else(|| too_long(*index))?);
        }
        let read = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        if read == 0 {
            return Err(ReadError::beyond("entry", next.value(), tree.size()));
        }
        next = LeafIndex::new(next.value().saturating_add(read));
    }
    rows.sort_unstable();
    Ok(rows)
}

fn too_long(index: LeafIndex) -> ReadError {
    ReadError::beyond("entry", index.value(), TreeSize::new(1 << 56))
}
