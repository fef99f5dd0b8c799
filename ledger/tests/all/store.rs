use ledger::store::LogStore;
use ledger::store::conformance::{self, StoreOpener};
use ledger::store::derived::conformance::{self as derived, DerivedStoreOpener};
use ledger::store::derived::{DerivedStore, MemoryDerived};
use ledger::store::memory::MemoryStore;
use std::sync::Arc;

struct Memory(MemoryStore);

impl StoreOpener for Memory {
    fn open(&self) -> Arc<dyn LogStore> {
        Arc::new(self.0.reopen())
    }
}

#[test]
fn the_store_in_memory_conforms() {
    conformance::run(|| Memory(MemoryStore::new()));
}

struct DerivedMemory(Arc<MemoryDerived>);

impl DerivedStoreOpener for DerivedMemory {
    fn open(&self) -> Arc<dyn DerivedStore> {
        self.0.clone()
    }
}

#[test]
fn the_derived_store_in_memory_conforms() {
    derived::run(|| DerivedMemory(Arc::default()));
}
