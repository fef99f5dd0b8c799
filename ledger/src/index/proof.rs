//! Proved answers of the index, made from stored runs and checked before they leave.

use std::cell::Cell;
use verifier::index::{LeafIndex, TreeSize};

use verifier::merkle::plan::NodeCoord;
use verifier::runs::{
    AskedRows, IndexRow, ProvedRows, RunHash, RunProofError, RunRange, RunSource, Separator, prove_run,
    rows_of_page, verify_runs,
};
use verifier::subject_index::IndexLookup;

use super::root::IndexRoot;
use super::source::StoredRunSource;
use crate::error::ReadError;
use crate::reader::Reader;
use crate::runs::REPAIR;
use crate::shared::PublishedHead;

/// What an index.root proves about some lookups.
#[derive(Clone, Debug)]
pub struct IndexAnswer {
    /// The index.root.
    pub root: IndexRoot,
    /// The signed head that ends with the index.root.
    pub head: PublishedHead,
    /// One run-proof for each run with entries below as-of.
    pub run_proofs: Vec<Vec<u8>>,
    /// The rows that were asked for.
    pub rows: ProvedRows,
}

/// Why lookups were not proved.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum IndexProofError {
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log has no index.root that names runs, or not yet.
    #[error("the log has no index yet")]
    NoIndex,
    /// The index does not cover the size that was asked for, or not yet.
    #[error(
        "the newest index.root covers the first {covered} entries, and an answer about the first {asked} was asked for"
    )]
    NotCovered {
        /// What was asked for.
        asked: TreeSize,
        /// What the newest index.root covers.
        covered: TreeSize,
    },
    /// The answer has more entries than the caller wants.
    #[error("the answer has more than {max} entries")]
    TooMany {
        /// The most that the caller wants.
        max: usize,
    },
}

impl IndexAnswer {
    /// The entries of the answer, and those that only share 16 bytes of a hash with them; ascending, each once.
    pub fn needed(&self) -> Vec<LeafIndex> {
        let mut indices: Vec<LeafIndex> = self.rows.rows().iter().map(IndexRow::index).collect();
        indices.sort_unstable();
        indices.dedup();
        indices
    }
}

impl Reader {
    /// Proves which entries below a size have what is looked up, from the newest index.root. `rows_max` bounds the answer.
    ///
    /// The answer holds for the size, whatever is logged later. Another index.root has another proof of the same answer.
    ///
    /// # Errors
    /// [`IndexProofError`], each variant of which says what the caller can do.
    pub fn prove_lookups(
        &self,
        lookups: &[IndexLookup],
        as_of: TreeSize,
        rows_max: usize,
    ) -> Result<IndexAnswer, IndexProofError> {
        self.prove_lookups_in(lookups, as_of, None, rows_max)
    }

    /// The same about the entries of a range alone, all of which are below `as_of`.
    ///
    /// # Errors
    /// As [`prove_lookups`](Self::prove_lookups).
    pub fn prove_lookups_in(
        &self,
        lookups: &[IndexLookup],
        as_of: TreeSize,
        range: Option<RunRange>,
        rows_max: usize,
    ) -> Result<IndexAnswer, IndexProofError> {
        let root = self.newest_index_root()?.ok_or(IndexProofError::NoIndex)?;
        let covered = root.list.covered();
        if as_of > covered {
            return Err(IndexProofError::NotCovered {
                asked: as_of,
                covered,
            });
        }
        let size = root.index.size_with().unwrap_or_default();
        let head = self.checkpoint_of_size(size)?.ok_or_else(|| {
            ReadError::corrupt(
                format!("the head of size {size}"),
                "one that ends with its index.root",
                "none",
            )
        })?;
        let keys = lookups.iter().map(|lookup| (lookup.key(), lookup.codes()));
        let asked = match range {
            Some(range) => AskedRows::in_range(keys, range),
            None => AskedRows::new(keys, as_of),
        };
        let left = Cell::new(rows_max);
        let mut run_proofs = Vec::new();
        for run in root.list.concerned(&asked) {
            self.wanted().check()?;
            let source = CountedSource {
                source: StoredRunSource::new(self.shared().store.as_ref(), *run),
                asked: &asked,
                left: &left,
                max: rows_max,
            };
            run_proofs.push(prove_run(run, &asked, &source)?);
        }
        let parts: Vec<&[u8]> = run_proofs.iter().map(Vec::as_slice).collect();
        let rows = verify_runs(&root.list, asked, &parts, rows_max).map_err(|error| match error {
            RunProofError::Rows { max } => IndexProofError::TooMany { max },
            error => {
                let what = format!("a run of the stored index ({REPAIR})");
                ReadError::corrupt(what, "the runs of its index.root", error).into()
            }
        })?;
        Ok(IndexAnswer {
            root,
            head,
            run_proofs,
            rows,
        })
    }
}

/// A stored run from which no more asked rows are taken than the caller wants: a proof of more is not made to its end.
struct CountedSource<'a> {
    source: StoredRunSource<'a>,
    asked: &'a AskedRows,
    /// Rows that may still come, from all runs together.
    left: &'a Cell<usize>,
    max: usize,
}

impl RunSource for CountedSource<'_> {
    type Error = IndexProofError;

    fn page(&self, number: u64, page: &mut Vec<u8>) -> Result<(), IndexProofError> {
        let before = page.len();
        self.source.page(number, page)?;
        let added = page.get(before..).unwrap_or_default();
        let rows = rows_of_page(added)
            .map_err(|fault| ReadError::corrupt("the stored index", "pages of rows", fault))?;
        let found = rows.iter().filter(|row| self.asked.contains(row)).count();
        let left = self.left.get().checked_sub(found);
        self.left
            .set(left.ok_or(IndexProofError::TooMany { max: self.max })?);
        Ok(())
    }

    fn node(&self, node: NodeCoord) -> Result<RunHash, IndexProofError> {
        Ok(self.source.node(node)?)
    }

    fn separator(&self, page: u64) -> Result<Separator, IndexProofError> {
        Ok(self.source.separator(page)?)
    }
}
