//! Opening refuses on any doubt, and gives back everything where there is none.

use kit::documents::Draft;
use kit::test_ledger::{LOG_SEED, ORIGIN, SALT, TestLedger, accepted, submit, submit_one};
use ledger::config::Limits;
use ledger::error::OpenError;
use ledger::genesis;
use ledger::handle::Ledger;
use ledger::high_water::HighWaterFile;
use ledger::recovery;
use ledger::signer::{CheckpointSigner, LogKey};
use ledger::store::memory::{MemoryStore, ReadFault, ReadObject};
use serde_json::json;
use std::io::Write as _;
use std::sync::Arc;
use verifier::index::TreeSize;
use verifier::payload::Settings;

/// A log with issuers and `count` receipts, closed again. Equal calls give equal logs.
async fn closed_log(count: u64) -> (TestLedger, MemoryStore) {
    let store = MemoryStore::new();
    let log = TestLedger::create(Arc::new(store.clone()), Settings::default());
    let ledger = log.open();
    log.register_all(&ledger).await;
    for number in 0..count {
        send(&log, &ledger, number).await;
    }
    ledger.shutdown().await;
    (log, store)
}

async fn send(log: &TestLedger, ledger: &Ledger, number: u64) {
    accepted(ledger, "clawproxy", log.receipt(number)).await;
}

fn refusal(result: Result<Ledger, OpenError>) -> String {
    match result {
        Err(OpenError::Refused(reason)) => reason,
        Err(OpenError::Store(error)) => error.to_string(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn open_with_key(log: &TestLedger, key: LogKey) -> Result<Ledger, OpenError> {
    let clock = Arc::clone(&log.clock);
    recovery::open(
        Arc::clone(&log.store),
        Arc::new(key),
        Box::new(HighWaterFile::new(log.high_water())),
        clock,
        Limits::default(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_gives_the_same_head_and_goes_on() {
    let (log, _) = closed_log(3).await;
    let first = log.open();
    let published = first.reader().published();
    assert_eq!(published.head.tree.size, TreeSize::new(10));
    let issuers = first.reader().issuers();
    first.shutdown().await;
    let second = log.open();
    assert_eq!(second.reader().published(), published);
    assert_eq!(second.reader().issuers(), issuers);
    assert_eq!(issuers.len(), 7);
    send(&log, &second, 100).await;
    let kept = second.reader().checkpoint_of_size(published.head.tree.size);
    assert_eq!(kept.unwrap().unwrap().checkpoint, published.checkpoint);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_and_retirements_survive_a_restart() {
    let (log, _) = closed_log(0).await;
    let ledger = log.open();
    let settings = Draft::own(ORIGIN, "log_settings", json!({ "late_limit_s": 7 })).sign(&log.cast.operator);
    let retirement = log.cast.retire(ORIGIN, &log.cast.gateway);
    for result in submit(&ledger, "operator", vec![settings, retirement]).await {
        result.unwrap();
    }
    let before = (ledger.reader().settings(), ledger.reader().issuers());
    ledger.shutdown().await;
    let ledger = log.open();
    assert_eq!((ledger.reader().settings(), ledger.reader().issuers()), before);
    assert_eq!(before.0.late_limit_s, 7);
    let document = log.receipt(1);
    assert!(submit_one(&ledger, "clawproxy", document).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_another_key_or_origin() {
    let (log, _) = closed_log(2).await;
    let other_key = LogKey::from_seed(ORIGIN, [2; 32]).unwrap();
    assert!(matches!(
        open_with_key(&log, other_key),
        Err(OpenError::Refused(_))
    ));
    let other_origin = LogKey::from_seed("other.example/log", LOG_SEED).unwrap();
    let reason = refusal(open_with_key(&log, other_origin));
    assert!(reason.contains("other.example/log"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_an_older_copy_of_the_store() {
    let (log, _) = closed_log(5).await;
    let (older, _) = closed_log(3).await;
    let reason = refusal(log.open_store(Arc::clone(&older.store), Limits::default()));
    assert!(reason.contains("older copy"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_another_history_of_the_same_size() {
    let (log, _) = closed_log(3).await;
    let (other, _) = closed_log(2).await;
    let ledger = other.open();
    send(&other, &ledger, 77).await;
    ledger.shutdown().await;
    let reason = refusal(log.open_store(Arc::clone(&other.store), Limits::default()));
    assert!(reason.contains("another history"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accepts_a_store_ahead_of_the_high_water_file() {
    let (log, _) = closed_log(3).await;
    let before = std::fs::read(log.high_water()).unwrap();
    let ledger = log.open();
    send(&log, &ledger, 50).await;
    let published = ledger.reader().published();
    ledger.shutdown().await;
    // A crash between the commit and the append.
    std::fs::write(log.high_water(), before).unwrap();
    let ledger = log.open();
    assert_eq!(ledger.reader().published(), published);
    send(&log, &ledger, 51).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepts_a_torn_last_record_of_the_high_water_file() {
    let (log, _) = closed_log(3).await;
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(log.high_water())
        .unwrap();
    file.write_all(&[9; 20]).unwrap();
    drop(file);
    let ledger = log.open();
    send(&log, &ledger, 50).await;
    ledger.shutdown().await;
    log.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_missing_high_water_file_unless_only_genesis_is_logged() {
    let (log, _) = closed_log(1).await;
    std::fs::remove_file(log.high_water()).unwrap();
    assert!(refusal(log.open_store(Arc::clone(&log.store), Limits::default())).contains("missing"));
    let fresh = TestLedger::new();
    std::fs::remove_file(fresh.high_water()).unwrap();
    fresh.open();
    assert!(fresh.high_water().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_damaged_data_at_the_right_edge() {
    for object in [
        ReadObject::Tile,
        ReadObject::Entries,
        ReadObject::Document,
        ReadObject::Rows,
    ] {
        for fault in [ReadFault::FlipByte, ReadFault::Lose, ReadFault::Fail] {
            if object == ReadObject::Rows && fault != ReadFault::Fail {
                continue;
            }
            let (log, store) = closed_log(3).await;
            let damaged = store.reopen();
            damaged.fail_reads(object, fault);
            let result = log.open_store(Arc::new(damaged), Limits::default());
            assert!(result.is_err(), "{object:?} {fault:?}");
            log.open();
        }
    }
}

#[test]
fn an_empty_store_holds_no_log() {
    let dir = tempfile::tempdir().unwrap();
    let key = Arc::new(TestLedger::key());
    let result = recovery::open(
        Arc::new(MemoryStore::new()),
        key,
        Box::new(HighWaterFile::new(dir.path().join("high-water"))),
        Arc::new(kit::test_ledger::ManualClock::default()),
        Limits::default(),
    );
    assert!(matches!(result, Err(OpenError::NoLog)));
}

#[test]
fn a_log_is_created_once() {
    let log = TestLedger::new();
    let key = TestLedger::key();
    let again = |path: &std::path::Path| {
        let now = verifier::index::TimestampMs::new(1);
        genesis::create(
            log.store.as_ref(),
            &key,
            &log.cast.operator,
            Settings::default(),
            SALT,
            now,
            &mut HighWaterFile::new(path),
        )
    };
    assert!(matches!(again(&log.high_water()), Err(OpenError::Refused(_))));
    let elsewhere = tempfile::tempdir().unwrap();
    assert!(matches!(
        again(&elsewhere.path().join("hw")),
        Err(OpenError::Refused(_))
    ));
}

#[test]
fn key_files_read_back_and_are_never_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let (log_file, did_file) = (dir.path().join("log.key"), dir.path().join("operator.key"));
    let log_key = LogKey::generate(ORIGIN).unwrap();
    let operator = ledger::signer::EvidenceKey::generate().unwrap();
    log_key.write(&log_file).unwrap();
    operator.write(&did_file).unwrap();
    for path in [&log_file, &did_file] {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let read = LogKey::read(&log_file).unwrap();
    assert_eq!(read.verifier_key(), log_key.verifier_key());
    assert_eq!(read.sign(b"x"), log_key.sign(b"x"));
    let did = ledger::signer::EvidenceKey::read(&did_file).unwrap();
    assert_eq!(did.did(), operator.did());
    assert!(log_key.write(&log_file).is_err() && operator.write(&did_file).is_err());
    assert!(LogKey::read(&did_file).is_err());
    let text = std::fs::read_to_string(&log_file).unwrap();
    assert!(text.starts_with("PRIVATE+KEY+ledger.example/test+"));
}
