//! Entries with what is kept beside them, and the tiles and bundles of the C2SP tree.

use verifier::context::{Context, stream_hash};
use verifier::digest::RawDigest;
use verifier::entry::{Entry, StreamPosition};
use verifier::hash::{LeafHash, NodeHash, leaf_hash, sha256};
use verifier::index::{LeafIndex, TreeSize};
use verifier::json;
use verifier::kind::Kind;
use verifier::subject::subject_list;
use verifier::tile::{self, TILE_WIDTH, TileCoord};

use super::tiles::Tree;
use super::{EntryRecord, PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, Reader, corrupt};
use crate::error::ReadError;
use crate::store::Beside;

/// The bytes of an entry, verified against the hash in its tile.
pub(super) struct Leaf {
    pub(super) index: LeafIndex,
    pub(super) bytes: Vec<u8>,
    pub(super) hash: LeafHash,
}

impl Reader {
    /// One entry; `None` beyond the published head.
    pub fn entry(&self, index: LeafIndex) -> Result<Option<EntryRecord>, ReadError> {
        let tree = self.tree()?;
        if !tree.size().contains(index) {
            return Ok(None);
        }
        let leaf = self.leaf(&tree, index)?;
        self.record(leaf).map(Some)
    }

    /// Entries in order from `from`; at most 1,000, fewer at the head or once they hold 16 MiB, but one
    /// at least where the head allows it. Go on after the last one.
    pub fn entries(&self, from: LeafIndex, limit: usize) -> Result<Vec<EntryRecord>, ReadError> {
        let tree = self.tree()?;
        let mut records = Vec::new();
        let mut bytes = 0_usize;
        for leaf in self.leaves(&tree, from, limit.clamp(1, PAGE_ENTRIES_MAX))? {
            let record = self.record(leaf)?;
            bytes = bytes.saturating_add(record.document().map_or(0, <[u8]>::len));
            if bytes > PAGE_BYTES_MAX && !records.is_empty() {
                break;
            }
            records.push(record);
        }
        Ok(records)
    }

    /// Tile bytes of exactly `width` hashes; `None` if the published head does not imply them.
    pub fn tile(&self, coord: TileCoord, width: u16) -> Result<Option<Vec<u8>>, ReadError> {
        let tree = self.tree()?;
        let Some(tile) = tree.tile(coord)? else {
            return Ok(None);
        };
        Ok(tile
            .hashes()
            .get(..usize::from(width))
            .filter(|hashes| !hashes.is_empty())
            .map(|hashes| hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()))
    }

    /// Bundle bytes of exactly `width` entries; `None` if the published head does not imply them.
    pub fn entry_bundle(&self, index: u64, width: u16) -> Result<Option<Vec<u8>>, ReadError> {
        let tree = self.tree()?;
        if width == 0 || width > tile::bundle_width(index, tree.size()) {
            return Ok(None);
        }
        let first = LeafIndex::new(index.saturating_mul(u64::from(TILE_WIDTH)));
        let leaves = self.leaves(&tree, first, usize::from(width))?;
        tile::encode_bundle(leaves.iter().map(|leaf| leaf.bytes.as_slice()))
            .map(Some)
            .ok_or_else(|| {
                corrupt(
                    format!("bundle {index}"),
                    "entries of at most 65,535 bytes",
                    "a longer one",
                )
            })
    }

    /// One entry of the tree, verified and decoded, without what is kept beside it.
    pub(super) fn decoded(&self, tree: &Tree<'_>, index: LeafIndex) -> Result<Entry, ReadError> {
        decode(&self.leaf(tree, index)?)
    }

    /// The verified bytes of one entry, which the tree must hold.
    pub(super) fn leaf(&self, tree: &Tree<'_>, index: LeafIndex) -> Result<Leaf, ReadError> {
        self.leaves(tree, index, 1)?
            .pop()
            .ok_or_else(|| corrupt(name(index), "an entry below the signed size", "nothing"))
    }

    /// The entries from the first to the last of ascending indices; none for none.
    pub(super) fn leaves_spanning(
        &self,
        tree: &Tree<'_>,
        indices: &[LeafIndex],
    ) -> Result<Vec<Leaf>, ReadError> {
        let (Some(first), Some(last)) = (indices.first(), indices.last()) else {
            return Ok(Vec::new());
        };
        let span = last.value().saturating_sub(first.value()).saturating_add(1);
        self.leaves(tree, *first, usize::try_from(span).unwrap_or(usize::MAX))
    }

    /// Verified bytes from `from` on, at most `limit` and none past the head.
    pub(super) fn leaves(
        &self,
        tree: &Tree<'_>,
        from: LeafIndex,
        limit: usize,
    ) -> Result<Vec<Leaf>, ReadError> {
        let wanted = wanted(from, limit, tree.size());
        let mut leaves: Vec<Leaf> = Vec::with_capacity(wanted);
        let mut index = from;
        while leaves.len() < wanted {
            self.wanted.check()?;
            let batch = self.shared().store.entries(index, wanted - leaves.len())?;
            if batch.is_empty() {
                return Err(corrupt(name(index), "an entry below the signed size", "nothing"));
            }
            for bytes in batch {
                let hash = leaf_hash(&bytes);
                let expected = tree.leaf(index)?;
                if NodeHash::from(hash) != expected {
                    return Err(corrupt(name(index), expected, hash));
                }
                leaves.push(Leaf { index, bytes, hash });
                index = LeafIndex::new(index.value().saturating_add(1));
            }
        }
        Ok(leaves)
    }

    /// Joins a verified entry with what is kept beside it, each part compared with what the entry says.
    pub(super) fn record(&self, leaf: Leaf) -> Result<EntryRecord, ReadError> {
        let entry = decode(&leaf)?;
        let beside = self.shared().store.beside(leaf.index)?.ok_or_else(|| {
            corrupt(
                format!("what is kept beside entry {}", leaf.index),
                "a record",
                "nothing",
            )
        })?;
        let Beside {
            evidence,
            context,
            erased,
        } = beside;
        if let Some(remains) = erased {
            return self.erased_record(leaf, entry, remains);
        }
        check_evidence(leaf.index, &entry, evidence.as_deref())?;
        let context = context
            .map(|stored| self.check_context(leaf.index, &entry, &stored))
            .transpose()?;
        if context.is_none() && entry.context_subjects.is_some() {
            return Err(corrupt(
                context_name(leaf.index),
                "the context that the entry commits to",
                "nothing",
            ));
        }
        let (evidence, refused) = match entry.kind {
            Kind::Refused => (None, evidence),
            _ => (evidence, None),
        };
        Ok(EntryRecord {
            index: leaf.index,
            bytes: leaf.bytes,
            entry,
            leaf_hash: leaf.hash,
            evidence,
            refused,
            context,
            erased: None,
        })
    }

    fn check_context(&self, index: LeafIndex, entry: &Entry, stored: &[u8]) -> Result<Context, ReadError> {
        let damaged = |found: String| corrupt(context_name(index), "a stored context", found);
        let value = json::parse(stored).map_err(|fault| damaged(fault.to_string()))?;
        let context = Context::from_json(&value, "").map_err(|fault| damaged(fault.to_string()))?;
        let subjects = subject_list(&self.index_salt(), &context.subjects())
            .map_err(|fault| damaged(fault.to_string()))?;
        if subjects != entry.context_subjects.as_deref().unwrap_or_default() {
            return Err(damaged("one with other subjects than the entry's".to_owned()));
        }
        if entry.kind == Kind::Refused {
            // A refusal commits to no stream position, so that a stored one proves nothing.
            return Ok(Context {
                stream: None,
                ..context
            });
        }
        let owner = entry
            .submitter
            .as_ref()
            .map_or("", |submitter| submitter.as_str());
        let position = context.stream.as_ref().map(|claim| StreamPosition {
            stream: stream_hash(owner, &claim.stream),
            number: claim.number,
            last: claim.last,
        });
        if position != entry.stream {
            return Err(damaged(
                "one with another stream position than the entry's".to_owned(),
            ));
        }
        Ok(context)
    }
}

/// The raw digest decides alone: bytes that have it are those that were sequenced, and the evidence
/// digest beside it in the same leaf was computed from those.
fn check_evidence(index: LeafIndex, entry: &Entry, evidence: Option<&[u8]>) -> Result<(), ReadError> {
    let what = || format!("evidence of entry {index}");
    match (evidence, entry.raw_digest, entry.keeps_document()) {
        (None, _, false) => Ok(()),
        (Some(bytes), Some(expected), true) => {
            let found = RawDigest::from_bytes(sha256(bytes));
            if found == expected {
                Ok(())
            } else {
                Err(corrupt(what(), expected, found))
            }
        }
        (Some(bytes), _, false) => Err(corrupt(what(), "no evidence", format!("{} bytes", bytes.len()))),
        (Some(_), None, true) => Err(corrupt(what(), "a raw digest in the entry", "none")),
        (None, _, true) => Err(corrupt(what(), "the bytes that the entry commits to", "nothing")),
    }
}

pub(super) fn decode(leaf: &Leaf) -> Result<Entry, ReadError> {
    Entry::decode(&leaf.bytes).map_err(|error| corrupt(name(leaf.index), "an entry of a known format", error))
}

fn wanted(from: LeafIndex, limit: usize, size: TreeSize) -> usize {
    let left = size.value().saturating_sub(from.value());
    usize::try_from(left).unwrap_or(usize::MAX).min(limit)
}

fn name(index: LeafIndex) -> String {
    format!("entry {index}")
}

fn context_name(index: LeafIndex) -> String {
    format!("context of entry {index}")
}
