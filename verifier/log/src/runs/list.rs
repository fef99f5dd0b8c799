//! The list of runs that an index.root names.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::row::INDEX_LIMIT;
use super::{AskedRows, RunHash};
use crate::index::{LeafIndex, TreeSize};

/// Most runs of a list.
pub const RUNS_MAX: usize = 32;
/// Bytes of a run in a list.
const DESCRIPTOR_BYTES: usize = 48;
/// Separates the hash of a list from every other hash.
const TAG: &[u8] = b"evidence-ledger/index/v1\0";

crate::hex_hash!(
    /// SHA-256(`evidence-ledger/index/v1` 00 list).
    RunListDigest
);

/// Consecutive entries, such as those of a run: those that a tree of size `end` has and one of size `begin` does not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RunRange {
    begin: TreeSize,
    end: TreeSize,
}

impl RunRange {
    /// The entries from `begin` to `end` - 1; `None` where there are none, or `end` does not fit into 7 bytes.
    pub fn new(begin: TreeSize, end: TreeSize) -> Option<Self> {
        (begin < end && end.value() < INDEX_LIMIT).then_some(Self { begin, end })
    }

    /// The size of the log in front of the first entry.
    pub fn begin(&self) -> TreeSize {
        self.begin
    }

    /// The size of the log with the last entry.
    pub fn end(&self) -> TreeSize {
        self.end
    }

    /// Whether the entry is one of them.
    pub fn contains(&self, index: LeafIndex) -> bool {
        !self.begin.contains(index) && self.end.contains(index)
    }

    /// The number of entries.
    pub fn entries(&self) -> u64 {
        self.end.value().saturating_sub(self.begin.value())
    }
}

impl fmt::Display for RunRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.begin, self.end)
    }
}

/// What a list says about a run. Whether there can be such a run is not checked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RunDescriptor {
    /// Its entries.
    pub range: RunRange,
    /// Its number of pages.
    pub pages: u64,
    /// The root of its tree.
    pub root: RunHash,
}

/// Why a list is none that can be used. The one who wrote the log is at fault, or the one who put runs together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunListError {
    /// 48 bytes a run.
    #[error("the list of runs has {found} bytes, expected a multiple of {DESCRIPTOR_BYTES}")]
    Length {
        /// Length in bytes.
        found: usize,
    },
    /// 1 to 32 runs.
    #[error("the list has {found} runs, expected 1 to {RUNS_MAX}")]
    Count {
        /// Number of runs.
        found: usize,
    },
    /// Each run begins where the one in front of it ends, the first at 0, and has at least one entry.
    #[error("a run ends at {found}, expected more than {begin}, where it begins")]
    Order {
        /// Where the run begins.
        begin: TreeSize,
        /// Where it ends.
        found: TreeSize,
    },
    /// The last run ends where the index does.
    #[error("the last run ends at {found}, expected {expected}, the number of covered entries")]
    Covered {
        /// Number of covered entries.
        expected: TreeSize,
        /// Where the last run ends.
        found: TreeSize,
    },
    /// Indices have 7 bytes.
    #[error("a run ends at {found}, expected less than 2^56")]
    End {
        /// Where the run ends.
        found: TreeSize,
    },
    /// The hash of the list is that which is written next to it.
    #[error("the hash of the list is {expected}, and the entry has {found}")]
    Digest {
        /// The hash of the list.
        expected: RunListDigest,
        /// What is written next to it.
        found: RunListDigest,
    },
}

/// Runs that follow each other from 0 on, without gaps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunList {
    /// 1 to 32.
    runs: Vec<RunDescriptor>,
}

impl RunList {
    /// Puts runs together.
    ///
    /// # Errors
    /// [`RunListError::Count`] and [`RunListError::Order`]: the one who chose the runs is at fault.
    pub fn new(runs: Vec<RunDescriptor>) -> Result<Self, RunListError> {
        if !(1..=RUNS_MAX).contains(&runs.len()) {
            return Err(RunListError::Count { found: runs.len() });
        }
        let mut begin = TreeSize::new(0);
        for run in &runs {
            if run.range.begin() != begin {
                return Err(RunListError::Order {
                    begin,
                    found: run.range.begin(),
                });
            }
            begin = run.range.end();
        }
        Ok(Self { runs })
    }

    /// Reads the list of an index.root that covers `covered` entries, and has `digest` as its member 2.
    ///
    /// # Errors
    /// [`RunListError`]: the one who wrote the log is at fault.
    pub fn decode(list: &[u8], covered: TreeSize, digest: RunListDigest) -> Result<Self, RunListError> {
        let (parts, rest) = list.as_chunks::<DESCRIPTOR_BYTES>();
        if !rest.is_empty() {
            return Err(RunListError::Length { found: list.len() });
        }
        if !(1..=RUNS_MAX).contains(&parts.len()) {
            return Err(RunListError::Count { found: parts.len() });
        }
        let mut runs = Vec::with_capacity(parts.len());
        let mut begin = TreeSize::new(0);
        for part in parts {
            let run = descriptor(begin, part)?;
            begin = run.range.end();
            runs.push(run);
        }
        if begin != covered {
            return Err(RunListError::Covered {
                expected: covered,
                found: begin,
            });
        }
        let expected = digest_of(list);
        if expected != digest {
            return Err(RunListError::Digest {
                expected,
                found: digest,
            });
        }
        Ok(Self { runs })
    }

    /// The list as an index.root has it.
    pub fn encode(&self) -> Vec<u8> {
        let mut list = Vec::with_capacity(self.runs.len().saturating_mul(DESCRIPTOR_BYTES));
        for run in &self.runs {
            list.extend_from_slice(&run.range.end().value().to_be_bytes());
            list.extend_from_slice(&run.pages.to_be_bytes());
            list.extend_from_slice(run.root.as_bytes());
        }
        list
    }

    /// The hash of the list, which an index.root has next to it.
    pub fn digest(&self) -> RunListDigest {
        digest_of(&self.encode())
    }

    /// The number of entries that the runs cover.
    pub fn covered(&self) -> TreeSize {
        self.runs.last().map_or(TreeSize::new(0), |run| run.range.end())
    }

    /// The runs, in the order of the log.
    pub fn runs(&self) -> &[RunDescriptor] {
        &self.runs
    }

    /// The runs of which something is asked, in the order of the log: those that have entries which are asked about.
    pub fn concerned(&self, asked: &AskedRows) -> impl Iterator<Item = &RunDescriptor> {
        self.runs.iter().filter(|run| asked.concerns(run.range))
    }

    /// Whether the list may follow another one: its runs are runs of that one, unchanged, or unions of some of them that follow
    /// each other and of new entries. Runs are never split.
    ///
    /// # Errors
    /// [`JoinError`]: the one who wrote the log is at fault.
    pub fn check_follows(&self, before: &Self) -> Result<(), JoinError> {
        for run in &self.runs {
            if let Some(old) = before.runs.iter().find(|old| old.range == run.range) {
                if old != run {
                    return Err(JoinError::Changed { range: run.range });
                }
                continue;
            }
            let is_edge = |size: TreeSize| before.runs.iter().any(|old| old.range.end() == size);
            let begins = run.range.begin().value() == 0 || is_edge(run.range.begin());
            let ends = run.range.end() > before.covered() || is_edge(run.range.end());
            let is_new = run.range.begin() >= before.covered();
            if !(is_new || begins && ends) {
                return Err(JoinError::Split { range: run.range });
            }
        }
        if self.covered() <= before.covered() {
            return Err(JoinError::Covered {
                before: before.covered(),
                found: self.covered(),
            });
        }
        Ok(())
    }
}

/// Why a list cannot follow another one. The one who wrote the log is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// A run with the entries of an earlier one is that run.
    #[error("the run {range} has other pages or another root than before")]
    Changed {
        /// The run.
        range: RunRange,
    },
    /// A run begins and ends where an earlier one did.
    #[error("the run {range} has only a part of an earlier run")]
    Split {
        /// The run.
        range: RunRange,
    },
    /// Each list covers more.
    #[error("the list covers {found} entries, expected more than {before}")]
    Covered {
        /// What the list in front covers.
        before: TreeSize,
        /// What this one covers.
        found: TreeSize,
    },
}

fn descriptor(begin: TreeSize, part: &[u8; DESCRIPTOR_BYTES]) -> Result<RunDescriptor, RunListError> {
    let (end, rest) = number(part);
    let (pages, rest) = number(rest);
    let found = TreeSize::new(end);
    if found <= begin {
        return Err(RunListError::Order { begin, found });
    }
    let range = RunRange::new(begin, found).ok_or(RunListError::End { found })?;
    let root = rest.first_chunk().copied().unwrap_or_default();
    Ok(RunDescriptor {
        range,
        pages,
        root: RunHash::from_bytes(root),
    })
}

/// A number of 8 bytes, and what is behind it. The caller's bytes are long enough.
fn number(bytes: &[u8]) -> (u64, &[u8]) {
    let (number, rest) = bytes.split_first_chunk().unwrap_or((&[0; 8], &[]));
    (u64::from_be_bytes(*number), rest)
}

fn digest_of(list: &[u8]) -> RunListDigest {
    let hash = Sha256::new().chain_update(TAG).chain_update(list).finalize();
    RunListDigest::from_bytes(hash.into())
}
