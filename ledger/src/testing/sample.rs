//! A small log with an entry of every form: evidence with and without context, a submitter's context on
//! earlier evidence, a signed context, a refusal, a conflict.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a log for tests: a failure is a panic"
)]

use super::{ISSUED_AT, ORIGIN, TestLog, TestReceipt, submit, wrap};
use crate::handle::Ledger;
use crate::store::LogStore;
use serde_json::json;
use std::sync::Arc;
use verifier::payload::Settings;

/// Creates the log in an empty store and fills it. Nothing is running any more when it returns.
pub fn filled(store: Arc<dyn LogStore>, receipts: u64) -> TestLog {
    filled_until(store, receipts, || {})
}

/// The same, doing something when all is acknowledged and the log still runs.
pub fn filled_until(store: Arc<dyn LogStore>, receipts: u64, running: impl FnOnce()) -> TestLog {
    let log = TestLog::create(store, Settings::default()).unwrap();
    run(async {
        let ledger = log.open().unwrap();
        log.register_all(&ledger).await.unwrap();
        fill(&log, &ledger, receipts).await;
        running();
        ledger.shutdown().await;
    });
    log
}

/// Runs to the end on a runtime of its own.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

async fn fill(log: &TestLog, ledger: &Ledger, receipts: u64) {
    let gateway = &log.actors.gateway;
    for number in 0..receipts {
        let receipt = TestReceipt::new(number).sign(gateway).unwrap();
        let context = json!({ "job_id": format!("job-{}", number % 3), "stream": "s", "number": number });
        let body = if number % 4 == 3 {
            receipt
        } else {
            wrap(&receipt, &context)
        };
        accepted(log, ledger, "clawproxy", body).await;
    }
    let first = TestReceipt::new(0).sign(gateway).unwrap();
    let other_job = json!({ "job_id": "job-late", "token_hash": "ab".repeat(32) });
    accepted(log, ledger, "clawproxy", wrap(&first, &other_job)).await;

    let digest = {
        let acks = submit(ledger, "clawproxy", vec![first]).await;
        acks[0].as_ref().unwrap().evidence_digest
    };
    let payload = json!({
        "event_version": "1", "log_origin": ORIGIN, "evidence_digest": digest,
        "job_id": "job-signed", "stream": "mine", "number": 0, "last": true,
    });
    let signed = gateway
        .sign_own("submission_context", &payload, ISSUED_AT)
        .unwrap();
    accepted(log, ledger, "stranger", signed).await;

    let contradiction = TestReceipt {
        model: "another".to_owned(),
        ..TestReceipt::new(1)
    };
    accepted(log, ledger, "clawproxy", contradiction.sign(gateway).unwrap()).await;

    // Signed by a registered signer that has not the role.
    let misplaced = TestReceipt::new(9_999).sign(&log.actors.approver).unwrap();
    let refused = submit(
        ledger,
        "clawproxy",
        vec![wrap(&misplaced, &json!({ "job_id": "job-0" }))],
    )
    .await;
    assert!(refused[0].is_err());
}

async fn accepted(log: &TestLog, ledger: &Ledger, submitter: &str, body: String) {
    log.clock.advance(7);
    let acks = submit(ledger, submitter, vec![body]).await;
    assert!(acks[0].is_ok(), "{:?}", acks[0]);
}
