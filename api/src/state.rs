//! What every handler shares: the ledger, who may ask, and the gates that bound concurrent work.

use crate::auth::AuthConfig;
use crate::error::ApiError;
use crate::limits::{ASSESSMENTS_CONCURRENT_MAX, Limits};
use crate::observe::HttpMetrics;
use ledger::error::ReadError;
use ledger::handle::Ledger;
use ledger::reader::Reader;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use verifier::context::SubmitterName;

/// Unit of the semaphore that counts body bytes: its permits are 32-bit.
const BODY_UNIT_BYTES: usize = 1024;

/// The state of the API; cheap to clone.
#[derive(Clone, Debug)]
pub struct ApiState {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    ledger: Ledger,
    auth: AuthConfig,
    limits: Limits,
    http: HttpMetrics,
    draining: watch::Receiver<bool>,
    bodies: Arc<Semaphore>,
    packs: Arc<Semaphore>,
    submitters: BTreeMap<SubmitterName, Arc<Semaphore>>,
    /// For a submitter that the configuration does not name: `local`.
    unnamed: Arc<Semaphore>,
    reads: Arc<Semaphore>,
    assessments: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

/// The right to hold a body in memory and have it sequenced. Given back when dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    _submitter: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
}

impl ApiState {
    /// Puts the state together. `draining` turns true when the server stops: long polls and event streams
    /// then end, so that a graceful shutdown does not wait for them.
    pub fn new(ledger: Ledger, auth: AuthConfig, limits: Limits, draining: watch::Receiver<bool>) -> Self {
        let per_submitter = || Arc::new(Semaphore::new(limits.submissions_per_submitter_max));
        let inner = Inner {
            http: HttpMetrics::new(ledger.clone()),
            bodies: Arc::new(Semaphore::new(limits.body_bytes_in_flight_max / BODY_UNIT_BYTES)),
            packs: Arc::new(Semaphore::new(limits.pack_bytes_in_flight_max / BODY_UNIT_BYTES)),
            submitters: auth
                .submitters
                .iter()
                .map(|one| (one.name.clone(), per_submitter()))
                .collect(),
            unnamed: per_submitter(),
            reads: Arc::new(Semaphore::new(limits.reads_concurrent_max)),
            assessments: Arc::new(Semaphore::new(ASSESSMENTS_CONCURRENT_MAX)),
            streams: Arc::new(Semaphore::new(limits.streams_max)),
            ledger,
            auth,
            limits,
            draining,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The log's entrance.
    pub fn ledger(&self) -> &Ledger {
        &self.inner.ledger
    }

    /// The reading side, for questions that touch memory only. Others go through `read`.
    pub fn reader(&self) -> &Reader {
        self.inner.ledger.reader()
    }

    /// Who may ask.
    pub fn auth(&self) -> &AuthConfig {
        &self.inner.auth
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    pub(crate) fn http(&self) -> &HttpMetrics {
        &self.inner.http
    }

    /// Resolves when the server stops.
    pub(crate) async fn drained(&self) {
        let mut draining = self.inner.draining.clone();
        // A dropped sender means that nobody will ever say so; the stream then lives as long as the log.
        if draining.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Asks the log on a blocking thread: storage may take its time, the async threads may not.
    pub(crate) async fn read<T, E, F>(&self, question: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
        F: FnOnce(&Reader) -> Result<T, E> + Send + 'static,
    {
        self.ask(&self.inner.reads, question).await
    }

    /// The same for what collects and judges a job's whole evidence.
    pub(crate) async fn assess<T, E, F>(&self, question: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
        F: FnOnce(&Reader) -> Result<T, E> + Send + 'static,
    {
        self.ask(&self.inner.assessments, question).await
    }

    async fn ask<T, E, F>(&self, gate: &Arc<Semaphore>, question: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
        F: FnOnce(&Reader) -> Result<T, E> + Send + 'static,
    {
        let permit = Arc::clone(gate).acquire_owned().await;
        let permit = permit.map_err(|_| ApiError::Overloaded {
            reason: "the server stops",
        })?;
        let reader = self.reader().clone();
        let answer = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            question(&reader)
        });
        match answer.await {
            Ok(result) => result.map_err(Into::into),
            Err(error) => Err(ApiError::Internal(format!("a read did not finish: {error}"))),
        }
    }

    /// Room for a body of at most `bytes` by `submitter`, or the reason to come back later.
    pub(crate) fn admit(&self, submitter: &SubmitterName, bytes: usize) -> Result<Admitted, ApiError> {
        let gate = self
            .inner
            .submitters
            .get(submitter)
            .unwrap_or(&self.inner.unnamed);
        let submitter = Arc::clone(gate)
            .try_acquire_owned()
            .map_err(|_| ApiError::TooManyRequests)?;
        Ok(Admitted {
            _submitter: submitter,
            _bytes: self.hold(bytes)?,
        })
    }

    /// Room for a body of at most `bytes` that is read and not logged.
    pub(crate) fn hold(&self, bytes: usize) -> Result<OwnedSemaphorePermit, ApiError> {
        let reason = "too many request bodies are under way";
        take(&self.inner.bodies, bytes, reason)
    }

    /// Room for a pack of that many bytes until it is sent.
    pub(crate) fn hold_pack(&self, bytes: usize) -> Result<OwnedSemaphorePermit, ApiError> {
        take(&self.inner.packs, bytes, "too many packs are being sent")
    }

    /// The right to keep an event stream open.
    pub(crate) fn open_stream(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let full = |_| ApiError::Overloaded {
            reason: "too many event streams are open",
        };
        Arc::clone(&self.inner.streams).try_acquire_owned().map_err(full)
    }
}

fn take(gate: &Arc<Semaphore>, bytes: usize, reason: &'static str) -> Result<OwnedSemaphorePermit, ApiError> {
    let units = u32::try_from(bytes.div_ceil(BODY_UNIT_BYTES)).unwrap_or(u32::MAX);
    let permit = Arc::clone(gate).try_acquire_many_owned(units);
    permit.map_err(|_| ApiError::Overloaded { reason })
}

/// What a store lacks although the signed head says that it is there.
pub(crate) fn missing(what: String) -> ReadError {
    ReadError::Corrupt {
        what,
        expected: "present".to_owned(),
        found: "nothing".to_owned(),
    }
}
