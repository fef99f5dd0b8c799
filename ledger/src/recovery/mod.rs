//! Opening a log: refuse on any doubt.
//!
//! What a crash leaves is one of two states: the last batch is in the store or it is not. Everything
//! else (a lost tail, an older copy, another log's key, a damaged tile) is somebody's mistake or
//! somebody's attempt, and going on from it would sign a second history. Each check therefore refuses
//! with what it expected and what it found; none of them repairs anything.

mod checks;
mod follow;
mod replay;

pub use follow::{FollowError, Follower, follow};

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::clock::{Clock, LoggedAt};
use crate::config::Limits;
use crate::error::{OpenError, ReadError};
use crate::handle::Ledger;
use crate::high_water::HighWaterMark;
use crate::index::{self, ProposalSlot, Reindexed, StartedIndex};
use crate::intake::RefusalBudget;
use crate::reader::Reader;
use crate::runs::RowLookup;
use crate::sequencer::{Committer, Sequencer, spawn};
use crate::shared::{LogFacts, LogState, PublishedHead};
use crate::signer::HeldKeys;
use crate::store::{Head, LogStore, StoredHead};
use verifier::index::TreeSize;
use verifier::key_history::KeyHistory;
use verifier::payload::LogGenesis;
use verifier::signature::remember_signatures;

/// Opens a log and starts its sequencer.
///
/// `high_water` is outside the store and outlives it. The store MUST be this process's
/// alone. Blocks: reads some hundred entries and all issuers. From now on the process remembers which signatures of documents held
/// ([`remember_signatures`]).
///
/// # Errors
/// [`OpenError::NoLog`] where none was ever created, [`OpenError::Refused`] where anything speaks against
/// going on: the key is another log's, stored data contradict each other, or the store is behind the
/// high-water mark. The operator must look before anything is written. [`OpenError::Store`] and
/// [`OpenError::Io`] where store, high-water mark or operating system failed.
pub fn open(
    store: Arc<dyn LogStore>,
    signer: impl Into<HeldKeys>,
    high_water: Box<dyn HighWaterMark>,
    clock: Arc<dyn Clock>,
    limits: Limits,
) -> Result<Ledger, OpenError> {
    // What intake verifies is read back and judged soon.
    remember_signatures();
    let sound = examine(store, Arc::new(signer.into()), high_water, Arc::clone(&clock))?;
    start(sound, clock, limits)
}

/// Builds the authenticated index of a log again, which nobody has open: every stored run is dropped, and those that the newest index.root
/// names are built from entries alone. `progress(done, total)` is called in entries, now and then.
///
/// # Errors
/// As [`open`], which it comes before. [`OpenError::Refused`] also where the entries give another root than the index.root says: then
/// the log is not what was signed, and no run can repair that.
pub fn reindex(
    store: Arc<dyn LogStore>,
    signer: impl Into<HeldKeys>,
    high_water: Box<dyn HighWaterMark>,
    clock: Arc<dyn Clock>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Reindexed, OpenError> {
    let sound = examine(store, Arc::new(signer.into()), high_water, clock)?;
    index::reindex(&sound.reader, &sound.shared.store, progress)
}

/// A log that nothing speaks against.
struct SoundLog {
    shared: Arc<LogState>,
    reader: Reader,
    committer: Committer,
}

fn examine(
    store: Arc<dyn LogStore>,
    signer: Arc<HeldKeys>,
    mut high_water: Box<dyn HighWaterMark>,
    clock: Arc<dyn Clock>,
) -> Result<SoundLog, OpenError> {
    let log = store.head()?.ok_or(OpenError::NoLog)?;
    let (identity, stored) = (log.identity, log.newest);
    if identity.origin != signer.origin() {
        return Err(OpenError::Refused(format!(
            "the log is {:?}, the key is of {:?}",
            identity.origin,
            signer.origin()
        )));
    }
    let edge = checks::right_edge(store.as_ref(), &stored.head)?;
    let genesis = checks::genesis(store.as_ref(), &identity.origin)?;
    let before = checks::high_water(store.as_ref(), high_water.as_mut(), &stored.head)?;

    let facts = LogFacts {
        origin: identity.origin,
        operator: genesis.operator.clone(),
        salt: genesis.index_salt,
    };
    // Nobody sees it before it is signed, which takes the keys that the entries below it name.
    let unsigned = PublishedHead {
        head: stored.head.clone(),
        checkpoint: String::new(),
    };
    let rows = RowLookup::new(Arc::clone(&store), log.rows_released);
    let held = Some(Arc::clone(&signer));
    let (shared, reader) = share(store, rows, facts, unsigned, &genesis, (clock, held))?;
    checks::history(&reader, &before, &stored.head)?;
    let (signature, checkpoint) = sign(&signer, &shared.admission().keys, &stored)?;
    let published = PublishedHead {
        head: stored.head.clone(),
        checkpoint,
    };
    shared.publish(published, None);
    let committer = Committer {
        edge,
        head: stored.head,
        signature,
        high_water,
        signer,
    };
    Ok(SoundLog {
        shared,
        reader,
        committer,
    })
}

/// Signs the head again. The bytes are the stored ones, where they were stored: anything else was
/// signed with another key.
fn sign(signer: &HeldKeys, keys: &KeyHistory, stored: &StoredHead) -> Result<([u8; 64], String), OpenError> {
    let (signature, checkpoint) = signer
        .sign_head(keys, &stored.head)
        .map_err(|error| OpenError::Refused(error.to_string()))?;
    if stored.signature.is_some_and(|before| before != signature) {
        return Err(OpenError::Refused(format!(
            "the head of size {} was signed with another key",
            stored.head.tree.size
        )));
    }
    Ok((signature, checkpoint))
}

/// Readers first: admission is replayed from entries that they verified against the head.
fn share(
    store: Arc<dyn LogStore>,
    rows: RowLookup,
    facts: LogFacts,
    published: PublishedHead,
    genesis: &LogGenesis,
    (clock, signer): (Arc<dyn Clock>, Option<Arc<HeldKeys>>),
) -> Result<(Arc<LogState>, Reader), OpenError> {
    let nobody = Arc::new(replay::before_all(genesis)?);
    let state = LogState::new(store, rows, facts, published.clone(), nobody, clock, signer);
    let shared = Arc::new(state);
    let reader = Reader::new(Arc::clone(&shared));
    let admission = replay::from_genesis(&reader, genesis)?;
    shared.publish(published, Some(Arc::new(admission)));
    Ok((shared, reader))
}

/// How many entries the newest index.root covers.
fn index_reach(reader: &Reader) -> Result<TreeSize, ReadError> {
    let root = reader.newest_index_root()?;
    Ok(root.map_or(TreeSize::new(0), |root| root.list.covered()))
}

fn start(sound: SoundLog, clock: Arc<dyn Clock>, limits: Limits) -> Result<Ledger, OpenError> {
    let SoundLog {
        shared,
        reader,
        committer,
    } = sound;
    let Head { tree, time } = committer.head().clone();
    let (sender, queue) = mpsc::channel(limits.queue_entries_max.max(1));
    let queue_bytes_max = limits.queue_bytes_max;
    // Without an index nobody asks for runs, unless rows are missing that they have.
    let started = match limits.index_after {
        None if shared.rows.released()? == TreeSize::new(0) => {
            let refused = |error: ReadError| OpenError::Refused(format!("the newest index.root: {error}"));
            shared.set_index_reach(index_reach(&reader).map_err(refused)?);
            None
        }
        _ => Some(StartedIndex::find(&reader, &shared.store, &mut |_, _| {})?),
    };
    if let Some(list) = started.as_ref().and_then(StartedIndex::list) {
        shared.rows.name(list.clone());
    }
    checks::released_rows(&shared.rows)?;
    let index = limits.index_after.zip(started);
    let sequencer = Sequencer {
        shared: Arc::clone(&shared),
        reader: reader.clone(),
        committer,
        logged_at: LoggedAt::new(clock, time),
        budget: RefusalBudget::new(limits.refused_per_minute_max),
        limits,
        proposals: ProposalSlot::default(),
    };
    let progress =
        spawn(sequencer, (&sender, queue), index).map_err(|error| OpenError::Io(error.to_string()))?;
    tracing::info!(tree.size = tree.size.value(), tree.root = %tree.root, "the log is open");
    Ok(Ledger::new(shared, reader, sender, queue_bytes_max, progress))
}
