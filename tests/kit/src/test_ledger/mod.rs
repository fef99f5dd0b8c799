//! A log of a real ledger to try things on: in a store of the test's choice, with a clock that stands still and fixed keys.

mod clock;
mod cosigned;
mod direct;
mod filled;
mod lookups;

pub use clock::ManualClock;
pub use cosigned::{cosign, cosignature_of, forked, quorum_of};
pub use filled::{filled, filled_until, run};
pub use lookups::{compare_subject_rows, scanned};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::clock::Clock as _;
use ledger::config::Limits;
use ledger::error::{OpenError, SubmitError};
use ledger::fsck::{FsckReport, fsck};
use ledger::genesis;
use ledger::handle::{Ack, Ledger};
use ledger::high_water::{HighWaterFile, HighWaterMark};
use ledger::recovery;
use ledger::signer::{CheckpointSigner as _, EvidenceKey, LogKey};
use ledger::store::LogStore;
use ledger::store::memory::MemoryStore;
use serde_json::Value;
use verifier::check::index_replay::MemorySpace;
use verifier::code::Code;
use verifier::context::SubmitterName;
use verifier::digest::EvidenceDigest;
use verifier::index::LeafIndex;
use verifier::payload::Settings;

use crate::cast::{Cast, ROLES};
use crate::documents::{disposition, evidence_target, model_call};
use crate::key::TIME;

/// Origin of the test log.
pub const ORIGIN: &str = "ledger.example/test";
/// Seed of its key.
pub const LOG_SEED: [u8; 32] = [1; 32];
/// Salt of its subject hashes.
pub const SALT: [u8; 32] = [7; 32];

/// A created log and what belongs to it. Opening it gives a [`Ledger`]; several times in turn, as after restarts.
#[derive(Debug)]
pub struct TestLedger {
    /// Where the log lives.
    pub store: Arc<dyn LogStore>,
    /// The clock of the log, which the test sets.
    pub clock: Arc<ManualClock>,
    /// Who signs what.
    pub cast: Cast,
    dir: tempfile::TempDir,
}

impl TestLedger {
    /// A log in memory with default settings, and only its genesis.
    pub fn new() -> Self {
        Self::create(Arc::new(MemoryStore::new()), Settings::default())
    }

    /// The same in an empty store.
    pub fn create(store: Arc<dyn LogStore>, settings: Settings) -> Self {
        let log = Self {
            store,
            clock: Arc::new(ManualClock::default()),
            cast: Cast::of(EvidenceKey::from_seed([10; 32]).unwrap()),
            dir: tempfile::tempdir().unwrap(),
        };
        genesis::create(
            log.store.as_ref(),
            &Self::key(),
            &log.cast.operator,
            settings,
            SALT,
            log.clock.now(),
            &mut HighWaterFile::new(log.high_water()),
        )
        .unwrap();
        log
    }

    /// A log in memory that is open, with a registration of each role at indices 1 to 6.
    pub async fn registered() -> (Self, Ledger) {
        Self::registered_on(Arc::new(MemoryStore::new())).await
    }

    /// The same in an empty store.
    pub async fn registered_on(store: Arc<dyn LogStore>) -> (Self, Ledger) {
        let log = Self::create(store, Settings::default());
        let ledger = log.open();
        log.register_all(&ledger).await;
        (log, ledger)
    }

    /// The key that signs its checkpoints.
    pub fn key() -> LogKey {
        LogKey::from_seed(ORIGIN, LOG_SEED).unwrap()
    }

    /// The high-water file.
    pub fn high_water(&self) -> PathBuf {
        self.dir.path().join("high-water")
    }

    /// Opens it with default limits.
    pub fn open(&self) -> Ledger {
        self.open_with(Limits::default())
    }

    /// Opens it.
    pub fn open_with(&self, limits: Limits) -> Ledger {
        self.open_store(Arc::clone(&self.store), limits).unwrap()
    }

    /// Opens another handle of its store, such as one whose writes fail.
    ///
    /// # Errors
    /// As [`recovery::open`].
    pub fn open_store(&self, store: Arc<dyn LogStore>, limits: Limits) -> Result<Ledger, OpenError> {
        let high_water = Box::new(HighWaterFile::new(self.high_water()));
        let clock = Arc::clone(&self.clock);
        recovery::open(store, Arc::new(Self::key()), high_water, clock, limits)
    }

    /// Registers the signers of all roles.
    pub async fn register_all(&self, ledger: &Ledger) {
        let bodies = self.cast.registrations(ORIGIN, &ROLES, TIME);
        for result in submit(ledger, "operator", bodies).await {
            result.unwrap();
        }
    }

    /// The gateway's receipt of the model call of a number.
    pub fn receipt(&self, number: u64) -> String {
        model_call(number).sign(&self.cast.gateway)
    }

    /// The operator's [`disposition`] of a target.
    pub fn disposition(&self, kind: &'static str, target: &Value, reason: &str) -> String {
        disposition(ORIGIN, kind, target, reason).sign(&self.cast.operator)
    }

    /// The operator's order to erase one document.
    pub fn erasure_of(&self, digest: EvidenceDigest) -> String {
        self.disposition("erasure_order", &evidence_target(digest), "asked")
    }
}

/// Submits documents under a submitter's name.
pub async fn submit(ledger: &Ledger, submitter: &str, bodies: Vec<String>) -> Vec<Result<Ack, SubmitError>> {
    let submitter = SubmitterName::parse(submitter).unwrap();
    let bodies = bodies.into_iter().map(String::into_bytes).collect();
    ledger.submit_all(&submitter, bodies).await
}

/// Submits one document.
///
/// # Errors
/// As [`Ledger::submit_all`].
pub async fn submit_one(
    ledger: &Ledger,
    submitter: &str,
    body: impl Into<String>,
) -> Result<Ack, SubmitError> {
    submit(ledger, submitter, vec![body.into()]).await.remove(0)
}

/// Submits one document, which is taken.
pub async fn accepted(ledger: &Ledger, submitter: &str, body: impl Into<String>) -> Ack {
    submit_one(ledger, submitter, body).await.unwrap()
}

/// Why a submission was refused, the entry that was logged of the refusal, and the entry that is there already.
pub fn refusal(result: Result<Ack, SubmitError>) -> (Code, Option<LeafIndex>, Option<LeafIndex>) {
    let Err(SubmitError::Refused {
        fault,
        refused_entry,
        known_index,
    }) = result
    else {
        panic!("expected a refusal, got {result:?}");
    };
    (fault.code, refused_entry, known_index)
}

/// What [`fsck`] says of the store of a test log, compared with a high-water file.
pub fn checked(store: &dyn LogStore, high_water: Option<&Path>) -> FsckReport {
    let mark = high_water.map(|path| -> Box<dyn HighWaterMark> { Box::new(HighWaterFile::new(path)) });
    let key = TestLedger::key();
    fsck(
        store,
        key.verifier_key(),
        mark.as_deref(),
        Box::new(MemorySpace),
        &mut |_, _| {},
    )
    .unwrap()
}

/// The codes of what [`fsck`] finds in the store of a test log.
pub fn faults(store: &dyn LogStore) -> Vec<&'static str> {
    let report = checked(store, None);
    report.faults.iter().map(|fault| fault.code).collect()
}
