//! Making the proof of one run, from any place that keeps its pages and nodes.

use super::asked::{AskedRows, AskedSlice};
use super::row::{Bounds, Separator};
use super::{RunDescriptor, RunHash};
use crate::merkle::plan::{NodeCoord, complete_subtrees, split};

/// Where the parts of one run are kept. It is trusted for nothing: a wrong part makes a proof that does not hold.
pub trait RunSource {
    /// Why something could not be read.
    type Error;

    /// Appends a page to `page`.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn page(&self, number: u64, page: &mut Vec<u8>) -> Result<(), Self::Error>;

    /// The hash of a complete subtree; at level 0 a page hash.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn node(&self, node: NodeCoord) -> Result<RunHash, Self::Error>;

    /// What separates a page, from 1 on, from the page in front of it.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn separator(&self, page: u64) -> Result<Separator, Self::Error>;
}

/// The run-proof of what is asked.
///
/// # Errors
/// Where the source cannot read a part.
pub fn prove_run<S: RunSource>(
    run: &RunDescriptor,
    asked: &AskedRows,
    source: &S,
) -> Result<Vec<u8>, S::Error> {
    let mut prover = Prover {
        source,
        proof: Vec::new(),
    };
    if run.pages > 0 {
        prover.walk(0, run.pages, Bounds::ALL, asked.slice())?;
    }
    Ok(prover.proof)
}

struct Prover<'a, S> {
    source: &'a S,
    proof: Vec<u8>,
}

impl<S: RunSource> Prover<'_, S> {
    /// Writes the pages `start..end`. It calls itself at most 64 deep, since each call halves the range.
    fn walk(&mut self, start: u64, end: u64, bounds: Bounds, asked: AskedSlice<'_>) -> Result<(), S::Error> {
        let asked = asked.within(&bounds);
        let count = end.saturating_sub(start);
        if asked.is_empty() {
            let hash = self.hash(start, end)?;
            self.proof.extend_from_slice(hash.as_bytes());
            return Ok(());
        }
        if count <= 1 {
            return self.source.page(start, &mut self.proof);
        }
        let middle = start.saturating_add(split(count));
        let separator = self.source.separator(middle)?;
        self.proof.push(separator.length());
        self.proof.extend_from_slice(separator.as_bytes());
        let (left, right) = bounds.split(separator.bound());
        self.walk(start, middle, left, asked)?;
        self.walk(middle, end, right, asked)
    }

    /// The hash of a subtree. At the right edge it is put together from complete ones, the smallest first.
    fn hash(&self, start: u64, end: u64) -> Result<RunHash, S::Error> {
        let mut parts = complete_subtrees(start, end).into_iter().rev();
        let Some(last) = parts.next() else {
            return Ok(RunHash::of_nothing());
        };
        let mut hash = self.source.node(last)?;
        let mut behind = last;
        for part in parts {
            let separator = self.source.separator(first_page(behind))?;
            hash = RunHash::of_node(self.source.node(part)?, hash, &separator);
            behind = part;
        }
        Ok(hash)
    }
}

fn first_page(node: NodeCoord) -> u64 {
    node.index << node.level
}
