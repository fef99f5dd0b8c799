//! Submissions that wait until witnesses have cosigned them.

use crate::support::{ApiLog, post};
use api::HostLimits;
use axum::http::header;
use kit::cosigners::cosigner;
use kit::test_ledger::{cosign, quorum_of};
use ledger::cosigning::QuorumRule;
use serde_json::json;
use std::time::Duration;
use verifier::note::UnverifiedNote;

const TIME_S: u64 = 1_770_854_400;
const WITNESS: u8 = 21;

/// A log with one witness, which is enough.
async fn witnessed(limits: HostLimits) -> ApiLog {
    witnessed_by(limits, QuorumRule::FailOpen).await
}

async fn witnessed_by(limits: HostLimits, rule: QuorumRule) -> ApiLog {
    let log = ApiLog::start_with(limits).await;
    log.ledger
        .reader()
        .begin_cosigning(quorum_of(1, &[WITNESS]), rule);
    log
}

/// The witness cosigns the first head beyond a size.
async fn cosign_beyond(log: &ApiLog, size: u64) {
    let reader = log.ledger.reader();
    let mut heads = reader.watch();
    let head = heads.wait_for(|head| head.head.tree.size.value() > size).await;
    let head = head.unwrap().clone();
    cosign(reader, &head, &[WITNESS], TIME_S);
}

fn is_cosigned(note: &str) -> bool {
    let note = UnverifiedNote::parse(note.as_bytes()).unwrap();
    cosigner(WITNESS).open(&note).is_ok()
}

#[tokio::test]
async fn a_receipt_that_waited_is_under_a_checkpoint_with_a_quorum() {
    let log = witnessed(HostLimits::default()).await;
    let size = log.size();
    let event = log.job_event("job-1", "opened");
    let request = post("/v1/evidence?wait=witnessed", "application/json", event);
    let (answer, ()) = tokio::join!(log.send(request), cosign_beyond(&log, size));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let receipt = answer.json();
    let checkpoint = receipt["checkpoint"].as_str().unwrap();
    assert!(is_cosigned(checkpoint));
    let proof = receipt["proof"].as_str().unwrap();
    assert!(proof.ends_with(checkpoint), "{proof}");
}

#[tokio::test]
async fn every_line_of_a_batch_that_waited_is_under_one_such_checkpoint() {
    let log = witnessed(HostLimits::default()).await;
    let size = log.size();
    let lines = [
        log.job_event("job-1", "opened"),
        "{}".to_owned(),
        log.job_event("job-2", "opened"),
    ];
    let request = post(
        "/v1/evidence/batch?wait=witnessed",
        "application/x-ndjson",
        lines.join("\n"),
    );
    // The two may come into one batch of the sequencer or into two.
    let (answer, ()) = tokio::join!(log.send(request), cosign_beyond(&log, size + 1));
    let lines: Vec<serde_json::Value> = answer
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3, "{}", answer.text());
    assert!(is_cosigned(lines[0]["checkpoint"].as_str().unwrap()));
    assert_eq!(lines[1]["status"], 422, "{}", answer.text());
    assert_eq!(lines[0]["checkpoint"], lines[2]["checkpoint"]);
}

#[tokio::test]
async fn without_a_quorum_the_answer_says_what_is_missing_and_the_entry_stays() {
    let limits = HostLimits {
        witnessed_wait: Duration::from_millis(50),
        ..HostLimits::default()
    };
    let log = witnessed(limits).await;
    let cosigning = log.ledger.reader().cosigning().unwrap();
    cosigning.report(cosigner(WITNESS).name(), Some("WITNESS_STATUS_5XX"));
    let size = log.size();
    let event = log.job_event("job-1", "opened");
    let submit = |wait: &str| {
        let address = format!("/v1/evidence?wait={wait}");
        post(&address, "application/json", event.clone())
    };
    let answer = log.send(submit("witnessed")).await;
    assert_eq!((answer.status, answer.code().as_str()), (504, "NOT_WITNESSED"));
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("w21 cosigned nothing yet and fails with WITNESS_STATUS_5XX"),
        "{detail}"
    );
    assert_eq!(log.size(), size + 1);
    let answer = log.send(submit("integrated")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(log.size(), size + 1);
}

#[tokio::test]
async fn a_log_that_fails_closed_takes_evidence_again_once_its_witnesses_sign() {
    let age_max = Duration::from_secs(600);
    let log = witnessed_by(HostLimits::default(), QuorumRule::FailClosed { age_max }).await;
    let event = log.job_event("job-1", "opened");
    let size = log.size();
    let answer = log.post(&event).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "QUORUM_TOO_OLD"));
    assert_eq!(answer.header(header::RETRY_AFTER), "30");
    let ready = log.get("/readyz").await;
    let expected = json!({
        "status": "quorum_too_old",
        "tree_size": size,
        "witnesses": { "each": [{ "name": "w21", "lag": size }] },
    });
    assert_eq!((ready.status, ready.json()), (503, expected));

    let reader = log.ledger.reader();
    cosign(reader, &reader.published(), &[WITNESS], TIME_S);
    log.pass(5_000);
    let ready = log.get("/readyz").await;
    let expected = json!({
        "status": "ready",
        "tree_size": size,
        "witnesses": {
            "quorum_size": size,
            "quorum_age_s": 5,
            "each": [{ "name": "w21", "lag": 0 }],
        },
    });
    assert_eq!((ready.status, ready.json()), (200, expected));
    assert_eq!(log.post(&event).await.status, 201);
}
