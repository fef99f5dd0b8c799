//! Building a run from sorted rows, in memory that grows with the height of its tree alone.

use super::layout::PageLayout;
use super::page::{PageFault, append_rows, write_page};
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
    /// The page that is written, kept to take memory once.
    page: Vec<u8>,
}

impl<S: RunSink> RunBuilder<S> {
    /// Starts a run of the entries in `range`.
    pub fn new(range: RunRange, sink: S) -> Self {
        Self {
            range,
            newest: None,
            layout: PageLayout::default(),
            tree: TreeBuilder::new(sink),
            page: Vec::new(),
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
        let (tree, page) = (&mut self.tree, &mut self.page);
        self.layout
            .push(row, &mut |rows| add_written(tree, page, rows))
            .map_err(BuildError::Sink)
    }

    /// Ends the run, and gives its description and the sink.
    ///
    /// # Errors
    /// [`BuildError::Sink`] where the last pages were not kept.
    pub fn finish(mut self) -> Result<(RunDescriptor, S), BuildError<S::Error>> {
        let (tree, page) = (&mut self.tree, &mut self.page);
        self.layout
            .finish(&mut |rows| add_written(tree, page, rows))
            .map_err(BuildError::Sink)?;
        let descriptor = RunDescriptor {
            range: self.range,
            pages: self.tree.pages,
            root: self.tree.root(),
        };
        Ok((descriptor, self.tree.sink))
    }
}

/// The tree over pages that were written before. Where it has the root of a run that was built, these are its pages, so that neither the
/// order of their rows nor their layout need be looked at.
#[derive(Debug)]
pub struct PageTree(TreeBuilder<()>);

impl PageTree {
    /// Of no pages yet.
    pub fn new() -> Self {
        Self(TreeBuilder::new(()))
    }

    /// Takes the next page, and appends its rows to others. After an error some of them may be there, and the tree is not of all pages.
    ///
    /// # Errors
    /// [`PageFault`] where the bytes are no page: the one who stored them is at fault.
    pub fn push(&mut self, page: &[u8], rows: &mut Vec<IndexRow>) -> Result<(), PageFault> {
        let begin = rows.len();
        append_rows(page, rows)?;
        match self.0.add(rows.get(begin..).unwrap_or_default(), page) {
            Ok(()) => Ok(()),
            Err(never) => match never {},
        }
    }

    /// How many pages there are, and their root.
    pub fn finish(self) -> (u64, RunHash) {
        (self.0.pages, self.0.root())
    }
}

impl Default for PageTree {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes rows as a page, and adds it.
fn add_written<S: RunSink>(
    tree: &mut TreeBuilder<S>,
    page: &mut Vec<u8>,
    rows: &[IndexRow],
) -> Result<(), S::Error> {
    page.clear();
    write_page(rows, page);
    tree.add(rows, page)
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
}

/// A complete subtree, with what separates it from the pages in front of it.
#[derive(Clone, Copy, Debug)]
struct Subtree {
    coord: NodeCoord,
    hash: RunHash,
    separator: Separator,
}

impl<S: RunSink> TreeBuilder<S> {
    const fn new(sink: S) -> Self {
        Self {
            sink,
            pages: 0,
            last: [0; ROW_BYTES],
            edge: Vec::new(),
        }
    }

    fn add(&mut self, rows: &[IndexRow], page: &[u8]) -> Result<(), S::Error> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(());
        };
        let mut subtree = Subtree {
            coord: NodeCoord {
                level: 0,
                index: self.pages,
            },
            hash: RunHash::of_page(page),
            separator: Separator::between(&self.last, first),
        };
        self.sink.page(BuiltPage {
            number: self.pages,
            rows,
            separator: subtree.separator,
            bytes: page,
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
