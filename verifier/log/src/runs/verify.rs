//! Checking proofs of runs (`schemas/index.md` §4, steps 3 to 7).
//!
//! Each part of the walk uses up bytes of the proof, so that the time is bounded by the length of the proof whatever the list says
//! about pages, and no more rows are held than the proof has and the caller expects.

use super::asked::{AskedRows, AskedSlice};
use super::memory::{MemoryRun, OutOfRun};
use super::page::{PageFault, read_page};
use super::proof_error::RunProofError;
use super::prove::prove_run;
use super::row::{Bounds, IndexRow, Separator, SeparatorFault};
use super::{RunDescriptor, RunHash, RunList, RunRange};
use crate::merkle::plan::split;

/// Most rows of one entry: its subjects, its digest and its kind. No run has more pages.
pub const ROWS_OF_ENTRY_MAX: u8 = 34;
/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// All rows of a list of runs that were asked for, as a proof showed them. Only [`verify_runs`] makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProvedRows {
    asked: AskedRows,
    /// Sorted.
    rows: Vec<IndexRow>,
}

impl ProvedRows {
    /// What was asked for.
    pub fn asked(&self) -> &AskedRows {
        &self.asked
    }

    /// The rows, sorted. There are no others that were asked for, as far as the list of runs goes.
    pub fn rows(&self) -> &[IndexRow] {
        &self.rows
    }
}

/// Checks one proof for each run with entries that are asked about, and gives the rows that were asked for. It holds at most `rows_max`
/// of them: those are in memory before a root is compared, and a row in a proof is 8 bytes, but 32 here.
///
/// This proves what the list of runs says, not that it is right: an operator can build a run with wrong rows. The caller has
/// the list from an entry of the log.
///
/// # Errors
/// [`RunProofError`]: the one who made the proofs is at fault, or the one who built the runs.
pub fn verify_runs(
    list: &RunList,
    asked: AskedRows,
    proofs: &[&[u8]],
    rows_max: usize,
) -> Result<ProvedRows, RunProofError> {
    let runs: Vec<&RunDescriptor> = list.concerned(&asked).collect();
    if runs.len() != proofs.len() {
        return Err(RunProofError::Count {
            expected: runs.len(),
            found: proofs.len(),
        });
    }
    let mut found = FoundRows {
        rows: Vec::new(),
        max: rows_max,
    };
    for (run, proof) in runs.into_iter().zip(proofs) {
        verify_run(run, &asked, proof, &mut found)?;
    }
    let mut rows = found.rows;
    rows.sort_unstable();
    Ok(ProvedRows { asked, rows })
}

/// The proofs of what is asked, one for each run with entries that are asked about. `held` are the runs of the list, in its order.
///
/// # Errors
/// [`OutOfRun`] where a run does not have the pages that the list says: the caller is at fault.
pub fn prove_each(list: &RunList, held: &[MemoryRun], asked: &AskedRows) -> Result<Vec<Vec<u8>>, OutOfRun> {
    let runs = list.runs().iter().zip(held);
    let concerned = runs.filter(|(run, _)| asked.concerns(run.range));
    concerned.map(|(run, held)| prove_run(run, asked, held)).collect()
}

fn verify_run(
    run: &RunDescriptor,
    asked: &AskedRows,
    proof: &[u8],
    found: &mut FoundRows,
) -> Result<(), RunProofError> {
    let range = run.range;
    let max = range.entries().saturating_mul(ROWS_OF_ENTRY_MAX.into());
    if run.pages > max {
        return Err(RunProofError::Pages {
            range,
            max,
            found: run.pages,
        });
    }
    let mut walk = ProofWalk {
        range,
        rest: proof,
        page: Vec::new(),
        found,
    };
    let root = if run.pages == 0 {
        RunHash::of_nothing()
    } else {
        walk.hash(0, run.pages, Bounds::ALL, asked.slice())?
    };
    if !walk.rest.is_empty() {
        return Err(RunProofError::Surplus {
            range,
            found: walk.rest.len(),
        });
    }
    if root != run.root {
        return Err(RunProofError::Root {
            range,
            expected: run.root,
            found: root,
        });
    }
    Ok(())
}

/// The rows that were asked for, of all runs up to the one that is walked through.
struct FoundRows {
    rows: Vec<IndexRow>,
    /// How many there may be.
    max: usize,
}

impl FoundRows {
    fn push(&mut self, row: IndexRow) -> Result<(), RunProofError> {
        if self.rows.len() >= self.max {
            return Err(RunProofError::Rows { max: self.max });
        }
        self.rows.push(row);
        Ok(())
    }
}

struct ProofWalk<'a> {
    range: RunRange,
    /// What is left of the proof.
    rest: &'a [u8],
    /// The rows of the page that is read, kept to take memory once.
    page: Vec<IndexRow>,
    found: &'a mut FoundRows,
}

impl<'a> ProofWalk<'a> {
    /// The hash of the pages `start..end`. It calls itself at most 64 deep, since each call halves the range.
    fn hash(
        &mut self,
        start: u64,
        end: u64,
        bounds: Bounds,
        asked: AskedSlice<'_>,
    ) -> Result<RunHash, RunProofError> {
        let asked = asked.within(&bounds);
        if asked.is_empty() {
            return self.closed();
        }
        let count = end.saturating_sub(start);
        if count <= 1 {
            return self.page(&bounds, asked);
        }
        let separator = self.separator(&bounds)?;
        let middle = start.saturating_add(split(count));
        let (left, right) = bounds.split(separator.bound());
        let left = self.hash(start, middle, left, asked)?;
        let right = self.hash(middle, end, right, asked)?;
        Ok(RunHash::of_node(left, right, &separator))
    }

    fn closed(&mut self) -> Result<RunHash, RunProofError> {
        let hash = self.take(HASH_BYTES)?;
        let hash = hash.first_chunk().copied().unwrap_or_default();
        Ok(RunHash::from_bytes(hash))
    }

    fn separator(&mut self, bounds: &Bounds) -> Result<Separator, RunProofError> {
        let range = self.range;
        let length = self.take(1)?.first().copied().unwrap_or_default();
        let bytes = self.take(length.into())?;
        let separator = Separator::read(bytes).map_err(|fault| match fault {
            SeparatorFault::Length(found) => RunProofError::SeparatorLength { range, found },
            SeparatorFault::Zero => RunProofError::SeparatorZero { range },
        })?;
        if bounds.admit(&separator.bound()) {
            Ok(separator)
        } else {
            Err(RunProofError::SeparatorOutside {
                range,
                found: separator,
            })
        }
    }

    fn page(&mut self, bounds: &Bounds, asked: AskedSlice<'_>) -> Result<RunHash, RunProofError> {
        let range = self.range;
        self.page.clear();
        let (page, rest) = read_page(self.rest, &mut self.page).map_err(|fault| match fault {
            PageFault::CutShort { expected, found } => RunProofError::CutShort {
                range,
                expected,
                found,
            },
            fault => RunProofError::Page { range, fault },
        })?;
        self.rest = rest;
        // Rows ascend, so that all are within where the first and the last one are.
        let ends = [self.page.first(), self.page.last()];
        if let Some(&found) = ends.into_iter().flatten().find(|row| !bounds.contain(row)) {
            return Err(RunProofError::RowOutside { range, found });
        }
        for row in &self.page {
            if !range.contains(row.index()) {
                return Err(RunProofError::RowOutOfRange { range, found: *row });
            }
            if asked.contains(row) {
                self.found.push(*row)?;
            }
        }
        Ok(RunHash::of_page(page))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], RunProofError> {
        let (part, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(RunProofError::CutShort {
                range: self.range,
                expected: length,
                found: self.rest.len(),
            })?;
        self.rest = rest;
        Ok(part)
    }
}
