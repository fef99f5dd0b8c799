//! Starts and ends of a server, between which the index does not fall behind.

use crate::index::{indexed, receipts};
use kit::test_ledger::{TestLedger, accepted, faults, submit};
use ledger::config::Limits;
use ledger::store::memory::{CommitFault, MemoryStore};
use std::sync::Arc;
use std::time::Duration;
use verifier::index::{LeafIndex, TreeSize};
use verifier::payload::Settings;

/// Nothing is covered in time.
fn late() -> Limits {
    Limits {
        index_after: Some(Duration::from_secs(3_600)),
        ..Limits::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_start_finds_uncovered_is_named_before_anything_else_is_sequenced() {
    let (log, ledger) = TestLedger::registered().await;
    for result in submit(&ledger, "clawproxy", receipts(&log, 0..20)).await {
        result.unwrap();
    }
    let size = ledger.reader().published().head.tree.size;
    ledger.shutdown().await;

    let ledger = log.open_with(late());
    let next = accepted(&ledger, "clawproxy", log.receipt(20)).await;
    assert_eq!(next.index, LeafIndex::new(size.value() + 1));
    let root = ledger.reader().newest_index_root().unwrap().unwrap();
    assert_eq!((root.index, root.list.covered()), (size.next_index(), size));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_end_leaves_uncovered_is_named_by_the_last_entry() {
    let log = TestLedger::new();
    let ledger = log.open_with(late());
    log.register_all(&ledger).await;
    let size = ledger.reader().published().head.tree.size;
    ledger.shutdown().await;
    let end = ledger.reader().published().head.tree.size;
    assert_eq!(end, TreeSize::new(size.value() + 1));
    let root = ledger.reader().newest_index_root().unwrap().unwrap();
    assert_eq!((root.index, root.list.covered()), (size.next_index(), size));
    assert_eq!(faults(log.store.as_ref()), Vec::<&str>::new());

    // Nothing is uncovered: neither a start nor an end adds anything.
    let ledger = log.open_with(indexed());
    ledger.shutdown().await;
    assert_eq!(ledger.reader().published().head.tree.size, end);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_whose_last_write_fails_ends_all_the_same() {
    for fault in [
        CommitFault::NotApplied,
        CommitFault::UnknownLost,
        CommitFault::UnknownPersisted,
    ] {
        let store = MemoryStore::new();
        let log = TestLedger::create(Arc::new(store.clone()), Settings::default());
        let handle = store.reopen();
        let ledger = log.open_store(Arc::new(handle.clone()), late()).unwrap();
        log.register_all(&ledger).await;
        let size = ledger.reader().published().head.tree.size;
        handle.fail_write(0, fault);
        ledger.shutdown().await;
        let opened = log.open_store(Arc::new(store.reopen()), late()).unwrap();
        let next = accepted(&opened, "clawproxy", log.receipt(0)).await;
        assert_eq!(next.index, LeafIndex::new(size.value() + 1), "{fault:?}");
        opened.shutdown().await;
        assert_eq!(faults(&store), Vec::<&str>::new(), "{fault:?}");
    }
}
