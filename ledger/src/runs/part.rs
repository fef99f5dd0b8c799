//! How a run is cut into parts, which a store keeps under these names.
//!
//! | part | number | what it holds |
//! | --- | --- | --- |
//! | 0 | block | 64 pages, fewer at the end; of each: u8 length of its separator, separator, u16 length of the page, page |
//! | 1 | group of 128 blocks | of each block: u8 length of its first page's separator, separator, zeros up to 25 bytes |
//! | 2 | group of 32 blocks | the filter of their keys ([`KeyFilter`](super::KeyFilter)) |
//! | 6 to 63 | group of 128 subtrees | the hashes of complete subtrees of this level, 32 bytes each |
//!
//! Hashes below level 6 are computed again from their block, which saves nearly 64 bytes for each page of at most some 200.
//! Separators of first pages stand apart, since the walk to a block passes one of them on each level.

use verifier::merkle::plan::NodeCoord;
use verifier::runs::{ROW_BYTES, RunHash, Separator};

use crate::store::RunPartKey;

/// The level of the subtree over a block.
pub(crate) const BLOCK_LEVEL: u8 = 6;
/// Pages of a block.
pub(crate) const BLOCK_PAGES: u64 = 1 << BLOCK_LEVEL;
/// Blocks or subtrees of a group.
pub(crate) const GROUP: u64 = 128;
/// Blocks that have one filter together: they have at most 8,192 keys, so that it has at most 10 KiB.
pub(crate) const FILTER_BLOCKS: u64 = 32;
/// Bytes of a separator in a group.
const SEPARATOR_BYTES: usize = 25;
/// Bytes of a hash in a group.
const HASH_BYTES: usize = 32;

/// The part of a block.
pub(crate) const fn block_part(block: u64) -> RunPartKey {
    RunPartKey {
        part: 0,
        number: block,
    }
}

/// The part with the separator of a block's first page.
pub(crate) const fn separators_part(block: u64) -> RunPartKey {
    RunPartKey {
        part: 1,
        number: block / GROUP,
    }
}

/// The part with the filter of a block's keys.
pub(crate) const fn filter_part(block: u64) -> RunPartKey {
    RunPartKey {
        part: 2,
        number: block / FILTER_BLOCKS,
    }
}

/// The part with the hash of a subtree of level 6 or higher.
pub(crate) const fn hashes_part(node: NodeCoord) -> RunPartKey {
    RunPartKey {
        part: node.level,
        number: node.index / GROUP,
    }
}

/// Appends a page to its block. A page has at most some 200 bytes, and a separator 24.
pub(crate) fn write_page(separator: &Separator, page: &[u8], block: &mut Vec<u8>) {
    push_separator(separator, block);
    let length = u16::try_from(page.len()).unwrap_or(u16::MAX);
    block.extend_from_slice(&length.to_be_bytes());
    block.extend_from_slice(page);
}

/// Splits the first page of a block off: its separator's bytes, the page, and what is behind it.
pub(crate) fn read_page(block: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (length, rest) = block.split_first()?;
    let (separator, rest) = rest.split_at_checked(usize::from(*length))?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (page, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((separator, page, rest))
}

/// The page at a place in its block.
pub(crate) fn page_in(block: &[u8], place: u64) -> Option<&[u8]> {
    let mut rest = block;
    for _ in 0..place {
        (_, _, rest) = read_page(rest)?;
    }
    read_page(rest).map(|(_, page, _)| page)
}

/// The place of the last page of a block whose separator is not greater than a row, or 0. Separators compare with rows as bytes do.
pub(crate) fn place_in(block: &[u8], row: &[u8; ROW_BYTES]) -> Option<u64> {
    let (_, _, mut rest) = read_page(block)?;
    let mut place: u64 = 0;
    while !rest.is_empty() {
        let (separator, _, behind) = read_page(rest)?;
        if separator > row.as_slice() {
            break;
        }
        place = place.saturating_add(1);
        rest = behind;
    }
    Some(place)
}

/// Appends a separator to a group.
pub(crate) fn write_separator(separator: &Separator, group: &mut Vec<u8>) {
    let end = group.len().saturating_add(SEPARATOR_BYTES);
    push_separator(separator, group);
    group.resize(end, 0);
}

fn push_separator(separator: &Separator, to: &mut Vec<u8>) {
    let bytes = separator.as_bytes();
    to.push(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
    to.extend_from_slice(bytes);
}

/// The separator of a block in its group.
pub(crate) fn separator_in(group: &[u8], block: u64) -> Option<Separator> {
    let (length, bytes) = slot(group, block, SEPARATOR_BYTES)?.split_first()?;
    Separator::parse(bytes.get(..usize::from(*length))?)
}

/// The hash of a subtree in its group.
pub(crate) fn hash_in(group: &[u8], index: u64) -> Option<RunHash> {
    let bytes = slot(group, index, HASH_BYTES)?;
    bytes.try_into().ok().map(RunHash::from_bytes)
}

fn slot(group: &[u8], index: u64, width: usize) -> Option<&[u8]> {
    let place = usize::try_from(index % GROUP).ok()?.checked_mul(width)?;
    group.get(place..place.checked_add(width)?)
}
