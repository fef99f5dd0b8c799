//! Cosignatures after a crash, in older databases, and after somebody meddled with them.

use kit::files::copy_directory;
use kit::test_ledger::{checked, filled};
use ledger::store::{CosignatureStore, LogStore, StoreError, StoreUpkeep, StoredCosignatures};
use ledger_rocks::RocksStore;
use rocksdb::{DB, Options};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tlog::index::TreeSize;

const EVERY: TreeSize = TreeSize::new(u64::MAX);
const FAMILY: &str = "cosignatures";

fn kept(size: u64) -> StoredCosignatures {
    StoredCosignatures {
        size: TreeSize::new(size),
        lines: format!("— witness.example/w{size} AAAA\n"),
    }
}

/// A database with a log.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let store = RocksStore::open_or_create(&place.path()).unwrap();
        drop(filled(Arc::new(store), 2));
        place
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("db")
    }

    fn open(&self) -> RocksStore {
        RocksStore::open_existing(&self.path()).unwrap()
    }
}

#[test]
fn what_was_put_survives_a_crash() {
    let place = Place::new();
    let store = place.open();
    store.put_cosignatures(&kept(3)).unwrap();
    let copy = place.0.path().join("copy");
    copy_directory(&place.path(), &copy);
    let crashed = RocksStore::open_existing(&copy).unwrap();
    assert_eq!(crashed.cosignatures(EVERY, 9).unwrap(), [kept(3)]);
}

#[test]
fn a_database_that_was_made_before_there_were_cosignatures_opens() {
    let place = Place::new();
    {
        let options = Options::default();
        let names = DB::list_cf(&options, place.path()).unwrap();
        let mut db = DB::open_cf(&options, place.path(), &names).unwrap();
        db.drop_cf(FAMILY).unwrap();
    }
    {
        let store = RocksStore::open_read_only(&place.path()).unwrap();
        assert!(store.head().unwrap().is_some());
        assert_eq!(store.cosignatures(EVERY, 9).unwrap(), []);
        assert_eq!(checked(&store, None).fault_count, 0);
    }
    let store = place.open();
    store.put_cosignatures(&kept(3)).unwrap();
    assert_eq!(store.cosignatures(EVERY, 9).unwrap(), [kept(3)]);
}

#[test]
fn damaged_cosignatures_are_named_and_never_left_out() {
    let place = Place::new();
    let store = place.open();
    store.put_cosignatures(&kept(3)).unwrap();
    store.put_cosignatures(&kept(4)).unwrap();
    let values = store.raw_values().unwrap();
    let (_, key, value) = values.iter().find(|value| value.0 == FAMILY).unwrap();
    let mut damaged = value.clone();
    damaged[5] ^= 1;
    store.raw_put(FAMILY, key, Some(&damaged)).unwrap();
    let error = store.cosignatures(EVERY, 9).unwrap_err();
    assert!(
        matches!(&error, StoreError::Damaged { what, .. } if what == "cosignatures of the head of size 3"),
        "{error}"
    );
    let mut found = Vec::new();
    store
        .check_stored(&mut |error| found.push(error.to_string()))
        .unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    store.raw_put(FAMILY, key, None).unwrap();
    store.raw_put(FAMILY, b"short", Some(b"anything")).unwrap();
    assert!(store.cosignatures(EVERY, 9).is_err());
}

#[test]
fn cosignatures_without_a_head_are_no_empty_database() {
    let dir = tempfile::tempdir().unwrap();
    let store = RocksStore::open_or_create(dir.path()).unwrap();
    assert_eq!(store.head().unwrap(), None);
    store.put_cosignatures(&kept(3)).unwrap();
    assert!(matches!(store.head(), Err(StoreError::Damaged { .. })));
}
