//! A replay that goes on in another process: what it knows of the entries so far, without the entries.
//!
//! The rows of the runs, and those that no index.root covers yet, are in files of the caller's ([`RowSpace`]), of which the kept form has
//! the numbers. It is the caller's own memory: what of it does not fit together is damage, and says nothing about the log.

use serde::{Deserialize, Serialize};

use super::lag::IndexLag;
use super::limits::RowLimits;
use super::need::IndexNeed;
use super::runs::{ComputedRun, RunReplay};
use super::space::{RowSpace, RowSpaceError};
use super::spilled::{KeptFile, KeptRows, RowBytes};
use super::{IndexReplay, Replayed, Salt};
use crate::hash::{Hex, decode_hex};
use crate::index::{LeafIndex, TreeSize};
use crate::runs::{RUNS_MAX, RunDescriptor, RunHash, RunList, RunRange};
use crate::subject::IndexSalt;

/// Rows that wait for an index.root and are kept: 24 MiB. A log with an index has a second's worth.
const WAITING_MAX: usize = 1 << 20;

/// A replay between two rounds, as it is written into a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptReplay {
    /// Of the log's subjects, 64 hex digits.
    salt: String,
    /// Those of the newest index.root.
    runs: Vec<KeptRun>,
    /// Rows of entries that it does not cover.
    waiting: Option<KeptFile>,
    /// Times of these entries, oldest first: milliseconds, and the last entry of each. `None` where the log has no index.
    lag: Option<Vec<(u64, u64)>>,
    /// The newest entry that is no index.root.
    newest: Option<LeafIndex>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptRun {
    end: u64,
    pages: u64,
    root: String,
    rows: Option<KeptFile>,
}

impl KeptReplay {
    /// The numbers of the files that it needs, as their space has them.
    pub fn files(&self) -> impl Iterator<Item = u64> {
        let runs = self.runs.iter().filter_map(|run| run.rows.as_ref());
        runs.chain(&self.waiting).map(|file| file.number)
    }
}

/// Why a replay cannot be kept, or cannot go on. The one who keeps it is at fault, and never the log.
#[derive(Debug, thiserror::Error)]
#[error("the replay of the index cannot be carried on: {0}")]
pub struct KeepFault(pub(in crate::check) String);

impl From<RowSpaceError> for KeepFault {
    fn from(error: RowSpaceError) -> Self {
        Self(error.to_string())
    }
}

fn fault(what: impl std::fmt::Display) -> KeepFault {
    KeepFault(what.to_string())
}

impl IndexReplay {
    /// Keeps a replay that has not [ended](Self::end). What it found so far, such as late entries, is not kept: the caller has reported
    /// it.
    ///
    /// # Errors
    /// [`KeepFault`] where rows cannot be kept, more than a million wait for an index.root, or the salt is not known.
    pub fn keep(self) -> Result<KeptReplay, KeepFault> {
        let Salt::Known(salt) = &self.salt else {
            return Err(fault("without log.genesis nobody knows the rows"));
        };
        let salt = Hex(salt.as_bytes()).to_string();
        let RunReplay {
            limits,
            mut space,
            mut queue,
            runs,
            ..
        } = self.runs;
        let waiting = queue.take_all(WAITING_MAX)?.ok_or_else(|| {
            fault(format!(
                "more than {WAITING_MAX} rows wait for the first index.root that covers them"
            ))
        })?;
        let mut kept = Vec::with_capacity(runs.len());
        for run in runs {
            kept.push(KeptRun {
                end: run.descriptor.range.end().value(),
                pages: run.descriptor.pages,
                root: run.descriptor.root.to_string(),
                rows: run.rows.keep(&limits, space.as_mut())?,
            });
        }
        Ok(KeptReplay {
            salt,
            runs: kept,
            waiting: KeptRows::Memory(waiting).keep(&limits, space.as_mut())?,
            lag: self.lag.keep(),
            newest: self.need.newest(),
        })
    }

    /// Goes on with a replay that was kept, with about `rows` rows in memory.
    ///
    /// # Errors
    /// [`KeepFault`] where the kept form, or a file that it names, is damaged.
    pub fn resume(kept: &KeptReplay, mut space: Box<dyn RowSpace>, rows: usize) -> Result<Self, KeepFault> {
        let salt = decode_hex(&kept.salt).ok_or_else(|| fault("its salt is not 64 hex digits"))?;
        if kept.runs.len() > RUNS_MAX {
            return Err(fault(format!(
                "it has {} runs, at most {RUNS_MAX}",
                kept.runs.len()
            )));
        }
        let mut begin = TreeSize::new(0);
        let mut runs = Vec::with_capacity(kept.runs.len());
        for run in &kept.runs {
            let end = TreeSize::new(run.end);
            let range = RunRange::new(begin, end).ok_or_else(|| fault("its runs have no order"))?;
            let root = RunHash::parse_hex(&run.root).ok_or_else(|| fault("the root of a run is none"))?;
            let descriptor = RunDescriptor {
                range,
                pages: run.pages,
                root,
            };
            let rows = KeptRows::reopen(run.rows.as_ref(), space.as_mut())?;
            runs.push(ComputedRun { descriptor, rows });
            begin = end;
        }
        let descriptors: Vec<RunDescriptor> = runs.iter().map(|run| run.descriptor).collect();
        let list = if descriptors.is_empty() {
            None
        } else {
            Some(RunList::new(descriptors).map_err(fault)?)
        };
        let waiting = waiting(kept.waiting.as_ref(), space.as_mut())?;
        Ok(Self {
            runs: RunReplay::resume(space, RowLimits::of_rows(rows), runs, waiting),
            salt: Salt::Known(IndexSalt::from_bytes(salt)),
            lag: IndexLag::resume(kept.lag.as_deref()),
            need: IndexNeed::resume(kept.newest),
            replayed: Replayed {
                index_roots: 0,
                covered: list.as_ref().map_or(0, |list| list.covered().value()),
            },
            list,
            fault: None,
            stop: None,
        })
    }

    /// Entries behind one that was not covered within a second, since the replay began or went on: how many, the first one, and the
    /// longest time in milliseconds (`schemas/index.md` §3, rule 3).
    pub fn late(&self) -> Option<(u64, LeafIndex, u64)> {
        let breaches = self.lag.breaches()?;
        Some((breaches.count, breaches.first?, breaches.longest_ms))
    }

    /// The entries that the newest index.root covers, and the newest entry that is no index.root.
    pub fn extent(&self) -> (TreeSize, Option<LeafIndex>) {
        let covered = self.list.as_ref().map(RunList::covered);
        (covered.unwrap_or_default(), self.need.newest())
    }

    /// When the oldest entry was logged that no index.root covers, in milliseconds since 1970. `None`: there is none, or no index.
    pub fn uncovered_since_ms(&self) -> Option<(LeafIndex, u64)> {
        self.lag.oldest()
    }
}

/// The rows of a file, which is read whole: there are no more than were kept.
fn waiting(kept: Option<&KeptFile>, space: &mut dyn RowSpace) -> Result<Vec<RowBytes>, KeepFault> {
    if kept.is_some_and(|kept| kept.rows > super::spilled::count(WAITING_MAX)) {
        return Err(fault("more rows wait than are kept"));
    }
    let mut all = Vec::new();
    for row in KeptRows::reopen(kept, space)?.into_rows() {
        all.push(row?.to_bytes());
    }
    Ok(all)
}
