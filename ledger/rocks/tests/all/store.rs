use ledger::store::LogStore;
use ledger::store::conformance::{self, StoreOpener};
use ledger::store::derived::DerivedStore;
use ledger::store::derived::conformance::{self as derived, DerivedStoreOpener};
use ledger_rocks::{RocksDerived, RocksStore};
use std::sync::Arc;
use tempfile::TempDir;

struct Directory(TempDir);

impl StoreOpener for Directory {
    fn open(&self) -> Arc<dyn LogStore> {
        Arc::new(RocksStore::open_or_create(&self.0.path().join("db")).unwrap())
    }
}

#[test]
fn the_store_on_disk_conforms() {
    conformance::run(|| Directory(tempfile::tempdir().unwrap()));
}

struct DerivedDirectory(TempDir);

impl DerivedStoreOpener for DerivedDirectory {
    fn open(&self) -> Arc<dyn DerivedStore> {
        Arc::new(RocksDerived::open(&self.0.path().join("derived")).unwrap())
    }
}

#[test]
fn the_derived_store_on_disk_conforms() {
    derived::run(|| DerivedDirectory(tempfile::tempdir().unwrap()));
}
