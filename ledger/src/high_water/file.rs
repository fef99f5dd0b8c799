//! The mark in a file, outside the database and outside every backup.
//!
//! Format: 16 bytes `EL-HIGH-WATER/1\n`, then records of 48 bytes: size (u64 big-endian), root (32),
//! the first 8 bytes of SHA-256(`evidence-ledger/high-water/v1` || size || root). Sizes ascend.

use super::{HighWaterError, HighWaterMark};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
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

/// The mark of a log in a file, which is opened when the first head is recorded.
#[derive(Debug)]
pub struct HighWaterFile {
    path: PathBuf,
    open: Option<HighWater>,
}

impl HighWaterFile {
    /// The mark at a path. The file need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            open: None,
        }
    }
}

impl HighWaterMark for HighWaterFile {
    fn recall(&self) -> Result<TreeHead, HighWaterError> {
        HighWater::read(&self.path)?.ok_or_else(|| HighWaterError::Empty {
            path: self.path.clone(),
        })
    }

    /// A torn last record is cut off, so that the new one is appended to whole ones.
    fn record(&mut self, head: &TreeHead) -> Result<(), HighWaterError> {
        if let Some(file) = &mut self.open {
            return file.append(head);
        }
        let file = match HighWater::open(&self.path) {
            Ok((mut file, _)) => {
                file.append(head)?;
                file
            }
            Err(HighWaterError::Missing { .. }) => HighWater::create(&self.path, head)?,
            Err(error) => return Err(error),
        };
        self.open = Some(file);
        Ok(())
    }
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
            let source = std::io::Error::from(ErrorKind::AlreadyExists);
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
    /// [`HighWaterError::Missing`] where there is no file, [`HighWaterError::Io`] where it cannot be read or written,
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

    /// Writes a new file next to the old one and renames it: at every moment one of the two is whole.
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
    let file = File::open(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => HighWaterError::Missing {
            path: path.to_owned(),
        },
        _ => HighWaterError::Io {
            path: path.to_owned(),
            source,
        },
    })?;
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
