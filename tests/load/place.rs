//! Where a run finds its programs and writes its logs.

use std::path::{Path, PathBuf};

use harness::HarnessError;
use tempfile::TempDir;

/// `target/bench`: on a disk, where a temporary directory may be in memory.
pub(crate) fn folder() -> Result<PathBuf, HarnessError> {
    let programs = programs()?;
    let target = programs.parent().unwrap_or(Path::new("target"));
    let folder = target.join("bench");
    std::fs::create_dir_all(&folder).map_err(io("make target/bench"))?;
    Ok(folder)
}

/// A directory that is gone after the run.
pub(crate) fn scratch() -> Result<TempDir, HarnessError> {
    tempfile::tempdir_in(folder()?).map_err(io("make a directory"))
}

/// The path of a program that is built together with this one.
pub(crate) fn program(name: &str) -> Result<PathBuf, HarnessError> {
    Ok(programs()?.join(name))
}

/// The server.
pub(crate) fn ledgerd() -> Result<String, HarnessError> {
    Ok(program("ledgerd")?.to_string_lossy().into_owned())
}

fn programs() -> Result<PathBuf, HarnessError> {
    let mut path = std::env::current_exe().map_err(io("find the programs of this build"))?;
    path.pop();
    Ok(path)
}

fn io(what: &'static str) -> impl Fn(std::io::Error) -> HarnessError {
    move |source| HarnessError::Io { what, source }
}
