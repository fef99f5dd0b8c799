//! Rows of the index that an audit or `fsck` has no memory for, in files that disappear with the process.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use verifier::check::index_replay::{RowFile, RowSpace};

/// Files without a name in the directory for temporary files (`TMPDIR`). Blocks are written and read whole, so that no buffer is
/// needed.
#[derive(Debug)]
pub struct TemporaryFiles;

impl RowSpace for TemporaryFiles {
    fn create(&mut self) -> io::Result<Box<dyn RowFile>> {
        Ok(Box::new(TemporaryFile {
            file: tempfile::tempfile()?,
            written: 0,
            read: 0,
        }))
    }
}

/// A file with a place where it is written and one where it is read.
#[derive(Debug)]
struct TemporaryFile {
    file: File,
    /// Bytes that were written.
    written: u64,
    /// Bytes that were read.
    read: u64,
}

impl RowFile for TemporaryFile {
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
