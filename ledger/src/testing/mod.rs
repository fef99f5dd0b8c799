//! A log to try things on: in memory, with a clock that stands still, fixed keys, and signed documents.
//!
//! For tests of this and other crates (feature `testing`). Everything is deterministic: the same calls
//! give the same bytes.

mod actors;
mod clock;
mod documents;
pub mod sample;

pub use actors::Actors;
pub use clock::ManualClock;
pub use documents::{ISSUED_AT, TestReceipt, disposition, evidence_target};

use std::path::PathBuf;
use std::sync::Arc;

use verifier::context::SubmitterName;
use verifier::payload::Settings;

use crate::clock::Clock as _;
use crate::config::Limits;
use crate::error::{OpenError, SubmitError};
use crate::genesis;
use crate::handle::{Ack, Ledger};
use crate::high_water::HighWaterFile;
use crate::recovery;
use crate::signer::{KeyError, LogKey};
use crate::store::LogStore;
use crate::store::memory::MemoryStore;

/// Origin of the test log.
pub const ORIGIN: &str = "ledger.example/test";
/// Seed of its key.
pub const LOG_SEED: [u8; 32] = [1; 32];
/// Salt of its subject hashes.
pub const SALT: [u8; 32] = [7; 32];

/// Why a test log cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestLogError {
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The log cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The temporary directory.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A created log and what belongs to it. Opening it gives a [`Ledger`]; several times in turn, as after
/// restarts.
#[derive(Debug)]
pub struct TestLog {
    /// Where the log lives.
    pub store: Arc<dyn LogStore>,
    /// The clock of the log, which the test sets.
    pub clock: Arc<ManualClock>,
    /// Who signs what.
    pub actors: Actors,
    dir: tempfile::TempDir,
}

impl TestLog {
    /// A log in memory with default settings.
    ///
    /// # Errors
    /// [`TestLogError::Io`] where there is no room for a temporary directory.
    pub fn new() -> Result<Self, TestLogError> {
        Self::create(Arc::new(MemoryStore::new()), Settings::default())
    }

    /// A log in an empty store.
    ///
    /// # Errors
    /// [`TestLogError::Open`] where [`genesis::create`] refuses the store, as one that holds a log; otherwise
    /// as [`new`](Self::new).
    pub fn create(store: Arc<dyn LogStore>, settings: Settings) -> Result<Self, TestLogError> {
        let log = Self {
            store,
            clock: Arc::new(ManualClock::default()),
            actors: Actors::new()?,
            dir: tempfile::tempdir()?,
        };
        genesis::create(
            log.store.as_ref(),
            &LogKey::from_seed(ORIGIN, LOG_SEED)?,
            &log.actors.operator,
            settings,
            SALT,
            log.clock.now(),
            &mut HighWaterFile::new(log.high_water()),
        )?;
        Ok(log)
    }

    /// The high-water file.
    pub fn high_water(&self) -> PathBuf {
        self.dir.path().join("high-water")
    }

    /// Opens it with default limits.
    ///
    /// # Errors
    /// As [`open_store`](Self::open_store).
    pub fn open(&self) -> Result<Ledger, TestLogError> {
        self.open_with(Limits::default())
    }

    /// Opens it.
    ///
    /// # Errors
    /// As [`open_store`](Self::open_store).
    pub fn open_with(&self, limits: Limits) -> Result<Ledger, TestLogError> {
        self.open_store(Arc::clone(&self.store), limits)
    }

    /// Opens another handle of its store, such as one whose writes fail.
    ///
    /// # Errors
    /// [`TestLogError::Open`] where [`recovery::open`] does not open it.
    pub fn open_store(&self, store: Arc<dyn LogStore>, limits: Limits) -> Result<Ledger, TestLogError> {
        let key = Arc::new(LogKey::from_seed(ORIGIN, LOG_SEED)?);
        let clock = Arc::clone(&self.clock);
        let high_water = Box::new(HighWaterFile::new(self.high_water()));
        Ok(recovery::open(store, key, high_water, clock, limits)?)
    }

    /// Registers every issuer of [`Actors`].
    ///
    /// # Errors
    /// The first registration that was not logged.
    pub async fn register_all(&self, ledger: &Ledger) -> Result<(), SubmitError> {
        let bodies = self.actors.registrations(ORIGIN);
        for result in submit(ledger, "operator", bodies).await {
            result?;
        }
        Ok(())
    }
}

/// Submits documents under a submitter's name; a name that is none gives no results.
pub async fn submit(ledger: &Ledger, submitter: &str, bodies: Vec<String>) -> Vec<Result<Ack, SubmitError>> {
    let Some(submitter) = SubmitterName::parse(submitter) else {
        return Vec::new();
    };
    let bodies = bodies.into_iter().map(String::into_bytes).collect();
    ledger.submit_all(&submitter, bodies).await
}

/// A wrapper of a document with a context.
pub fn wrap(document: &str, context: &serde_json::Value) -> String {
    format!("{{\"evidence\":{document},\"context\":{context}}}")
}
