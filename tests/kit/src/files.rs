//! What files hold, and copies of directories.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Every file below a directory that holds the bytes. Files that vanish meanwhile hold nothing: a database deletes what it
/// no longer uses whenever it likes.
pub fn files_with(dir: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else {
            let content = fs::read(&path).unwrap_or_default();
            if content.windows(bytes.len()).any(|window| window == bytes) {
                found.push(path);
            }
        }
    }
    found
}

/// Copies a directory with all that is in it to a place where nothing is.
pub fn copy_directory(from: &Path, to: &Path) {
    try_copy(from, to).unwrap();
}

/// The same of a directory in which somebody may be writing: as it is at one moment, which a copy of one file after another is only
/// where none came, went or grew meanwhile. Files of a database grow at their end alone.
pub fn copy_at_one_moment(from: &Path, to: &Path) {
    loop {
        let before = sizes_of(from);
        if try_copy(from, to).is_ok() && sizes_of(from) == before {
            return;
        }
        fs::remove_dir_all(to).unwrap();
    }
}

fn try_copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            try_copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The files of a directory without those below it, and their sizes; 0 for one that is gone already.
fn sizes_of(directory: &Path) -> BTreeMap<PathBuf, u64> {
    let files = fs::read_dir(directory).unwrap();
    let paths = files.map(|entry| entry.unwrap().path());
    paths
        .map(|path| {
            let size = fs::metadata(&path).map_or(0, |metadata| metadata.len());
            (path, size)
        })
        .collect()
}

/// The largest write-ahead log of a database: the one that holds the newest batches.
pub fn write_ahead_log(database: &Path) -> PathBuf {
    let files = fs::read_dir(database).unwrap();
    let logs = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"));
    logs.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap()
}
