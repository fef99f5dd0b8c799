//! A log is closed, and a step of that fails: nobody was told of an end that did not come, and an end that came stays.

use crate::freeze::{freeze, is_closed_by, size};
use crate::index::{covered, indexed};
use kit::test_ledger::{TestLedger, accepted, faults, submit, submit_one};
use ledger::config::Limits;
use ledger::error::SubmitError;
use ledger::handle::{Ledger, SubmissionOutcome};
use ledger::store::memory::{CommitFault, MemoryStore, ReadFault, ReadObject};
use std::sync::Arc;
use verifier::index::LeafIndex;

/// A log with registrations, and a handle of its store that nobody has open.
async fn registered() -> (TestLedger, MemoryStore) {
    let store = MemoryStore::new();
    let (log, ledger) = TestLedger::registered_on(Arc::new(store.clone())).await;
    ledger.shutdown().await;
    (log, store)
}

fn open(log: &TestLedger, store: &MemoryStore, limits: Limits) -> Ledger {
    log.open_store(Arc::new(store.clone()), limits).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_that_was_not_written_closes_nothing_and_nobody_is_told_that_the_log_has_ended() {
    let (log, store) = registered().await;
    let store = store.reopen();
    let ledger = open(&log, &store, Limits::default());
    for number in 0..20 {
        store.fail_write(0, CommitFault::NotApplied);
        let bodies = vec![freeze(&log, 0), log.receipt(number)];
        let results = submit(&ledger, "operator", bodies).await;
        assert!(
            matches!(results[0], Err(SubmitError::Unavailable { .. })),
            "{:?}",
            results[0]
        );
        // In a batch of its own it was logged.
        assert!(
            matches!(results[1], Ok(_) | Err(SubmitError::Unavailable { .. })),
            "{:?}",
            results[1]
        );
    }
    assert!(!ledger.metrics().frozen);
    accepted(&ledger, "gateway", log.receipt(100)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_unknown_write_the_store_says_whether_the_log_has_ended() {
    for (fault, persisted) in [
        (CommitFault::UnknownLost, false),
        (CommitFault::UnknownPersisted, true),
    ] {
        let (log, store) = registered().await;
        let failing = store.reopen();
        let ledger = open(&log, &failing, Limits::default());
        let before = size(&ledger);
        let document = freeze(&log, before);
        failing.fail_write(0, fault);
        let unknown = submit_one(&ledger, "operator", document.clone()).await;
        assert_eq!(unknown, Err(SubmitError::Unknown));
        ledger.failed().await;
        assert!(!ledger.metrics().frozen, "it was not published");
        drop(ledger);
        let ledger = open(&log, &store.reopen(), Limits::default());
        assert_eq!(ledger.metrics().frozen, persisted);
        let again = accepted(&ledger, "operator", document).await;
        assert_eq!(again.index, LeafIndex::new(before));
        assert_eq!(again.outcome == SubmissionOutcome::Known, persisted);
        let refused = submit_one(&ledger, "gateway", log.receipt(0)).await;
        assert!(is_closed_by(&refused, again.index), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_was_committed_and_not_published_is_there_after_the_restart_with_its_index_root() {
    for object in [ReadObject::Tile, ReadObject::Entries, ReadObject::Document] {
        let (log, store) = registered().await;
        let failing = store.reopen();
        let ledger = open(&log, &failing, Limits::default());
        let before = size(&ledger);
        failing.fail_reads(object, ReadFault::FlipByte);
        let unknown = submit_one(&ledger, "operator", freeze(&log, before)).await;
        assert_eq!(unknown, Err(SubmitError::Unknown), "{object:?}");
        ledger.failed().await;
        assert_eq!(size(&ledger), before);
        drop(ledger);
        let ledger = open(&log, &store.reopen(), indexed());
        let refused = submit_one(&ledger, "gateway", log.receipt(0)).await;
        assert!(is_closed_by(&refused, LeafIndex::new(before)), "{refused:?}");
        let last = covered(&ledger).await;
        assert_eq!(last.index.value(), before + 1);
        ledger.shutdown().await;
        assert_eq!(faults(&store), Vec::<&str>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_index_root_that_was_not_written_is_proposed_again() {
    let (log, store) = registered().await;
    let failing = store.reopen();
    let ledger = open(&log, &failing, indexed());
    covered(&ledger).await;
    // The write of log.frozen succeeds, the next one does not.
    failing.fail_write(1, CommitFault::NotApplied);
    let frozen = accepted(&ledger, "operator", freeze(&log, 0)).await;
    let last = covered(&ledger).await;
    assert_eq!(Some(last.index), frozen.index.next());
    ledger.shutdown().await;
    assert_eq!(faults(&store), Vec::<&str>::new());
}
