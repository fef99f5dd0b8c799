//! Reading a log that another process writes: without its key, without a sequencer.
//!
//! A follower has a store with the log's data, such as a replica or a directory opened read-only, and is given the
//! log's signed checkpoints from outside. It publishes one only after its signature verified, the tiles of the
//! store folded to its root, and the head that was published before turned out to be a prefix of it.

use std::sync::{Arc, Mutex, PoisonError};

use verifier::checkpoint::{Checkpoint, CheckpointError, TreeHead};
use verifier::entry::Entry;
use verifier::index::{TimestampMs, TreeSize};
use verifier::note::VerifierKey;
use verifier::runs::{RunDescriptor, RunList};

use super::{checks, index_reach, replay, share};
use crate::clock::Clock;
use crate::error::{OpenError, ReadError};
use crate::reader::Reader;
use crate::rows::RowKey;
use crate::runs::RowLookup;
use crate::shared::{Admission, DECISIVE, LogFacts, LogState, PublishedHead};
use crate::store::{Head, LogStore, LookupOrder, StoreError, read};
use verifier::payload::LogGenesis;

/// A log that is followed. Cheap questions go to its [`Reader`]; a new head comes in through
/// [`publish`](Self::publish).
#[derive(Debug)]
pub struct Follower {
    shared: Arc<LogState>,
    reader: Reader,
    genesis: LogGenesis,
    clock: Arc<dyn Clock>,
    /// Held while a head is checked and published; how far erasures were at the last one.
    erased_to: Mutex<TreeSize>,
}

/// Why a checkpoint was not published. What was published before stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// The log's key did not sign it, or it is of another log. Its sender is at fault.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// It is older than the published one: an older copy, or a log that was set back.
    #[error("the checkpoint has size {offered}, and size {published} was published before")]
    Rollback {
        /// Size of the published head.
        published: TreeSize,
        /// Size of the checkpoint.
        offered: TreeSize,
    },
    /// The log's key signed two histories. The operator is at fault, and the checkpoint is the evidence of it.
    #[error("the published head of size {published} is no prefix of the checkpoint of size {offered}")]
    Fork {
        /// Size of the published head.
        published: TreeSize,
        /// Size of the checkpoint.
        offered: TreeSize,
    },
    /// The store has not, or not yet, what the checkpoint signs: the caller may ask again.
    #[error("the store does not hold the tree of the checkpoint: {0}")]
    Read(#[from] ReadError),
    /// What decides admission could not be read from the entries of the checkpoint.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Opens a log to read it as of a checkpoint. Blocks: reads some hundred entries and all issuers. Nothing is written.
///
/// # Errors
/// [`OpenError::NoLog`] where the store holds none; [`OpenError::Refused`] where the checkpoint does not verify under
/// `key`, log and key do not belong together, or the store does not hold what the checkpoint signs;
/// [`OpenError::Store`] where the store cannot be read or does not reach the checkpoint.
pub fn follow(
    store: Arc<dyn LogStore>,
    key: &VerifierKey,
    checkpoint: &str,
    clock: Arc<dyn Clock>,
) -> Result<Follower, OpenError> {
    let log = store.head()?.ok_or(OpenError::NoLog)?;
    let opened = Checkpoint::open(checkpoint.as_bytes(), key)
        .map_err(|error| OpenError::Refused(error.to_string()))?;
    let genesis = checks::genesis(store.as_ref(), key.name())?;
    let facts = LogFacts {
        origin: log.identity.origin,
        operator: genesis.operator.clone(),
        salt: genesis.index_salt,
    };
    let published = PublishedHead {
        head: Head {
            tree: opened.head().clone(),
            time: last_time(store.as_ref(), opened.head())?,
        },
        checkpoint: checkpoint.to_owned(),
    };
    let time = published.head.time;
    let rows = RowLookup::of_followed(Arc::clone(&store));
    let (shared, reader) = share(
        store,
        rows,
        facts,
        published,
        &genesis,
        (Arc::clone(&clock), None),
    )?;
    let refused = |error: ReadError| OpenError::Refused(error.to_string());
    if let Some(list) = stored_runs(&reader).map_err(refused)? {
        shared.rows.name(list);
    }
    shared.set_index_reach(index_reach(&reader).map_err(refused)?);
    verify_time(&reader, time).map_err(refused)?;
    Ok(Follower {
        shared,
        reader,
        genesis,
        clock,
        erased_to: Mutex::new(log.erased_to),
    })
}

impl Follower {
    /// The reading side, as of the published head.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Publishes a checkpoint of the log, which readers see from the return on. The published one again is no
    /// change. Blocks: reads the right edge of the tree, and all issuers where one of them changed.
    ///
    /// # Errors
    /// [`FollowError`], each of whose variants says who is at fault.
    pub fn publish(&self, checkpoint: &str) -> Result<PublishedHead, FollowError> {
        let mut erased_to = self.erased_to.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = Checkpoint::open(checkpoint.as_bytes(), &self.reader.key_of(checkpoint.as_bytes()))?;
        let offered = opened.head();
        let before = self.shared.published();
        let (old, new) = (before.head.tree.size, offered.size);
        if new < old {
            return Err(FollowError::Rollback {
                published: old,
                offered: new,
            });
        }
        if *offered == before.head.tree {
            return Ok(before);
        }
        let fork = FollowError::Fork {
            published: old,
            offered: new,
        };
        if new == old {
            return Err(fork);
        }
        let store = &self.shared.store;
        let published = PublishedHead {
            head: Head {
                tree: offered.clone(),
                time: last_time(store.as_ref(), offered).map_err(ReadError::from)?,
            },
            checkpoint: checkpoint.to_owned(),
        };
        let candidate = self.candidate(&published);
        if candidate.root_at(old)? != before.head.tree.root {
            return Err(fork);
        }
        verify_time(&candidate, published.head.time)?;
        let admission = self.changed_admission(&candidate, old, new)?;
        // What was erased since is forgotten, too.
        if let Some(list) = stored_runs(&candidate)? {
            self.shared.rows.name(list);
        }
        self.shared.set_index_reach(index_reach(&candidate)?);
        let now = store.head().map_err(ReadError::from)?.map(|log| log.erased_to);
        if now.is_some_and(|now| now != *erased_to) || admission.is_some() {
            self.reader.forget_evidence();
        }
        *erased_to = now.unwrap_or(*erased_to);
        self.shared.publish(published.clone(), admission);
        Ok(published)
    }

    /// A reader as of a head that is not published, which verifies all that it reads against that head.
    fn candidate(&self, published: &PublishedHead) -> Reader {
        let rows = RowLookup::of_followed(Arc::clone(&self.shared.store));
        Reader::new(Arc::new(LogState::new(
            Arc::clone(&self.shared.store),
            rows,
            self.shared.facts.clone(),
            published.clone(),
            self.shared.admission(),
            Arc::clone(&self.clock),
            None,
        )))
    }

    /// What decides admission as of the new head; `None` where no entry since the old one changes it.
    fn changed_admission(
        &self,
        candidate: &Reader,
        old: TreeSize,
        new: TreeSize,
    ) -> Result<Option<Arc<Admission>>, FollowError> {
        let mut is_changed = false;
        for kind in DECISIVE {
            let key = RowKey::of_kind(kind);
            is_changed |= !candidate
                .rows(&key, old.next_index(), new, LookupOrder::Ascending, 1)?
                .is_empty();
        }
        if !is_changed {
            return Ok(None);
        }
        let admission = replay::from_genesis(candidate, &self.genesis)?;
        Ok(Some(Arc::new(admission)))
    }
}

/// The runs that answer for rows which the store may not have any more; `None` where it has them all.
fn stored_runs(reader: &Reader) -> Result<Option<RunList>, ReadError> {
    let store = &reader.shared().store;
    let released = store.head()?.map_or(TreeSize::new(0), |log| log.rows_released);
    if released == TreeSize::new(0) {
        return Ok(None);
    }
    let root = reader.newest_index_root()?;
    let list = root
        .map(|root| root.list)
        .filter(|list| released <= list.covered());
    let stored = store.runs()?;
    let is_stored = |run: &RunDescriptor| stored.iter().any(|stored| stored.descriptor == *run);
    match list.filter(|list| list.runs().iter().all(is_stored)) {
        Some(list) => Ok(Some(list)),
        None => Err(ReadError::Storage(format!(
            "the store dropped rows of the first {released} entries, and has no runs of an index.root of this tree that covers them"
        ))),
    }
}

/// The time of a head, as its last entry has it. Nothing is verified: see [`verify_time`].
fn last_time(store: &dyn LogStore, head: &TreeHead) -> Result<TimestampMs, StoreError> {
    let what = format!("the last entry of the tree of size {}", head.size);
    let missing = || StoreError::damaged(what.clone(), "it is missing");
    let index = head.size.last_index().ok_or_else(missing)?;
    let bytes = read::entry(store, index)?.ok_or_else(missing)?;
    let entry = Entry::decode(&bytes).map_err(|error| StoreError::damaged(what, error.to_string()))?;
    Ok(entry.logged_at)
}

/// The last entry, verified against the head, was logged at this time.
fn verify_time(reader: &Reader, time: TimestampMs) -> Result<(), ReadError> {
    let Some(last) = reader.published().head.tree.size.last_index() else {
        return Ok(());
    };
    let found = reader.entry_of(last)?.logged_at;
    if found == time {
        return Ok(());
    }
    Err(ReadError::corrupt(format!("entry {last}"), found, time))
}
