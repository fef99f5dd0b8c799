//! Faults on demand: the failure matrix of the write path, and damaged or failing reads.

use super::MemoryStore;
use crate::rows::Row;
use crate::store::{CommitError, StoreError, StoredDocument};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use verifier::index::{TimestampMs, TreeSize};

/// How a write fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommitFault {
    /// Nothing was written, and the store knows it.
    NotApplied,
    /// The store does not know; nothing was written.
    UnknownLost,
    /// The store does not know; all was written.
    UnknownPersisted,
}

/// How a read goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadFault {
    /// The engine fails.
    Fail,
    /// The first byte of every answer is flipped, and the store does not see it.
    FlipByte,
    /// Every answer is "none" or empty.
    Lose,
}

/// What is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReadObject {
    /// Heads and identity. Only [`ReadFault::Fail`] has an effect.
    Head,
    /// Tiles.
    Tile,
    /// Entry bytes.
    Entries,
    /// Evidence and context.
    Document,
    /// Index rows. Only [`ReadFault::Fail`] has an effect.
    Rows,
    /// The list of sorted runs. Only [`ReadFault::Fail`] has an effect.
    Runs,
    /// Parts of sorted runs.
    RunPart,
}

/// A step of an erasure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EraseStep {
    /// Evidence and context give way to remains: no read returns them.
    Hide,
    /// The bytes are removed.
    Remove,
}

/// A step of writing or dropping a sorted run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RunStep {
    /// Parts are put: a failure puts none of them.
    Put,
    /// A run is completed: after a failure it is not listed.
    Finish,
    /// The caller learns that a run is complete: it is, and does not learn it.
    AnswerFinish,
    /// A run, or all unfinished ones, are taken away: a failure leaves them.
    Drop,
}

/// The faults of one handle.
#[derive(Debug, Default)]
pub(super) struct InjectedFaults {
    /// Writes that still succeed, and how the one after them fails.
    write: Mutex<Option<(usize, CommitFault)>>,
    reads: Mutex<HashMap<ReadObject, ReadFault>>,
    erasures: Mutex<HashSet<EraseStep>>,
    /// Steps that still succeed, before all later ones fail.
    runs: Mutex<HashMap<RunStep, usize>>,
    /// When bytes are removed; at once where no time is set.
    removal_by: Mutex<Option<TimestampMs>>,
    reads_done: AtomicU64,
    calls_done: AtomicU64,
}

impl InjectedFaults {
    pub(super) fn before_write(&self) -> Result<(), CommitError> {
        let mut write = held(&self.write);
        match *write {
            Some((0, CommitFault::NotApplied)) => {
                *write = None;
                Err(CommitError::NotApplied("injected".to_owned()))
            }
            Some((0, CommitFault::UnknownLost)) => {
                *write = None;
                Err(CommitError::Unknown("injected, lost".to_owned()))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn after_write(&self) -> Result<(), CommitError> {
        let mut write = held(&self.write);
        match *write {
            Some((0, CommitFault::UnknownPersisted)) => {
                *write = None;
                Err(CommitError::Unknown("injected, persisted".to_owned()))
            }
            Some((left, fault)) => {
                *write = Some((left.saturating_sub(1), fault));
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn before_erase(&self, step: EraseStep) -> Result<(), StoreError> {
        if held(&self.erasures).contains(&step) {
            return Err(StoreError::Engine(format!("injected: {step:?}")));
        }
        Ok(())
    }

    pub(super) fn before_run(&self, step: RunStep) -> Result<(), StoreError> {
        match held(&self.runs).get_mut(&step) {
            Some(0) => Err(StoreError::Engine(format!("injected: {step:?}"))),
            Some(left) => {
                *left = left.saturating_sub(1);
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn removal_by(&self) -> Option<TimestampMs> {
        *held(&self.removal_by)
    }

    fn of(&self, object: ReadObject) -> Option<ReadFault> {
        held(&self.reads).get(&object).copied()
    }

    pub(super) fn before_read(&self, object: ReadObject) -> Result<(), StoreError> {
        self.reads_done.fetch_add(1, Ordering::Relaxed);
        match self.of(object) {
            Some(ReadFault::Fail) => Err(StoreError::Engine(format!("injected: {object:?}"))),
            _ => Ok(()),
        }
    }

    fn after_read(&self, object: ReadObject, bytes: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, StoreError> {
        self.before_read(object)?;
        Ok(match self.of(object) {
            Some(ReadFault::Lose) => None,
            Some(ReadFault::FlipByte) => bytes.map(flipped),
            _ => bytes,
        })
    }

    pub(super) fn after_list(
        &self,
        object: ReadObject,
        list: impl Iterator<Item = Option<Vec<u8>>>,
    ) -> Result<impl Iterator<Item = Option<Vec<u8>>>, StoreError> {
        self.calls_done.fetch_add(1, Ordering::Relaxed);
        let items: Result<Vec<_>, _> = list.map(|bytes| self.after_read(object, bytes)).collect();
        Ok(items?.into_iter())
    }

    pub(super) fn after_documents(
        &self,
        list: Vec<Option<StoredDocument>>,
    ) -> Result<Vec<Option<StoredDocument>>, StoreError> {
        self.calls_done.fetch_add(1, Ordering::Relaxed);
        list.into_iter()
            .map(|document| {
                let Some(document) = document else {
                    return self.before_read(ReadObject::Document).map(|()| None);
                };
                Ok(Some(StoredDocument {
                    evidence: self.after_read(ReadObject::Document, document.evidence)?,
                    context: self.after_read(ReadObject::Document, document.context)?,
                    erased: document.erased,
                }))
            })
            .collect()
    }
}

impl MemoryStore {
    /// Lets `after` more writes through this handle succeed and the next one fail. Once.
    pub fn fail_write(&self, after: usize, fault: CommitFault) {
        *held(&self.faults.write) = Some((after, fault));
    }

    /// Makes every read of an object through this handle go wrong, until [`MemoryStore::heal`].
    pub fn fail_reads(&self, object: ReadObject, fault: ReadFault) {
        held(&self.faults.reads).insert(object, fault);
    }

    /// Objects that were read through this handle.
    pub fn reads_done(&self) -> u64 {
        self.faults.reads_done.load(Ordering::Relaxed)
    }

    /// Lists of tiles, entries, documents and parts of runs that were read through this handle.
    pub fn calls_done(&self) -> u64 {
        self.faults.calls_done.load(Ordering::Relaxed)
    }

    /// Makes a step of every erasure through this handle fail, until [`MemoryStore::heal`].
    pub fn fail_erasure(&self, step: EraseStep) {
        held(&self.faults.erasures).insert(step);
    }

    /// Lets `after` more such steps through this handle succeed and all later ones fail, until [`MemoryStore::heal`].
    pub fn fail_runs(&self, step: RunStep, after: usize) {
        held(&self.faults.runs).insert(step, after);
    }

    /// Lets erasures through this handle hide bytes at once and promise to remove them by a time, until
    /// [`MemoryStore::heal`].
    pub fn remove_by(&self, time: TimestampMs) {
        *held(&self.faults.removal_by) = Some(time);
    }

    /// Removes what a promise is about: the bytes of every order below `end`.
    pub fn remove_to(&self, end: TreeSize) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.erased_to = state.erased_to.max(end);
    }

    /// Removes every fault of this handle.
    pub fn heal(&self) {
        *held(&self.faults.write) = None;
        held(&self.faults.reads).clear();
        held(&self.faults.erasures).clear();
        held(&self.faults.runs).clear();
        *held(&self.faults.removal_by) = None;
    }

    /// Puts a row into the index that no entry asks for.
    pub fn insert_row(&self, row: Row) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.rows.insert(row);
    }

    /// Takes a row out of the index; whether it was there.
    pub fn remove_row(&self, row: &Row) -> bool {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let merged = state.rows.remove(row);
        let unmerged = state.segments.iter_mut().any(|(_, rows)| rows.remove(row));
        merged || unmerged
    }
}

fn flipped(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(first) = bytes.first_mut() {
        *first ^= 1;
    }
    bytes
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
