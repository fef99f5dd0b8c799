//! Building a run from sorted rows, in memory that grows with the height of its tree alone.

use super::layout::PageLayout;
use super::page::write_page;
use super::row::{IndexRow, ROW_BYTES, Separator};
use super::{RunDescriptor, RunHash, RunRange};
use crate::merkle::plan::NodeCoord;

/// A page as it was built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BuiltPage<'a> {
    /// Its place in the run, from 0.
    pub number: u64,
    /// Its rows, in order.
    pub rows: &'a [IndexRow],
    /// What separates it from the page in front of it. Nothing is in front of page 0, and no hash holds its separator.
    pub separator: Separator,
    /// The page.
    pub bytes: &'a [u8],
    /// The page hash.
    pub hash: RunHash,
}

/// Where pages and nodes go as they are built. `()` keeps nothing, for a run of which only the root is wanted.
pub trait RunSink {
    /// Why something could not be kept.
    type Error;

    /// Takes the next page.
    ///
    /// # Errors
    /// Where it cannot be kept. The run is not finished then.
    fn page(&mut self, page: BuiltPage<'_>) -> Result<(), Self::Error>;

    /// Takes the hash of a complete subtree above pages, level 1 and higher, after both of its halves.
    ///
    /// # Errors
    /// Where it cannot be kept. The run is not finished then.
    fn node(&mut self, node: NodeCoord, hash: RunHash) -> Result<(), Self::Error>;
}

impl RunSink for () {
    type Error = std::convert::Infallible;

    fn page(&mut self, _: BuiltPage<'_>) -> Result<(), Self::Error> {
        Ok(())
    }

    fn node(&mut self, _: NodeCoord, _: RunHash) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Why a run was not built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError<E> {
    /// Rows come sorted, none twice: the one who gives them is at fault.
    #[error("the row {found:?} comes after the row {before:?}")]
    Unsorted {
        /// The row in front.
        before: IndexRow,
        /// The row.
        found: IndexRow,
    },
    /// A row of an entry that is not in the run: the one who gives it is at fault.
    #[error("the row {found:?} is of an entry outside of the run {range}")]
    OutOfRange {
        /// The run.
        range: RunRange,
        /// The row.
        found: IndexRow,
    },
    /// The sink did not keep something.
    #[error("a page or node was not kept: {0}")]
    Sink(E),
}

/// Builds one run.
#[derive(Debug)]
pub struct RunBuilder<S> {
    range: RunRange,
    newest: Option<IndexRow>,
    layout: PageLayout,
    tree: TreeBuilder<S>,
}

impl<S: RunSink> RunBuilder<S> {
    /// Starts a run of the entries in `range`.
    pub fn new(range: RunRange, sink: S) -> Self {
        Self {
            range,
            newest: None,
            layout: PageLayout::default(),
            tree: TreeBuilder {
                sink,
                pages: 0,
                last: [0; ROW_BYTES],
                edge: Vec::new(),
                bytes: Vec::new(),
            },
        }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// [`BuildError`]; the run cannot be finished then.
    pub fn push(&mut self, row: IndexRow) -> Result<(), BuildError<S::Error>> {
        if let Some(before) = self.newest.filter(|before| *before >= row) {
            return Err(BuildError::Unsorted { before, found: row });
        }
        if !self.range.contains(row.index()) {
            return Err(BuildError::OutOfRange {
                range: self.range,
                found: row,
            });
        }
        self.newest = Some(row);
        let tree = &mut self.tree;
        self.layout
            .push(row, &mut |page| tree.add(page))
            .map_err(BuildError::Sink)
    }

    /// Ends the run, and gives its description and the sink.
    ///
    /// # Errors
    /// [`BuildError::Sink`] where the last pages were not kept.
    pub fn finish(mut self) -> Result<(RunDescriptor, S), BuildError<S::Error>> {
        let tree = &mut self.tree;
        self.layout
            .finish(&mut |page| tree.add(page))
            .map_err(BuildError::Sink)?;
        let descriptor = RunDescriptor {
            range: self.range,
            pages: self.tree.pages,
            root: self.tree.root(),
        };
        Ok((descriptor, self.tree.sink))
    }
}

/// The right edge of a tree over pages: one complete subtree for every bit of their number that is set.
#[derive(Debug)]
struct TreeBuilder<S> {
    sink: S,
    pages: u64,
    /// The last row of the newest page.
    last: [u8; ROW_BYTES],
    /// Largest first.
    edge: Vec<Subtree>,
    /// The page that is written, kept to take memory once.
    bytes: Vec<u8>,
}

/// A complete subtree, with what separates it from the pages in front of it.
#[derive(Clone, Copy, Debug)]
struct Subtree {
    coord: NodeCoord,
    hash: RunHash,
    separator: Separator,
}

impl<S: RunSink> TreeBuilder<S> {
    fn add(&mut self, rows: &[IndexRow]) -> Result<(), S::Error> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(());
        };
        self.bytes.clear();
        write_page(rows, &mut self.bytes);
        let mut subtree = Subtree {
            coord: NodeCoord {
                level: 0,
                index: self.pages,
            },
            hash: RunHash::of_page(&self.bytes),
            separator: Separator::between(&self.last, first),
        };
        self.sink.page(BuiltPage {
            number: self.pages,
            rows,
            separator: subtree.separator,
            bytes: &self.bytes,
            hash: subtree.hash,
        })?;
        self.last = last.to_bytes();
        self.pages = self.pages.saturating_add(1);
        while let Some(left) = self.edge.pop_if(|left| left.coord.level == subtree.coord.level) {
            subtree = Subtree {
                coord: NodeCoord {
                    level: left.coord.level.saturating_add(1),
                    index: left.coord.index >> 1,
                },
                hash: RunHash::of_node(left.hash, subtree.hash, &subtree.separator),
                separator: left.separator,
            };
            self.sink.node(subtree.coord, subtree.hash)?;
        }
        self.edge.push(subtree);
        Ok(())
    }

    /// The smallest two subtrees are joined first.
    fn root(&self) -> RunHash {
        let whole = self.edge.iter().copied().rev().reduce(|right, left| Subtree {
            hash: RunHash::of_node(left.hash, right.hash, &right.separator),
            ..left
        });
        whole.map_or_else(RunHash::of_nothing, |tree| tree.hash)
    }
}
