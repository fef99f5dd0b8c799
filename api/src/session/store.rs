//! The sessions that are open, in memory: a restart, which is how a configuration changes, ends all of them.
//!
//! Of a session's id only the hash is kept, so that nothing that is read out of this memory opens a session.

use ledger::clock::{Clock, SystemClock};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use verifier::context::SubmitterName;

use super::attempts::Attempts;
use crate::links::LinkId;

/// SHA-256 of a session's id.
pub(crate) type SessionKey = [u8; 32];

/// Whom a session speaks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SessionPerson {
    /// Somebody who may read the log: the holder of a reader's or submitter's token.
    Reader(SubmitterName),
    /// Somebody who opened share links, the newest last.
    Guest(Vec<LinkId>),
}

impl fmt::Display for SessionPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reader(name) => f.write_str(name.as_str()),
            Self::Guest(links) => {
                let links: Vec<String> = links.iter().map(ToString::to_string).collect();
                write!(f, "guest of share link {}", links.join(", "))
            }
        }
    }
}

impl SessionPerson {
    /// Whether sessions of both count together: of one reader, or of those who opened one link.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Reader(name), Self::Reader(other)) => name == other,
            (Self::Guest(links), Self::Guest(others)) => {
                others.last().is_some_and(|link| links.contains(link))
            }
            (Self::Reader(_) | Self::Guest(_), _) => false,
        }
    }
}

/// What bounds sessions.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// A session ends when nothing was asked with it for this long.
    pub idle: Duration,
    /// A session ends this long after it began, whatever was asked with it.
    pub absolute: Duration,
    /// Sessions of one person. Another one ends the one that was not used for the longest.
    pub per_person_max: usize,
    /// Sessions of those who opened one link, who may be many, with the same rule.
    pub per_link_max: usize,
    /// Sessions in all, with the same rule.
    pub all_max: usize,
    /// Tokens that are nobody's that one peer may send within `failure_window`, to sign in or with requests of the API. Beyond
    /// them it has to wait with further ones; a valid token never waits.
    pub failures_max: u32,
    /// See `failures_max`.
    pub failure_window: Duration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(12 * 60 * 60),
            per_person_max: 16,
            per_link_max: 100,
            all_max: 4_096,
            failures_max: 10,
            failure_window: Duration::from_secs(5 * 60),
        }
    }
}

#[derive(Debug)]
struct Session {
    person: SessionPerson,
    began: Duration,
    used: Duration,
}

/// The open sessions, by the hash of their ids.
#[derive(Debug)]
pub struct Sessions {
    limits: SessionLimits,
    clock: Arc<dyn Clock>,
    open: Mutex<HashMap<SessionKey, Session>>,
    pub(crate) attempts: Attempts,
}

impl Default for Sessions {
    fn default() -> Self {
        Self::new(SessionLimits::default(), Arc::new(SystemClock::new()))
    }
}

impl Sessions {
    /// None yet. Times are taken from the monotonic part of `clock`: setting the wall clock prolongs nothing.
    pub fn new(limits: SessionLimits, clock: Arc<dyn Clock>) -> Self {
        Self {
            attempts: Attempts::new(limits, Arc::clone(&clock)),
            limits,
            clock,
            open: Mutex::default(),
        }
    }

    /// Opens a session for a person who was recognised, under a new id.
    pub(crate) fn begin(&self, key: SessionKey, person: SessionPerson) {
        let now = self.clock.monotonic();
        let mut open = self.open();
        open.retain(|_, session| self.is_live(session, now));
        let is_own = |session: &Session| session.person.is_same(&person);
        let own_max = match &person {
            SessionPerson::Reader(_) => self.limits.per_person_max,
            SessionPerson::Guest(_) => self.limits.per_link_max,
        };
        if open.values().filter(|session| is_own(session)).count() >= own_max {
            forget_least_used(&mut open, is_own);
        } else if open.len() >= self.limits.all_max {
            // Who has a link opens as many as there may be; that ends no session of a reader while there are others.
            let is_guest = |session: &Session| matches!(session.person, SessionPerson::Guest(_));
            if open.values().any(is_guest) {
                forget_least_used(&mut open, is_guest);
            } else {
                forget_least_used(&mut open, |_| true);
            }
        }
        let session = Session {
            person,
            began: now,
            used: now,
        };
        open.insert(key, session);
    }

    /// Whom the session speaks for, if it is open. It counts as used.
    pub(crate) fn find(&self, key: SessionKey) -> Option<SessionPerson> {
        let now = self.clock.monotonic();
        let mut open = self.open();
        let session = open.get_mut(&key)?;
        if !self.is_live(session, now) {
            let ended = open.remove(&key)?;
            tracing::info!(person = %ended.person, "a session ended by time");
            return None;
        }
        session.used = now;
        Some(session.person.clone())
    }

    /// The same without counting as a use: what a page does by itself keeps no session from ending.
    pub(crate) fn look(&self, key: SessionKey) -> Option<SessionPerson> {
        let now = self.clock.monotonic();
        let open = self.open();
        let session = open.get(&key).filter(|session| self.is_live(session, now))?;
        Some(session.person.clone())
    }

    /// Ends a session at once.
    pub(crate) fn end(&self, key: SessionKey) {
        self.open().remove(&key);
    }

    fn is_live(&self, session: &Session, now: Duration) -> bool {
        now.saturating_sub(session.used) < self.limits.idle
            && now.saturating_sub(session.began) < self.limits.absolute
    }

    fn open(&self) -> MutexGuard<'_, HashMap<SessionKey, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget_least_used(open: &mut HashMap<SessionKey, Session>, of: impl Fn(&Session) -> bool) {
    let candidates = open.iter().filter(|(_, session)| of(session));
    let oldest = candidates
        .min_by_key(|(_, session)| session.used)
        .map(|(key, _)| *key);
    if let Some(ended) = oldest.and_then(|key| open.remove(&key)) {
        tracing::info!(person = %ended.person, "a session ended, since there are as many newer ones as there may be");
    }
}
