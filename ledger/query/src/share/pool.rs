//! A number of something, bytes or places, that is handed out and given back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Caller;

/// Why a pool gave nothing. Nobody waits for it: the caller is told to come back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PoolFull {
    /// All of it is taken.
    #[error("the server has all the {0} under way that it takes at once")]
    Pool(&'static str),
    /// The rest is kept for others.
    #[error("you have all the {0} under way that one caller may have at once")]
    Share(&'static str),
}

/// What a pool has to say about itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolNumbers {
    /// Its name, in the plural.
    pub name: &'static str,
    /// How much there is.
    pub capacity: usize,
    /// How much of it is taken.
    pub held: usize,
    /// How often it gave nothing, since the start.
    pub refused: u64,
}

/// Most rooms that one caller begins at once, whatever comes into them.
const BEGUN_MAX: usize = 512;

/// A bounded amount, of which one caller gets a share at most.
#[derive(Debug)]
pub struct Pool {
    name: &'static str,
    capacity: usize,
    share: usize,
    held: Mutex<PoolUsage>,
    refused: AtomicU64,
}

#[derive(Debug, Default)]
struct PoolUsage {
    sum: usize,
    by_caller: HashMap<Caller, usize>,
}

impl Pool {
    /// A pool of `capacity`, of which one caller gets `share` at most. `name` says what it is of, in the plural.
    pub fn new(name: &'static str, capacity: usize, share: usize) -> Arc<Self> {
        Arc::new(Self {
            name,
            capacity,
            share,
            held: Mutex::default(),
            refused: AtomicU64::new(0),
        })
    }

    /// Takes an amount for a caller. It is given back when what is returned is dropped.
    ///
    /// # Errors
    /// [`PoolFull`], at once.
    pub fn take(self: &Arc<Self>, caller: &Caller, amount: usize) -> Result<PoolShare, PoolFull> {
        let mut room = PoolShare {
            pool: Arc::clone(self),
            caller: caller.clone(),
            amount: 0,
            unused: 0,
        };
        room.grow(amount)?;
        Ok(room)
    }

    /// Takes what a body begins with that is still to come, a 512th of the caller's share. A client that announces
    /// bodies and sends nothing of them would otherwise have as many under way as there are connections.
    ///
    /// # Errors
    /// [`PoolFull`], at once.
    pub fn begin(self: &Arc<Self>, caller: &Caller) -> Result<PoolShare, PoolFull> {
        let first = self.share.div_euclid(BEGUN_MAX);
        let mut room = self.take(caller, first)?;
        room.unused = first;
        Ok(room)
    }

    /// How full it is.
    pub fn numbers(&self) -> PoolNumbers {
        PoolNumbers {
            name: self.name,
            capacity: self.capacity,
            held: self.held().sum,
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    /// A poisoned lock only says that another holder panicked; each change below is whole.
    fn held(&self) -> MutexGuard<'_, PoolUsage> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, caller: &Caller, amount: usize) -> Result<(), PoolFull> {
        let mut held = self.held();
        let own = held.by_caller.get(caller).copied().unwrap_or(0);
        let refusal = if amount > self.capacity.saturating_sub(held.sum) {
            Some(PoolFull::Pool(self.name))
        } else if amount > self.share.saturating_sub(own) {
            Some(PoolFull::Share(self.name))
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(refusal);
        }
        held.sum = held.sum.saturating_add(amount);
        held.by_caller.insert(caller.clone(), own.saturating_add(amount));
        Ok(())
    }

    fn give_back(&self, caller: &Caller, amount: usize) {
        let mut held = self.held();
        held.sum = held.sum.saturating_sub(amount);
        let own = held.by_caller.get(caller).copied().unwrap_or(0);
        if own > amount {
            held.by_caller.insert(caller.clone(), own.saturating_sub(amount));
        } else {
            held.by_caller.remove(caller);
        }
    }
}

/// What a caller took from a pool.
#[derive(Debug)]
pub struct PoolShare {
    pool: Arc<Pool>,
    caller: Caller,
    amount: usize,
    /// What was taken at the beginning, and not come yet.
    unused: usize,
}

impl PoolShare {
    /// Takes more.
    ///
    /// # Errors
    /// [`PoolFull`]; what was taken before stays taken.
    pub fn grow(&mut self, amount: usize) -> Result<(), PoolFull> {
        let more = amount.saturating_sub(self.unused);
        self.pool.add(&self.caller, more)?;
        self.unused = self.unused.saturating_sub(amount);
        self.amount = self.amount.saturating_add(more);
        Ok(())
    }
}

impl Drop for PoolShare {
    fn drop(&mut self) {
        self.pool.give_back(&self.caller, self.amount);
    }
}

#[cfg(test)]
mod tests {
    use super::{Pool, PoolFull};
    use crate::share::Caller;
    use std::net::IpAddr;

    fn caller(last: u8) -> Caller {
        Caller::peer(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn one_caller_gets_its_share_and_others_get_the_rest() {
        let pool = Pool::new("bodies", 10, 6);
        let first = pool.take(&caller(1), 4);
        let mut second = pool.take(&caller(1), 2);
        assert_eq!(pool.take(&caller(1), 1).err(), Some(PoolFull::Share("bodies")));
        let other = pool.take(&caller(2), 4);
        assert!(other.is_ok());
        assert_eq!(pool.take(&caller(3), 1).err(), Some(PoolFull::Pool("bodies")));
        assert_eq!(pool.numbers().refused, 2);
        drop(first);
        assert_eq!(pool.numbers().held, 6);
        assert_eq!(second.as_mut().map(|room| room.grow(4)), Ok(Ok(())));
        drop((second, other));
        assert_eq!(pool.numbers().held, 0);
        assert!(
            pool.held().by_caller.is_empty(),
            "callers are forgotten with what they held"
        );
    }

    #[test]
    fn a_body_of_which_nothing_has_come_takes_a_512th_of_the_share() {
        let pool = Pool::new("bodies", 4096, 2048);
        let begun: Vec<_> = (0..512).filter_map(|_| pool.begin(&caller(1)).ok()).collect();
        assert_eq!(begun.len(), 512);
        assert_eq!(pool.begin(&caller(1)).err(), Some(PoolFull::Share("bodies")));
        assert!(pool.begin(&caller(2)).is_ok());
        drop(begun);
        let mut room = pool.begin(&caller(1));
        for (more, held) in [(3, 4), (3, 6)] {
            assert!(room.as_mut().is_ok_and(|room| room.grow(more).is_ok()));
            assert_eq!(pool.numbers().held, held, "what comes fills what was taken");
        }
        drop(room);
        assert_eq!(pool.numbers().held, 0);
    }
}
