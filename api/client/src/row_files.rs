//! Rows of the index that an audit or `fsck` has no memory for, in files that disappear with the process; and those of a monitor, in
//! files that stay.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use verifier::check::index_replay::{RowFile, RowSpace};

/// Files without a name in the directory for temporary files (`TMPDIR`). Blocks are written and read whole, so that no buffer is
/// needed.
#[derive(Debug)]
pub struct TemporaryFiles;

impl RowSpace for TemporaryFiles {
    fn create(&mut self) -> io::Result<Box<dyn RowFile>> {
        Ok(Box::new(PlacedFile::new(tempfile::tempfile()?)))
    }
}

/// Files with numbers as names, in a directory that is for them alone. One that is kept stays until [`sweep`](Self::sweep): the state
/// that no longer needs it has to be durable first.
#[derive(Debug)]
pub struct KeptFiles {
    directory: PathBuf,
    next: u64,
}

impl KeptFiles {
    /// Opens the directory, and makes it where it is not there.
    ///
    /// # Errors
    /// Where the directory can be neither read nor made.
    pub fn open(directory: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(directory)?;
        let newest = numbers(directory)?.into_iter().max();
        Ok(Self {
            directory: directory.to_owned(),
            next: newest.map_or(0, |newest| newest.saturating_add(1)),
        })
    }

    /// Removes every file that a durable state does not name. What was created and not kept before the process was killed goes, too.
    ///
    /// # Errors
    /// Where the directory cannot be read, or a file not be removed.
    pub fn sweep(directory: &Path, needed: &BTreeSet<u64>) -> io::Result<()> {
        for number in numbers(directory)? {
            if !needed.contains(&number) {
                std::fs::remove_file(path_of(directory, number))?;
            }
        }
        Ok(())
    }
}

/// The numbers of the files that are there.
fn numbers(directory: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for file in std::fs::read_dir(directory)? {
        let name = file?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".rows"));
        numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
    }
    Ok(numbers)
}

fn path_of(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number}.rows"))
}

impl RowSpace for KeptFiles {
    fn create(&mut self) -> io::Result<Box<dyn RowFile>> {
        let number = self.next;
        self.next = number.saturating_add(1);
        let path = path_of(&self.directory, number);
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        Ok(Box::new(KeptFile {
            file: PlacedFile::new(file),
            number,
            unless_kept: Some(path),
        }))
    }

    fn reopen(&mut self, number: u64) -> io::Result<Box<dyn RowFile>> {
        Ok(Box::new(KeptFile {
            file: PlacedFile::new(File::open(path_of(&self.directory, number))?),
            number,
            unless_kept: None,
        }))
    }
}

/// A file of [`KeptFiles`].
#[derive(Debug)]
struct KeptFile {
    file: PlacedFile,
    number: u64,
    /// What is removed when it is dropped.
    unless_kept: Option<PathBuf>,
}

impl RowFile for KeptFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.append(bytes)
    }

    fn read_next(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_next(buffer)
    }

    fn keep(&mut self) -> io::Result<u64> {
        self.file.file.sync_all()?;
        self.unless_kept = None;
        Ok(self.number)
    }
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        if let Some(path) = &self.unless_kept {
            // What cannot be removed is removed by the next sweep.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A file with a place where it is written and one where it is read.
#[derive(Debug)]
struct PlacedFile {
    file: File,
    /// Bytes that were written.
    written: u64,
    /// Bytes that were read.
    read: u64,
}

impl PlacedFile {
    fn new(file: File) -> Self {
        Self {
            file,
            written: 0,
            read: 0,
        }
    }
}

impl RowFile for PlacedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.written))?;
        self.file.write_all(bytes)?;
        self.written = self.written.saturating_add(length_of(bytes));
        Ok(())
    }

    fn read_next(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.read))?;
        self.file.read_exact(buffer)?;
        self.read = self.read.saturating_add(length_of(buffer));
        Ok(())
    }
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{RowSpace, TemporaryFiles};

    #[test]
    fn a_file_is_written_at_its_end_and_read_from_its_beginning_in_turns() -> io::Result<()> {
        let mut file = TemporaryFiles.create()?;
        let mut buffer = [0; 2];
        file.append(b"abc")?;
        file.read_next(&mut buffer)?;
        assert_eq!(&buffer, b"ab");
        file.append(b"d")?;
        file.read_next(&mut buffer)?;
        assert_eq!(&buffer, b"cd");
        let error = file.read_next(&mut buffer).err();
        assert_eq!(
            error.map(|error| error.kind()),
            Some(io::ErrorKind::UnexpectedEof)
        );
        Ok(())
    }
}
