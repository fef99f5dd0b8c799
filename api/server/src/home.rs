//! The directory of one log: which file is where, who may read it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The paths of one log.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    dir: PathBuf,
}

impl Home {
    /// The log in `dir`, which need not exist.
    pub(crate) fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The note key that signs checkpoints.
    pub(crate) fn log_key(&self) -> PathBuf {
        self.dir.join("log.key")
    }

    /// The operator's evidence key, where `init` made it.
    pub(crate) fn operator_key(&self) -> PathBuf {
        self.dir.join("operator.key")
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.dir.join("db")
    }

    /// The file that notices a database older than what was once signed. It must stay out of every backup
    /// of the database, so it is a file of its own.
    pub(crate) fn high_water(&self) -> PathBuf {
        self.dir.join("high-water")
    }
}

/// Creates `dir` (mode 0700: it holds private keys), or accepts it if it is empty. `false` if it has content.
pub(crate) fn create_empty(dir: &Path) -> io::Result<bool> {
    use std::os::unix::fs::DirBuilderExt;
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            Ok(true)
        }
        Err(error) => Err(error),
    }
}

/// Writes a new file that only its owner reads.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
