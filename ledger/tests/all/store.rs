use ledger::store::LogStore;
use ledger::store::conformance::{Place, run};
use ledger::store::memory::MemoryStore;
use std::sync::Arc;

struct Memory(MemoryStore);

impl Place for Memory {
    fn open(&self) -> Arc<dyn LogStore> {
        Arc::new(self.0.reopen())
    }
}

#[test]
fn the_store_in_memory_conforms() {
    run(|| Memory(MemoryStore::new()));
}
