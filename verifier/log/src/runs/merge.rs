//! Joining runs: which, and their rows in one order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use super::list::RUNS_MAX;
use super::row::IndexRow;

/// Older runs are joined with newer ones that have more than half of their size. With more than a quarter a row of ten million receipts
/// would be written 11 times instead of 8, and there would be 3.1 runs on average instead of 3.7.
const GROWTH: u64 = 2;

/// Where the runs begin that are to be joined, up to the last, by the numbers of their rows, oldest first; `None` where all stay.
///
/// The smallest s with size(s) < 2 × (size(s+1) + … + size(last)), where size is the number of rows + 1 (`schemas/index.md` §3,
/// rule 6): runs without rows would otherwise never be joined. So each run that stays has at least twice the size of all
/// behind it together, and a row is joined a number of times that grows with the logarithm of the log's size. No more than
/// [`RUNS_MAX`] stay.
pub fn runs_to_join(rows: &[u64]) -> Option<usize> {
    let mut behind = 0_u64;
    let mut first = None;
    for (place, &rows) in rows.iter().enumerate().rev() {
        let size = rows.saturating_add(1);
        if size < behind.saturating_mul(GROWTH) {
            first = Some(place);
        }
        behind = behind.saturating_add(size);
    }
    if rows.len() > RUNS_MAX {
        // No log has so many rows that this decides anything; but a list with more runs would prove nothing.
        return Some(first.unwrap_or(RUNS_MAX).min(RUNS_MAX - 1));
    }
    first
}

/// Rows of a run that is not written again for a few more: some 25 MB.
const LARGE: u64 = 1 << 20;
/// A large run with so many times more rows than all behind it together stays as it is.
const FAR_MORE: u64 = 16;

/// The same for a log that is quiet, where fewer runs make shorter proofs and nothing else is to be done: all runs are joined, but for
/// large ones at the beginning that have far more rows than all behind them together (`schemas/index.md` §3, rule 7).
pub fn runs_to_join_when_quiet(rows: &[u64]) -> Option<usize> {
    let mut behind: u64 = rows.iter().fold(0, |sum, rows| sum.saturating_add(*rows));
    let stays = |rows: &&u64| {
        behind = behind.saturating_sub(**rows);
        **rows > LARGE && **rows > behind.saturating_mul(FAR_MORE)
    };
    let first = rows.iter().take_while(stays).count();
    let with_rows = rows.iter().skip(first).filter(|rows| **rows > 0).count();
    (with_rows > 1).then_some(first)
}

/// The rows of several runs, each of which gives its own sorted, in one order. It holds one row a run.
#[derive(Debug)]
pub struct MergedRows<I> {
    runs: Vec<I>,
    /// The next row of each run that has one.
    next: BinaryHeap<Reverse<(IndexRow, usize)>>,
}

impl<I, E> MergedRows<I>
where
    I: Iterator<Item = Result<IndexRow, E>>,
{
    /// Begins to read each run.
    ///
    /// # Errors
    /// The first that a run gives.
    pub fn new(runs: Vec<I>) -> Result<Self, E> {
        let count = runs.len();
        let mut merged = Self {
            runs,
            next: BinaryHeap::with_capacity(count),
        };
        for place in 0..count {
            merged.refill(place)?;
        }
        Ok(merged)
    }

    fn refill(&mut self, place: usize) -> Result<(), E> {
        if let Some(row) = self.runs.get_mut(place).and_then(Iterator::next) {
            self.next.push(Reverse((row?, place)));
        }
        Ok(())
    }
}

impl<I, E> Iterator for MergedRows<I>
where
    I: Iterator<Item = Result<IndexRow, E>>,
{
    type Item = Result<IndexRow, E>;

    /// After an error nothing follows that can be used: a run has rows that were not read.
    fn next(&mut self) -> Option<Self::Item> {
        let mut top = self.next.peek_mut()?;
        let Reverse((row, place)) = *top;
        match self.runs.get_mut(place).and_then(Iterator::next) {
            // In place of the one that was taken: the heap is put in order once.
            Some(Ok(next)) => *top = Reverse((next, place)),
            Some(Err(error)) => {
                drop(top);
                self.next.clear();
                return Some(Err(error));
            }
            None => {
                PeekMut::pop(top);
            }
        }
        Some(Ok(row))
    }
}
