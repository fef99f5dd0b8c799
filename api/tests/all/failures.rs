//! Storage that fails or lies: nothing is acknowledged, and no wrong byte is an answer.

use crate::support::ApiLog;
use axum::http::header;
use ledger::store::StoreError;
use ledger::store::derived::{DerivedStore, KeyChange, KeyRange, KeyValue, MemoryDerived};
use ledger::store::memory::{CommitFault, MemoryStore, ReadFault, ReadObject};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use verifier::index::TreeSize;

/// Derived data that can be made unreadable.
#[derive(Debug, Default)]
struct UnreadableDerived {
    store: MemoryDerived,
    fails: AtomicBool,
}

impl UnreadableDerived {
    fn read<T>(&self, read: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(StoreError::Engine("injected".to_owned()));
        }
        read()
    }
}

impl DerivedStore for UnreadableDerived {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|| self.store.get(key))
    }

    fn list(&self, range: KeyRange<'_>) -> Result<Vec<KeyValue>, StoreError> {
        self.read(|| self.store.list(range))
    }

    fn write(&self, changes: Vec<KeyChange>) -> Result<(), StoreError> {
        self.store.write(changes)
    }

    fn persist(&self) -> Result<(), StoreError> {
        self.store.persist()
    }

    fn purge(&self) -> Result<(), StoreError> {
        self.store.purge()
    }

    fn wipe(&self) -> Result<(), StoreError> {
        self.store.wipe()
    }
}

#[tokio::test]
async fn a_write_that_did_not_happen_is_503_and_leaves_no_trace() {
    let store = Arc::new(MemoryStore::new());
    let log = ApiLog::start_on(&store).await;
    let before = log.size();
    let event = log.job_event("job-1", "opened");
    store.fail_write(0, CommitFault::NotApplied);
    let answer = log.post(&event).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "UNAVAILABLE"));
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    assert_eq!(log.size(), before);
}

#[tokio::test]
async fn a_write_of_unknown_outcome_is_not_acknowledged_and_stops_the_log() {
    for fault in [CommitFault::UnknownLost, CommitFault::UnknownPersisted] {
        let store = Arc::new(MemoryStore::new());
        let log = ApiLog::start_on(&store).await;
        let before = log.size();
        store.fail_write(0, fault);
        let answer = log.post(&log.job_event("job-1", "opened")).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "UNAVAILABLE"));
        assert_eq!(log.size(), before);
        log.ledger.failed().await;
        let ready = log.get("/readyz").await;
        assert_eq!((ready.status, &ready.json()["status"]), (503, &"stopped".into()));
        assert_eq!(log.get("/healthz").await.status, 200);
    }
}

#[tokio::test]
async fn damaged_and_failing_reads_are_errors_that_tell_nothing_of_the_store() {
    let store = Arc::new(MemoryStore::new());
    let log = ApiLog::start_on(&store).await;
    let receipt = log.logged(&log.receipt("rcpt-1", "run-1")).await;
    let entry = format!("/v1/entries/{}", receipt["index"]);
    let evidence = format!("{entry}/evidence");
    for fault in [ReadFault::Fail, ReadFault::FlipByte, ReadFault::Lose] {
        for object in [ReadObject::Document, ReadObject::Entries] {
            store.fail_reads(object, fault);
            for path in [&entry, &evidence] {
                let answer = log.get(path).await;
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (500, "INTERNAL"),
                    "{object:?} {fault:?}"
                );
                assert!(!answer.text().contains("injected"), "{}", answer.text());
            }
            store.heal();
        }
    }
    assert_eq!(log.get(&evidence).await.text(), log.receipt("rcpt-1", "run-1"));
}

#[tokio::test]
async fn what_the_log_itself_answers_about_jobs_stands_while_verdicts_cannot_be_read() {
    let log = ApiLog::start().await;
    log.logged(&log.job_event("job-1", "opened")).await;
    let derived = Arc::new(UnreadableDerived::default());
    let projection = log.state.engine().project(derived.clone());
    projection.reached(TreeSize::new(log.size())).await;
    assert!(log.get("/v1/jobs/job-1").await.json()["known_verdict"].is_object());
    derived.fails.store(true, Ordering::SeqCst);
    let job = log.get("/v1/jobs/job-1").await;
    assert_eq!(job.status, 200);
    assert!(job.json().get("known_verdict").is_none());
    assert_eq!(job.json()["counted"], 1);
    let list = log.get("/v1/jobs").await.json();
    assert_eq!(list["jobs"][0]["job_id"], "job-1");
    assert!(list["jobs"][0].get("code").is_none());
    let filtered = log.get("/v1/jobs?verdict=FAIL").await;
    assert_eq!((filtered.status, filtered.code().as_str()), (503, "UNAVAILABLE"));
    assert!(!filtered.text().contains("injected"));
}
