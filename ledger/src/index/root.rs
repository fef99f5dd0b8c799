//! The newest index.root of the log, and the entry that a new one is.

use verifier::digest::EvidenceDigest;
use verifier::entry::{Entry, EntryError};
use verifier::index::{LeafIndex, TimestampMs};
use verifier::kind::Kind;
use verifier::runs::{RunList, RunListDigest};

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
        let (Kind::IndexRoot, Some(covered), Some(list)) = (entry.kind, entry.covered, &entry.index_runs)
        else {
            return Ok(None);
        };
        let digest = RunListDigest::from_bytes(*entry.evidence_digest.as_bytes());
        let list = RunList::decode(list, covered, digest).map_err(|error| {
            ReadError::corrupt(format!("the index.root at {index}"), "a list of runs", error)
        })?;
        Ok(Some(Self { index, list }))
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

/// The entry that names a list of runs.
///
/// # Errors
/// [`EntryError`] never: 32 runs fit into an entry.
pub(crate) fn entry_of(
    origin: &str,
    logged_at: TimestampMs,
    list: &RunList,
) -> Result<(Entry, Vec<u8>), EntryError> {
    let entry = Entry {
        kind: Kind::IndexRoot,
        evidence_digest: EvidenceDigest::from_bytes(*list.digest().as_bytes()),
        signer: origin.to_owned(),
        logged_at,
        subjects: Vec::new(),
        submitter: None,
        stream: None,
        covered: Some(list.covered()),
        raw_digest: None,
        context_subjects: None,
        refused: None,
        index_runs: Some(list.encode()),
    };
    let bytes = entry.encode()?;
    Ok((entry, bytes))
}
