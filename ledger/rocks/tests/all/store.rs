use ledger::store::LogStore;
use ledger::store::conformance::{Place, run};
use ledger_rocks::RocksStore;
use std::sync::Arc;
use tempfile::TempDir;

struct Directory(TempDir);

impl Place for Directory {
    fn open(&self) -> Arc<dyn LogStore> {
        Arc::new(RocksStore::open_or_create(&self.0.path().join("db")).unwrap())
    }
}

#[test]
fn the_store_on_disk_conforms() {
    run(|| Directory(tempfile::tempdir().unwrap()));
}
