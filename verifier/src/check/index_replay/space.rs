//! A place for rows for which the replay has no memory.
//!
//! This crate knows no files, so the caller gives the place. What is put there is checked when it comes back: a disk that
//! changes a row must not make a log look wrong.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Write};

use crate::runs::BuildError;

/// Gives places to put bytes.
pub trait RowSpace: fmt::Debug {
    /// A new place, empty.
    ///
    /// # Errors
    /// Where there is none.
    fn create(&mut self) -> io::Result<Box<dyn RowFile>>;

    /// The place that was [kept](RowFile::keep) under a number, as it was then, to be read from its beginning.
    ///
    /// # Errors
    /// Where it is not there, or this space keeps nothing.
    fn reopen(&mut self, number: u64) -> io::Result<Box<dyn RowFile>> {
        Err(keeps_nothing(number))
    }
}

fn keeps_nothing(number: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        format!("this place for rows keeps nothing, and number {number} was to be kept"),
    )
}

/// Bytes that are written at the end and read once, from the beginning, in turns. When it is dropped, they MUST be gone, unless they
/// were kept.
pub trait RowFile: fmt::Debug {
    /// Writes behind what was written before.
    ///
    /// # Errors
    /// Where that fails. Nothing more is read or written then.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Fills the buffer with the bytes that follow those that were read before.
    ///
    /// # Errors
    /// Where that fails, or fewer bytes are left ([`io::ErrorKind::UnexpectedEof`]).
    fn read_next(&mut self, buffer: &mut [u8]) -> io::Result<()>;

    /// Makes durable what was written, and gives the number under which the space has it again, after a restart, too.
    ///
    /// # Errors
    /// Where that fails, or the space keeps nothing.
    fn keep(&mut self) -> io::Result<u64> {
        Err(keeps_nothing(0))
    }
}

/// Memory as the place, where there are no files: in a browser, for instance. It has no limit.
#[derive(Debug, Default)]
pub struct MemorySpace;

impl RowSpace for MemorySpace {
    fn create(&mut self) -> io::Result<Box<dyn RowFile>> {
        Ok(Box::new(MemoryFile::default()))
    }
}

#[derive(Debug, Default)]
struct MemoryFile(VecDeque<u8>);

impl RowFile for MemoryFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn read_next(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_exact(buffer)
    }
}

/// Why rows did not come back as they were put there. The one who gives the place is at fault, and never the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowSpaceError {
    /// The place failed.
    #[error("rows could not be put aside: {0}")]
    Io(#[from] io::Error),
    /// Other bytes came back.
    #[error("block {block} of the rows that were put aside came back changed")]
    Changed {
        /// Number of the block in its file, from 0.
        block: u64,
    },
    /// Bytes that were kept are not rows, or not in this number.
    #[error("the rows that were kept are damaged: {0}")]
    Damaged(&'static str),
    /// The rows of a run came back in another order.
    #[error("the rows that were put aside came back in another order: {0}")]
    Order(#[from] BuildError<std::convert::Infallible>),
}
