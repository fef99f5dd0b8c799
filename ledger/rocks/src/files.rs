//! The files of an embedded engine: which there are, and waiting until they are gone.

use ledger::store::StoreError;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a file that is no longer used may take to be deleted: the engine does it concurrently with other work,
/// and a reader that is under way keeps its files. Looked at in steps.
const DELETION_STEPS: usize = 200;
const DELETION_STEP: Duration = Duration::from_millis(50);
/// A table file and the range of its keys.
pub(crate) struct TableFile {
    pub(crate) path: PathBuf,
    pub(crate) first: Vec<u8>,
    pub(crate) last: Vec<u8>,
}

/// The ranges of the tables, joined where they touch, so that none is rewritten twice.
pub(crate) fn merged(tables: Vec<TableFile>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut ranges: Vec<_> = tables
        .into_iter()
        .map(|table| (table.first, table.last))
        .collect();
    ranges.sort_unstable();
    let mut joined: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for (first, last) in ranges {
        match joined.last_mut() {
            Some((_, end)) if first <= *end => {
                if last > *end {
                    *end = last;
                }
            }
            _ => joined.push((first, last)),
        }
    }
    joined
}

/// The write-ahead logs that stand in a database's directory.
pub(crate) fn wal_files(path: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let io = |error: std::io::Error| StoreError::Engine(format!("{}: {error}", path.display()));
    let mut found = Vec::new();
    for file in std::fs::read_dir(path).map_err(io)? {
        let file = file.map_err(io)?.path();
        if file.extension().is_some_and(|extension| extension == "log") {
            found.push(file);
        }
    }
    Ok(found)
}

/// Waits until the engine has deleted files that it no longer uses.
pub(crate) fn await_deletion(files: &[PathBuf]) -> Result<(), StoreError> {
    let mut left = None;
    for step in 0..DELETION_STEPS {
        if step > 0 {
            std::thread::sleep(DELETION_STEP);
        }
        left = None;
        for file in files {
            let exists = file.try_exists();
            if exists.map_err(|error| StoreError::Engine(format!("{}: {error}", file.display())))? {
                left = Some(file);
                break;
            }
        }
        if left.is_none() {
            return Ok(());
        }
    }
    let name = left.map(|file| file.display().to_string()).unwrap_or_default();
    Err(StoreError::Engine(format!("{name} is not deleted yet")))
}

/// Whether a database was created there. A directory with other content, or with a database that lost its
/// `CURRENT` file, is an error: the engine would clear it away and begin anew.
pub(crate) fn has_database(path: &Path) -> Result<bool, StoreError> {
    let io = |error: std::io::Error| StoreError::Engine(format!("{}: {error}", path.display()));
    if path.join("CURRENT").try_exists().map_err(io)? {
        return Ok(true);
    }
    if !path.try_exists().map_err(io)? || std::fs::read_dir(path).map_err(io)?.next().is_none() {
        return Ok(false);
    }
    Err(StoreError::damaged(
        format!("the database in {}", path.display()),
        "the directory is not empty, and its file CURRENT is missing",
    ))
}
