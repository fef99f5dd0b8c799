//! What files hold.

use std::fs;
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
