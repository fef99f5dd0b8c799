//! Keys and values on disk, format version 1. Pure; numbers are big-endian, so that keys sort by number.
//!
//! | family | key | value (each followed by its checksum, see [`seal`]) |
//! | --- | --- | --- |
//! | meta | `identity` | u32 format version, origin |
//! | meta | `head` | u64 size, root, u64 time |
//! | tiles | u8 level, u64 index | all hashes so far |
//! | entries | u64 bundle, u8 offset | the entries from that offset on, as a tlog-tiles bundle |
//! | meta | `purged` | u64 size below which every erasure order is carried out |
//! | meta | `released` | u64 size below which rows may be missing that sorted runs hold, too |
//! | beside | u64 index | u8 flags (1 evidence, 2 context), u32 length of the evidence, evidence, context |
//! | beside, erased | u64 index | u8 4, u64 order, u8 length of the target (0 or 32), target, 33 bytes a row key |
//! | heads | u64 size | root, u64 time, signature (0 or 64 bytes) |
//! | cosignatures | u64 size of the head | signature lines of a note |
//! | rows | u8 tag, 32-byte key, u64 index | empty, without checksum |
//! | segments | u64 first index of the batch | the batch's rows, sorted |
//! | runs | u64 begin, u64 end of a sorted run | u64 pages, root, u64 rows; it is there once all parts are |
//! | runs, parts | u64 begin, u64 end, u8 part, u64 number | a part of the run, as the caller gave it |

use crate::families::Family;
use evidence::digest::EvidenceDigest;
use ledger::rows::{ROW_BYTES, ROW_PREFIX_BYTES, Row, RowKey};
use ledger::store::{Head, LogIdentity, Remains, StoreError, StoredDocument, StoredHead};
use tlog::checkpoint::TreeHead;
use tlog::hash::{RootHash, sha256_of};
use tlog::index::{LeafIndex, TimestampMs, TreeSize};
use tlog::tile::TileCoord;

mod runs;

pub(crate) use runs::{decode_run, encode_run, part_key, run_end_key, run_key, run_of};

/// Key of the identity in `meta`.
pub(crate) const IDENTITY_KEY: &[u8] = b"identity";
/// Key of the head in `meta`.
pub(crate) const HEAD_KEY: &[u8] = b"head";
/// Key of the size below which every erasure order is carried out, in `meta`.
pub(crate) const PURGED_KEY: &[u8] = b"purged";
/// Key of the size below which rows may be missing that sorted runs hold, too, in `meta`.
pub(crate) const RELEASED_KEY: &[u8] = b"released";
/// Entries in a full bundle.
pub(crate) const BUNDLE_ENTRIES: u64 = 256;

const VALUE_TAG: &[u8] = b"evidence-ledger/value/v1";
const CHECKSUM_BYTES: usize = 8;
const EVIDENCE_FLAG: u8 = 1;
const CONTEXT_FLAG: u8 = 2;
const ERASED: u8 = 4;

/// A value with the first 8 bytes of SHA-256(tag || family 0x00 || u32 key length || key || value) behind it.
///
/// The engine's own block checksums find what a disk does to a file. This one finds what any software
/// does to a value, and, the key being hashed too, a whole value under the wrong key. It protects
/// against accidents, not against somebody who can compute it: for that every reader re-hashes against
/// a signed head.
pub(crate) fn seal(family: Family, key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
    let sum = checksum(family, key, &value);
    value.extend_from_slice(&sum);
    value
}

/// The value without its checksum, if that holds.
pub(crate) fn open<'a>(family: Family, key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8], StoreError> {
    let split = sealed
        .len()
        .checked_sub(CHECKSUM_BYTES)
        .and_then(|at| sealed.split_at_checked(at));
    match split {
        Some((value, sum)) if checksum(family, key, value) == sum => Ok(value),
        _ => Err(StoreError::damaged(
            object(family, key),
            "its checksum does not hold",
        )),
    }
}

fn checksum(family: Family, key: &[u8], value: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let length = u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes();
    let name = family.name().as_bytes();
    let digest = sha256_of(&[VALUE_TAG, name, &[0], &length, key, value]);
    let mut sum = [0; CHECKSUM_BYTES];
    sum.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    sum
}

/// What a key is called in errors and in the faults of `fsck`.
pub(crate) fn object(family: Family, key: &[u8]) -> String {
    let number = || key.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes));
    match (family, key) {
        (Family::Meta, _) => format!("meta {}", String::from_utf8_lossy(key)),
        (Family::Tiles, [level, index @ ..]) => {
            let index = index.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes));
            format!("tile {level}/{}", index.unwrap_or_default())
        }
        (Family::Entries, [.., offset]) => {
            format!(
                "entry bundle {} from offset {offset}",
                number().unwrap_or_default()
            )
        }
        (Family::Documents, _) => format!("evidence and context of entry {}", number().unwrap_or_default()),
        (Family::Heads, _) => format!("head of size {}", number().unwrap_or_default()),
        (Family::Cosignatures, _) => format!(
            "cosignatures of the head of size {}",
            number().unwrap_or_default()
        ),
        (Family::Segments, _) => format!("index segment from entry {}", number().unwrap_or_default()),
        (Family::Runs, _) => match run_of(key) {
            Ok((range, None)) => format!("run {range}"),
            Ok((range, Some(part))) => format!("part {}/{} of run {range}", part.part, part.number),
            Err(_) => "a key of runs".to_owned(),
        },
        _ => format!("a key of {}", family.name()),
    }
}

/// Key of a tile.
pub(crate) fn tile_key(coord: TileCoord) -> [u8; 9] {
    let mut key = [0; 9];
    let (level, index) = key.split_at_mut(1);
    level.copy_from_slice(&[coord.level]);
    index.copy_from_slice(&coord.index.to_be_bytes());
    key
}

/// Key of the fragment of a bundle that begins with the entry at `index`.
pub(crate) fn fragment_key(index: u64) -> [u8; 9] {
    let bundle = index / BUNDLE_ENTRIES;
    let offset = u8::try_from(index % BUNDLE_ENTRIES).unwrap_or(u8::MAX);
    let mut key = [0; 9];
    let (number, last) = key.split_at_mut(8);
    number.copy_from_slice(&bundle.to_be_bytes());
    last.copy_from_slice(&[offset]);
    key
}

/// The index of the first entry of a fragment.
pub(crate) fn fragment_index(key: &[u8]) -> Result<u64, StoreError> {
    let (bundle, offset) = key
        .split_first_chunk::<8>()
        .ok_or_else(|| bad_key(Family::Entries))?;
    let [offset] = offset else {
        return Err(bad_key(Family::Entries));
    };
    u64::from_be_bytes(*bundle)
        .checked_mul(BUNDLE_ENTRIES)
        .and_then(|first| first.checked_add(u64::from(*offset)))
        .ok_or_else(|| bad_key(Family::Entries))
}

/// Key of a number: `beside`, `heads`, `segments`, `cosignatures`.
pub(crate) fn number_key(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}

/// Reads [`number_key`].
pub(crate) fn key_number(family: Family, key: &[u8]) -> Result<u64, StoreError> {
    key.try_into()
        .map(u64::from_be_bytes)
        .map_err(|_| bad_key(family))
}

fn bad_key(family: Family) -> StoreError {
    StoreError::damaged(
        format!("a key of {}", family.name()),
        "it is not of the form that this version writes",
    )
}

/// Value of the identity.
pub(crate) fn encode_identity(identity: &LogIdentity) -> Vec<u8> {
    [
        identity.format_version.to_be_bytes().as_slice(),
        identity.origin.as_bytes(),
    ]
    .concat()
}

/// Reads [`encode_identity`].
pub(crate) fn decode_identity(value: &[u8]) -> Result<LogIdentity, StoreError> {
    let bad = || StoreError::damaged("log identity", "it is not of the form that this version writes");
    let (version, origin) = value.split_first_chunk::<4>().ok_or_else(bad)?;
    let origin = std::str::from_utf8(origin).map_err(|_| bad())?;
    Ok(LogIdentity {
        origin: origin.to_owned(),
        format_version: u32::from_be_bytes(*version),
    })
}

/// Value of the head in `meta`.
pub(crate) fn encode_head(head: &Head) -> Vec<u8> {
    let size = head.tree.size.value().to_be_bytes();
    [size.as_slice(), &encode_stored_head(head, None)].concat()
}

/// Reads [`encode_head`].
pub(crate) fn decode_head(value: &[u8]) -> Result<Head, StoreError> {
    let (size, rest) = value
        .split_first_chunk::<8>()
        .ok_or_else(|| StoreError::damaged("the head", "it is not of the form that this version writes"))?;
    Ok(decode_stored_head(TreeSize::new(u64::from_be_bytes(*size)), rest)?.head)
}

/// Value of a head in `heads`.
pub(crate) fn encode_stored_head(head: &Head, signature: Option<&[u8; 64]>) -> Vec<u8> {
    let time = head.time.value().to_be_bytes();
    let signature = signature.map_or(&[][..], |signature| signature.as_slice());
    [head.tree.root.as_bytes().as_slice(), &time, signature].concat()
}

/// Reads [`encode_stored_head`].
pub(crate) fn decode_stored_head(size: TreeSize, value: &[u8]) -> Result<StoredHead, StoreError> {
    let bad = || {
        StoreError::damaged(
            format!("head of size {size}"),
            "it is not of the form that this version writes",
        )
    };
    let (root, rest) = value.split_first_chunk::<32>().ok_or_else(bad)?;
    let (time, signature) = rest.split_first_chunk::<8>().ok_or_else(bad)?;
    let signature = match signature {
        [] => None,
        bytes => Some(<[u8; 64]>::try_from(bytes).map_err(|_| bad())?),
    };
    let tree = TreeHead {
        size,
        root: RootHash::from_bytes(*root),
    };
    Ok(StoredHead {
        head: Head {
            tree,
            time: TimestampMs::new(u64::from_be_bytes(*time)),
        },
        signature,
    })
}

/// Value of what is stored with an entry; `None` where the evidence is longer than its length field holds.
pub(crate) fn encode_document(evidence: Option<&[u8]>, context: Option<&[u8]>) -> Option<Vec<u8>> {
    let flags = evidence.map_or(0, |_| EVIDENCE_FLAG) | context.map_or(0, |_| CONTEXT_FLAG);
    let (evidence, context) = (evidence.unwrap_or_default(), context.unwrap_or_default());
    let length = u32::try_from(evidence.len()).ok()?.to_be_bytes();
    Some([[flags].as_slice(), &length, evidence, context].concat())
}

/// Value of what is left of an entry whose evidence and context were erased.
pub(crate) fn encode_remains(remains: &Remains) -> Vec<u8> {
    let target = remains.target.map(|target| *target.as_bytes());
    let target = target.as_ref().map_or(&[][..], <[u8; 32]>::as_slice);
    let mut value = vec![ERASED];
    value.extend_from_slice(&remains.order.value().to_be_bytes());
    value.push(if target.is_empty() { 0 } else { 32 });
    value.extend_from_slice(target);
    for key in &remains.keys {
        value.extend_from_slice(&key.to_bytes());
    }
    value
}

fn decode_remains(value: &[u8]) -> Option<Remains> {
    let (order, rest) = value.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first()?;
    let (target, keys) = match length {
        0 => (None, rest),
        32 => {
            let (target, keys) = rest.split_first_chunk::<32>()?;
            (Some(EvidenceDigest::from_bytes(*target)), keys)
        }
        _ => return None,
    };
    let keys: Option<Vec<RowKey>> = keys.chunks(ROW_PREFIX_BYTES).map(RowKey::from_bytes).collect();
    Some(Remains {
        order: LeafIndex::new(u64::from_be_bytes(*order)),
        target,
        keys: keys.filter(|keys| keys.is_sorted_by(|a, b| a < b))?,
    })
}

/// Value of a size below which something was done.
pub(crate) fn encode_size(upto: TreeSize) -> Vec<u8> {
    upto.value().to_be_bytes().to_vec()
}

/// Reads [`encode_size`] at a key of `meta`.
pub(crate) fn decode_size(key: &[u8], value: &[u8]) -> Result<TreeSize, StoreError> {
    let size = value.try_into().map(u64::from_be_bytes).map(TreeSize::new);
    size.map_err(|_| {
        StoreError::damaged(
            object(Family::Meta, key),
            "it is not of the form that this version writes",
        )
    })
}

/// Reads [`encode_document`] and [`encode_remains`].
pub(crate) fn decode_document(index: LeafIndex, value: &[u8]) -> Result<StoredDocument, StoreError> {
    let read = || {
        if let Some((&ERASED, rest)) = value.split_first() {
            return Some(StoredDocument {
                erased: Some(decode_remains(rest)?),
                ..StoredDocument::default()
            });
        }
        let (flags, rest) = value.split_first()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (evidence, context) =
            rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        let part = |flag: u8, bytes: &[u8]| match flags & flag {
            0 if bytes.is_empty() => Some(None),
            0 => None,
            _ => Some(Some(bytes.to_vec())),
        };
        let known = flags & !(EVIDENCE_FLAG | CONTEXT_FLAG) == 0;
        known.then_some(())?;
        Some(StoredDocument {
            evidence: part(EVIDENCE_FLAG, evidence)?,
            context: part(CONTEXT_FLAG, context)?,
            erased: None,
        })
    };
    read().ok_or_else(|| {
        StoreError::damaged(
            format!("evidence and context of entry {index}"),
            "they are not of the form that this version writes",
        )
    })
}

/// Value of an index segment.
pub(crate) fn encode_segment(rows: &[Row]) -> Vec<u8> {
    let mut value = Vec::with_capacity(
        rows.len()
            .saturating_mul(ROW_BYTES)
            .saturating_add(CHECKSUM_BYTES),
    );
    for row in rows {
        value.extend_from_slice(&row.to_bytes());
    }
    value
}

/// Reads [`encode_segment`].
pub(crate) fn decode_segment(first: u64, value: &[u8]) -> Result<Vec<Row>, StoreError> {
    let rows: Option<Vec<Row>> = value.chunks(ROW_BYTES).map(Row::from_bytes).collect();
    rows.filter(|rows| rows.is_sorted_by(|a, b| a < b))
        .ok_or_else(|| {
            StoreError::damaged(
                format!("index segment from entry {first}"),
                "it is not a sorted list of rows",
            )
        })
}
