//! A directory of documents that are not acknowledged yet.
//!
//! A document is complete or absent: it is written under another name, synced, renamed, and the directory is
//! synced before anything is sent. Names sort in the order of arrival. One process at a time uses a spool.

use super::OutgoingDocument;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const COMPLETE: &str = "json";
const PARTIAL: &str = "partial";
/// Which file of the user's a document came from, for messages.
const SOURCE: &str = "source.txt";

/// The disk's fault, or a directory that is not ours to write.
#[derive(Debug, thiserror::Error)]
#[error("spool: {path}: {source}")]
pub(crate) struct SpoolError {
    path: PathBuf,
    source: io::Error,
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> SpoolError + use<> {
    let path = path.to_owned();
    move |source| SpoolError { path, source }
}

/// A spool directory.
#[derive(Debug)]
pub(super) struct Spool {
    dir: PathBuf,
}

impl Spool {
    /// Opens or creates the directory.
    pub(super) fn open(dir: &Path) -> Result<Self, SpoolError> {
        let spool = Self { dir: dir.to_owned() };
        let refused = spool.refused();
        fs::create_dir_all(&refused).map_err(failed(&refused))?;
        Ok(spool)
    }

    /// A writer that numbers on from what is there.
    pub(super) fn writer(&self) -> Result<SpoolWriter<'_>, SpoolError> {
        // Also past what was set aside, which keeps its name.
        let newest = self
            .pending()?
            .last()
            .map(|name| number(name))
            .max(complete(&self.refused())?.last().map(|name| number(name)));
        Ok(SpoolWriter {
            spool: self,
            newest: newest.unwrap_or(0),
        })
    }

    /// Names of complete documents, oldest first. A partial one was never promised to anybody.
    pub(super) fn pending(&self) -> Result<Vec<String>, SpoolError> {
        complete(&self.dir)
    }

    fn refused(&self) -> PathBuf {
        self.dir.join("refused")
    }

    /// Where the numbers of streams are kept.
    pub(super) fn streams(&self) -> PathBuf {
        self.dir.join("streams")
    }

    /// One document.
    pub(super) fn read(&self, name: &str) -> Result<OutgoingDocument, SpoolError> {
        let path = self.dir.join(name);
        let body = fs::read(&path).map_err(failed(&path))?;
        // A document that another version spooled has no note of where it came from.
        let source = fs::read_to_string(path.with_extension(SOURCE));
        Ok(OutgoingDocument {
            name: source.unwrap_or_else(|_| path.display().to_string()),
            body,
            spooled: Some(name.to_owned()),
        })
    }

    /// Where a refused document is kept.
    pub(super) fn refused_path(&self, name: &str) -> PathBuf {
        self.refused().join(name)
    }

    /// Forgets an acknowledged document.
    pub(super) fn remove(&self, name: &str) -> Result<(), SpoolError> {
        let path = self.dir.join(name);
        fs::remove_file(&path).map_err(failed(&path))?;
        forget_source(&path)
    }

    /// Moves a refused document, together with the reason, to where it does not hold up the others.
    pub(super) fn set_aside(&self, name: &str, reason: &str) -> Result<(), SpoolError> {
        let refused = self.refused();
        let note = refused.join(name).with_extension("reason.txt");
        fs::write(&note, reason).map_err(failed(&note))?;
        let (from, to) = (self.dir.join(name), refused.join(name));
        fs::rename(&from, &to).map_err(failed(&from))?;
        forget_source(&from)?;
        sync_dir(&refused)
    }
}

/// Adds documents; nothing is promised before [`SpoolWriter::finish`].
#[derive(Debug)]
pub(super) struct SpoolWriter<'a> {
    spool: &'a Spool,
    newest: u64,
}

impl SpoolWriter<'_> {
    /// Writes and syncs one document.
    pub(super) fn put(&mut self, item: &OutgoingDocument) -> Result<(), SpoolError> {
        self.newest = self.newest.saturating_add(1);
        let complete = self.spool.dir.join(format!("{:020}.{COMPLETE}", self.newest));
        let partial = complete.with_extension(PARTIAL);
        let write = || -> io::Result<()> {
            let mut file = File::create(&partial)?;
            file.write_all(&item.body)?;
            file.sync_all()?;
            fs::write(complete.with_extension(SOURCE), &item.name)?;
            fs::rename(&partial, &complete)
        };
        write().map_err(failed(&complete))
    }

    /// Makes the names durable, too.
    pub(super) fn finish(self) -> Result<(), SpoolError> {
        sync_dir(&self.spool.dir)
    }
}

/// Takes away the note of where a document came from, if there is one.
fn forget_source(path: &Path) -> Result<(), SpoolError> {
    let note = path.with_extension(SOURCE);
    match fs::remove_file(&note) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&note)(error)),
        _ => Ok(()),
    }
}

fn complete(dir: &Path) -> Result<Vec<String>, SpoolError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed(dir))? {
        let path = entry.map_err(failed(dir))?.path();
        if path.extension().is_some_and(|extension| extension == COMPLETE) {
            names.extend(path.file_name().and_then(|name| name.to_str()).map(str::to_owned));
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The number in a document's name; files that we did not name count as 0.
fn number(name: &str) -> u64 {
    name.split('.')
        .next()
        .and_then(|stem| stem.parse().ok())
        .unwrap_or(0)
}

fn sync_dir(dir: &Path) -> Result<(), SpoolError> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(failed(dir))
}
