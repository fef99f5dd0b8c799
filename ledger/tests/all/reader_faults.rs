//! Whatever the store gets wrong is named and never served.

use kit::test_ledger::TestLedger;
use std::sync::{Arc, Mutex};

use ledger::config::Limits;
use ledger::error::ReadError;
use ledger::handle::Ledger;
use ledger::rows::{Row, RowKey, Space};
use ledger::store::{
    CommitError, CosignatureStore, Head, HeadQuery, Integration, LogIdentity, LogStore, LookupOrder,
    OrderedErasure, Removal, RowPage, RunPartKey, RunStore, StoreError, StoreUpkeep, StoredCosignatures,
    StoredDocument, StoredHead, StoredLog, StoredRun, Upkeep,
};
use verifier::index::{LeafIndex, TreeSize};
use verifier::runs::RunRange;
use verifier::subject::Field;
use verifier::tile::TileCoord;

use crate::reader::filled;

/// What the store gets wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum StoreFault {
    None,
    Entry,
    ShortEntries,
    Evidence,
    NoEvidence,
    Context,
    NoContext,
    Tile { level: u8 },
    Rows(Space),
    HeadRoot,
    HeadSignature,
}

/// A store that flips a bit, or loses something, on the way out.
#[derive(Debug)]
struct FaultyStore {
    inner: Arc<dyn LogStore>,
    fault: Mutex<StoreFault>,
}

impl FaultyStore {
    fn is(&self, fault: StoreFault) -> bool {
        *self.fault.lock().unwrap() == fault
    }

    fn set(&self, fault: StoreFault) {
        *self.fault.lock().unwrap() = fault;
    }

    fn spoiled(&self, stored: StoredHead) -> StoredHead {
        let StoredHead {
            mut head,
            mut signature,
        } = stored;
        if self.is(StoreFault::HeadRoot) {
            let mut root = *head.tree.root.as_bytes();
            root[0] ^= 1;
            head.tree.root = verifier::hash::RootHash::from_bytes(root);
        }
        if self.is(StoreFault::HeadSignature) {
            signature = signature.map(|mut bytes| {
                bytes[0] ^= 1;
                bytes
            });
        }
        StoredHead { head, signature }
    }
}

fn flip(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

impl StoreUpkeep for FaultyStore {
    fn release_rows(&self, below: TreeSize) -> Result<(), StoreError> {
        self.inner.release_rows(below)
    }

    fn maintain(&self) -> Result<Upkeep, StoreError> {
        self.inner.maintain()
    }

    fn scan_rows(&self, after: Option<&Row>, limit: usize) -> Result<RowPage, StoreError> {
        self.inner.scan_rows(after, limit)
    }
}

impl RunStore for FaultyStore {
    fn put_run_parts(&self, range: RunRange, parts: &[(RunPartKey, Vec<u8>)]) -> Result<(), StoreError> {
        self.inner.put_run_parts(range, parts)
    }

    fn finish_run(&self, run: &StoredRun) -> Result<(), StoreError> {
        self.inner.finish_run(run)
    }

    fn runs(&self) -> Result<Vec<StoredRun>, StoreError> {
        self.inner.runs()
    }

    fn run_parts(&self, range: RunRange, parts: &[RunPartKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.inner.run_parts(range, parts)
    }

    fn drop_run(&self, range: RunRange) -> Result<(), StoreError> {
        self.inner.drop_run(range)
    }

    fn drop_unfinished_runs(&self) -> Result<(), StoreError> {
        self.inner.drop_unfinished_runs()
    }
}

impl CosignatureStore for FaultyStore {
    fn put_cosignatures(&self, cosignatures: &StoredCosignatures) -> Result<(), StoreError> {
        self.inner.put_cosignatures(cosignatures)
    }

    fn cosignatures_of(&self, size: TreeSize) -> Result<Option<StoredCosignatures>, StoreError> {
        self.inner.cosignatures_of(size)
    }

    fn cosignatures(&self, upto: TreeSize, limit: usize) -> Result<Vec<StoredCosignatures>, StoreError> {
        self.inner.cosignatures(upto, limit)
    }
}

impl LogStore for FaultyStore {
    fn head(&self) -> Result<Option<StoredLog>, StoreError> {
        self.inner.head()
    }

    fn create(&self, identity: &LogIdentity, genesis: &Integration) -> Result<(), CommitError> {
        self.inner.create(identity, genesis)
    }

    fn commit(&self, expected: &Head, batch: &Integration) -> Result<(), CommitError> {
        self.inner.commit(expected, batch)
    }

    fn tiles(&self, coords: &[TileCoord]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut tiles = self.inner.tiles(coords)?;
        for (coord, tile) in coords.iter().zip(&mut tiles) {
            let spoiled = self.is(StoreFault::Tile { level: coord.level });
            if let Some(bytes) = tile.as_mut().filter(|_| spoiled) {
                flip(bytes);
            }
        }
        Ok(tiles)
    }

    fn entries(&self, indices: &[LeafIndex]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut entries = self.inner.entries(indices)?;
        if self.is(StoreFault::Entry) {
            for bytes in entries.iter_mut().flatten() {
                flip(bytes);
            }
        }
        if self.is(StoreFault::ShortEntries) {
            entries.clear();
        }
        Ok(entries)
    }

    fn documents(&self, indices: &[LeafIndex]) -> Result<Vec<Option<StoredDocument>>, StoreError> {
        let mut documents = self.inner.documents(indices)?;
        for document in documents.iter_mut().flatten() {
            let StoredDocument {
                evidence, context, ..
            } = document;
            match *self.fault.lock().unwrap() {
                StoreFault::Evidence => evidence.iter_mut().for_each(|bytes| flip(bytes)),
                StoreFault::NoEvidence => *evidence = None,
                StoreFault::Context => context.iter_mut().for_each(|bytes| flip(bytes)),
                StoreFault::NoContext => *context = None,
                _ => {}
            }
        }
        Ok(documents)
    }

    fn rows(
        &self,
        key: &RowKey,
        from: LeafIndex,
        to: LeafIndex,
        order: LookupOrder,
        limit: usize,
    ) -> Result<Vec<LeafIndex>, StoreError> {
        if self.is(StoreFault::Rows(key.space)) {
            return Ok(vec![LeafIndex::new(0)]);
        }
        self.inner.rows(key, from, to, order, limit)
    }

    fn heads(&self, query: HeadQuery, limit: usize) -> Result<Vec<StoredHead>, StoreError> {
        let heads = self.inner.heads(query, limit)?;
        Ok(heads.into_iter().map(|stored| self.spoiled(stored)).collect())
    }

    fn erase(&self, erasure: &OrderedErasure) -> Result<Removal, StoreError> {
        self.inner.erase(erasure)
    }
}

/// A log of 607 entries, opened anew.
async fn reopened() -> (TestLedger, Ledger, Arc<FaultyStore>) {
    let (log, ledger) = filled(600, 3, 100).await;
    ledger.shutdown().await;
    let store = Arc::new(FaultyStore {
        inner: Arc::clone(&log.store),
        fault: Mutex::new(StoreFault::None),
    });
    let ledger = log
        .open_store(Arc::<FaultyStore>::clone(&store), Limits::default())
        .unwrap();
    (log, ledger, store)
}

fn named(error: &ReadError) -> &str {
    match error {
        ReadError::Corrupt { what, .. } => what,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_spoiled_full_tile_is_caught_by_the_tile_above_it() {
    let (_log, ledger, store) = reopened().await;
    let reader = ledger.reader();
    // Opening reads the first entries and the last ones; the tile between them was never looked at.
    let at = LeafIndex::new(300);
    store.set(StoreFault::Tile { level: 0 });
    assert_eq!(named(&reader.entry(at).unwrap_err()), "tile 1 of level 0");
    assert!(reader.tlog_proof(at, None).is_err());
    assert!(reader.tile(TileCoord { level: 0, index: 1 }, 256).is_err());
    store.set(StoreFault::None);
    assert!(reader.entry(at).unwrap().is_some());
}

#[tokio::test]
async fn spoiled_entries_evidence_and_contexts_are_named() {
    let (_log, ledger, store) = reopened().await;
    let reader = ledger.reader();
    let at = LeafIndex::new(100);
    for (fault, what) in [
        (StoreFault::Entry, "entry 100"),
        (StoreFault::ShortEntries, "entry 100"),
        (StoreFault::Evidence, "evidence of entry 100"),
        (StoreFault::NoEvidence, "evidence of entry 100"),
        (StoreFault::Context, "context of entry 100"),
        (StoreFault::NoContext, "context of entry 100"),
    ] {
        store.set(fault);
        assert_eq!(named(&reader.entry(at).unwrap_err()), what, "{fault:?}");
        assert_eq!(named(&reader.entries(at, 3).unwrap_err()), what, "{fault:?}");
    }
    store.set(StoreFault::Entry);
    assert_eq!(named(&reader.tlog_proof(at, None).unwrap_err()), "entry 100");
    assert_eq!(named(&reader.entry_bundle(1, 3).unwrap_err()), "entry 256");
    store.set(StoreFault::None);
    assert!(reader.entry(at).unwrap().is_some());
}

#[tokio::test]
async fn a_row_that_points_to_another_entry_is_not_believed() {
    let (_log, ledger, store) = reopened().await;
    let reader = ledger.reader();
    let record = reader.entry(LeafIndex::new(50)).unwrap().unwrap();
    let as_of = reader.published().head.tree.size;
    store.set(StoreFault::Rows(Space::Subject(Field::Job)));
    assert!(
        reader
            .subject(Field::Job, "job-1", None, as_of, false, 5)
            .is_err()
    );
    store.set(StoreFault::Rows(Space::JobActivity));
    assert!(reader.jobs(None, as_of, 5).is_err());
    store.set(StoreFault::Rows(Space::Leaf));
    assert!(reader.by_leaf(&record.leaf_hash).is_err());
    store.set(StoreFault::Rows(Space::Evidence));
    assert!(reader.by_evidence(&record.entry.evidence_digest).is_err());
    store.set(StoreFault::Rows(Space::Kind));
    assert!(reader.by_kind(record.entry.kind, None, as_of, false, 5).is_err());
}

#[tokio::test]
async fn a_spoiled_head_is_not_shown_as_signed() {
    let (_log, ledger, store) = reopened().await;
    let reader = ledger.reader();
    let size = TreeSize::new(107);
    let shown = reader.checkpoint_of_size(size).unwrap().unwrap();
    for fault in [StoreFault::HeadRoot, StoreFault::HeadSignature] {
        store.set(fault);
        let error = reader.checkpoint_of_size(size).unwrap_err();
        assert_eq!(named(&error), "the head of size 107");
        assert!(reader.checkpoint_at(shown.head.time).is_err());
        assert!(reader.checkpoints(size, 5).is_err());
    }
}
