//! Orders, holds, and what they leave to be read.

use crate::support::ApiLog;
use serde_json::{Value, json};

#[tokio::test]
async fn an_order_tells_what_it_covers_and_its_state_until_it_is_done() {
    let log = ApiLog::start().await;
    let document = log.receipt("rcpt-1", "run-1");
    let receipt = log.logged(&document).await;
    let target = json!({ "evidence_digest": receipt["evidence_digest"] });
    let order = log.logged(&log.disposition("erasure_order", &target)).await;
    let erasure = &order["erasure"];
    assert_eq!(erasure["erased"], json!([receipt["index"]]));
    assert_eq!(erasure["evidence_digest"], receipt["evidence_digest"]);
    assert!(erasure["out_of_reach"].as_str().unwrap().contains("backups"));

    // Closing carries out what was ordered; reading goes on.
    log.ledger.shutdown().await;
    let erasure = log.get(&format!("/v1/erasures/{}", order["index"])).await.json();
    assert_eq!(
        (&erasure["status"], &erasure["index"]),
        (&json!("done"), &order["index"])
    );
    let list = log.get("/v1/erasures").await.json();
    assert_eq!(
        list["erasures"],
        json!([{ "index": order["index"], "status": "done" }])
    );
    let path = format!("/v1/entries/{}", receipt["index"]);
    let entry = log.get(&path).await.json();
    assert_eq!(entry["erased"], order["index"]);
    assert!(entry.get("evidence").is_none());
    assert_eq!(entry["entry"], receipt["entry"], "the leaf is what it was");
    let evidence = log.get(&format!("{path}/evidence")).await;
    assert_eq!(
        (evidence.status, evidence.code().as_str()),
        (410, "EVIDENCE_ERASED")
    );
    let by_digest = format!("/v1/evidence/{}", receipt["evidence_digest"].as_str().unwrap());
    assert!(log.get(&by_digest).await.json().get("evidence").is_none());
    for path in ["/v1/erasures/0".to_owned(), "/v1/erasures/999".to_owned()] {
        assert_eq!(log.get(&path).await.status, 404);
    }
}

#[tokio::test]
async fn erased_bytes_sent_again_are_known_and_dropped() {
    let log = ApiLog::start().await;
    let document = log.receipt("rcpt-1", "run-1");
    let receipt = log.logged(&document).await;
    let target = json!({ "evidence_digest": receipt["evidence_digest"] });
    let order = log.logged(&log.disposition("erasure_order", &target)).await;
    let again = log.post(&document).await;
    assert_eq!(again.status, 200);
    assert_eq!(
        (&again.json()["erased"], &again.json()["index"]),
        (&json!(true), &receipt["index"])
    );
    assert_eq!(again.json()["erased_by"], order["index"]);
}

#[tokio::test]
async fn held_evidence_and_kinds_that_stay_are_refused() {
    let log = ApiLog::start().await;
    let receipt = log.logged(&log.receipt("rcpt-1", "run-1")).await;
    let event = log.logged(&log.job_event("job-1", "opened")).await;
    let digest = |of: &Value| json!({ "evidence_digest": of["evidence_digest"] });
    log.logged(&log.disposition("legal_hold", &digest(&receipt)))
        .await;
    for (target, status, code) in [
        (digest(&receipt), 409, "EVIDENCE_HELD"),
        (digest(&event), 422, "ERASURE_NOT_ALLOWED"),
        (json!({ "job_id": "job-unknown" }), 404, "NOT_FOUND"),
    ] {
        let answer = log.post(&log.disposition("erasure_order", &target)).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        assert!(answer.json().get("refused_index").is_none());
    }
}
