//! Runs whose pages are not what the layout says, under a root that matches.

use verifier::index::TreeSize;
use verifier::merkle::plan::NodeCoord;
use verifier::runs::{
    AskedRows, IndexKey, IndexRow, MemoryRun, RunDescriptor, RunHash, RunRange, RunSource, Separator,
    prove_run, rows_of_page,
};

/// A run that a liar changed, page by page.
pub(crate) struct LyingRun {
    range: RunRange,
    pages: Vec<Vec<u8>>,
    separators: Vec<Separator>,
}

impl LyingRun {
    /// An honest run over sorted rows, from 0 to `covered`.
    pub(crate) fn new(rows: &[IndexRow], covered: u64) -> Self {
        let range = RunRange::new(TreeSize::new(0), TreeSize::new(covered)).unwrap();
        let (_, honest) = MemoryRun::build(range, rows.iter().copied()).unwrap();
        Self {
            range,
            pages: honest.pages().to_vec(),
            separators: honest.separators().to_vec(),
        }
    }

    /// The page that has a key.
    pub(crate) fn page_of(&self, key: IndexKey) -> usize {
        let has_key = |page: &Vec<u8>| rows_of_page(page).unwrap().iter().any(|row| row.key() == key);
        self.pages.iter().position(has_key).unwrap()
    }

    /// The rows of a page.
    pub(crate) fn rows(&self, page: usize) -> Vec<IndexRow> {
        rows_of_page(&self.pages[page]).unwrap()
    }

    /// Another page than `page`.
    pub(crate) fn other_than(&self, page: usize) -> usize {
        (page + self.pages.len() / 2) % self.pages.len()
    }

    /// Puts rows into a page in the order in which they are given.
    pub(crate) fn write(&mut self, page: usize, rows: &[IndexRow]) {
        let groups: Vec<&[IndexRow]> = rows.chunk_by(|one, next| one.key() == next.key()).collect();
        let mut bytes = vec![u8::try_from(groups.len()).unwrap()];
        for group in groups {
            bytes.extend_from_slice(group[0].key().as_bytes());
            bytes.push(u8::try_from(group.len()).unwrap());
            for row in group {
                bytes.push(row.code().value());
                bytes.extend_from_slice(&row.index().value().to_be_bytes()[1..]);
            }
        }
        self.pages[page] = bytes;
    }

    /// What an index.root says about this run.
    pub(crate) fn descriptor(&self) -> RunDescriptor {
        RunDescriptor {
            range: self.range,
            pages: u64::try_from(self.pages.len()).unwrap(),
            root: self.hash(0, self.pages.len()),
        }
    }

    /// The run-proof of what is asked.
    pub(crate) fn prove(&self, asked: &AskedRows) -> Vec<u8> {
        prove_run(&self.descriptor(), asked, self).unwrap()
    }

    fn hash(&self, start: usize, end: usize) -> RunHash {
        if end - start == 1 {
            return RunHash::of_page(&self.pages[start]);
        }
        // The largest power of two below the number of pages.
        let middle = start + (end - start).next_power_of_two() / 2;
        let (left, right) = (self.hash(start, middle), self.hash(middle, end));
        RunHash::of_node(left, right, &self.separators[middle])
    }
}

impl RunSource for LyingRun {
    type Error = std::convert::Infallible;

    fn page(&self, number: u64, page: &mut Vec<u8>) -> Result<(), Self::Error> {
        page.extend_from_slice(&self.pages[usize::try_from(number).unwrap()]);
        Ok(())
    }

    fn node(&self, node: NodeCoord) -> Result<RunHash, Self::Error> {
        let begin = usize::try_from(node.index << node.level).unwrap();
        Ok(self.hash(begin, begin + (1 << node.level)))
    }

    fn separator(&self, page: u64) -> Result<Separator, Self::Error> {
        Ok(self.separators[usize::try_from(page).unwrap()])
    }
}
