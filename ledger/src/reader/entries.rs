//! Entries with the evidence and context stored with them, and the tiles and bundles of the C2SP tree.

use std::ops::ControlFlow;

use verifier::entry::Entry;
use verifier::hash::{LeafHash, NodeHash, leaf_hash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::record::{
    Record, RecordContent, RecordError, StoredBytes, StoredRecord, VerifiedDocument, verify_document,
    verify_refused,
};
use verifier::refused::RefusedDocument;
use verifier::tile::{self, TILE_WIDTH, TileCoord};

use super::tiles::ReaderTree;
use super::{EntryRecord, PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, Reader};
use crate::error::ReadError;
use crate::store::{READ_LIMIT_MAX, StoredDocument, read};

/// Entries read together. Their tiles, as many at most, all stay in the cache of tiles meanwhile.
const LEAVES_AT_ONCE: usize = 1_024;

/// The bytes of an entry, verified against the hash in its tile. Only a reader makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Leaf {
    /// Position in the log.
    pub index: LeafIndex,
    /// CBOR of the entry.
    pub bytes: Vec<u8>,
    /// `SHA-256(0x00 || bytes)`.
    pub hash: LeafHash,
}

impl Leaf {
    /// The entry.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] where the bytes are no entry of a format that is known here, though the log has signed them.
    pub fn decode(&self) -> Result<Entry, ReadError> {
        Entry::decode(&self.bytes)
            .map_err(|error| ReadError::corrupt(name(self.index), "an entry of a known format", error))
    }
}

#[expect(clippy::missing_errors_doc, reason = "`Reader` says them")]
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
    ///
    /// # Errors
    /// As every question to a [`Reader`]; one entry that does not hold fails the page.
    pub fn entries(&self, from: LeafIndex, limit: usize) -> Result<Vec<EntryRecord>, ReadError> {
        let tree = self.tree()?;
        let mut records = Vec::new();
        let mut bytes = 0_usize;
        let leaves = self.leaves(&tree, from, limit.clamp(1, PAGE_ENTRIES_MAX))?;
        self.each_record(leaves, |record| {
            bytes = bytes.saturating_add(record.document().map_or(0, <[u8]>::len));
            if bytes > PAGE_BYTES_MAX && !records.is_empty() {
                return Ok(ControlFlow::Break(()));
            }
            records.push(record);
            Ok::<_, ReadError>(ControlFlow::Continue(()))
        })?;
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
                ReadError::corrupt(
                    format!("bundle {index}"),
                    "entries of at most 65,535 bytes",
                    "a longer one",
                )
            })
    }

    /// One entry of the tree, verified and decoded, without its evidence and context.
    pub fn decoded(&self, tree: &ReaderTree<'_>, index: LeafIndex) -> Result<Entry, ReadError> {
        self.leaf(tree, index)?.decode()
    }

    /// Entries of the tree from `from` on, at most `limit`, verified and decoded, without their evidence and context.
    pub(crate) fn decoded_from(
        &self,
        tree: &ReaderTree<'_>,
        from: LeafIndex,
        limit: usize,
    ) -> Result<Vec<(LeafIndex, Entry)>, ReadError> {
        let leaves = self.leaves(tree, from, limit)?;
        leaves
            .iter()
            .map(|leaf| Ok((leaf.index, leaf.decode()?)))
            .collect()
    }

    /// The verified bytes of one entry, which the tree must hold.
    pub fn leaf(&self, tree: &ReaderTree<'_>, index: LeafIndex) -> Result<Leaf, ReadError> {
        self.leaves(tree, index, 1)?
            .pop()
            .ok_or_else(|| ReadError::corrupt(name(index), "an entry below the signed size", "nothing"))
    }

    /// Verified bytes from `from` on, at most `limit` and none past the head.
    pub(super) fn leaves(
        &self,
        tree: &ReaderTree<'_>,
        from: LeafIndex,
        limit: usize,
    ) -> Result<Vec<Leaf>, ReadError> {
        let indices = read::indices(from, wanted(from, limit, tree.size()));
        self.leaves_at(tree, &indices)
    }

    /// The verified bytes of entries, which the tree must hold, in the order of the list.
    pub fn leaves_at(&self, tree: &ReaderTree<'_>, indices: &[LeafIndex]) -> Result<Vec<Leaf>, ReadError> {
        let mut leaves: Vec<Leaf> = Vec::with_capacity(indices.len());
        for indices in indices.chunks(LEAVES_AT_ONCE) {
            self.wanted.check()?;
            tree.load_tiles_of(indices)?;
            let mut stored = self.shared().store.entries(indices)?.into_iter();
            for index in indices {
                let bytes = stored.next().flatten();
                let bytes = bytes.ok_or_else(|| {
                    ReadError::corrupt(name(*index), "an entry below the signed size", "nothing")
                })?;
                let hash = leaf_hash(&bytes);
                let expected = tree.leaf(*index)?;
                if NodeHash::from(hash) != expected {
                    return Err(ReadError::corrupt(name(*index), expected, hash));
                }
                leaves.push(Leaf {
                    index: *index,
                    bytes,
                    hash,
                });
            }
        }
        Ok(leaves)
    }

    /// Joins a verified entry with what is stored with it, each part compared with what the entry says.
    pub fn record(&self, leaf: Leaf) -> Result<EntryRecord, ReadError> {
        let mut one = None;
        self.each_record(vec![leaf], |record| {
            one = Some(record);
            Ok::<_, ReadError>(ControlFlow::Continue(()))
        })?;
        one.ok_or_else(|| ReadError::corrupt("a list of documents", "as many as were asked for", "none"))
    }

    /// Joins verified entries with what is stored with them, which is read as lists, and hands the records out in
    /// order until `take` breaks off.
    ///
    /// # Errors
    /// As every question to a [`Reader`], and the first error of `take`.
    pub fn each_record<E: From<ReadError>>(
        &self,
        leaves: Vec<Leaf>,
        mut take: impl FnMut(EntryRecord) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let indices: Vec<LeafIndex> = leaves.iter().map(|leaf| leaf.index).collect();
        let mut left = indices.as_slice();
        let mut leaves = leaves.into_iter();
        while let Some(index) = left.first() {
            self.wanted.check()?;
            let list = left.get(..READ_LIMIT_MAX).unwrap_or(left);
            let documents = self.shared().store.documents(list).map_err(ReadError::from)?;
            let read = documents.len().min(list.len());
            if read == 0 {
                return Err(no_document(*index).into());
            }
            for (leaf, document) in leaves.by_ref().take(read).zip(documents) {
                let document = document.ok_or_else(|| no_document(leaf.index))?;
                if take(self.join(leaf, document)?)?.is_break() {
                    return Ok(());
                }
            }
            left = left.get(read..).unwrap_or_default();
        }
        Ok(())
    }

    fn join(&self, leaf: Leaf, document: StoredDocument) -> Result<EntryRecord, ReadError> {
        let entry = leaf.decode()?;
        let StoredDocument {
            evidence,
            context,
            erased,
        } = document;
        if let Some(remains) = erased {
            return self.erased_record(leaf, entry, remains);
        }
        let stored = StoredRecord {
            document: evidence.map_or(StoredBytes::Nothing, StoredBytes::Bytes),
            context: context.as_deref(),
        };
        let (index, hash) = (leaf.index, leaf.hash);
        let record = Record::join(index, leaf.bytes, entry, stored, &self.index_salt())
            .map_err(|error| unsound(index, &error))?;
        let document = match record.evidence {
            StoredBytes::Bytes(bytes) => Some(bytes),
            StoredBytes::Nothing | StoredBytes::Erased => None,
        };
        let (evidence, refused) = match record.entry.kind {
            Kind::Refused => (None, document),
            _ => (document, None),
        };
        Ok(EntryRecord {
            index,
            bytes: record.bytes,
            entry: record.entry,
            leaf_hash: hash,
            evidence,
            refused,
            context: record.context,
            erased: None,
        })
    }

    /// The evidence of a record of this log, verified again; `None` where the record holds none: it was erased or
    /// refused, or it is a submitter's context or an `index.root`.
    ///
    /// # Errors
    /// Evidence that was accepted verifies for ever. Where it does not, what is stored is damaged, and nobody may take
    /// it for evidence that is not there.
    pub fn evidence(&self, record: &EntryRecord) -> Result<Option<VerifiedDocument>, ReadError> {
        match &record.evidence {
            Some(bytes) => self.verified(record.index, &record.entry, bytes).map(Some),
            None => Ok(None),
        }
    }

    /// The document of a `refused` record of this log, read again; `None` for other records, and where it was erased or
    /// is not kept.
    ///
    /// # Errors
    /// As [`evidence`](Self::evidence).
    pub fn refused_document(&self, record: &EntryRecord) -> Result<Option<RefusedDocument>, ReadError> {
        let Some(bytes) = &record.refused else {
            return Ok(None);
        };
        verify_refused(&record.entry, bytes, self.origin())
            .map(Some)
            .map_err(|error| unsound(record.index, &error))
    }

    /// What a record of a closure of this log has to say, verified again.
    ///
    /// # Errors
    /// As [`evidence`](Self::evidence).
    pub fn content(&self, record: &Record) -> Result<RecordContent, ReadError> {
        record
            .verify(self.origin(), &self.index_salt())
            .map_err(|error| unsound(record.index, &error))
    }

    /// The document of an entry, verified.
    ///
    /// # Errors
    /// As [`evidence`](Self::evidence).
    pub fn verified(
        &self,
        index: LeafIndex,
        entry: &Entry,
        document: &[u8],
    ) -> Result<VerifiedDocument, ReadError> {
        verify_document(entry, document, self.origin(), &self.index_salt())
            .map_err(|error| unsound(index, &error))
    }
}

/// What is stored for an entry is not what the entry commits to.
fn unsound(index: LeafIndex, error: &RecordError) -> ReadError {
    let what = if error.is_about_context() {
        "context"
    } else {
        "evidence"
    };
    ReadError::corrupt(
        format!("{what} of entry {index}"),
        "what the entry commits to",
        error,
    )
}

fn no_document(index: LeafIndex) -> ReadError {
    ReadError::corrupt(format!("the document of entry {index}"), "a record", "nothing")
}

fn wanted(from: LeafIndex, limit: usize, size: TreeSize) -> usize {
    let left = size.value().saturating_sub(from.value());
    usize::try_from(left).unwrap_or(usize::MAX).min(limit)
}

fn name(index: LeafIndex) -> String {
    format!("entry {index}")
}
