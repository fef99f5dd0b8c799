//! Secret files: one line each, made new, readable by their owner only.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::KeyError;

/// Longest key file: a name of 255 bytes and some 100 bytes around it.
const FILE_BYTES_MAX: u64 = 1024;

/// The only line of a key file.
pub(super) fn read_line(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    // The buffer has its full size from the start: a growing one would leave copies of the secret.
    let mut text = Zeroizing::new(String::with_capacity(2048));
    let file = File::open(path).map_err(|source| io_error(path, source))?;
    file.take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|source| io_error(path, source))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    if line.is_empty() || line.contains('\n') {
        return Err(KeyError::Malformed("a key file holds one line"));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// Writes a new file with mode 0600 and makes it durable; fails if it exists.
pub(super) fn write_new(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || {
        let mut file = options.open(path)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(|source| io_error(path, source))
}

fn io_error(path: &Path, source: std::io::Error) -> KeyError {
    KeyError::Io {
        path: path.display().to_string(),
        source,
    }
}
