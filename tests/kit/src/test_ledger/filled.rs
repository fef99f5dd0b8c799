//! A small log with an entry of every form: evidence with and without context, a submitter's context on
//! earlier evidence, a signed context, a refusal, a conflict.

use std::sync::Arc;

use ledger::handle::{Ack, Ledger};
use ledger::store::LogStore;
use serde_json::json;

use super::{ORIGIN, TestLedger, submit_one};
use crate::documents::{Draft, model_call, wrap};

/// Creates the log in an empty store and fills it. Nothing is running any more when it returns.
pub fn filled(store: Arc<dyn LogStore>, receipts: u64) -> TestLedger {
    filled_until(store, receipts, || {})
}

/// The same, doing something when all is acknowledged and the log still runs.
pub fn filled_until(store: Arc<dyn LogStore>, receipts: u64, running: impl FnOnce()) -> TestLedger {
    run(async {
        let (log, ledger) = TestLedger::registered_on(store).await;
        fill(&log, &ledger, receipts).await;
        running();
        ledger.shutdown().await;
        log
    })
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

async fn fill(log: &TestLedger, ledger: &Ledger, receipts: u64) {
    for number in 0..receipts {
        let receipt = log.receipt(number);
        let context = json!({ "job_id": format!("job-{}", number % 3), "stream": "s", "number": number });
        let body = if number % 4 == 3 {
            receipt
        } else {
            wrap(&receipt, &context)
        };
        accepted(log, ledger, "clawproxy", body).await;
    }
    let other_job = json!({ "job_id": "job-late", "token_hash": "ab".repeat(32) });
    let first = accepted(log, ledger, "clawproxy", wrap(&log.receipt(0), &other_job)).await;

    let payload = json!({
        "evidence_digest": first.evidence_digest, "job_id": "job-signed", "stream": "mine", "number": 0, "last": true,
    });
    let signed = Draft::own(ORIGIN, "submission_context", payload).sign(&log.cast.gateway);
    accepted(log, ledger, "stranger", signed).await;

    let contradiction = model_call(1).with("/model", "another").sign(&log.cast.gateway);
    accepted(log, ledger, "clawproxy", contradiction).await;

    // Signed by a registered signer that has not the role.
    let misplaced = model_call(9_999).sign(&log.cast.approver);
    let body = wrap(&misplaced, &json!({ "job_id": "job-0" }));
    assert!(submit_one(ledger, "clawproxy", body).await.is_err());
}

async fn accepted(log: &TestLedger, ledger: &Ledger, submitter: &str, body: String) -> Ack {
    log.clock.advance(7);
    super::accepted(ledger, submitter, body).await
}
