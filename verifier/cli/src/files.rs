//! Reading what the command line names, never more than a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use verifier::note::{NoteError, VerifierKey};

/// No file that is checked is larger: the largest, a genesis file, is bounded by 4 MiB.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The command cannot start: the person at the command line is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// A file that is not there, or not readable.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file larger than any that could pass.
    #[error("{path} is larger than {FILE_BYTES_MAX} bytes")]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },
    /// `--log-key` is neither a key nor a file that holds one.
    #[error("--log-key: {0}")]
    Key(#[from] NoteError),
    /// A URL, directory or token that cannot be used.
    #[error("{0}")]
    Source(String),
}

/// The bytes of a file, or of standard input for `-`.
pub(crate) fn read_file(path: impl AsRef<Path>) -> Result<Vec<u8>, InputError> {
    let path = path.as_ref();
    let bytes = if path == Path::new("-") {
        read_limited(io::stdin().lock())
    } else {
        File::open(path).and_then(read_limited)
    };
    match bytes {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(InputError::TooLarge {
            path: path.to_owned(),
        }),
        Err(source) => Err(InputError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Everything from `reader`; `None` beyond the limit.
fn read_limited(reader: impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let read = reader.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(u64::try_from(read)
        .is_ok_and(|read| read <= FILE_BYTES_MAX)
        .then_some(bytes))
}

/// The verifier key itself, or the whole of the file that the argument names.
pub(crate) fn log_key(argument: &str) -> Result<VerifierKey, InputError> {
    match VerifierKey::parse(argument) {
        Ok(key) => Ok(key),
        Err(error) if !Path::new(argument).is_file() => Err(error.into()),
        Err(_) => {
            let file = read_file(argument)?;
            Ok(VerifierKey::parse(String::from_utf8_lossy(&file).trim())?)
        }
    }
}
