//! What `fsck` says of the authenticated index: what the log says of it, and what is stored of it.

use crate::index::{covered, indexed, with_receipts};
use kit::test_ledger::{TestLedger, checked, faults};
use ledger::fsck::{codes, fsck};
use ledger::index::IndexRoot;
use ledger::signer::CheckpointSigner;
use ledger::store::memory::{MemoryStore, ReadFault, ReadObject};
use ledger::store::{RunPartKey, RunStore, StoreError, StoredRun};
use std::sync::Arc;
use verifier::check::index_replay::MemorySpace;
use verifier::index::TreeSize;
use verifier::payload::Settings;
use verifier::runs::{MemoryRun, RunDescriptor, RunList, RunRange};

/// A closed log with runs, and its newest index.root.
async fn closed() -> (MemoryStore, IndexRoot) {
    let store = MemoryStore::new();
    let log = TestLedger::create(Arc::new(store.clone()), Settings::default());
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    with_receipts(&log, &ledger, 9).await;
    let root = covered(&ledger).await;
    ledger.shutdown().await;
    (store, root)
}

fn stored(store: &MemoryStore, range: RunRange) -> StoredRun {
    let runs = store.runs().unwrap();
    *runs.iter().find(|run| run.descriptor.range == range).unwrap()
}

/// Every part that is there.
fn parts(store: &MemoryStore, range: RunRange) -> Vec<(RunPartKey, Vec<u8>)> {
    let mut found = Vec::new();
    for part in 0..16 {
        for number in 0..4 {
            let key = RunPartKey { part, number };
            let bytes = store.run_parts(range, &[key]).unwrap().remove(0);
            found.extend(bytes.map(|bytes| (key, bytes)));
        }
    }
    found
}

fn put(store: &MemoryStore, run: &StoredRun, parts: &[(RunPartKey, Vec<u8>)]) {
    store.drop_run(run.descriptor.range).unwrap();
    store.put_run_parts(run.descriptor.range, parts).unwrap();
    store.finish_run(run).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_right_has_no_fault_and_neither_have_runs_that_nobody_needs() {
    let (store, root) = closed().await;
    assert!(
        store.runs().unwrap().len() > root.list.runs().len(),
        "none was joined"
    );
    assert_eq!(faults(&store), Vec::<&str>::new());
    let last = *root.list.runs().last().unwrap();
    let unfinished = RunRange::new(last.range.end(), root.index.size_with().unwrap()).unwrap();
    let part = (RunPartKey { part: 0, number: 0 }, vec![1, 2, 3]);
    store.put_run_parts(unfinished, &[part]).unwrap();
    assert_eq!(faults(&store), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_run_that_is_not_there_is_missing_and_the_report_says_how_it_is_repaired() {
    let (store, root) = closed().await;
    for run in root.list.runs() {
        let whole = stored(&store, run.range);
        let kept = parts(&store, run.range);
        store.drop_run(run.range).unwrap();
        let report = checked(&store, None);
        assert_eq!(report.fault_count, 1);
        assert_eq!(report.faults[0].code, codes::RUN_MISSING);
        assert!(
            report.faults[0].detail.contains("ledgerd reindex"),
            "{:?}",
            report.faults
        );
        put(&store, &whole, &kept);
        assert_eq!(faults(&store), Vec::<&str>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_byte_that_is_changed_in_a_part_of_a_named_run_is_found() {
    let (store, root) = closed().await;
    let largest = root.list.runs().iter().max_by_key(|run| run.pages).unwrap();
    let whole = stored(&store, largest.range);
    let kept = parts(&store, largest.range);
    let mut seen = Vec::new();
    for (place, (key, bytes)) in kept.iter().enumerate() {
        seen.push(key.part);
        for at in (0..bytes.len()).step_by(bytes.len() / 5 + 1) {
            let mut changed = kept.clone();
            changed[place].1[at] ^= 1;
            put(&store, &whole, &changed);
            assert_eq!(faults(&store), [codes::RUN_DAMAGED], "byte {at} of {key:?}");
        }
        let mut without = kept.clone();
        without.remove(place);
        put(&store, &whole, &without);
        assert_eq!(faults(&store), [codes::RUN_DAMAGED], "{key:?} is gone");
    }
    seen.dedup();
    assert!(seen.starts_with(&[0, 1]), "{seen:?}");
    for wrong in [
        StoredRun {
            rows: whole.rows + 1,
            ..whole
        },
        StoredRun {
            descriptor: RunDescriptor {
                pages: whole.descriptor.pages + 1,
                ..whole.descriptor
            },
            ..whole
        },
    ] {
        put(&store, &wrong, &kept);
        assert_eq!(faults(&store), [codes::RUN_DAMAGED]);
    }
    put(&store, &whole, &kept);
    assert_eq!(faults(&store), Vec::<&str>::new());
}

#[test]
fn an_index_root_that_entries_do_not_give_is_false_though_the_runs_are_as_it_says() {
    let store = MemoryStore::new();
    let log = TestLedger::create(Arc::new(store.clone()), Settings::default());
    // A run that leaves its rows out, as an operator would have it who hides entries.
    let range = RunRange::new(TreeSize::new(0), TreeSize::new(1)).unwrap();
    let (descriptor, _) = MemoryRun::build(range, []).unwrap();
    log.log_index_root(&RunList::new(vec![descriptor]).unwrap());
    assert_eq!(faults(&store), [codes::INDEX_ROOT_FALSE, codes::RUN_MISSING]);
    let run = StoredRun { descriptor, rows: 0 };
    put(&store, &run, &[]);
    assert_eq!(faults(&store), [codes::INDEX_ROOT_FALSE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_the_engine_does_not_give_are_an_error_and_no_fault() {
    let (store, _) = closed().await;
    for object in [ReadObject::Runs, ReadObject::RunPart] {
        let handle = store.reopen();
        handle.fail_reads(object, ReadFault::Fail);
        let key = TestLedger::key();
        let outcome = fsck(
            &handle,
            key.verifier_key(),
            None,
            Box::new(MemorySpace),
            &mut |_, _| {},
        );
        assert!(matches!(outcome, Err(StoreError::Engine(_))), "{object:?}");
    }
}
