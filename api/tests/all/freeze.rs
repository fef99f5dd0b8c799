//! A log that was closed, over HTTP.

use crate::support::{ApiLog, post};
use kit::documents;
use kit::test_ledger::{ORIGIN, quorum_of};
use ledger::cosigning::QuorumRule;
use serde_json::{Value, json};
use std::time::Duration;

const SUCCESSOR: &str = "ledger.example/test-2";
const REASON: &str = "moved \u{202e}to <b>another</b> operator";

fn freeze(log: &ApiLog, at_size: u64) -> String {
    documents::freeze(ORIGIN, at_size, REASON)
        .with("/successor", SUCCESSOR)
        .sign(&log.keys().operator)
}

#[tokio::test]
async fn new_documents_are_gone_with_the_successor_and_known_ones_are_answered() {
    let log = ApiLog::start().await;
    let first = log.job_event("job-1", "opened");
    log.logged(&first).await;
    let frozen = log.logged(&freeze(&log, log.size())).await;
    let size = log.size();
    let answer = log.post(&log.job_event("job-2", "opened")).await;
    assert_eq!((answer.status, answer.code().as_str()), (410, "LOG_FROZEN"));
    let problem = answer.json();
    assert_eq!(problem["retry_after_s"], Value::Null);
    let expected = format!(
        "this log was closed with entry {}, and takes no new documents; it is continued by {SUCCESSOR}",
        frozen["index"]
    );
    assert_eq!(problem["detail"], expected);
    let known = log.post(&first).await;
    assert_eq!(known.status, 200, "{}", known.text());
    let lines = format!("{first}\n{}", log.job_event("job-3", "opened"));
    let batch = log.post_batch(&lines).await;
    let statuses: Vec<Value> = batch
        .text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["status"].clone())
        .collect();
    assert_eq!(statuses, [json!(200), json!(410)]);
    assert_eq!(log.size(), size);
}

#[tokio::test]
async fn a_size_that_the_log_does_not_have_is_refused() {
    let log = ApiLog::start().await;
    let answer = log.post(&freeze(&log, log.size() + 1)).await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "AT_SIZE_AHEAD"));
    assert_eq!(answer.json()["pointer"], "/payload/at_size");
    assert_eq!(log.get("/v1/log").await.json()["frozen"], Value::Null);
}

#[tokio::test]
async fn the_log_says_how_it_ended_and_stays_in_service() {
    let log = ApiLog::start_indexed().await;
    let event = log.logged(&log.job_event("job-1", "opened")).await;
    let frozen = log.logged(&freeze(&log, 0)).await;
    let said = log.get("/v1/log").await.json();
    let expected = json!({
        "index": frozen["index"], "at": frozen["logged_at"], "reason": REASON, "successor": SUCCESSOR,
    });
    assert_eq!(said["frozen"], expected);
    // Neither clock nor witnesses make it less ready to answer.
    log.set_clock_back(3_600_000);
    let age_max = Duration::from_secs(1);
    log.ledger
        .reader()
        .begin_cosigning(quorum_of(1, &[21]), QuorumRule::FailClosed { age_max });
    let answer = log.post(&log.job_event("job-2", "opened")).await;
    assert_eq!((answer.status, answer.code().as_str()), (410, "LOG_FROZEN"));
    let ready = log.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["status"]), (200, &json!("frozen")));
    let metrics = log.get("/metrics").await;
    assert!(
        metrics.text().contains("evidence_ledger_log_frozen_bool 1"),
        "{}",
        metrics.text()
    );
    for path in [
        format!("/v1/entries/{}", event["index"]),
        format!("/v1/entries/{}", frozen["index"]),
        "/v1/jobs/job-1".to_owned(),
        "/v1/issuers".to_owned(),
        "/log/checkpoint".to_owned(),
    ] {
        assert_eq!(log.get(&path).await.status, 200, "{path}");
    }
    let verified = log
        .send(post("/v1/verify", "application/json", freeze(&log, 0)))
        .await;
    assert_eq!(verified.status, 200, "{}", verified.text());
}
