//! Work that takes a thread and a processor while it lasts: a few at a time, in turns.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Caller;
use super::pool::{Pool, PoolFull, PoolNumbers, PoolShare};
use ledger::interest::{CancellationGuard, CancellationToken};

/// Callers without work are forgotten whenever there are twice as many as this.
const CALLERS_SWEPT_AT: usize = 1_024;

/// Why work has no answer.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Too many wait already.
    #[error(transparent)]
    Full(#[from] PoolFull),
    /// It panicked, or the process ends.
    #[error("it did not finish: {0}")]
    Failed(String),
}

/// Limits how many pieces of work run at once and how many wait. One caller gets half of both, so that a caller who
/// asks for much waits behind itself.
#[derive(Debug)]
pub struct WorkGate {
    places: Arc<Pool>,
    turns: Arc<Semaphore>,
    turns_per_caller: usize,
    callers: Mutex<HashMap<Caller, Weak<Semaphore>>>,
    abandoned: AtomicU64,
}

/// The right to work. Given back when dropped.
#[derive(Debug)]
pub struct WorkPermit {
    _shared: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
    _place: PoolShare,
}

impl WorkGate {
    /// A gate for `concurrent` works at once, and `waiting` more that wait.
    pub fn new(name: &'static str, concurrent: usize, waiting: usize) -> Arc<Self> {
        let places = concurrent.saturating_add(waiting);
        Arc::new(Self {
            places: Pool::new(name, places, places.div_ceil(2)),
            turns: Arc::new(Semaphore::new(concurrent)),
            turns_per_caller: concurrent.div_ceil(2),
            callers: Mutex::default(),
            abandoned: AtomicU64::new(0),
        })
    }

    /// Waits for the caller's turn.
    ///
    /// # Errors
    /// [`PoolFull`] at once, where too many wait.
    pub async fn enter(&self, caller: &Caller) -> Result<WorkPermit, WorkError> {
        let place = self.places.take(caller, 1)?;
        // First among the caller's own works: only as many as may run at once queue up with those of others.
        let own = permit(self.turns_of(caller)).await?;
        let turn = permit(Arc::clone(&self.turns)).await?;
        Ok(WorkPermit {
            _shared: turn,
            _own: own,
            _place: place,
        })
    }

    /// Does the current caller's work on a thread that may block. The work is told when nobody waits for it any more,
    /// and keeps its turn until it has ended.
    ///
    /// # Errors
    /// [`WorkError`].
    pub async fn run<T, W>(self: &Arc<Self>, work: W) -> Result<T, WorkError>
    where
        T: Send + 'static,
        W: FnOnce(CancellationToken) -> T + Send + 'static,
    {
        let caller = Caller::current();
        let turn = self.enter(&caller).await?;
        let waiting = CancellationGuard::default();
        let (gate, wanted) = (Arc::clone(self), waiting.wanted());
        let done = tokio::task::spawn_blocking(move || {
            let answer = caller.while_working(|| work(wanted.clone()));
            if !wanted.is_wanted() {
                gate.abandoned.fetch_add(1, Ordering::Relaxed);
            }
            drop(turn);
            answer
        });
        let done = done.await.map_err(|error| WorkError::Failed(error.to_string()));
        drop(waiting);
        done
    }

    /// How full it is: works that run or wait.
    pub fn numbers(&self) -> PoolNumbers {
        self.places.numbers()
    }

    /// Works whose caller left before they ended, since the start.
    pub fn abandoned(&self) -> u64 {
        self.abandoned.load(Ordering::Relaxed)
    }

    fn turns_of(&self, caller: &Caller) -> Arc<Semaphore> {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = callers.get(caller).and_then(Weak::upgrade) {
            return own;
        }
        if callers.len() >= CALLERS_SWEPT_AT {
            callers.retain(|_, own| own.strong_count() > 0);
        }
        let own = Arc::new(Semaphore::new(self.turns_per_caller));
        callers.insert(caller.clone(), Arc::downgrade(&own));
        own
    }
}

/// The semaphores are never closed.
async fn permit(of: Arc<Semaphore>) -> Result<OwnedSemaphorePermit, WorkError> {
    of.acquire_owned()
        .await
        .map_err(|error| WorkError::Failed(error.to_string()))
}
