//! What proves that a log shows two histories: two checkpoints of one size with different roots, both signed by the log.
//!
//! The first pair of each log is kept as two files next to the memory, for people: the log itself has no reason to keep them, and
//! later checkpoints of either history take the place of the one that was cosigned.

use std::io::{self, Write as _};
use std::path::PathBuf;

use tempfile::NamedTempFile;

use crate::checkpoint::{OriginHash, WitnessedCheckpoint};
use crate::logs::SignedRequest;

/// Two checkpoints that convict a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fork {
    /// The note that was cosigned, with the cosignature.
    cosigned: String,
    /// The note that was refused, with the log's lines.
    refused: String,
}

impl Fork {
    /// `request` was refused for its root.
    pub(crate) fn new(latest: &WitnessedCheckpoint, request: &SignedRequest) -> Self {
        Self {
            cosigned: latest.note(),
            refused: request.note(),
        }
    }
}

/// Where forks are kept.
#[derive(Clone, Debug)]
pub struct ForkFolder(PathBuf);

impl ForkFolder {
    /// A directory that exists.
    pub fn new(directory: PathBuf) -> Self {
        Self(directory)
    }

    /// Keeps the first fork of a log: where files of one are there already, nothing is written. Durable on return. Answers where the refused
    /// checkpoint is.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn keep(&self, origin_hash: OriginHash, fork: &Fork) -> io::Result<PathBuf> {
        let file = |which: &str| self.0.join(format!("fork-{origin_hash}-{which}.note"));
        let refused = file("refused");
        // The one that is looked for is written last, so that a pair is whole if it is there.
        if !refused.exists() {
            self.write(&file("cosigned"), &fork.cosigned)?;
            self.write(&refused, &fork.refused)?;
            std::fs::File::open(&self.0)?.sync_all()?;
        }
        Ok(refused)
    }

    fn write(&self, path: &std::path::Path, note: &str) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(&self.0)?;
        file.write_all(note.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }
}
