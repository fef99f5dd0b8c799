//! Storage that fails or lies: nothing is acknowledged, and no wrong byte is an answer.

use crate::support::Log;
use axum::http::header;
use ledger::store::memory::{CommitFault, MemoryStore, ReadFault, ReadObject};
use std::sync::Arc;

#[tokio::test]
async fn a_write_that_did_not_happen_is_503_and_leaves_no_trace() {
    let store = Arc::new(MemoryStore::new());
    let log = Log::start_on(&store).await;
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
        let log = Log::start_on(&store).await;
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
    let log = Log::start_on(&store).await;
    let receipt = log.logged(&log.receipt("rcpt-1", "run-1")).await;
    let entry = format!("/v1/entries/{}", receipt["index"]);
    let evidence = format!("{entry}/evidence");
    for fault in [ReadFault::Fail, ReadFault::FlipByte, ReadFault::Lose] {
        for object in [ReadObject::Beside, ReadObject::Entries] {
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
