//! The directory of one log: which file is where, who may read it.

use ledger::signer::{HeldKeys, KeyError};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// There is no log in the directory that the caller named.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not there: --dir has to be a directory that `ledgerd init` made")]
pub(crate) struct NoDatabase(PathBuf);

/// The paths of one log.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    dir: PathBuf,
    /// Where the operator wants the high-water file instead.
    high_water: Option<PathBuf>,
}

impl Home {
    /// The log in `dir`, which need not exist.
    pub(crate) fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            high_water: None,
        }
    }

    /// The same, with the high-water file at `high_water` instead of next to the directory.
    pub(crate) fn with_high_water(dir: impl Into<PathBuf>, high_water: Option<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            high_water,
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The note key with which the log began.
    pub(crate) fn log_key(&self) -> PathBuf {
        self.dir.join("log.key")
    }

    /// The directory of the keys that the log got later, each a file `<key id>.key`.
    pub(crate) fn keys(&self) -> PathBuf {
        self.dir.join("keys")
    }

    /// The private keys of the log, as far as they are here.
    pub(crate) fn held_keys(&self) -> Result<HeldKeys, KeyError> {
        HeldKeys::read(&self.log_key(), &self.keys())
    }

    /// The operator's evidence key, where `init` made it.
    pub(crate) fn operator_key(&self) -> PathBuf {
        self.dir.join("operator.key")
    }

    /// What is derived from the log and may be deleted at any time.
    pub(crate) fn projection(&self) -> PathBuf {
        self.dir.join("projection")
    }

    /// The share links that were made.
    pub(crate) fn shares(&self) -> PathBuf {
        self.dir.join("shares.json")
    }

    /// The directory of the database, which is there. Opening one creates what is missing, which neither a check nor a repair may do.
    pub(crate) fn existing_database(&self) -> Result<PathBuf, NoDatabase> {
        let database = self.database();
        if database.is_dir() {
            Ok(database)
        } else {
            Err(NoDatabase(database))
        }
    }

    /// The directory of the database.
    pub(crate) fn database(&self) -> PathBuf {
        self.dir.join("db")
    }

    /// The file that notices a log older than what was once signed. It is stored next to the directory, not in it: an
    /// older copy of the directory would otherwise bring its own older mark along.
    pub(crate) fn high_water(&self) -> PathBuf {
        if let Some(path) = &self.high_water {
            return path.clone();
        }
        // One log has one mark, by whatever link or relative path it is named.
        let dir = fs::canonicalize(&self.dir)
            .or_else(|_| std::path::absolute(&self.dir))
            .unwrap_or_else(|_| self.dir.clone());
        let mut path = dir.into_os_string();
        path.push(".high-water");
        PathBuf::from(path)
    }

    /// Removes the files that an earlier log at this path left next to its directory. Only `init` may, in an empty
    /// directory: the new log has a new key, and the old one, put back, does not match the new mark.
    pub(crate) fn forget_earlier_log(&self) -> io::Result<()> {
        if self.high_water.is_some() {
            return Ok(());
        }
        match fs::remove_file(self.high_water()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
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
