//! The file of a log's key changes (`schemas/log-keys.md`), as a server answers `/v1/log/keys`.

use serde::Deserialize;

use super::LogKeysFault;
use crate::base64::decode_standard_array;
use crate::hash::NodeHash;

/// What `format` says of the one version that there is.
const FORMAT: &str = "evidence-ledger/log-keys/v1";
/// Largest file. A change takes some 12 KB with both lines under its checkpoint.
const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most changes of one file.
const CHANGES_MAX: usize = 64;
/// A consistency proof between any two sizes has fewer hashes.
const HASHES_MAX: usize = 128;

/// What a file holds. Nothing is verified.
#[derive(Debug)]
pub(super) struct LogKeysFile {
    /// In the order of the log.
    pub(super) changes: Vec<ChangeFile>,
    pub(super) newer: Option<NewerHead>,
}

/// One change: the document, and the proof of its entry.
#[derive(Debug, Deserialize)]
pub(super) struct ChangeFile {
    pub(super) evidence: String,
    pub(super) proof: String,
}

/// A newer head, and the proof that the tree of an older one is its beginning.
#[derive(Debug)]
pub(super) struct NewerHead {
    /// The signed note.
    pub(super) checkpoint: String,
    pub(super) hashes: Vec<NodeHash>,
}

#[derive(Deserialize)]
struct FileWire {
    format: String,
    changes: Vec<ChangeFile>,
    newer: Option<NewerWire>,
}

#[derive(Deserialize)]
struct NewerWire {
    checkpoint: String,
    hashes: Vec<String>,
}

impl LogKeysFile {
    /// Reads a file; members that later versions add are skipped.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, LogKeysFault> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(LogKeysFault::new("it is longer than 4 MiB"));
        }
        let wire: FileWire = serde_json::from_slice(bytes)
            .map_err(|error| LogKeysFault::new(format!("it is no answer of /v1/log/keys: {error}")))?;
        if wire.format != FORMAT {
            return Err(LogKeysFault::new(format!("its format is not {FORMAT:?}")));
        }
        if wire.changes.len() > CHANGES_MAX {
            return Err(LogKeysFault::new(format!(
                "it has more than {CHANGES_MAX} changes"
            )));
        }
        Ok(Self {
            changes: wire.changes,
            newer: wire.newer.map(NewerHead::read).transpose()?,
        })
    }
}

impl NewerHead {
    fn read(wire: NewerWire) -> Result<Self, LogKeysFault> {
        let malformed = || LogKeysFault::new("its consistency proof is not at most 128 hashes in base64");
        if wire.hashes.len() > HASHES_MAX {
            return Err(malformed());
        }
        let hashes = wire.hashes.iter();
        let hashes: Option<Vec<NodeHash>> = hashes
            .map(|hash| decode_standard_array(hash).map(NodeHash::from_bytes))
            .collect();
        Ok(Self {
            checkpoint: wire.checkpoint,
            hashes: hashes.ok_or_else(malformed)?,
        })
    }
}
