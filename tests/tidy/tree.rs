//! Finding the project's files.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The project's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file that belongs to the project, by its path below the root.
pub(crate) fn files() -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "git ls-files failed");
    let mut files: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    files.retain(|file| root().join(file).exists());
    assert!(files.len() > 20, "found only {} files", files.len());
    files
}

/// The text of a file.
pub(crate) fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Rust sources that ship: not tests, not benches.
pub(crate) fn shipped_sources() -> Vec<String> {
    let mut sources = files();
    sources.retain(|file| Path::new(file).extension().is_some_and(|e| e == "rs"));
    sources.retain(|file| {
        !["/tests/", "/benches/", "/fuzz/"]
            .iter()
            .any(|folder| file.contains(folder))
            && !file.starts_with("tests/")
    });
    sources
}
