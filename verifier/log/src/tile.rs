//! C2SP tlog-tiles: coordinates, paths, widths, entry bundles.
//!
//! ```text
//! tile/0/x001/x234/067          level 0, tile 1,234,067, full: 256 hashes of 32 bytes
//! tile/0/x001/x234/067.p/112    the first 112 of them
//! tile/entries/000              the first 256 entries, each as u16 big-endian length and bytes
//! ```
//!
//! Hash `i` of tile `(level, n)` is the root of the `256^level` leaves from `(n * 256 + i) * 256^level`.
//! A hash is in a tile only once all its leaves are there, so tiles never change.

use std::fmt;

use crate::hash::{NodeHash, empty_root, node_hash};
use crate::index::{TreeSize, parse_decimal};
use crate::merkle::plan::NodeCoord;

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;
/// Highest tile level that a path may name; trees below 2^64 leaves fill levels 0 to 7.
pub const TILE_LEVEL_MAX: u8 = 63;
/// Tree levels that one tile spans.
const TILE_HEIGHT: u8 = 8;
/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// A tile: `level` 0..=7 here (63 at most on the wire), `index` within the level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TileCoord {
    /// Tile level; a hash in it is the root of 256^level leaves.
    pub level: u8,
    /// Position within the level.
    pub index: u64,
}

/// What a path under `/log/` names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TilePath {
    /// `tile/<L>/<N>[.p/<W>]`.
    Hashes {
        /// Which tile.
        coord: TileCoord,
        /// 1..=256.
        width: u16,
    },
    /// `tile/entries/<N>[.p/<W>]`.
    Entries {
        /// Bundle number.
        index: u64,
        /// 1..=256.
        width: u16,
    },
}

impl TilePath {
    /// Parses what follows `/log/`, strictly: no leading zeros in level and width, groups of
    /// exactly three digits, no superfluous group, width 1..=255 where one is written.
    pub fn parse(path: &str) -> Option<Self> {
        let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, parse_partial_width(width)?),
            None => (rest, TILE_WIDTH),
        };
        let index = parse_number(number)?;
        if kind == "entries" {
            return Some(Self::Entries { index, width });
        }
        let level = u8::try_from(parse_decimal(kind)?)
            .ok()
            .filter(|&level| level <= TILE_LEVEL_MAX)?;
        Some(Self::Hashes {
            coord: TileCoord { level, index },
            width,
        })
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (index, width) = match *self {
            Self::Hashes { coord, width } => {
                write!(f, "tile/{}/", coord.level)?;
                (coord.index, width)
            }
            Self::Entries { index, width } => {
                f.write_str("tile/entries/")?;
                (index, width)
            }
        };
        write_number(f, index)?;
        if width < TILE_WIDTH {
            write!(f, ".p/{width}")
        } else {
            Ok(())
        }
    }
}

/// How many hashes the tile holds at `size`: 0 (absent) to 256.
pub fn tile_width(coord: TileCoord, size: TreeSize) -> u16 {
    let shift = u32::from(coord.level) * u32::from(TILE_HEIGHT);
    let hashes = size.value().checked_shr(shift).unwrap_or(0);
    width_at(coord.index, hashes)
}

/// How many entries bundle `index` holds at `size`: 0 (absent) to 256.
pub fn bundle_width(index: u64, size: TreeSize) -> u16 {
    width_at(index, size.value())
}

/// The tile that holds the node, and the range of its hashes (start, count: a power of two up to
/// 128) that the node is the root of.
pub fn locate(node: NodeCoord) -> (TileCoord, u16, u16) {
    let height = node.level % TILE_HEIGHT;
    let nodes_per_tile = 1_u64 << (TILE_HEIGHT - height);
    let start = (node.index % nodes_per_tile) << height;
    let coord = TileCoord {
        level: node.level / TILE_HEIGHT,
        index: node.index / nodes_per_tile,
    };
    // Below 256, since the remainder is below 2^(8 - height).
    (coord, u16::try_from(start).unwrap_or(0), 1 << height)
}

/// The RFC 6962 root over `hashes` as leaves: for a power-of-two count that of a complete subtree.
pub fn subtree_root(hashes: &[NodeHash]) -> NodeHash {
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        // A node without a right sibling moves up as it is.
        level = level
            .chunks(2)
            .filter_map(|pair| match pair {
                [left, right] => Some(node_hash(left, right)),
                [single] => Some(*single),
                _ => None,
            })
            .collect();
    }
    level
        .first()
        .copied()
        .unwrap_or_else(|| NodeHash::from(empty_root()))
}

/// Splits tile bytes into hashes; `None` unless they are 1 to 256 hashes.
pub fn decode_tile(bytes: &[u8]) -> Option<Vec<NodeHash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    let is_width = (1..=usize::from(TILE_WIDTH)).contains(&hashes.len());
    (rest.is_empty() && is_width).then(|| hashes.iter().copied().map(NodeHash::from_bytes).collect())
}

/// `(u16be length || entry)*`; `None` for an entry over 65,535 bytes or more than 256 entries.
pub fn encode_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bundle = Vec::new();
    for (position, entry) in entries.into_iter().enumerate() {
        if position >= usize::from(TILE_WIDTH) {
            return None;
        }
        bundle.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Some(bundle)
}

/// Splits a bundle into its entries; `None` if the last one is cut short or there are more than 256.
pub fn decode_bundle(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        if entries.len() >= usize::from(TILE_WIDTH) {
            return None;
        }
        let (length, tail) = rest.split_first_chunk()?;
        let (entry, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        rest = tail;
    }
    Some(entries)
}

/// How many of `count` elements fall to group `index` of 256.
fn width_at(index: u64, count: u64) -> u16 {
    let start = index.checked_mul(u64::from(TILE_WIDTH));
    let left = start.map_or(0, |start| count.saturating_sub(start));
    u16::try_from(left).map_or(TILE_WIDTH, |left| left.min(TILE_WIDTH))
}

fn parse_partial_width(text: &str) -> Option<u16> {
    u16::try_from(parse_decimal(text)?)
        .ok()
        .filter(|width| (1..TILE_WIDTH).contains(width))
}

/// `x001/x234/067`: groups of three digits, all but the last behind an `x`.
fn parse_number(text: &str) -> Option<u64> {
    let mut number = 0_u64;
    let mut groups = text.split('/').peekable();
    let mut is_first = true;
    while let Some(group) = groups.next() {
        let is_last = groups.peek().is_none();
        let digits = if is_last { group } else { group.strip_prefix('x')? };
        let superfluous = is_first && !is_last && digits == "000";
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) || superfluous {
            return None;
        }
        number = number.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        is_first = false;
    }
    Some(number)
}

fn write_number(f: &mut fmt::Formatter<'_>, number: u64) -> fmt::Result {
    let mut divisor = 1_u64;
    while number / divisor >= 1000 {
        divisor *= 1000;
    }
    while divisor > 1 {
        write!(f, "x{:03}/", number / divisor % 1000)?;
        divisor /= 1000;
    }
    write!(f, "{:03}", number % 1000)
}
