//! What is large is read as lists: a store on another machine is asked a handful of times.

use kit::documents::wrap;
use kit::test_ledger::{TestLedger, submit};
use ledger::recovery::follow;
use ledger::store::memory::MemoryStore;
use ledger_query::QueryEngine;
use serde_json::json;
use std::sync::Arc;
use verifier::payload::Settings;

const RECEIPTS: u64 = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_job_costs_a_handful_of_calls_of_the_store() {
    let store = MemoryStore::new();
    let log = TestLedger::create(Arc::new(store.clone()), Settings::default());
    let ledger = log.open();
    log.register_all(&ledger).await;
    let body = |number| {
        let receipt = log.receipt(number);
        wrap(&receipt, &json!({ "job_id": "job" }))
    };
    let before = store.calls_done();
    for result in submit(&ledger, "clawproxy", (0..RECEIPTS).map(body).collect()).await {
        result.unwrap();
    }
    let calls = store.calls_done() - before;
    assert!(
        calls < RECEIPTS / 10,
        "committing and reading back took {calls} calls"
    );

    // With a handle of its own, and nothing remembered.
    let handle = store.reopen();
    let (published, key) = (
        ledger.reader().published(),
        ledger.reader().verifier_key().clone(),
    );
    let clock = Arc::clone(&log.clock);
    let follower = follow(Arc::new(handle.clone()), &key, &published.checkpoint, clock).unwrap();
    let engine = QueryEngine::new(follower.reader().clone());
    let before = handle.calls_done();
    let closure = engine.closure("job", published.head.tree.size).unwrap().unwrap();
    let calls = handle.calls_done() - before;
    assert!(closure.records.len() > 2_000);
    assert!(calls < 100, "the closure took {calls} calls");
    ledger.shutdown().await;
}
