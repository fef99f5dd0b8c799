//! Building every run of the index again, where what is stored is missing or in doubt.

use std::sync::Arc;

use verifier::index::LeafIndex;

use super::start::StartedIndex;
use crate::error::OpenError;
use crate::reader::Reader;
use crate::store::LogStore;

/// What was built again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reindexed {
    /// The newest index.root, whose runs they are; `None` where the log has none that names runs, and nothing was built.
    pub root: Option<LeafIndex>,
    /// How many runs.
    pub runs: usize,
    /// Their rows.
    pub rows: u64,
    /// The entries that they are made of.
    pub entries: u64,
}

/// Drops every stored run, and builds those that the newest index.root names from entries alone. `progress(done, total)` is called in
/// entries, now and then.
pub(crate) fn reindex(
    reader: &Reader,
    store: &Arc<dyn LogStore>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Reindexed, OpenError> {
    // A run of which the store cannot tell what it is counts as unfinished.
    store.drop_unfinished_runs()?;
    for run in store.runs()? {
        store.drop_run(run.descriptor.range)?;
    }
    let started = StartedIndex::find(reader, store, progress)?;
    Ok(Reindexed {
        root: started.named.map(|root| root.index),
        runs: started.runs.len(),
        rows: started
            .runs
            .iter()
            .fold(0, |sum, run| sum.saturating_add(run.rows)),
        entries: started
            .runs
            .iter()
            .fold(0, |sum, run| sum.saturating_add(run.descriptor.range.entries())),
    })
}
