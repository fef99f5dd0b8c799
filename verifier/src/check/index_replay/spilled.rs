//! Rows in a file of the caller's, in blocks with a hash each.

use std::vec;

use serde::{Deserialize, Serialize};

use super::limits::{BLOCK_MAX, RowLimits};
use super::space::{RowFile, RowSpace, RowSpaceError};
use crate::hash::sha256;
use crate::runs::{IndexRow, ROW_BYTES};

/// A row as it is held: its bytes, which order as rows do.
pub(super) type RowBytes = [u8; ROW_BYTES];

/// Bytes of the hash behind a block.
const HASH_BYTES: usize = 32;

/// Rows that are written at the end and read once, from the beginning.
#[derive(Debug)]
pub(super) struct SpilledRows {
    file: Box<dyn RowFile>,
    rows_of_block: usize,
    blocks_written: u64,
    blocks_read: u64,
    /// Rows that were written and not read yet. Every block is full, except the last one that is written.
    unread: u64,
}

impl SpilledRows {
    pub(super) fn create(space: &mut dyn RowSpace, limits: &RowLimits) -> Result<Self, RowSpaceError> {
        Ok(Self {
            file: space.create()?,
            rows_of_block: limits.block,
            blocks_written: 0,
            blocks_read: 0,
            unread: 0,
        })
    }

    /// Rows that were not read yet.
    pub(super) fn unread(&self) -> u64 {
        self.unread
    }

    /// Rows that an earlier replay [kept](Self::keep).
    pub(super) fn reopen(kept: &KeptFile, space: &mut dyn RowSpace) -> Result<Self, RowSpaceError> {
        Ok(Self {
            file: space.reopen(kept.number)?,
            rows_of_block: kept.rows_of_block.clamp(1, BLOCK_MAX),
            blocks_written: 0,
            blocks_read: 0,
            unread: kept.rows,
        })
    }

    /// Keeps rows of which none was read yet.
    fn keep(&mut self) -> Result<KeptFile, RowSpaceError> {
        if self.blocks_read > 0 {
            return Err(RowSpaceError::Damaged("some of them were read already"));
        }
        Ok(KeptFile {
            number: self.file.keep()?,
            rows: self.unread,
            rows_of_block: self.rows_of_block,
        })
    }

    /// Writes a block. The caller's rows fill it, or none follow.
    pub(super) fn append(&mut self, rows: &[RowBytes]) -> Result<(), RowSpaceError> {
        self.file.append(rows.as_flattened())?;
        self.file.append(&hash_of(self.blocks_written, rows))?;
        self.blocks_written = self.blocks_written.saturating_add(1);
        self.unread = self.unread.saturating_add(count(rows.len()));
        Ok(())
    }

    /// Reads the next block; `None` where all were read.
    pub(super) fn next_block(&mut self) -> Result<Option<Vec<RowBytes>>, RowSpaceError> {
        if self.unread == 0 {
            return Ok(None);
        }
        let left = usize::try_from(self.unread).unwrap_or(usize::MAX);
        let mut rows = vec![[0; ROW_BYTES]; left.min(self.rows_of_block)];
        let mut hash = [0; HASH_BYTES];
        self.file.read_next(rows.as_flattened_mut())?;
        self.file.read_next(&mut hash)?;
        if hash != hash_of(self.blocks_read, &rows) {
            return Err(RowSpaceError::Changed {
                block: self.blocks_read,
            });
        }
        self.blocks_read = self.blocks_read.saturating_add(1);
        self.unread = self.unread.saturating_sub(count(rows.len()));
        Ok(Some(rows))
    }
}

/// Rows in a file that outlives the replay.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptFile {
    /// As the space has it.
    pub(super) number: u64,
    pub(super) rows: u64,
    pub(super) rows_of_block: usize,
}

fn hash_of(block: u64, rows: &[RowBytes]) -> [u8; HASH_BYTES] {
    sha256(&[&block.to_be_bytes(), rows.as_flattened()].concat())
}

pub(super) fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// The sorted rows of a run, or of a part of one.
#[derive(Debug)]
pub(super) enum KeptRows {
    Memory(Vec<RowBytes>),
    Spilled(SpilledRows),
}

impl KeptRows {
    pub(super) fn rows(&self) -> u64 {
        match self {
            Self::Memory(rows) => count(rows.len()),
            Self::Spilled(rows) => rows.unread(),
        }
    }

    /// Rows of an earlier replay; `None` where there were none.
    pub(super) fn reopen(kept: Option<&KeptFile>, space: &mut dyn RowSpace) -> Result<Self, RowSpaceError> {
        match kept {
            Some(file) => SpilledRows::reopen(file, space).map(Self::Spilled),
            None => Ok(Self::Memory(Vec::new())),
        }
    }

    /// Keeps them; `None` where there are none.
    pub(super) fn keep(
        self,
        limits: &RowLimits,
        space: &mut dyn RowSpace,
    ) -> Result<Option<KeptFile>, RowSpaceError> {
        match self {
            Self::Memory(rows) if rows.is_empty() => Ok(None),
            Self::Memory(rows) => {
                let mut spilled = SpilledRows::create(space, limits)?;
                for block in rows.chunks(limits.block) {
                    spilled.append(block)?;
                }
                spilled.keep().map(Some)
            }
            Self::Spilled(mut rows) => rows.keep().map(Some),
        }
    }

    /// How many of them are in memory.
    pub(super) fn rows_in_memory(&self) -> u64 {
        match self {
            Self::Memory(rows) => count(rows.len()),
            Self::Spilled(_) => 0,
        }
    }

    /// Reads them, which can be done once.
    pub(super) fn into_rows(self) -> RowReader {
        match self {
            Self::Memory(rows) => RowReader {
                block: rows.into_iter(),
                rest: None,
            },
            Self::Spilled(rows) => RowReader {
                block: Vec::new().into_iter(),
                rest: Some(rows),
            },
        }
    }
}

/// Gives rows in their order. It holds one block of those that are in a file.
#[derive(Debug)]
pub(super) struct RowReader {
    block: vec::IntoIter<RowBytes>,
    rest: Option<SpilledRows>,
}

impl Iterator for RowReader {
    type Item = Result<IndexRow, RowSpaceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(bytes) = self.block.next() {
                // What was written is a row, and the hash of its block was compared.
                return IndexRow::from_bytes(&bytes).map(Ok);
            }
            match self.rest.as_mut()?.next_block() {
                Ok(Some(block)) => self.block = block.into_iter(),
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Takes sorted rows, in memory or in a file.
#[derive(Debug)]
pub(super) struct RowKeeper {
    /// All rows, or those of the block that is being filled.
    rows: Vec<RowBytes>,
    spilled: Option<SpilledRows>,
}

impl RowKeeper {
    /// Keeps `rows` rows in memory.
    pub(super) fn in_memory(rows: u64) -> Self {
        Self {
            rows: Vec::with_capacity(usize::try_from(rows).unwrap_or_default()),
            spilled: None,
        }
    }

    /// Keeps rows in a file.
    pub(super) fn in_file(space: &mut dyn RowSpace, limits: &RowLimits) -> Result<Self, RowSpaceError> {
        Ok(Self {
            rows: Vec::with_capacity(limits.block),
            spilled: Some(SpilledRows::create(space, limits)?),
        })
    }

    pub(super) fn push(&mut self, row: &IndexRow) -> Result<(), RowSpaceError> {
        self.rows.push(row.to_bytes());
        match &mut self.spilled {
            Some(spilled) if self.rows.len() >= spilled.rows_of_block => {
                spilled.append(&self.rows)?;
                self.rows.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn finish(self) -> Result<KeptRows, RowSpaceError> {
        let Some(mut spilled) = self.spilled else {
            return Ok(KeptRows::Memory(self.rows));
        };
        if !self.rows.is_empty() {
            spilled.append(&self.rows)?;
        }
        Ok(KeptRows::Spilled(spilled))
    }
}
