//! What every handler shares: the ledger, who may ask, and the pools that bound concurrent work.

use crate::auth::AuthConfig;
use crate::error::ApiError;
use crate::limits::HostLimits;
use crate::links::ShareLinks;
use crate::metrics::HttpMetrics;
use crate::session::Sessions;
use crate::shares::ConnectionNumbers;
use ledger::handle::Ledger;
use ledger_query::QueryEngine;
use ledger_query::share::{Caller, PoolFull, PoolShare, Pools, WorkError, WorkGate};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use verifier::context::SubmitterName;

/// The state of the API; cheap to clone.
#[derive(Clone, Debug)]
pub struct ApiState {
    inner: Arc<StateInner>,
}

#[derive(Debug)]
struct StateInner {
    ledger: Ledger,
    engine: QueryEngine,
    auth: AuthConfig,
    limits: HostLimits,
    http: HttpMetrics,
    connections: Arc<ConnectionNumbers>,
    draining: watch::Receiver<bool>,
    pools: Arc<Pools>,
    submitters: BTreeMap<SubmitterName, Arc<Semaphore>>,
    /// For a submitter that the configuration does not name: `local`.
    unnamed: Arc<Semaphore>,
    sessions: Sessions,
    links: ShareLinks,
}

/// How people get in.
#[derive(Debug, Default)]
pub struct AccessStores {
    /// Who is signed in.
    pub sessions: Sessions,
    /// The share links.
    pub links: ShareLinks,
}

/// The right to have a body sequenced, and the room that it takes in memory. Given back when dropped.
#[derive(Debug)]
pub(crate) struct BodyPermit {
    pub(crate) room: PoolShare,
    _submitter: OwnedSemaphorePermit,
}

impl ApiState {
    /// Puts the state together. `draining` turns true when the server stops: long polls and event streams
    /// then end, so that a graceful shutdown does not wait for them.
    pub fn new(
        ledger: Ledger,
        auth: AuthConfig,
        limits: HostLimits,
        draining: watch::Receiver<bool>,
    ) -> Self {
        Self::with_people(ledger, auth, limits, draining, AccessStores::default())
    }

    /// The same with sessions and links that end by other limits, by another clock, or that are kept in a file.
    pub fn with_people(
        ledger: Ledger,
        auth: AuthConfig,
        limits: HostLimits,
        draining: watch::Receiver<bool>,
        people: AccessStores,
    ) -> Self {
        let per_submitter = || Arc::new(Semaphore::new(limits.submissions_per_submitter_max));
        let pools = Arc::new(Pools::new(&limits.pools));
        let connections = Arc::new(ConnectionNumbers::default());
        let engine = QueryEngine::new(ledger.reader().clone());
        let inner = StateInner {
            http: HttpMetrics::new(
                ledger.clone(),
                engine.clone(),
                Arc::clone(&pools),
                Arc::clone(&connections),
            ),
            connections,
            pools,
            submitters: auth
                .submitters
                .iter()
                .map(|one| (one.name.clone(), per_submitter()))
                .collect(),
            unnamed: per_submitter(),
            sessions: people.sessions,
            links: people.links,
            ledger,
            engine,
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

    /// What answers questions about the log. Handlers use it for those that touch memory only; others go through `read`.
    pub fn engine(&self) -> &QueryEngine {
        &self.inner.engine
    }

    /// Who may ask.
    pub fn auth(&self) -> &AuthConfig {
        &self.inner.auth
    }

    /// Who is signed in.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// The share links that there are.
    pub(crate) fn links(&self) -> &ShareLinks {
        &self.inner.links
    }

    /// The limits in force.
    pub fn limits(&self) -> &HostLimits {
        &self.inner.limits
    }

    /// What callers may have under way at once. The pages draw on the same pools.
    pub fn pools(&self) -> &Arc<Pools> {
        &self.inner.pools
    }

    /// The counters of connections, for the server that accepts them.
    pub fn connections(&self) -> &Arc<ConnectionNumbers> {
        &self.inner.connections
    }

    pub(crate) fn http(&self) -> &HttpMetrics {
        &self.inner.http
    }

    /// Turns true when the server stops.
    pub fn draining(&self) -> watch::Receiver<bool> {
        self.inner.draining.clone()
    }

    /// Resolves when the server stops.
    pub(crate) async fn drained(&self) {
        let mut draining = self.inner.draining.clone();
        // A dropped sender means that nobody will ever say so; the stream then lives as long as the log.
        if draining.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Asks the log on a blocking thread: storage may take its time, the async threads may not. What is asked ends when
    /// nobody waits for the answer any more.
    pub(crate) async fn read<T, E, F>(&self, question: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
        F: FnOnce(&QueryEngine) -> Result<T, E> + Send + 'static,
    {
        self.ask(&self.inner.pools.reads, question).await
    }

    /// The same for what collects and judges a job's whole evidence.
    pub(crate) async fn assess<T, E, F>(&self, question: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
        F: FnOnce(&QueryEngine) -> Result<T, E> + Send + 'static,
    {
        self.ask(&self.inner.pools.assessments, question).await
    }

    /// The same at any gate of the pools.
    pub(crate) async fn ask<T, E, F>(&self, gate: &Arc<WorkGate>, question: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
        F: FnOnce(&QueryEngine) -> Result<T, E> + Send + 'static,
    {
        let engine = self.engine().clone();
        let answer = gate.run(move |wanted| question(&engine.with_cancellation(wanted)));
        answer.await?.map_err(Into::into)
    }

    /// The right of a submitter to send a body, or the reason to come back later.
    pub(crate) fn admit(&self, submitter: &SubmitterName) -> Result<BodyPermit, ApiError> {
        let gate = self
            .inner
            .submitters
            .get(submitter)
            .unwrap_or(&self.inner.unnamed);
        let permit = Arc::clone(gate)
            .try_acquire_owned()
            .map_err(|_| ApiError::TooManyRequests)?;
        let caller = Caller::Named(submitter.clone());
        Ok(BodyPermit {
            room: self.inner.pools.submission_bytes.take(&caller, 0)?,
            _submitter: permit,
        })
    }

    /// Room for a body that is read and not logged.
    pub(crate) fn hold_question(&self) -> Result<PoolShare, PoolFull> {
        self.inner.pools.question_bytes.begin(&Caller::current())
    }

    /// The right to keep an event stream open, or to wait for an event.
    pub(crate) fn open_stream(&self) -> Result<PoolShare, PoolFull> {
        self.inner.pools.streams.take(&Caller::current(), 1)
    }
}

impl From<WorkError> for ApiError {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Full(full) => full.into(),
            WorkError::Failed(why) => Self::Internal(format!("a read did not finish: {why}")),
        }
    }
}
