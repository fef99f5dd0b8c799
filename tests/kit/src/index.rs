//! The authenticated index of a small log.

use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::runs::{IndexRow, MemoryRun, RunList, RunRange};
use verifier::subject_index::{index_root_entry, rows_of};

use crate::log::{ORIGIN, SALT, TestLog};

/// The runs over rows, each from the end of the one before up to one of `ends`.
pub fn run_list(rows: &[IndexRow], ends: &[u64]) -> RunList {
    let mut begin = 0;
    let runs = ends.iter().map(|&end| {
        let range = RunRange::new(TreeSize::new(begin), TreeSize::new(end)).unwrap();
        begin = end;
        let inside = rows.iter().copied().filter(|row| range.contains(row.index()));
        MemoryRun::build(range, inside).unwrap().0
    });
    RunList::new(runs.collect()).unwrap()
}

impl TestLog {
    /// The rows of all entries, sorted.
    pub fn rows(&self) -> Vec<IndexRow> {
        let entries = (0..).map(LeafIndex::new).zip(&self.entries);
        let mut rows: Vec<IndexRow> = entries
            .flat_map(|(index, entry)| rows_of(index, &Entry::decode(entry).unwrap(), &SALT).unwrap())
            .collect();
        rows.sort_unstable();
        rows
    }

    /// The entry that signs a list of runs.
    pub fn index_root(&self, list: &RunList) -> Entry {
        index_root_entry(ORIGIN, self.now(), list)
    }

    /// Logs the right index.root with runs that end there; its index.
    pub fn push_index_root(&mut self, ends: &[u64]) -> u64 {
        let root = self.index_root(&run_list(&self.rows(), ends));
        self.push(&root)
    }
}
