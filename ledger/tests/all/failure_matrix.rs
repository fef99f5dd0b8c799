//! Every step of a commit fails, was persisted or was not, and the log is opened again: nothing that was
//! acknowledged is missing, and nothing is damaged.

use kit::test_ledger::{TestLedger, submit};
use ledger::config::Limits;
use ledger::error::{OpenError, SubmitError};
use ledger::fsck::fsck;
use ledger::handle::{Ack, Ledger, SubmissionOutcome};
use ledger::high_water::{HighWaterError, HighWaterFile, HighWaterMark};
use ledger::recovery;
use ledger::signer::{CheckpointSigner, LogKey};
use ledger::store::memory::{CommitFault, MemoryStore, ReadFault, ReadObject};
use std::sync::Arc;
use verifier::check::index_replay::MemorySpace;
use verifier::checkpoint::{Checkpoint, TreeHead};
use verifier::merkle::consistency::verify_consistency;
use verifier::note::VerifierKey;
use verifier::payload::Settings;

struct FailureCase {
    log: TestLedger,
    store: MemoryStore,
    acked: Vec<Ack>,
}

impl FailureCase {
    /// A log with an acknowledged past that crosses the edge of a tile.
    async fn new() -> Self {
        let store = MemoryStore::new();
        let log = TestLedger::create(Arc::new(store.clone()), Settings::default());
        let ledger = log.open();
        log.register_all(&ledger).await;
        let mut case = Self {
            log,
            store,
            acked: Vec::new(),
        };
        case.acked = case
            .send(&ledger, 0..260)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        ledger.shutdown().await;
        case
    }

    async fn send(&self, ledger: &Ledger, numbers: std::ops::Range<u64>) -> Vec<Result<Ack, SubmitError>> {
        let documents = numbers.map(|number| self.log.receipt(number)).collect();
        submit(ledger, "clawproxy", documents).await
    }

    fn open(&self, store: MemoryStore) -> Ledger {
        self.log.open_store(Arc::new(store), Limits::default()).unwrap()
    }

    /// Opens the log again and compares everything that was acknowledged.
    async fn check_log(&mut self) -> Ledger {
        let ledger = self.open(self.store.reopen());
        let reader = ledger.reader();
        let key = reader.verifier_key();
        let head = reader.published().head.tree;
        for ack in &self.acked {
            let record = reader.entry(ack.index).unwrap().unwrap();
            assert_eq!(record.bytes, ack.entry);
            let served = Checkpoint::open(ack.checkpoint.as_bytes(), &key).unwrap();
            let proof = reader.consistency_proof(served.head().size, head.size).unwrap();
            verify_consistency(
                served.head().size,
                &served.head().root,
                head.size,
                &head.root,
                &proof,
            )
            .unwrap();
        }
        let report = fsck(
            self.log.store.as_ref(),
            &key,
            Some(&HighWaterFile::new(self.log.high_water())),
            Box::new(MemorySpace),
            &mut |_, _| {},
        )
        .unwrap();
        assert_eq!(report.faults, Vec::new());
        assert_eq!(report.tree_size, head.size.value());
        // It goes on: what was in doubt is logged once in the end.
        let again = self.send(&ledger, 1000..1003).await;
        assert!(again.iter().all(Result::is_ok));
        let known = self.send(&ledger, 1000..1003).await;
        assert!(
            known
                .iter()
                .all(|ack| ack.as_ref().unwrap().outcome == SubmissionOutcome::Known)
        );
        ledger
    }
}

/// Waits until the sequencer says that the process must exit.
async fn stopped(ledger: &Ledger) -> String {
    tokio::time::timeout(std::time::Duration::from_secs(30), ledger.failed())
        .await
        .expect("the sequencer goes on after a failure")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_not_applied_changes_nothing_and_may_be_repeated() {
    let mut case = FailureCase::new().await;
    let store = case.store.reopen();
    let ledger = case.open(store.clone());
    let before = ledger.reader().published();
    store.fail_write(0, CommitFault::NotApplied);
    let results = case.send(&ledger, 1000..1001).await;
    assert!(matches!(results[0], Err(SubmitError::Unavailable { .. })));
    assert_eq!(ledger.reader().published(), before);
    let again = case.send(&ledger, 1000..1001).await.remove(0).unwrap();
    assert_eq!(again.outcome, SubmissionOutcome::Created);
    case.acked.push(again);
    ledger.shutdown().await;
    case.check_log().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_write_stops_the_sequencer_and_the_restart_tells() {
    for (fault, persisted) in [
        (CommitFault::UnknownLost, false),
        (CommitFault::UnknownPersisted, true),
    ] {
        let mut case = FailureCase::new().await;
        let store = case.store.reopen();
        let ledger = case.open(store.clone());
        let size = ledger.reader().published().head.tree.size.value();
        store.fail_write(0, fault);
        let results = case.send(&ledger, 1000..1001).await;
        assert_eq!(results[0], Err(SubmitError::Unknown));
        stopped(&ledger).await;
        let late = case.send(&ledger, 1001..1002).await.remove(0);
        assert!(matches!(late, Err(SubmitError::Unavailable { .. })));
        drop(ledger);
        let found = case.open(case.store.reopen());
        let expected = size + u64::from(persisted);
        assert_eq!(found.reader().published().head.tree.size.value(), expected);
        found.shutdown().await;
        case.check_log().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_back_that_differs_is_never_signed() {
    for object in [ReadObject::Tile, ReadObject::Entries, ReadObject::Document] {
        for fault in [ReadFault::Fail, ReadFault::FlipByte, ReadFault::Lose] {
            let mut case = FailureCase::new().await;
            let store = case.store.reopen();
            let ledger = case.open(store.clone());
            let before = ledger.reader().published();
            store.fail_reads(object, fault);
            let results = case.send(&ledger, 1000..1001).await;
            assert_eq!(results[0], Err(SubmitError::Unknown), "{object:?} {fault:?}");
            stopped(&ledger).await;
            assert_eq!(ledger.reader().published(), before);
            drop(ledger);
            case.check_log().await;
        }
    }
}

/// A mark that records right at first, and then says that it failed, having recorded the head or not.
#[derive(Debug)]
struct FailingMark {
    file: HighWaterFile,
    good: usize,
    persists: bool,
}

impl HighWaterMark for FailingMark {
    fn recall(&self) -> Result<TreeHead, HighWaterError> {
        self.file.recall()
    }

    fn record(&mut self, head: &TreeHead) -> Result<(), HighWaterError> {
        let is_good = self.good > 0;
        if is_good || self.persists {
            self.file.record(head)?;
        }
        self.good = self.good.saturating_sub(1);
        if is_good {
            return Ok(());
        }
        Err(HighWaterError::Io {
            path: "injected".into(),
            source: std::io::ErrorKind::StorageFull.into(),
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_was_not_recorded_as_high_water_is_never_published() {
    for persists in [false, true] {
        let mut case = FailureCase::new().await;
        // One record is made when the log is opened.
        let mark = FailingMark {
            file: HighWaterFile::new(case.log.high_water()),
            good: 1,
            persists,
        };
        let ledger = recovery::open(
            Arc::new(case.store.reopen()),
            Arc::new(TestLedger::key()),
            Box::new(mark),
            Arc::clone(&case.log.clock) as _,
            Limits::default(),
        )
        .unwrap();
        let before = ledger.reader().published();
        let results = case.send(&ledger, 1000..1001).await;
        assert_eq!(results[0], Err(SubmitError::Unknown), "persists: {persists}");
        stopped(&ledger).await;
        assert_eq!(ledger.reader().published(), before);
        drop(ledger);
        // The batch was committed, so that the next start finds it, one ahead of the mark or not.
        let found = case.open(case.store.reopen());
        let size = found.reader().published().head.tree.size.value();
        assert_eq!(size, before.head.tree.size.value() + 1);
        found.shutdown().await;
        case.check_log().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_mark_cannot_be_written_is_not_opened() {
    let mut case = FailureCase::new().await;
    let mark = FailingMark {
        file: HighWaterFile::new(case.log.high_water()),
        good: 0,
        persists: false,
    };
    let opened = recovery::open(
        Arc::new(case.store.reopen()),
        Arc::new(TestLedger::key()),
        Box::new(mark),
        Arc::clone(&case.log.clock) as _,
        Limits::default(),
    );
    assert!(matches!(opened, Err(OpenError::Io(_))), "{opened:?}");
    case.check_log().await;
}

/// Signs right at first, then wrong.
struct FailingSigner {
    key: LogKey,
    good: std::sync::atomic::AtomicUsize,
}

impl CheckpointSigner for FailingSigner {
    fn verifier_key(&self) -> &VerifierKey {
        self.key.verifier_key()
    }

    fn sign(&self, text: &[u8]) -> [u8; 64] {
        let left = &self.good;
        let spend = |left: usize| left.checked_sub(1);
        let ordering = std::sync::atomic::Ordering::SeqCst;
        match left.fetch_update(ordering, ordering, spend) {
            Ok(_) => self.key.sign(text),
            Err(_) => [0; 64],
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_does_not_verify_is_never_published() {
    let mut case = FailureCase::new().await;
    let signer = FailingSigner {
        key: TestLedger::key(),
        good: 1.into(),
    };
    let ledger = recovery::open(
        Arc::new(case.store.reopen()),
        Arc::new(signer),
        Box::new(HighWaterFile::new(case.log.high_water())),
        Arc::clone(&case.log.clock) as _,
        Limits::default(),
    )
    .unwrap();
    let before = ledger.reader().published();
    let results = case.send(&ledger, 1000..1001).await;
    assert_eq!(results[0], Err(SubmitError::Unknown));
    stopped(&ledger).await;
    assert_eq!(ledger.reader().published(), before);
    drop(ledger);
    case.check_log().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_writer_stops_the_first() {
    let mut case = FailureCase::new().await;
    let first = case.open(case.store.reopen());
    let second = case.open(case.store.reopen());
    let ack = case.send(&first, 1000..1001).await.remove(0).unwrap();
    case.acked.push(ack);
    let lost = case.send(&second, 1001..1002).await.remove(0);
    assert_eq!(lost, Err(SubmitError::Unknown));
    stopped(&second).await;
    drop(second);
    first.shutdown().await;
    case.check_log().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_cannot_be_read_logs_nothing() {
    let mut case = FailureCase::new().await;
    let store = case.store.reopen();
    let ledger = case.open(store.clone());
    let before = ledger.reader().published();
    store.fail_reads(ReadObject::Rows, ReadFault::Fail);
    let results = case.send(&ledger, 1000..1001).await;
    assert!(matches!(results[0], Err(SubmitError::Unavailable { .. })));
    assert_eq!(ledger.reader().published(), before);
    store.heal();
    let ack = case.send(&ledger, 1000..1001).await.remove(0).unwrap();
    case.acked.push(ack);
    ledger.shutdown().await;
    case.check_log().await;
}
