//! The newest index.root of the log.

use verifier::entry::Entry;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::runs::RunList;
use verifier::subject_index::run_list_of;

use crate::error::ReadError;
use crate::reader::Reader;

/// An index.root of the log, verified as every entry of a [`Reader`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexRoot {
    /// Its place in the log. The head that proofs are under has one entry more.
    pub index: LeafIndex,
    /// The runs that it names.
    pub list: RunList,
}

impl IndexRoot {
    /// The runs of the entry at an index; `None` where it is no index.root, or one without runs, as older logs have.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] where its list does not hold: this log did not write it.
    pub fn of_entry(index: LeafIndex, entry: &Entry) -> Result<Option<Self>, ReadError> {
        let list = run_list_of(entry).map_err(|error| {
            ReadError::corrupt(format!("the index.root at {index}"), "a list of runs", error)
        })?;
        Ok(list.map(|list| Self { index, list }))
    }
}

impl Reader {
    /// The newest index.root as of the published head; `None` where the log has none that names runs.
    ///
    /// # Errors
    /// As every question to a [`Reader`].
    pub fn newest_index_root(&self) -> Result<Option<IndexRoot>, ReadError> {
        let tree = self.tree()?;
        let newest = self.by_kind(Kind::IndexRoot, None, tree.size(), true, 1)?;
        let Some(index) = newest.items.first().copied() else {
            return Ok(None);
        };
        IndexRoot::of_entry(index, &self.decoded(&tree, index)?)
    }
}
