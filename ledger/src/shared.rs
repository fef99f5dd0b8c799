//! What the writing and the reading side share: the store, the fixed facts of the log, the published
//! head, and what the log says about admission as of that head.
//!
//! Only the sequencer publishes a head, through [`LogState::publish`], after it was committed, read back, compared and
//! signed. A reader sees no entry past [`LogState::published`], whatever the store holds. What witnesses sign later is put
//! under the checkpoint of the head that is there, and changes no head.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use verifier::did::DidKey;
use verifier::erasure::{Dispositions, may_decide};
use verifier::evidence::Evidence;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::key_history::KeyHistory;
use verifier::kind::Kind;
use verifier::payload::{Payload, Settings};
use verifier::subject::IndexSalt;

use crate::clock::{Clock, ConfirmedClock};
use crate::cosigning::{Cosigning, QuorumTooOld};
use crate::freeze::FrozenLog;
use crate::metrics::Metrics;
use crate::runs::RowLookup;
use crate::signer::HeldKeys;
use crate::store::{Head, LogStore};
use verifier::issuers::Issuers;

/// What log.genesis fixed for ever.
#[derive(Clone, Debug)]
pub struct LogFacts {
    /// The log's origin: the name of its key.
    pub origin: String,
    /// The operator that signed log.genesis.
    pub operator: DidKey,
    /// Salt of the subject hashes.
    pub salt: IndexSalt,
}

/// A signed head.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublishedHead {
    /// Size, root, and `logged_at` of the last entry.
    pub head: Head,
    /// The signed note; of the newest head with the cosignatures that are kept of it.
    pub checkpoint: String,
}

/// What decides admission, as of one log position.
#[derive(Clone, Debug)]
pub struct Admission {
    /// Settings in force.
    pub settings: Settings,
    /// Who may sign what.
    pub issuers: Issuers,
    /// What was ordered to go, and what is held.
    pub(crate) dispositions: Dispositions,
    /// The newest confirmation of the clock.
    pub(crate) clock: Option<ConfirmedClock>,
    /// The keys that sign the log's heads.
    pub(crate) keys: KeyHistory,
    /// Where the log has ended; nothing is admitted behind that.
    pub frozen: Option<Arc<FrozenLog>>,
}

/// Where an entry stands in the log, and since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EntryPosition {
    /// Its index.
    pub index: LeafIndex,
    /// When it was logged, in milliseconds since the Unix epoch.
    pub logged_at: TimestampMs,
}

/// Kinds of entries that change admission.
pub(crate) const DECISIVE: [Kind; 9] = [
    Kind::IssuerRegistered,
    Kind::IssuerRetired,
    Kind::LogSettings,
    Kind::LogClock,
    Kind::LogKey,
    Kind::ErasureOrdered,
    Kind::HoldPlaced,
    Kind::HoldReleased,
    Kind::LogFrozen,
];

impl Admission {
    /// Before any entry but log.genesis, whose settings and keys these are.
    pub(crate) fn new(settings: Settings, issuers: Issuers, keys: KeyHistory) -> Self {
        Self {
            settings,
            issuers,
            dispositions: Dispositions::default(),
            clock: None,
            keys,
            frozen: None,
        }
    }

    /// Whether an entry with this payload changes admission from the next index on.
    pub(crate) fn is_changed_by(payload: &Payload) -> bool {
        DECISIVE.contains(&payload.kind())
    }

    /// Applies the evidence of an entry that was read again; false, and nothing changes, where its signer was not
    /// entitled to decide by it. A log that intake made has no such entry.
    pub(crate) fn enter(&mut self, at: EntryPosition, evidence: &Evidence, salt: &IndexSalt) -> bool {
        let entitled = may_decide(evidence, &self.issuers, at.logged_at);
        if entitled {
            self.apply(at, evidence.payload(), salt);
        }
        entitled
    }

    /// Applies the payload of the entry at a position, whose signer was found to be entitled to it.
    pub(crate) fn apply(&mut self, at: EntryPosition, payload: &Payload, salt: &IndexSalt) {
        let EntryPosition { index, logged_at } = at;
        match payload {
            Payload::IssuerRegistered(registration) => self.issuers.register(index, registration),
            Payload::IssuerRetired(retirement) => self.issuers.retire(index, retirement),
            Payload::LogSettings(change) => self.settings = change.apply(self.settings),
            Payload::LogClock(confirmation) => {
                self.clock = Some(ConfirmedClock {
                    logged_at,
                    clock: confirmation.clock.at(),
                });
            }
            Payload::LogKey(said) => self.keys.apply(index, &said.change),
            Payload::ErasureOrdered(said) => self.dispositions.order(index, said, salt),
            Payload::HoldPlaced(said) => self.dispositions.place(index, said, salt),
            Payload::HoldReleased(said) => self.dispositions.release(index, said, salt),
            Payload::LogFrozen(freeze) => {
                self.frozen = Some(Arc::new(FrozenLog {
                    position: at,
                    freeze: freeze.clone(),
                }));
            }
            _ => {}
        }
    }
}

/// One log's shared state. Made by recovery, after everything in it was checked.
#[derive(Debug)]
pub struct LogState {
    /// Where the log lives. Readers MUST re-hash what they get from it.
    pub store: Arc<dyn LogStore>,
    /// Where its rows are looked up.
    pub(crate) rows: RowLookup,
    /// Fixed facts.
    pub facts: LogFacts,
    /// Counters.
    pub metrics: Metrics,
    published: watch::Sender<PublishedHead>,
    admission: watch::Sender<Arc<Admission>>,
    clock: Arc<dyn Clock>,
    /// The private keys; none where the log is only followed.
    pub(crate) signer: Option<Arc<HeldKeys>>,
    /// Who cosigns the log, once that is known.
    pub(crate) cosigning: OnceLock<Arc<Cosigning>>,
    indexed_to: AtomicU64,
    /// What an index.root covers from whose runs this process need not answer.
    index_reach: AtomicU64,
}

impl LogState {
    /// State of a log whose head was recovered and signed. `rows` are the lookups of its store.
    pub(crate) fn new(
        store: Arc<dyn LogStore>,
        rows: RowLookup,
        facts: LogFacts,
        published: PublishedHead,
        admission: Arc<Admission>,
        clock: Arc<dyn Clock>,
        signer: Option<Arc<HeldKeys>>,
    ) -> Self {
        Self {
            store,
            rows,
            facts,
            metrics: Metrics::default(),
            published: watch::Sender::new(published),
            admission: watch::Sender::new(admission),
            clock,
            signer,
            cosigning: OnceLock::new(),
            indexed_to: AtomicU64::new(0),
            index_reach: AtomicU64::new(0),
        }
    }

    /// The published head; never goes back.
    pub fn published(&self) -> PublishedHead {
        self.published.borrow().clone()
    }

    /// When an entry that was taken now would be logged at the earliest: an idle log's head is as old as its last entry.
    pub(crate) fn now(&self) -> TimestampMs {
        self.clock.now().max(self.published.borrow().head.time)
    }

    /// Follows the published head.
    pub fn watch(&self) -> watch::Receiver<PublishedHead> {
        self.published.subscribe()
    }

    /// What the log says about admission, at least as of the published head.
    pub fn admission(&self) -> Arc<Admission> {
        self.admission.borrow().clone()
    }

    /// Makes a head visible. The caller MUST have committed, read back, compared and signed it.
    /// `admission` where the batch changed it; it is set first, so that no reader sees a head without it.
    pub(crate) fn publish(&self, head: PublishedHead, admission: Option<Arc<Admission>>) {
        if let Some(admission) = admission {
            self.admission.send_replace(admission);
        }
        let (size, time) = (head.head.tree.size, head.head.time);
        self.published.send_replace(head);
        // Behind that, so that a quorum that comes in between sees that there is a larger head.
        if let Some(cosigning) = self.cosigning.get() {
            cosigning.take_published(size, time);
        }
    }

    /// Puts cosignatures under the checkpoint of a head, if it is the published one still. The caller MUST have verified and kept
    /// them. Nobody who follows the head is woken: it is the same.
    pub(crate) fn show_cosigned(&self, head: &Head, checkpoint: String) {
        self.published.send_if_modified(|published| {
            if published.head == *head {
                published.checkpoint = checkpoint;
            }
            false
        });
    }

    /// Whether new entries are taken now, as far as the log's witnesses are concerned.
    pub(crate) fn check_quorum_age(&self) -> Result<(), QuorumTooOld> {
        match self.cosigning.get() {
            Some(cosigning) => cosigning.check_quorum_age(self.now()),
            None => Ok(()),
        }
    }

    /// The size up to which index segments are merged; lookups are complete either way.
    pub fn indexed_to(&self) -> TreeSize {
        TreeSize::new(self.indexed_to.load(Ordering::Relaxed))
    }

    /// How many entries the newest index.root covers; 0 before the first.
    pub fn covered(&self) -> TreeSize {
        let reach = TreeSize::new(self.index_reach.load(Ordering::Relaxed));
        self.rows.covered().max(reach)
    }

    /// So much is covered by an index.root of the published head, whether its runs answer lookups or not.
    pub(crate) fn set_index_reach(&self, covered: TreeSize) {
        self.index_reach.fetch_max(covered.value(), Ordering::Relaxed);
    }

    pub(crate) fn set_indexed_to(&self, size: TreeSize) {
        self.indexed_to.store(size.value(), Ordering::Relaxed);
    }
}
