//! Places for connections: so many in all, so many for one peer. Where they are taken, the connection that has been
//! without a request for the longest gives way: silence keeps nobody out.

use api::ConnectionNumbers;
use ledger_query::share::Caller;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// All places.
#[derive(Debug)]
pub(crate) struct ConnectionSlots {
    max: usize,
    per_peer_max: usize,
    state: Mutex<SlotState>,
    freed: Notify,
    numbers: Arc<ConnectionNumbers>,
}

#[derive(Debug, Default)]
struct SlotState {
    /// Connections that are open.
    open: usize,
    /// Those of them that were told to close.
    leaving: usize,
    peers: HashMap<Caller, PeerSlots>,
    /// Counts the times that a connection came to be without a request.
    clock: u64,
}

#[derive(Debug, Default)]
struct PeerSlots {
    open: usize,
    leaving: usize,
    /// Connections without a request under way, by the time since when.
    idle: BTreeMap<u64, Arc<Notify>>,
}

/// What happens to a new connection.
enum SlotDecision {
    Taken(Arc<ConnectionSlot>),
    /// Another one has to be gone first.
    Wait,
    /// All others have requests under way.
    Full,
}

impl ConnectionSlots {
    pub(crate) fn new(max: usize, per_peer_max: usize, numbers: Arc<ConnectionNumbers>) -> Arc<Self> {
        Arc::new(Self {
            max,
            per_peer_max,
            state: Mutex::default(),
            freed: Notify::new(),
            numbers,
        })
    }

    /// A place for a new connection; `None` if there is none to be had. Called by one task at a time.
    pub(crate) async fn take(self: &Arc<Self>, peer: &Caller) -> Option<Arc<ConnectionSlot>> {
        loop {
            match self.decide(peer) {
                SlotDecision::Taken(place) => return Some(place),
                SlotDecision::Wait => self.freed.notified().await,
                SlotDecision::Full => {
                    self.numbers.turned_away.fetch_add(1, Ordering::Relaxed);
                    return None;
                }
            }
        }
    }

    /// Tells every connection without a request to close.
    pub(crate) fn close_idle(&self) {
        let mut state = self.state();
        let SlotState { leaving, peers, .. } = &mut *state;
        for peer in peers.values_mut() {
            while peer.displace() {
                *leaving = leaving.saturating_add(1);
            }
        }
    }

    fn decide(self: &Arc<Self>, peer: &Caller) -> SlotDecision {
        let mut state = self.state();
        let state = &mut *state;
        let own = state.peers.get(peer);
        let (own_open, own_leaving) = own.map_or((0, 0), |own| (own.open, own.leaving));
        let has_its_number = own_open >= self.per_peer_max;
        if !has_its_number && state.open < self.max {
            return SlotDecision::Taken(self.open(state, peer));
        }
        let leaving = if has_its_number {
            own_leaving
        } else {
            state.leaving
        };
        if leaving > 0 {
            return SlotDecision::Wait;
        }
        let victim = if has_its_number {
            state.peers.get_mut(peer)
        } else {
            // The peer with the most connections gives one back.
            let with_idle = state.peers.values_mut().filter(|peer| !peer.idle.is_empty());
            with_idle.max_by_key(|peer| peer.open)
        };
        if victim.is_none_or(|victim| !victim.displace()) {
            return SlotDecision::Full;
        }
        state.leaving = state.leaving.saturating_add(1);
        self.numbers.displaced.fetch_add(1, Ordering::Relaxed);
        SlotDecision::Wait
    }

    fn open(self: &Arc<Self>, state: &mut SlotState, peer: &Caller) -> Arc<ConnectionSlot> {
        let displaced = Arc::new(Notify::new());
        state.open = state.open.saturating_add(1);
        state.clock = state.clock.saturating_add(1);
        let own = state.peers.entry(peer.clone()).or_default();
        own.open = own.open.saturating_add(1);
        own.idle.insert(state.clock, Arc::clone(&displaced));
        self.numbers.open.fetch_add(1, Ordering::Relaxed);
        Arc::new(ConnectionSlot {
            places: Arc::clone(self),
            peer: peer.clone(),
            displaced,
            idle_since: Mutex::new(Some(state.clock)),
        })
    }

    /// A poisoned lock only says that another task panicked; each change is whole.
    fn state(&self) -> MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PeerSlots {
    /// Tells the connection to close that has been without a request for the longest; false if there is none.
    fn displace(&mut self) -> bool {
        let Some((_, longest)) = self.idle.pop_first() else {
            return false;
        };
        self.leaving = self.leaving.saturating_add(1);
        longest.notify_one();
        true
    }
}

/// The place of one connection. Given back when dropped.
#[derive(Debug)]
pub(crate) struct ConnectionSlot {
    places: Arc<ConnectionSlots>,
    peer: Caller,
    displaced: Arc<Notify>,
    /// `None` while a request is under way, unless the connection was told to close. Locked before the state of all places.
    idle_since: Mutex<Option<u64>>,
}

impl ConnectionSlot {
    /// Resolves when the connection has to give way.
    pub(crate) async fn displaced(&self) {
        self.displaced.notified().await;
    }

    /// A request is under way until what is returned is dropped.
    pub(crate) fn answering(self: &Arc<Self>) -> RequestInProgress {
        let mut idle_since = self.idle_since();
        let mut state = self.places.state();
        // One that was told to close meanwhile stays so.
        if let Some(since) = *idle_since
            && let Some(own) = state.peers.get_mut(&self.peer)
            && own.idle.remove(&since).is_some()
        {
            *idle_since = None;
        }
        RequestInProgress(Arc::clone(self))
    }

    fn idle_since(&self) -> MutexGuard<'_, Option<u64>> {
        self.idle_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let since = self.idle_since().take();
        let mut state = self.places.state();
        let state = &mut *state;
        state.open = state.open.saturating_sub(1);
        if let Some(own) = state.peers.get_mut(&self.peer) {
            // A connection that was idle, and is no longer among those that are, was told to close.
            if since.is_some_and(|since| own.idle.remove(&since).is_none()) {
                own.leaving = own.leaving.saturating_sub(1);
                state.leaving = state.leaving.saturating_sub(1);
            }
            own.open = own.open.saturating_sub(1);
            if own.open == 0 {
                state.peers.remove(&self.peer);
            }
        }
        self.places.numbers.open.fetch_sub(1, Ordering::Relaxed);
        self.places.freed.notify_one();
    }
}

/// A request under way on a connection.
#[derive(Debug)]
pub(crate) struct RequestInProgress(Arc<ConnectionSlot>);

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        let place = &self.0;
        let mut idle_since = place.idle_since();
        if idle_since.is_some() {
            return;
        }
        let mut state = place.places.state();
        state.clock = state.clock.saturating_add(1);
        let now = state.clock;
        if let Some(own) = state.peers.get_mut(&place.peer) {
            own.idle.insert(now, Arc::clone(&place.displaced));
            *idle_since = Some(now);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{Caller, ConnectionSlot, ConnectionSlots};
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    fn peer(last: u8) -> Caller {
        Caller::peer(IpAddr::from([192, 0, 2, last]))
    }

    fn places(max: usize, per_peer_max: usize) -> Arc<ConnectionSlots> {
        ConnectionSlots::new(max, per_peer_max, Arc::default())
    }

    /// A connection that closes when it is told to, and says so.
    fn silent(place: Arc<ConnectionSlot>) -> tokio::task::JoinHandle<()> {
        tokio::spawn(async move { place.displaced().await })
    }

    #[tokio::test]
    async fn the_connection_that_was_silent_the_longest_gives_way() {
        let places = places(3, 2);
        let first = silent(places.take(&peer(1)).await.unwrap());
        let second = silent(places.take(&peer(1)).await.unwrap());
        let third = places.take(&peer(1)).await.unwrap();
        first.await.unwrap();
        assert!(!second.is_finished(), "only one had to give way");
        let other = places.take(&peer(2)).await.unwrap();
        // All three are taken: the peer with the most gives one back, and never the newcomer's own.
        let newcomer = places.take(&peer(3)).await.unwrap();
        second.await.unwrap();
        drop((third, other, newcomer));
        assert_eq!(places.state().open, 0);
        assert_eq!(places.state().leaving, 0);
        assert!(places.state().peers.is_empty());
        assert_eq!(places.numbers.displaced.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_request_under_way_is_not_given_up_for_a_new_connection() {
        let places = places(1, 1);
        let busy = places.take(&peer(1)).await.unwrap();
        let request = busy.answering();
        assert!(places.take(&peer(2)).await.is_none());
        assert_eq!(places.numbers.turned_away.load(Ordering::Relaxed), 1);
        drop(request);
        let told = silent(busy);
        assert!(places.take(&peer(2)).await.is_some());
        told.await.unwrap();
    }

    #[tokio::test]
    async fn a_request_that_comes_too_late_does_not_save_its_connection() {
        let places = places(1, 1);
        let told = places.take(&peer(1)).await.unwrap();
        let newcomer = peer(2);
        let mut waits = Box::pin(places.take(&newcomer));
        let waited = tokio::time::timeout(Duration::from_millis(1), &mut waits).await;
        assert!(waited.is_err());
        drop(told.answering());
        told.displaced().await;
        drop(told);
        drop(waits.await.unwrap());
        let state = places.state();
        assert_eq!((state.open, state.leaving), (0, 0));
    }

    #[tokio::test]
    async fn a_new_connection_waits_until_the_one_before_is_gone() {
        let places = places(1, 1);
        let slow = places.take(&peer(1)).await.unwrap();
        let newcomer = peer(2);
        let mut waits = Box::pin(places.take(&newcomer));
        let waited = tokio::time::timeout(Duration::from_millis(1), &mut waits).await;
        assert!(waited.is_err(), "its file descriptor is still taken");
        drop(slow);
        assert!(waits.await.is_some());
    }
}
