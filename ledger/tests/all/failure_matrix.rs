//! Every step of a commit fails, was persisted or was not, and the log is opened again: nothing that was
//! acknowledged is missing, and nothing is damaged.

use ledger::config::Limits;
use ledger::error::SubmitError;
use ledger::fsck::fsck;
use ledger::handle::{Ack, Ledger, Outcome};
use ledger::recovery;
use ledger::signer::{CheckpointSigner, LogKey};
use ledger::store::memory::{CommitFault, MemoryStore, ReadFault, ReadObject};
use ledger::testing::{LOG_SEED, ORIGIN, Receipt, TestLog, submit};
use std::sync::Arc;
use verifier::checkpoint::Checkpoint;
use verifier::merkle::consistency::verify_consistency;
use verifier::note::VerifierKey;
use verifier::payload::Settings;

struct Case {
    log: TestLog,
    store: MemoryStore,
    acked: Vec<Ack>,
}

impl Case {
    /// A log with an acknowledged past that crosses the edge of a tile.
    async fn new() -> Self {
        let store = MemoryStore::new();
        let log = TestLog::create(Arc::new(store.clone()), Settings::default()).unwrap();
        let ledger = log.open().unwrap();
        log.register_all(&ledger).await.unwrap();
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
        let documents = numbers
            .map(|number| Receipt::new(number).sign(&self.log.actors.gateway).unwrap())
            .collect();
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
            let served = Checkpoint::open(ack.checkpoint.as_bytes(), key).unwrap();
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
            key,
            Some(&self.log.high_water()),
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
                .all(|ack| ack.as_ref().unwrap().outcome == Outcome::Known)
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
    let mut case = Case::new().await;
    let store = case.store.reopen();
    let ledger = case.open(store.clone());
    let before = ledger.reader().published();
    store.fail_write(0, CommitFault::NotApplied);
    let results = case.send(&ledger, 1000..1001).await;
    assert!(matches!(results[0], Err(SubmitError::Unavailable { .. })));
    assert_eq!(ledger.reader().published(), before);
    let again = case.send(&ledger, 1000..1001).await.remove(0).unwrap();
    assert_eq!(again.outcome, Outcome::Created);
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
        let mut case = Case::new().await;
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
            let mut case = Case::new().await;
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
    let mut case = Case::new().await;
    let signer = FailingSigner {
        key: LogKey::from_seed(ORIGIN, LOG_SEED).unwrap(),
        good: 1.into(),
    };
    let ledger = recovery::open(
        Arc::new(case.store.reopen()),
        Arc::new(signer),
        &case.log.high_water(),
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
    let mut case = Case::new().await;
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
    let mut case = Case::new().await;
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
