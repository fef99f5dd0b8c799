//! The entry by which a log signs a list of runs (`schemas/index.md` §3).

use tlog::index::TimestampMs;
use tlog::runs::{RunList, RunListDigest, RunListError};

use crate::digest::EvidenceDigest;
use crate::entry::Entry;
use crate::kind::Kind;

/// The index.root of the log `origin` that names a list of runs.
pub fn index_root_entry(origin: &str, logged_at: TimestampMs, list: &RunList) -> Entry {
    Entry {
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
    }
}

/// The list that an entry names; `None` where it is no index.root, or one without runs, as older logs have.
///
/// # Errors
/// [`RunListError`] where the list does not hold: the one who wrote the log is at fault.
pub fn run_list_of(entry: &Entry) -> Result<Option<RunList>, RunListError> {
    let (Kind::IndexRoot, Some(covered), Some(list)) = (entry.kind, entry.covered, &entry.index_runs) else {
        return Ok(None);
    };
    let digest = RunListDigest::from_bytes(*entry.evidence_digest.as_bytes());
    RunList::decode(list, covered, digest).map(Some)
}
