//! Each call of the store for the index fails, and so does the write that names its runs: after the next start the index is what the
//! entries give, and nothing that was acknowledged is missing.

use crate::index::{covered, indexed, roots, scanned_answers};
use kit::test_ledger::{TestLedger, checked, submit};
use ledger::handle::{Ack, Ledger};
use ledger::store::memory::{CommitFault, MemoryStore, ReadFault, ReadObject, RunStep};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use verifier::payload::Settings;

/// Batches that are sent while something fails. From the third on runs are joined.
const BATCHES: u64 = 6;
/// How long an index.root is waited for before it is clear that the indexer failed.
const PATIENCE: Duration = Duration::from_millis(250);

struct FailureCase {
    log: TestLedger,
    store: MemoryStore,
    acked: Vec<Ack>,
}

impl FailureCase {
    /// A log with an index.
    async fn new() -> Self {
        let store = MemoryStore::new();
        let log = TestLedger::create(Arc::new(store.clone()), Settings::default());
        let ledger = log.open_with(indexed());
        log.register_all(&ledger).await;
        covered(&ledger).await;
        ledger.shutdown().await;
        Self {
            log,
            store,
            acked: Vec::new(),
        }
    }

    /// Sends batches until the index is not carried on any more; whether that came.
    async fn send(&mut self, ledger: &Ledger) -> bool {
        for batch in 0..BATCHES {
            self.log.clock.advance(10);
            let receipts = (batch * 7..batch * 7 + 7).map(|number| self.log.receipt(number));
            for result in submit(ledger, "clawproxy", receipts.collect()).await {
                // What was not acknowledged may be missing.
                self.acked.extend(result);
            }
            if timeout(PATIENCE, covered(ledger)).await.is_err() {
                return true;
            }
        }
        false
    }

    /// Opens a store in which something fails, and sends until it does.
    async fn fail(&mut self, inject: impl FnOnce(&MemoryStore)) -> bool {
        let store = self.store.reopen();
        inject(&store);
        match self.log.open_store(Arc::new(store), indexed()) {
            Ok(ledger) => {
                let failed = self.send(&ledger).await;
                ledger.shutdown().await;
                failed
            }
            Err(_) => true,
        }
    }

    /// Opens the log again where nothing fails.
    async fn check(self, what: &str) {
        let sound = Arc::new(self.store.reopen());
        let ledger = self.log.open_store(sound, indexed()).unwrap();
        let root = covered(&ledger).await;
        let reader = ledger.reader();
        for ack in &self.acked {
            let record = reader.entry(ack.index).unwrap().unwrap();
            assert_eq!(record.bytes, ack.entry, "{what}");
            assert!(root.list.covered().contains(ack.index), "{what}");
        }
        for pair in roots(reader).windows(2) {
            pair[1].list.check_follows(&pair[0].list).unwrap();
        }
        scanned_answers(reader, root.list.covered());
        ledger.shutdown().await;
        let report = checked(&self.store.reopen(), Some(&self.log.high_water()));
        assert_eq!(report.faults, Vec::new(), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_not_put_or_finished_is_built_again() {
    for step in [RunStep::Put, RunStep::Finish, RunStep::AnswerFinish] {
        for after in [0, 1, 2, 3, 5] {
            let what = format!("{step:?} after {after}");
            let mut case = FailureCase::new().await;
            let failed = case.fail(|store| store.fail_runs(step, after)).await;
            assert!(failed, "{what}: nothing failed");
            case.check(&what).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_could_not_be_dropped_are_in_nobodys_way() {
    for (after, finished) in [(0, None), (1, Some(2)), (2, Some(4))] {
        let what = format!("drop after {after}, finish after {finished:?}");
        let mut case = FailureCase::new().await;
        let failed = case
            .fail(|store| {
                store.fail_runs(RunStep::Drop, after);
                if let Some(finished) = finished {
                    store.fail_runs(RunStep::Finish, finished);
                }
            })
            .await;
        assert!(failed, "{what}: nothing failed");
        case.check(&what).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_cannot_be_read_are_joined_after_the_next_start() {
    for object in [ReadObject::Runs, ReadObject::RunPart] {
        for fault in [ReadFault::Fail, ReadFault::Lose, ReadFault::FlipByte] {
            let what = format!("{object:?} {fault:?}");
            let mut case = FailureCase::new().await;
            case.fail(|store| store.fail_reads(object, fault)).await;
            case.check(&what).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_names_runs_and_fails_leaves_no_gap() {
    for fault in [
        CommitFault::NotApplied,
        CommitFault::UnknownLost,
        CommitFault::UnknownPersisted,
    ] {
        // Every second write or so is that of an index.root.
        for after in 0..4 {
            let what = format!("{fault:?} after {after}");
            let mut case = FailureCase::new().await;
            case.fail(|store| store.fail_write(after, fault)).await;
            case.check(&what).await;
        }
    }
}
