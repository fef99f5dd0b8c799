//! A run that is held in memory: pages, hashes of all complete subtrees, and separators.

use super::build::{BuiltPage, RunSink};
use super::prove::RunSource;
use super::row::{IndexRow, Separator};
use super::{BuildError, RunBuilder, RunDescriptor, RunHash, RunRange};
use crate::merkle::plan::NodeCoord;

/// Pages and nodes of one run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MemoryRun {
    pages: Vec<Vec<u8>>,
    separators: Vec<Separator>,
    /// By level; level 0 has the page hashes.
    levels: Vec<Vec<RunHash>>,
}

impl MemoryRun {
    /// Builds a run from sorted rows.
    ///
    /// # Errors
    /// [`BuildError::Unsorted`] and [`BuildError::OutOfRange`]: the one who gives the rows is at fault.
    pub fn build(
        range: RunRange,
        rows: impl IntoIterator<Item = IndexRow>,
    ) -> Result<(RunDescriptor, Self), BuildError<std::convert::Infallible>> {
        let mut builder = RunBuilder::new(range, Self::default());
        for row in rows {
            builder.push(row)?;
        }
        builder.finish()
    }

    /// The pages, in order.
    pub fn pages(&self) -> &[Vec<u8>] {
        &self.pages
    }

    /// What separates each page from the one in front of it.
    pub fn separators(&self) -> &[Separator] {
        &self.separators
    }
}

impl RunSink for MemoryRun {
    type Error = std::convert::Infallible;

    fn page(&mut self, page: BuiltPage<'_>) -> Result<(), Self::Error> {
        self.pages.push(page.bytes.to_vec());
        self.separators.push(page.separator);
        let first = NodeCoord {
            level: 0,
            index: page.number,
        };
        self.node(first, page.hash)
    }

    /// The hashes of a level come in their order.
    fn node(&mut self, node: NodeCoord, hash: RunHash) -> Result<(), Self::Error> {
        let level = usize::from(node.level);
        if self.levels.len() <= level {
            self.levels.resize_with(level.saturating_add(1), Vec::new);
        }
        if let Some(hashes) = self.levels.get_mut(level) {
            hashes.push(hash);
        }
        Ok(())
    }
}

/// Something was asked for that the run does not have: the caller's description of it is of another run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the run in memory has no {what} {number}")]
pub struct OutOfRun {
    what: &'static str,
    number: u64,
}

impl RunSource for MemoryRun {
    type Error = OutOfRun;

    fn page(&self, number: u64, page: &mut Vec<u8>) -> Result<(), OutOfRun> {
        page.extend_from_slice(at(&self.pages, "page", number)?);
        Ok(())
    }

    fn node(&self, node: NodeCoord) -> Result<RunHash, OutOfRun> {
        let level = at(&self.levels, "level", u64::from(node.level))?;
        at(level, "node", node.index).copied()
    }

    fn separator(&self, number: u64) -> Result<Separator, OutOfRun> {
        at(&self.separators, "separator", number).copied()
    }
}

fn at<'a, T>(list: &'a [T], what: &'static str, number: u64) -> Result<&'a T, OutOfRun> {
    let place = usize::try_from(number).ok();
    place
        .and_then(|place| list.get(place))
        .ok_or(OutOfRun { what, number })
}
