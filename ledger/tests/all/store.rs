use ledger::store::conformance::{self, StoreOpener};
use ledger::store::derived::conformance::{self as derived, DerivedStoreOpener};
use ledger::store::derived::{DerivedStore, MemoryDerived};
use ledger::store::memory::{MemoryStore, ReadFault, ReadObject, RunStep};
use ledger::store::{LogStore, RunPartKey, RunStore, StoredRun};
use std::sync::Arc;
use verifier::index::TreeSize;
use verifier::runs::{RunDescriptor, RunHash, RunRange};

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

#[test]
fn every_step_of_a_run_in_memory_can_be_made_to_fail() {
    let store = MemoryStore::new();
    let range = RunRange::new(TreeSize::new(0), TreeSize::new(8)).unwrap();
    let run = StoredRun {
        descriptor: RunDescriptor {
            range,
            pages: 1,
            root: RunHash::from_bytes([1; 32]),
        },
        rows: 3,
    };
    let key = |number| RunPartKey { part: 0, number };
    let put = |number| store.put_run_parts(range, &[(key(number), vec![1, 2])]);

    store.fail_runs(RunStep::Put, 1);
    put(0).unwrap();
    assert!(put(1).is_err() && put(1).is_err());
    store.heal();
    assert_eq!(
        store.run_parts(range, &[key(0), key(1)]).unwrap(),
        [Some(vec![1, 2]), None]
    );

    store.fail_runs(RunStep::Finish, 0);
    assert!(store.finish_run(&run).is_err());
    assert_eq!(store.runs().unwrap(), []);
    store.heal();
    store.fail_runs(RunStep::AnswerFinish, 0);
    assert!(store.finish_run(&run).is_err());
    assert_eq!(store.runs().unwrap(), [run]);

    store.fail_runs(RunStep::Drop, 0);
    assert!(store.drop_run(range).is_err() && store.drop_unfinished_runs().is_err());
    store.fail_reads(ReadObject::Runs, ReadFault::Fail);
    assert!(store.runs().is_err());
    store.heal();
    for (fault, found) in [(ReadFault::FlipByte, Some(vec![0, 2])), (ReadFault::Lose, None)] {
        store.fail_reads(ReadObject::RunPart, fault);
        assert_eq!(store.run_parts(range, &[key(0)]).unwrap(), [found]);
    }
    store.fail_reads(ReadObject::RunPart, ReadFault::Fail);
    assert!(store.run_parts(range, &[key(0)]).is_err());
    assert_eq!(store.reopen().runs().unwrap(), [run]);
}
