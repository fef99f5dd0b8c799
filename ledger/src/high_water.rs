//! The high-water file: the largest head that this log ever committed, kept outside the database
//! and outside every backup.
//!
//! A database that lost its tail (an older copy put back, a truncated write-ahead log) looks whole
//! from inside. This file remembers what was reached, so that start-up can refuse to go on from
//! less, which would be a fork. A record is appended and synced after each commit and before
//! anything is signed or acknowledged; hence the store may be ahead of the file by a batch that
//! nobody was told of, and never behind it.
//!
//! Format: 16 bytes `EL-HIGH-WATER/1\n`, then records of 48 bytes: size (u64 big-endian), root (32),
//! the first 8 bytes of SHA-256(`evidence-ledger/high-water/v1` || size || root). Sizes ascend.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use verifier::checkpoint::TreeHead;
use verifier::hash::{RootHash, sha256};
use verifier::index::TreeSize;

const MAGIC: &[u8; 16] = b"EL-HIGH-WATER/1\n";
const RECORD_TAG: &[u8] = b"evidence-ledger/high-water/v1";
const CHECKSUM_BYTES: usize = 8;
const RECORD_BYTES: usize = 8 + 32 + CHECKSUM_BYTES;
/// The file is rewritten with its last record alone before it grows beyond this: 21,845 commits.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why the file cannot be used. After an error of [`HighWater::append`] the process MUST stop: what
/// the file holds is then unknown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HighWaterError {
    /// The operating system failed, or the file is not there.
    #[error("high-water file {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A record other than the last is broken, or the file is of another form.
    #[error("high-water file {path} is damaged: {detail}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with the file.
        detail: String,
    },
    /// A head that does not go beyond the recorded one. The caller is at fault: going on would be a fork.
    #[error("the high-water mark is size {found}, and a different head of size {asked} was to be recorded")]
    NotBeyond {
        /// Size of the recorded head.
        found: TreeSize,
        /// Size of the head that was to be recorded.
        asked: TreeSize,
    },
}

/// An open high-water file.
#[derive(Debug)]
pub struct HighWater {
    path: PathBuf,
    file: File,
    bytes: u64,
    last: Option<TreeHead>,
}

impl HighWater {
    /// Creates the file with its first record. Durable on return.
    ///
    /// # Errors
    /// [`HighWaterError::Io`] where the file exists, which is another log's, or could not be written.
    pub fn create(path: &Path, head: &TreeHead) -> Result<Self, HighWaterError> {
        if path.exists() {
            let source = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(HighWaterError::Io {
                path: path.to_owned(),
                source,
            });
        }
        Self::replace(path, head)
    }

    /// Opens an existing file. The highest record is `None` only if not one whole record was ever
    /// written. A torn last record is cut off, so that the next one is appended to whole ones.
    ///
    /// # Errors
    /// [`HighWaterError::Io`] where the file is missing or cannot be read or written,
    /// [`HighWaterError::Damaged`] where it is too long, of another form, goes back in size, or has a broken
    /// record before the last.
    pub fn open(path: &Path) -> Result<(Self, Option<TreeHead>), HighWaterError> {
        let (last, whole) = read_records(path)?;
        let file = at(path, OpenOptions::new().append(true).open(path))?;
        at(path, file.set_len(whole))?;
        at(path, file.sync_all())?;
        Ok((
            Self {
                path: path.to_owned(),
                file,
                bytes: whole,
                last: last.clone(),
            },
            last,
        ))
    }

    /// The highest record, without touching the file.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn read(path: &Path) -> Result<Option<TreeHead>, HighWaterError> {
        Ok(read_records(path)?.0)
    }

    /// Records a head, durable on return. The same head again is no change.
    ///
    /// # Errors
    /// [`HighWaterError::NotBeyond`] where the head does not continue what is recorded,
    /// [`HighWaterError::Io`] where the record may not be durable. The process MUST stop after either.
    pub fn append(&mut self, head: &TreeHead) -> Result<(), HighWaterError> {
        match &self.last {
            Some(last) if last == head => return Ok(()),
            Some(last) if last.size >= head.size => {
                return Err(HighWaterError::NotBeyond {
                    found: last.size,
                    asked: head.size,
                });
            }
            _ => {}
        }
        let record = encode(head);
        let bytes = self
            .bytes
            .saturating_add(u64::try_from(record.len()).unwrap_or(u64::MAX));
        if bytes > FILE_BYTES_MAX {
            *self = Self::replace(&self.path, head)?;
            return Ok(());
        }
        at(&self.path, self.file.write_all(&record))?;
        at(&self.path, self.file.sync_data())?;
        self.bytes = bytes;
        self.last = Some(head.clone());
        Ok(())
    }

    /// Writes a new file beside the old one and renames it: at every moment one of the two is whole.
    fn replace(path: &Path, head: &TreeHead) -> Result<Self, HighWaterError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let new = PathBuf::from(name);
        let content = [MAGIC.as_slice(), &encode(head)].concat();
        let mut file = at(
            &new,
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&new),
        )?;
        at(&new, file.write_all(&content))?;
        at(&new, file.sync_all())?;
        at(path, std::fs::rename(&new, path))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        at(
            path,
            File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()),
        )?;
        let file = at(path, OpenOptions::new().append(true).open(path))?;
        let bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
        Ok(Self {
            path: path.to_owned(),
            file,
            bytes,
            last: Some(head.clone()),
        })
    }
}

/// The highest record, and the length of the file up to the last whole record.
fn read_records(path: &Path) -> Result<(Option<TreeHead>, u64), HighWaterError> {
    let damaged = |detail: String| HighWaterError::Damaged {
        path: path.to_owned(),
        detail,
    };
    let mut content = Vec::new();
    let file = at(path, File::open(path))?;
    at(
        path,
        file.take(FILE_BYTES_MAX.saturating_add(1))
            .read_to_end(&mut content),
    )?;
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        return Err(damaged(format!("longer than {FILE_BYTES_MAX} bytes")));
    }
    let Some(records) = content.strip_prefix(MAGIC) else {
        return Err(damaged(
            "it does not begin as a high-water file of this version".to_owned(),
        ));
    };
    let mut last: Option<TreeHead> = None;
    let mut whole = MAGIC.len();
    let mut chunks = records.chunks(RECORD_BYTES).enumerate().peekable();
    while let Some((number, chunk)) = chunks.next() {
        match decode(chunk) {
            Some(head) if last.as_ref().is_none_or(|before| before.size < head.size) => last = Some(head),
            Some(head) => {
                return Err(damaged(format!(
                    "record {number} goes back to size {}",
                    head.size
                )));
            }
            // Only the last record may be torn: a crash while it was written.
            None if chunks.peek().is_none() => break,
            None => return Err(damaged(format!("record {number} fails its checksum"))),
        }
        whole = whole.saturating_add(RECORD_BYTES);
    }
    Ok((last, u64::try_from(whole).unwrap_or(u64::MAX)))
}

fn encode(head: &TreeHead) -> Vec<u8> {
    let mut record = Vec::with_capacity(RECORD_BYTES);
    record.extend_from_slice(&head.size.value().to_be_bytes());
    record.extend_from_slice(head.root.as_bytes());
    let sum = checksum(&record);
    record.extend_from_slice(&sum);
    record
}

fn decode(record: &[u8]) -> Option<TreeHead> {
    let (body, sum) = record.split_at_checked(RECORD_BYTES.saturating_sub(CHECKSUM_BYTES))?;
    let (size, root) = body.split_first_chunk::<8>()?;
    let root: [u8; 32] = root.try_into().ok()?;
    (checksum(body) == sum).then(|| TreeHead {
        size: TreeSize::new(u64::from_be_bytes(*size)),
        root: RootHash::from_bytes(root),
    })
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = sha256(&[RECORD_TAG, body].concat());
    let mut sum = [0; CHECKSUM_BYTES];
    sum.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    sum
}

fn at<T>(path: &Path, result: std::io::Result<T>) -> Result<T, HighWaterError> {
    result.map_err(|source| HighWaterError::Io {
        path: path.to_owned(),
        source,
    })
}
