//! Reading what the command line names, never more than a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use verifier::encoding::encoding_fault;
use verifier::note::{NoteError, VerifierKey};

/// No file that is checked is larger, but packs and exports: the largest, a genesis file, is bounded by 4 MiB.
const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The command cannot start: the person at the command line is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// A file that is not there, or not readable.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// A file larger than any that could pass.
    #[error("{path} is larger than {max} bytes")]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// How large it may be.
        max: usize,
    },
    /// A file that was to be written.
    #[error("cannot write {path}: {source}")]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// `--log-key` names a file that holds no key.
    #[error("--log-key: {path} holds no verifier key: {source}")]
    KeyFile {
        /// Which file.
        path: PathBuf,
        /// What is wrong with what it holds.
        source: NoteError,
    },
    /// `--log-key` is neither a key nor a file.
    #[error("--log-key: {argument:?} is no such file, and not a verifier key: {source}")]
    NeitherKeyNorFile {
        /// What stood there.
        argument: String,
        /// Why it is not a key.
        source: NoteError,
    },
    /// `--since` and `--to` with no entry between them.
    #[error("no entry is from --since {since} on and below --to {to}: expected a --since below --to")]
    EmptyRange {
        /// The size after which entries matter.
        since: u64,
        /// The size below which they do.
        to: u64,
    },
    /// A run manifest that is not there, or no JSON.
    #[error("the run manifest cannot be read: {0}")]
    Urm(String),
    /// A URL, directory or token that cannot be used.
    #[error("{0}")]
    Source(String),
}

impl FileError {
    /// Stable reason code of the error.
    pub(crate) const fn reason_code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } | Self::TooLarge { .. } => "FILE_UNREADABLE",
            Self::Unwritable { .. } => "FILE_UNWRITABLE",
            Self::Urm(_) => "URM_UNREADABLE",
            Self::KeyFile { .. }
            | Self::NeitherKeyNorFile { .. }
            | Self::EmptyRange { .. }
            | Self::Source(_) => "USAGE",
        }
    }
}

/// The bytes of a file, or of standard input for `-`.
pub(crate) fn read_file(path: impl AsRef<Path>) -> Result<Vec<u8>, FileError> {
    read_file_up_to(path, FILE_BYTES_MAX)
}

/// The same with a limit of its own.
pub(crate) fn read_file_up_to(path: impl AsRef<Path>, max: usize) -> Result<Vec<u8>, FileError> {
    let path = path.as_ref();
    let bytes = if path == Path::new("-") {
        read_limited(io::stdin().lock(), max)
    } else {
        File::open(path).and_then(|file| read_limited(file, max))
    };
    match bytes {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(FileError::TooLarge {
            path: path.to_owned(),
            max,
        }),
        Err(source) => Err(FileError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

/// The beginning of a file that is too large to be read; nothing of standard input, which is gone.
pub(crate) fn beginning(path: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINNING_BYTES).read_to_end(&mut start));
    // It was readable a moment ago; what is not known of it stays unknown.
    read.map_or_else(|_| Vec::new(), |_| start)
}

/// Enough to tell formats apart.
const BEGINNING_BYTES: u64 = 512;

/// Everything from `reader`; `None` beyond the limit.
fn read_limited(reader: impl Read, max: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    let read = reader.take(limit).read_to_end(&mut bytes)?;
    Ok((read <= max).then_some(bytes))
}

/// The verifier key itself, or the whole of the file that the argument names.
pub(crate) fn log_key(argument: &str) -> Result<VerifierKey, FileError> {
    match VerifierKey::parse(argument) {
        Ok(key) => Ok(key),
        Err(source) if !Path::new(argument).is_file() => Err(FileError::NeitherKeyNorFile {
            argument: argument.to_owned(),
            source,
        }),
        Err(_) => {
            let file = read_file(argument)?;
            if let Some(found) = encoding_fault(&file) {
                return Err(FileError::Source(format!(
                    "--log-key: {argument} is {found}; save it as UTF-8"
                )));
            }
            VerifierKey::parse(String::from_utf8_lossy(&file).trim()).map_err(|source| FileError::KeyFile {
                path: argument.into(),
                source,
            })
        }
    }
}
