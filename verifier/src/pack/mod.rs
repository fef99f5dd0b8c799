//! Packs: everything about one job in one file (normative: `schemas/pack.cddl`, `schemas/pack.md`).
//!
//! A pack is determined by its contents, byte for byte: [`Pack::open`] takes exactly what [`encode()`]
//! writes. What an opened pack says is not verified yet; [`check_pack`](crate::check::check_pack) does that.

mod closure;
mod cosigners;
mod encode;
mod erasure;
mod records;
mod wire;

pub use encode::{Contents, encode};

pub(crate) use closure::replay;
pub(crate) use cosigners::{Cosignature, cosignatures};
pub(crate) use erasure::Erasures;
pub(crate) use records::{Records, check_records, entries};

use crate::assess::Record;
use crate::cbor::{self, Bytes};
use crate::check::Finding;
use crate::entry::Entry;
use crate::hash::{LeafHash, sha256};
use crate::index::{LeafIndex, TreeSize};
use crate::subject::IndexSalt;

use wire::{Body, File, FileVersion, VERSION};

/// Largest pack, in bytes.
pub const PACK_BYTES_MAX: usize = 256 << 20;
/// Longest part of a job id in the name of its file, in characters.
const NAME_CHARS_MAX: usize = 64;
/// The media type of a pack.
pub const PACK_MEDIA_TYPE: &str = "application/vnd.evidence-ledger.pack+cbor";
/// How names of packs end.
const PACK_FILE_EXTENSION: &str = "evidence";

/// The name of a job's pack: one harmless path segment, another for each job and size.
pub fn file_name(job_id: &str, as_of: TreeSize) -> String {
    let plain: String = job_id
        .chars()
        .take(NAME_CHARS_MAX)
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect();
    // What was replaced or cut off is told apart by a hash.
    let suffix = if plain == job_id {
        String::new()
    } else {
        let hash = LeafHash::from_bytes(sha256(job_id.as_bytes())).to_string();
        format!("-{}", hash.get(..8).unwrap_or_default())
    };
    format!("job-{plain}{suffix}-{as_of}.{PACK_FILE_EXTENSION}")
}

/// Why bytes are not a pack, or contents cannot become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// Not a pack, or not the bytes that were written: whoever kept or sent the file is at fault.
    #[error("the pack is damaged: {0}")]
    Damaged(&'static str),
    /// Of a later format.
    #[error("unknown format: {0}")]
    UnknownFormat(&'static str),
    /// Contents that contradict each other: whoever put them together is at fault.
    #[error("the contents do not make a pack: {0}")]
    Contents(&'static str),
    /// More than [`PACK_BYTES_MAX`].
    #[error("the pack would have more than {PACK_BYTES_MAX} bytes")]
    TooLarge,
}

/// A pack whose bytes are whole and spelt as they must be. Nothing in it is verified.
#[derive(Clone, PartialEq, Debug)]
pub struct Pack<'a> {
    pub(crate) body: Body<'a>,
}

impl<'a> Pack<'a> {
    /// Reads a file: its checksum first, so that a damaged one is told from everything else, then its
    /// form, then that it is written in the one way in which it can be.
    pub fn open(bytes: &'a [u8]) -> Result<Self, PackError> {
        let damaged = PackError::Damaged;
        if bytes.len() > PACK_BYTES_MAX {
            return Err(damaged("longer than 256 MiB"));
        }
        let (covered, checksum) = bytes
            .split_last_chunk::<32>()
            .ok_or(damaged("shorter than a checksum"))?;
        if sha256(covered) != *checksum {
            return Err(damaged("the checksum is another"));
        }
        let Some(file) = cbor::decode_borrowed::<File<'a>>(bytes) else {
            return Err(match cbor::decode_borrowed::<FileVersion>(bytes) {
                Some(FileVersion(version)) if version != VERSION => PackError::UnknownFormat("version"),
                _ => damaged("not of the form of a pack"),
            });
        };
        if !cbor::encodes_to(&file, bytes) {
            return Err(damaged("not deterministically encoded"));
        }
        let File(body, _) = file;
        let ordered = body.records.0.is_sorted_by(|one, next| one.0 < next.0)
            && body.cosigners.0.is_sorted_by(|one, next| one < next)
            && body
                .answers
                .0
                .iter()
                .all(|answer| answer.indices().is_sorted_by(|one, next| one < next));
        if !ordered {
            return Err(damaged("members out of order"));
        }
        Ok(Self { body })
    }
}

/// What stands beside an entry outside of any pack, compared with what the entry commits to.
pub(crate) fn check_beside(
    index: LeafIndex,
    entry: (Entry, &[u8]),
    document: Option<&[u8]>,
    context: Option<&str>,
    salt: &IndexSalt,
) -> Result<Record, Finding> {
    let (entry, bytes) = entry;
    let wire = wire::RecordWire(index.value(), Bytes(bytes), document.map(Bytes), context);
    records::record(&wire, entry, salt)
}
