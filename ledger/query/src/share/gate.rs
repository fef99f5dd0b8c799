//! Work that takes a thread and a processor while it lasts: a few at a time, in turns.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Caller;
use super::pool::{Pool, PoolFull, PoolNumbers, PoolShare};
use ledger::interest::{CallerGuard, CallerInterest};

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
        W: FnOnce(CallerInterest) -> T + Send + 'static,
    {
        let caller = Caller::current();
        let turn = self.enter(&caller).await?;
        let waiting = CallerGuard::default();
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{Caller, PoolFull, WorkError, WorkGate};
    use std::net::IpAddr;
    use std::sync::mpsc;

    fn caller(last: u8) -> Caller {
        Caller::peer(IpAddr::from([192, 0, 2, last]))
    }

    #[tokio::test]
    async fn whoever_asks_for_much_waits_behind_itself() {
        let gate = WorkGate::new("works", 2, 4);
        let first = gate.enter(&caller(1)).await.unwrap();
        let second = caller(1);
        let mut waits = Box::pin(gate.enter(&second));
        assert!(
            futures_poll(&mut waits).await.is_none(),
            "one caller has one turn of two"
        );
        let other = gate.enter(&caller(2)).await.unwrap();
        drop(first);
        let second = waits.await.unwrap();
        drop((other, second));
        assert_eq!(gate.numbers().held, 0);
    }

    #[tokio::test]
    async fn nobody_waits_beyond_the_places() {
        let gate = WorkGate::new("works", 1, 1);
        let running = gate.enter(&caller(1)).await.unwrap();
        let more = gate.enter(&caller(1)).await.err();
        assert!(
            matches!(more, Some(WorkError::Full(PoolFull::Share("works")))),
            "{more:?}"
        );
        let second = caller(2);
        let mut waits = Box::pin(gate.enter(&second));
        assert!(futures_poll(&mut waits).await.is_none());
        let more = gate.enter(&caller(3)).await.err();
        assert!(
            matches!(more, Some(WorkError::Full(PoolFull::Pool("works")))),
            "{more:?}"
        );
        drop(running);
        assert!(waits.await.is_ok());
    }

    #[tokio::test]
    async fn work_is_told_that_its_caller_left_and_keeps_its_turn_to_the_end() {
        let gate = WorkGate::new("works", 1, 1);
        let (started, has_started) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let (ended, has_ended) = mpsc::channel();
        let mut asking = Box::pin(gate.run(move |wanted| {
            started.send(()).unwrap();
            may_go_on.recv().unwrap();
            ended.send(wanted.is_wanted()).unwrap();
        }));
        while has_started.try_recv().is_err() {
            assert!(futures_poll(&mut asking).await.is_none());
        }
        drop(asking);
        assert_eq!(gate.numbers().held, 1, "the thread is still taken");
        go_on.send(()).unwrap();
        assert!(!has_ended.recv().unwrap());
        while gate.numbers().held > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.abandoned(), 1);
    }

    /// What a future has to say after one look at it.
    async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = future => Some(output),
            () = tokio::task::yield_now() => None,
        }
    }
}
