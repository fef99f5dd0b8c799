//! Sorted runs: gigabytes that can be made again, so that they stay out of the write-ahead log.
//!
//! Parts are written unlogged. A run is complete by a value of its own, its *header*, which is written unlogged after them;
//! then the family is flushed. What a crash leaves is always what some write left, since a family without a log is durable in
//! the order of its writes: a write is in one table in memory as a whole, each such table becomes one file, and the engine
//! takes the files into its list of files in the order of the tables, however many are being written. So a file with a header
//! is in the list only when every part in front of it is.
//!
//! A drop is one deletion of one range of keys that holds header and parts. A crash may take it back, with everything that
//! was written to the family since, and then the run is there again as a whole. No part of it is ever deleted on its own, and
//! no file: the engine drops what the range covers when it merges files, whose result replaces them in one step.

use super::layout::{self, run_end_key, run_key};
use super::{KeyScan, RocksStore};
use crate::engine::AtomicBatch;
use crate::families::{Durability, Family};
use ledger::store::{RunPartKey, RunStore, StoreError, StoredRun, within_limit};
use std::ops::ControlFlow;
use std::sync::MutexGuard;
use tlog::runs::RunRange;

/// A run as it is found: with its sealed header, or without one.
type FoundRun = (RunRange, Option<Vec<u8>>);

impl RunStore for RocksStore {
    fn put_run_parts(&self, range: RunRange, parts: &[(RunPartKey, Vec<u8>)]) -> Result<(), StoreError> {
        let mut batch = self.engine.batch();
        for (part, content) in parts {
            let key = layout::part_key(range, *part);
            let sealed = layout::seal(Family::Runs, &key, content.clone());
            batch.put(Family::Runs, &key, &sealed)?;
        }
        let _held = self.hold_runs()?;
        match self.complete_run(range)? {
            Some(_) => Err(StoreError::RunComplete { range }),
            None => batch.write(Durability::Unlogged),
        }
    }

    fn finish_run(&self, run: &StoredRun) -> Result<(), StoreError> {
        let range = run.descriptor.range;
        {
            let _held = self.hold_runs()?;
            if self.complete_run(range)?.is_some_and(|there| there != *run) {
                return Err(StoreError::RunComplete { range });
            }
            let key = run_key(range);
            let sealed = layout::seal(Family::Runs, &key, layout::encode_run(run));
            let mut batch = self.engine.batch();
            batch.put(Family::Runs, &key, &sealed)?;
            batch.write(Durability::Unlogged)?;
        }
        self.engine.flush(&[Family::Runs])
    }

    fn runs(&self) -> Result<Vec<StoredRun>, StoreError> {
        let _held = self.hold_runs()?;
        let found = self.found_runs()?.into_iter();
        let complete = found.filter_map(|(range, header)| Some(opened(range, &header?)));
        complete.collect()
    }

    fn run_parts(&self, range: RunRange, parts: &[RunPartKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        within_limit(parts)?;
        let keys: Vec<_> = parts.iter().map(|part| layout::part_key(range, *part)).collect();
        let sealed = self.engine.get_all(Family::Runs, &keys)?;
        let opened = keys.iter().zip(sealed).map(|(key, sealed)| match sealed {
            Some(sealed) => layout::open(Family::Runs, key, &sealed).map(|part| Some(part.to_vec())),
            None => Ok(None),
        });
        opened.collect()
    }

    fn drop_run(&self, range: RunRange) -> Result<(), StoreError> {
        let _held = self.hold_runs()?;
        let mut batch = self.engine.batch();
        delete(&mut batch, range)?;
        batch.write(Durability::Unlogged)
    }

    /// A run whose header is damaged is not complete either.
    fn drop_unfinished_runs(&self) -> Result<(), StoreError> {
        let _held = self.hold_runs()?;
        let mut batch = self.engine.batch();
        for (range, header) in self.found_runs()? {
            match header.map(|header| opened(range, &header)) {
                Some(Ok(_)) => continue,
                Some(Err(error)) => tracing::warn!(%error, "a sorted run is dropped"),
                None => {}
            }
            delete(&mut batch, range)?;
        }
        batch.write(Durability::Unlogged)
    }
}

impl RocksStore {
    /// Nothing is written while it is held, so that a list of runs is of one moment.
    fn hold_runs(&self) -> Result<MutexGuard<'_, ()>, StoreError> {
        let held = self.runs.lock();
        held.map_err(|_| StoreError::Engine("a writer died".to_owned()))
    }

    fn complete_run(&self, range: RunRange) -> Result<Option<StoredRun>, StoreError> {
        let value = self.value(Family::Runs, &run_key(range))?;
        value.map(|value| layout::decode_run(range, &value)).transpose()
    }

    /// Every run, with one seek each, whatever its size: a header is the first key of its run.
    fn found_runs(&self) -> Result<Vec<FoundRun>, StoreError> {
        let mut runs: Vec<FoundRun> = Vec::new();
        loop {
            let from = runs.last().map(|(range, _)| run_end_key(*range));
            let scan = KeyScan {
                from: from.as_ref().map_or(&[], <[u8; 16]>::as_slice),
                ..KeyScan::ALL
            };
            let mut next = None;
            self.engine.scan(Family::Runs, scan, &mut |key, sealed| {
                let (range, part) = layout::run_of(key)?;
                next = Some((range, part.is_none().then(|| sealed.to_vec())));
                Ok(ControlFlow::Break(()))
            })?;
            match next {
                Some(run) => runs.push(run),
                None => return Ok(runs),
            }
        }
    }
}

fn opened(range: RunRange, header: &[u8]) -> Result<StoredRun, StoreError> {
    layout::decode_run(range, layout::open(Family::Runs, &run_key(range), header)?)
}

fn delete(batch: &mut AtomicBatch<'_>, range: RunRange) -> Result<(), StoreError> {
    batch.delete_range(Family::Runs, &run_key(range), &run_end_key(range))
}
