//! What proves that a log shows two histories: two checkpoints of one size with different roots, both signed by the log.
//!
//! The first pair of each log is kept as a file next to the memory, for people (`schemas/fork.md`): the log itself has no reason to keep
//! them, and later checkpoints of either history take the place of the one that was cosigned.

use std::io::{self, Write as _};
use std::path::PathBuf;

use tempfile::NamedTempFile;
use verifier::fork::ForkFile;

use crate::checkpoint::OriginHash;

/// Where forks are kept.
#[derive(Clone, Debug)]
pub struct ForkFolder(PathBuf);

impl ForkFolder {
    /// A directory that exists.
    pub fn new(directory: PathBuf) -> Self {
        Self(directory)
    }

    /// Keeps the first fork of a log, the checkpoint that was cosigned first: where a file of one is there already, nothing is written.
    /// Durable on return. Answers where the file is.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn keep(&self, origin_hash: OriginHash, fork: &ForkFile) -> io::Result<PathBuf> {
        let path = self.0.join(format!("{origin_hash}.fork"));
        if !path.exists() {
            let mut file = NamedTempFile::new_in(&self.0)?;
            file.write_all(fork.encode().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            std::fs::File::open(&self.0)?.sync_all()?;
        }
        Ok(path)
    }
}
