//! A log that is made up batch by batch and remembers everything, to compare a store with.

use crate::rows::{Row, RowKey, Space};
use crate::store::{
    FORMAT_VERSION, Head, Integration, LogIdentity, LogStore, READ_LIMIT_MAX, StoredDocument, StoredEntry,
    read,
};
use std::collections::BTreeSet;
use verifier::checkpoint::TreeHead;
use verifier::hash::RootHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::subject::Field;
use verifier::tile::TileCoord;

const TIME_START: u64 = 1_000;

/// All batches so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    size: u64,
    batches: u64,
    entries: Vec<StoredEntry>,
    rows: BTreeSet<Row>,
    head: Option<Head>,
}

/// What the log was created with.
pub(super) fn identity() -> LogIdentity {
    LogIdentity {
        origin: "log.example/conformance".to_owned(),
        format_version: FORMAT_VERSION,
    }
}

/// A key that every entry carries.
pub(super) fn shared_key() -> RowKey {
    RowKey::new(Space::Subject(Field::Job), [7; 32])
}

/// A key that one entry carries.
pub(super) fn single_key(index: u64) -> RowKey {
    RowKey::new(Space::Leaf, hash(0, index))
}

/// Not a hash, but different for every node.
fn hash(level: u8, index: u64) -> [u8; 32] {
    let mut bytes = [level; 32];
    bytes[..8].copy_from_slice(&index.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[8..16].copy_from_slice(&index.to_be_bytes());
    bytes
}

impl Script {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The script of a log of which only the head matters.
    pub(super) fn after(batch: &Integration) -> Self {
        Self {
            size: batch.head.tree.size.value(),
            batches: 1,
            head: Some(batch.head.clone()),
            ..Self::default()
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn all_rows(&self) -> BTreeSet<Row> {
        self.rows.clone()
    }

    /// The next batch.
    pub(super) fn next(&mut self, count: usize) -> Integration {
        let first = self.size;
        let after = first + u64::try_from(count).unwrap();
        let entries: Vec<StoredEntry> = (first..after).map(entry).collect();
        let mut rows: Vec<Row> = (first..after)
            .flat_map(|index| {
                let index_typed = LeafIndex::new(index);
                [
                    Row {
                        key: shared_key(),
                        index: index_typed,
                    },
                    Row {
                        key: single_key(index),
                        index: index_typed,
                    },
                ]
            })
            .collect();
        rows.sort_unstable();
        let time = TimestampMs::new(TIME_START + 10 * (self.batches - self.batches / 3));
        let root = RootHash::from_bytes(hash(0xff, after));
        let head = Head {
            tree: TreeHead {
                size: TreeSize::new(after),
                root,
            },
            time,
        };

        self.size = after;
        self.batches += 1;
        self.entries.extend(entries.iter().cloned());
        self.rows.extend(rows.iter().copied());
        self.head = Some(head.clone());
        Integration {
            first: LeafIndex::new(first),
            entries,
            tiles: tiles(first, after),
            rows,
            head,
            signature: None,
        }
    }

    /// Reads everything back in several ways.
    pub(super) fn compare(&self, store: &dyn LogStore) {
        let found = store.head().unwrap().unwrap();
        assert_eq!(found.identity, identity());
        assert_eq!(Some(&found.newest.head), self.head.as_ref());
        for (from, limit) in [
            (0, READ_LIMIT_MAX),
            (0, 1),
            (1, 3),
            (255, 2),
            (256, 1),
            (257, 300),
            (self.size, 5),
        ] {
            let found = read::entries(store, LeafIndex::new(from), limit).unwrap();
            let expected: Vec<Vec<u8>> = (from..self.size)
                .take(limit)
                .map(|index| entry(index).entry)
                .collect();
            assert_eq!(found, expected, "{limit} entries from {from}");
        }
        self.compare_lists(store);
        for indices in read::indices(LeafIndex::new(0), self.entries.len() + 1).chunks(READ_LIMIT_MAX) {
            let documents = store.documents(indices).unwrap();
            assert_eq!(documents.len(), indices.len());
            for (index, document) in indices.iter().zip(documents) {
                let entry = self.entries.get(usize::try_from(index.value()).unwrap());
                let expected = entry.map(|entry| StoredDocument {
                    erased: None,
                    evidence: entry.evidence.clone(),
                    context: entry.context.clone(),
                });
                assert_eq!(document, expected, "the document of {index}");
            }
        }
        for (coord, hashes) in tiles(0, self.size) {
            let beyond = TileCoord {
                index: coord.index + 1_000,
                ..coord
            };
            let found = store.tiles(&[beyond, coord]).unwrap();
            assert_eq!(found, vec![None, Some(hashes)], "{coord:?}");
        }
    }

    /// Lists with gaps, in any order, and across the end of the log.
    fn compare_lists(&self, store: &dyn LogStore) {
        let end = self.size;
        let lists = [
            vec![],
            vec![end - 1, end, 0, end / 2, end / 2],
            (0..end).step_by(7).collect(),
            (0..end).rev().step_by(300).collect(),
            (0..end + 300).step_by(255).collect(),
        ];
        for list in lists {
            let indices: Vec<LeafIndex> = list.iter().copied().map(LeafIndex::new).collect();
            let expected = list
                .iter()
                .map(|index| (*index < end).then(|| entry(*index).entry));
            let expected: Vec<_> = expected.collect();
            assert_eq!(store.entries(&indices).unwrap(), expected, "{list:?}");
        }
    }
}

/// An entry of its own length, with and without evidence and context.
fn entry(index: u64) -> StoredEntry {
    let bytes = |tag: u8, length: u64| {
        let mut bytes = vec![tag; usize::try_from(length).unwrap()];
        bytes.extend_from_slice(&index.to_be_bytes());
        bytes
    };
    StoredEntry {
        entry: bytes(1, index % 300),
        evidence: (index % 5 != 4).then(|| {
            if index % 7 == 6 {
                Vec::new()
            } else {
                bytes(2, index % 1_000)
            }
        }),
        context: (index % 3 != 1).then(|| bytes(3, index % 50)),
    }
}

/// Every tile that gets a hash when the log grows.
fn tiles(before: u64, after: u64) -> Vec<(TileCoord, Vec<u8>)> {
    let mut tiles = Vec::new();
    for level in 0..8_u8 {
        let shift = 8 * u32::from(level);
        let (before, after) = (before >> shift, after >> shift);
        if before == after {
            break;
        }
        for index in before / 256..=(after - 1) / 256 {
            let hashes = (index * 256..after.min((index + 1) * 256))
                .flat_map(|node| hash(level, node))
                .collect();
            tiles.push((TileCoord { level, index }, hashes));
        }
    }
    tiles
}
