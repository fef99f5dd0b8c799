//! Computing the authenticated index again, entry by entry (`schemas/index.md` §6, M1 to M4).
//!
//! Rows follow from entries and the salt of log.genesis, runs from rows. Every run of every index.root is compared with the one
//! that is computed here, so that an index that leaves a row out, or has one too many, is found. What is wrong stops the replay and
//! not the audit: only once all entries have led to the signed root is it the log that said it, and not the one who served it.
//!
//! Work and memory: a run is computed from its parts, and each row of the newest entries is taken once, so that an auditor merges
//! rows as often as the log that joined the runs, and no more: the first list that is wrong ends the replay. What is in memory
//! does not grow with the log; other rows are in a [`RowSpace`].

mod end;
mod keep;
mod lag;
mod limits;
mod lists;
mod need;
mod queue;
mod runs;
mod sort;
mod space;
mod spilled;
mod summary;

pub use end::{ReplayEnd, ReplayEndReason, may_cover};
pub use keep::{KeepFault, KeptReplay};
pub use limits::ROWS_IN_MEMORY;
pub use space::{MemorySpace, RowFile, RowSpace};

use lag::IndexLag;
use limits::RowLimits;
use lists::{RootFault, list_of};
use need::IndexNeed;
use runs::{ListError, RunReplay};
use space::RowSpaceError;

use crate::entry::Entry;
use crate::index::LeafIndex;
use crate::kind::Kind;
use crate::runs::RunList;
use crate::subject::IndexSalt;
use crate::subject_index::rows_of;

/// The index of a log, while its entries are read.
#[derive(Debug, Default)]
pub struct IndexReplay {
    runs: RunReplay,
    salt: Salt,
    lag: IndexLag,
    need: IndexNeed,
    /// The newest list.
    list: Option<RunList>,
    /// The index.root entries whose runs were all right.
    replayed: Replayed,
    /// The first index.root that is wrong. Nothing behind it is looked at.
    fault: Option<(LeafIndex, RootFault)>,
    /// The entry at which the replay ended, if it did. Nothing behind it is looked at.
    stop: Option<(LeafIndex, Stop)>,
}

/// Whether rows can be derived.
#[derive(Debug)]
enum Salt {
    /// What is to be done once log.genesis comes, for the entries in front of it.
    Awaited(Vec<Step>),
    Known(IndexSalt),
    /// No log.genesis came in time.
    Missing,
}

impl Default for Salt {
    fn default() -> Self {
        Self::Awaited(Vec::new())
    }
}

/// What waits for the salt.
#[derive(Debug)]
enum Step {
    Rows(LeafIndex, Box<Entry>),
    Compare(LeafIndex, RunList),
}

/// Why nothing more is replayed, though nothing is wrong with the log.
#[derive(Debug)]
enum Stop {
    /// An entry of a later format: nobody here knows its rows.
    UnknownFormat,
    /// The place for rows failed.
    Space(RowSpaceError),
    /// An earlier replay of the same log ended, and this one begins behind it.
    NotFollowed,
}

#[derive(Clone, Copy, Debug, Default)]
struct Replayed {
    index_roots: u64,
    covered: u64,
}

impl IndexReplay {
    /// A replay that has about `rows` rows of 24 bytes in memory, such as [`ROWS_IN_MEMORY`], and the others in `space`.
    pub fn with_space(space: Box<dyn RowSpace>, rows: usize) -> Self {
        Self {
            runs: RunReplay::new(space, RowLimits::of_rows(rows)),
            ..Self::default()
        }
    }

    /// A replay that looks at nothing, since an earlier one of the same log has ended.
    pub fn not_followed(at: LeafIndex) -> Self {
        Self {
            salt: Salt::Missing,
            stop: Some((at, Stop::NotFollowed)),
            ..Self::default()
        }
    }

    /// Whether it is [`not_followed`](Self::not_followed).
    pub fn was_not_followed(&self) -> bool {
        matches!(self.stop, Some((_, Stop::NotFollowed)))
    }

    /// Takes the next entry.
    pub fn take_entry(&mut self, index: LeafIndex, entry: &Entry) {
        if self.fault.is_some() || self.stop.is_some() {
            return;
        }
        if entry.kind == Kind::IndexRoot {
            self.take_index_root(index, entry);
            return;
        }
        self.lag.take_entry(index, entry.logged_at);
        self.need.take_entry(index);
        match &mut self.salt {
            Salt::Awaited(steps) => steps.push(Step::Rows(index, Box::new(entry.clone()))),
            Salt::Known(salt) => {
                let salt = *salt;
                self.take_rows(index, entry, &salt);
            }
            Salt::Missing => {}
        }
    }

    /// Takes an entry whose rows nobody here knows, as it is of a later format or was not there: up to it everything was looked at.
    pub fn take_unknown(&mut self, index: LeafIndex) {
        if self.fault.is_none() && self.stop.is_none() {
            self.stop = Some((index, Stop::UnknownFormat));
        }
    }

    /// Takes the salt of the log, if it is waited for.
    pub fn take_salt(&mut self, salt: IndexSalt) {
        let Salt::Awaited(steps) = &mut self.salt else {
            return;
        };
        let steps = std::mem::take(steps);
        self.salt = Salt::Known(salt);
        // What is already known to end the replay is behind all of the steps.
        let (fault, stop) = (self.fault.take(), self.stop.take());
        for step in steps {
            match step {
                _ if self.fault.is_some() || self.stop.is_some() => return,
                Step::Rows(index, entry) => self.take_rows(index, &entry, &salt),
                Step::Compare(index, list) => self.compare(index, &list),
            }
        }
        self.fault = self.fault.take().or(fault);
        self.stop = self.stop.take().or(stop);
    }

    /// Ends the waiting for the salt, so that entries are not held.
    pub fn without_salt(&mut self) {
        if matches!(self.salt, Salt::Awaited(_)) {
            self.salt = Salt::Missing;
        }
    }

    fn take_index_root(&mut self, index: LeafIndex, entry: &Entry) {
        match list_of(entry, self.list.as_ref()) {
            Ok(Some(list)) => {
                self.lag.take_index_root(list.covered());
                match &mut self.salt {
                    Salt::Awaited(steps) => steps.push(Step::Compare(index, list.clone())),
                    Salt::Known(_) => self.compare(index, &list),
                    Salt::Missing => {}
                }
                if let Some(before) = &self.list {
                    self.need.take_index_root(index, &list, before);
                }
                self.list = Some(list);
            }
            Ok(None) => {}
            Err(fault) => self.fault = Some((index, fault)),
        }
    }

    fn take_rows(&mut self, index: LeafIndex, entry: &Entry, salt: &IndexSalt) {
        // From 2^56 on there are no rows, and no list covers such an entry.
        let rows = rows_of(index, entry, salt).unwrap_or_default();
        if let Err(error) = self.runs.take_rows(&rows) {
            self.stop = Some((index, Stop::Space(error)));
        }
    }

    fn compare(&mut self, index: LeafIndex, list: &RunList) {
        match self.runs.check(list) {
            Ok(()) => {
                self.replayed.index_roots = self.replayed.index_roots.saturating_add(1);
                self.replayed.covered = list.covered().value();
            }
            Err(ListError::False(fault)) => self.fault = Some((index, fault.into())),
            Err(ListError::Space(error)) => self.stop = Some((index, Stop::Space(error))),
        }
    }
}
