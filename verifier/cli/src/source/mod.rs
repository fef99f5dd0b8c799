//! Where a log is read from: a server or a directory, both in the layout of tlog-tiles.

mod server;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ledger_client::StatusCode;
use verifier::note::{NOTE_BYTES_MAX, UnverifiedNote};
use verifier::tile::{TILE_WIDTH, TilePath};

use crate::files::{FileError, read_file};
pub(crate) use server::ServerUrl;

/// A full bundle of the longest entries that the format allows.
const BUNDLE_BYTES_MAX: usize = 256 * (2 + 65_535);
/// A full tile of hashes.
const TILE_BYTES_MAX: usize = 256 * 32;
/// An entry with its document and proof, as the server answers.
pub(crate) const ENTRY_ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

const _: () = assert!(TILE_WIDTH == 256, "the limits above count 256 entries and hashes");

/// Why a resource was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// It is not there, asked as often as a broken connection is.
    #[error("{0} is not there")]
    Missing(String),
    /// What is at the address is no log: a mistyped address says nothing about any log.
    #[error("no log found at {address}: {found}")]
    NoLog {
        /// As it was given.
        address: String,
        /// What is there.
        found: String,
    },
    /// Nobody knows whether it is there.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// What was to be read.
        path: String,
        /// What the system or the server said.
        reason: String,
    },
    /// The server does not give this answer, and says why.
    #[error("cannot read {path}: status {status}")]
    Refused {
        /// What was asked for.
        path: String,
        /// HTTP status.
        status: StatusCode,
    },
    /// The server takes longer than one that means to answer.
    #[error("timeout reading {path}: {limit}")]
    TooSlow {
        /// What was to be read.
        path: String,
        /// The limit that was reached.
        limit: String,
    },
}

impl SourceError {
    /// The same, of the very first resource: nobody knows whether there is a log at all.
    pub(crate) fn at_start(self, address: &str) -> Self {
        match self {
            Self::Missing(path) => Self::NoLog {
                address: address.to_owned(),
                found: format!("{path} is not there"),
            },
            Self::Unreadable { path, reason } => Self::Unreadable {
                reason: format!("{reason}; no log found at {address}"),
                path,
            },
            other => other,
        }
    }
}

/// A place that holds a log.
pub(crate) trait LogSource {
    /// The newest checkpoint: a note, by any signer. What else is there is no log.
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError>;
    /// A tile or bundle. Never more bytes than it can have, and one: a longer one is a wrong one.
    fn read(&self, path: TilePath) -> Result<Vec<u8>, SourceError>;
    /// The document and proof of entry 0, if the source hands them out.
    fn genesis(&self) -> Result<Option<Vec<u8>>, SourceError>;
}

/// Opens a source; a name with a scheme is a URL.
pub(crate) fn open(
    log: &str,
    token_file: Option<&Path>,
    deadline: Duration,
) -> Result<Box<dyn LogSource>, FileError> {
    if is_url(log) {
        return Ok(Box::new(open_server(log, token_file, deadline)?));
    }
    let path = PathBuf::from(log);
    if path.is_dir() {
        Ok(Box::new(LogDirectorySource(path)))
    } else {
        Err(FileError::Source(format!(
            "{log} is neither a URL (http:// or https://) nor a directory"
        )))
    }
}

/// Opens a server, which answers more than a copy of its files does.
pub(crate) fn open_server(
    log: &str,
    token_file: Option<&Path>,
    deadline: Duration,
) -> Result<ServerUrl, FileError> {
    if !is_url(log) {
        return Err(FileError::Source(format!(
            "{log} is no URL (http:// or https://), and only a server answers questions about its index"
        )));
    }
    let token = token_file.map(read_token).transpose()?;
    ServerUrl::new(log, token.as_deref(), deadline)
}

fn is_url(log: &str) -> bool {
    log.starts_with("http://") || log.starts_with("https://")
}

fn read_token(path: &Path) -> Result<String, FileError> {
    let bytes = read_file(path)?;
    let token = String::from_utf8_lossy(&bytes).trim().to_owned();
    if token.is_empty() || token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(FileError::Source(format!(
            "{} does not hold a bearer token",
            path.display()
        )));
    }
    Ok(token)
}

/// A checkpoint is a signed note; what is none was not written by a log.
pub(crate) fn expect_note(address: &str, bytes: Vec<u8>) -> Result<Vec<u8>, SourceError> {
    match UnverifiedNote::parse(&bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(SourceError::NoLog {
            address: address.to_owned(),
            found: format!("what is there is no checkpoint ({error})"),
        }),
    }
}

/// How many bytes a checkpoint may have.
pub(crate) const CHECKPOINT_BYTES_MAX: usize = NOTE_BYTES_MAX;

/// How many bytes a tile or bundle may have.
pub(crate) const fn bytes_max(path: TilePath) -> usize {
    match path {
        TilePath::Hashes { .. } => TILE_BYTES_MAX,
        TilePath::Entries { .. } => BUNDLE_BYTES_MAX,
    }
}

/// A directory with `checkpoint`, `tile/…` and perhaps `genesis.json`.
struct LogDirectorySource(PathBuf);

impl LogDirectorySource {
    fn file(&self, path: &str, max: usize) -> Result<Vec<u8>, SourceError> {
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SourceError::Missing(path.to_owned()),
            _ => SourceError::Unreadable {
                path: path.to_owned(),
                reason: error.to_string(),
            },
        };
        let file = File::open(self.0.join(path)).map_err(unreadable)?;
        let mut bytes = Vec::new();
        let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
        file.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }
}

impl LogSource for LogDirectorySource {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        let address = self.0.display().to_string();
        let bytes = self
            .file("checkpoint", CHECKPOINT_BYTES_MAX)
            .map_err(|error| error.at_start(&address))?;
        expect_note(&address, bytes)
    }

    fn read(&self, path: TilePath) -> Result<Vec<u8>, SourceError> {
        self.file(&path.to_string(), bytes_max(path))
    }

    fn genesis(&self) -> Result<Option<Vec<u8>>, SourceError> {
        optional(self.file("genesis.json", ENTRY_ANSWER_BYTES_MAX))
    }
}

/// What a source may not have.
pub(crate) fn optional(read: Result<Vec<u8>, SourceError>) -> Result<Option<Vec<u8>>, SourceError> {
    match read {
        Ok(bytes) => Ok(Some(bytes)),
        Err(SourceError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
