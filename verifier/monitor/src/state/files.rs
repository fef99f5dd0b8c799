//! The files of a state: written whole, or not at all.
//!
//! `state` is one line with the SHA-256 of the rest, and JSON. It is written under another name, synced, renamed, and the directory
//! synced: a process that is killed at any point leaves the state before or the one after. The rows of the index are files of their own
//! in `rows`, which are synced before the state names them and removed once none does. `lock` is held as long as a process follows the
//! log.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ledger_client::row_files::KeptFiles;
use verifier::check::audit::KeptAudit;
use verifier::hash::{Hex, sha256};

use super::LogState;

/// The largest state: what is in it is bounded, and far below.
const STATE_BYTES_MAX: u64 = 256 << 20;
/// Files of a log's directory: a log that shows another history in every round must not fill the disk.
const FILES_MAX: usize = 200;
/// Digits of the directory's name: enough to tell 64 logs apart.
const NAME_DIGITS: usize = 16;

/// Why a state cannot be used. The machine, or the person who changed the files, is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The operating system.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Another process has it.
    #[error("{}: another process follows this log with this state", path.display())]
    InUse {
        /// The lock.
        path: PathBuf,
    },
    /// The bytes are not what a monitor wrote.
    #[error("{}: the state is damaged: {what}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// The files of one log, locked.
#[derive(Debug)]
pub struct StateDirectory {
    path: PathBuf,
    _lock: File,
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, StateError> {
    result.map_err(|source| StateError::Io {
        path: path.to_owned(),
        source,
    })
}

impl StateDirectory {
    /// Opens the directory of the log with a verifier key, and makes it where it is not there.
    ///
    /// # Errors
    /// [`StateError::InUse`] where another process has it.
    pub fn open(state_dir: &Path, log: &str) -> Result<Self, StateError> {
        let name: String = Hex(&sha256(log.as_bytes()))
            .to_string()
            .chars()
            .take(NAME_DIGITS)
            .collect();
        let path = state_dir.join(name);
        at(&path, fs::create_dir_all(&path))?;
        let lock_path = path.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path);
        let lock = at(&lock_path, lock)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StateError::InUse { path: lock_path }),
            Err(TryLockError::Error(source)) => Err(StateError::Io {
                path: lock_path,
                source,
            }),
        }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the rows of the index are.
    pub fn rows(&self) -> PathBuf {
        self.path.join("rows")
    }

    /// The state; `None` where there is none.
    ///
    /// # Errors
    /// [`StateError::Damaged`] where it is not what [`commit`](Self::commit) wrote for this log.
    pub fn load(&self, log: &str) -> Result<Option<LogState>, StateError> {
        let path = self.path.join("state");
        let mut bytes = Vec::new();
        match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => at(
                &path,
                file.and_then(|file| file.take(STATE_BYTES_MAX).read_to_end(&mut bytes)),
            )?,
        };
        let damaged = |what: String| StateError::Damaged {
            path: path.clone(),
            what,
        };
        let place = bytes.iter().position(|byte| *byte == b'\n');
        let (hash, rest) = place
            .and_then(|place| bytes.split_at_checked(place))
            .ok_or_else(|| damaged("it has no line with a hash".to_owned()))?;
        let json = rest.get(1..).unwrap_or_default();
        if Hex(&sha256(json)).to_string().as_bytes() != hash {
            return Err(damaged("its hash is not that of its first line".to_owned()));
        }
        let state: LogState = serde_json::from_slice(json).map_err(|error| damaged(error.to_string()))?;
        if state.log != log {
            return Err(damaged(format!("it is of the log {}, expected {log}", state.log)));
        }
        Ok(Some(state))
    }

    /// Makes a state durable, and removes the rows that it does not need.
    ///
    /// # Errors
    /// [`StateError::Io`]: the state before is then the one that counts.
    pub fn commit(&self, state: &LogState) -> Result<(), StateError> {
        let (path, new) = (self.path.join("state"), self.path.join("state.new"));
        let json = serde_json::to_vec(state).map_err(io::Error::from);
        let json = at(&new, json)?;
        let rows = self.rows();
        if rows.is_dir() {
            at(&rows, sync(&rows))?;
        }
        let write = || -> io::Result<()> {
            let mut file = File::create(&new)?;
            writeln!(file, "{}", Hex(&sha256(&json)))?;
            file.write_all(&json)?;
            file.sync_all()
        };
        at(&new, write())?;
        at(&path, fs::rename(&new, &path))?;
        at(&self.path, sync(&self.path))?;
        if rows.is_dir() {
            let needed: BTreeSet<u64> = state.audit.iter().flat_map(KeptAudit::files).collect();
            at(&rows, KeptFiles::sweep(&rows, &needed))?;
        }
        Ok(())
    }

    /// Writes a file that proves something, which is never written over; where it is.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn prove(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StateError> {
        let path = self.path.join(name);
        match fs::read(&path) {
            Ok(there) if there == bytes => return Ok(path),
            _ => {}
        }
        let there = at(&self.path, fs::read_dir(&self.path))?.count();
        if there >= FILES_MAX {
            let error = io::Error::other(format!(
                "there are {there} files already, and no more are written"
            ));
            return at(&path, Err(error));
        }
        let mut file = at(&path, File::create_new(&path))?;
        at(&path, file.write_all(bytes).and_then(|()| file.sync_all()))?;
        Ok(path)
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
