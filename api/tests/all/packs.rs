//! Packs over HTTP: checked by the offline verifier, with nothing but the log's key.

use crate::documents::{COMPACT_JWS, receipt_by, token_hash};
use crate::support::{ApiAnswer, ApiLog, from_peer, get};
use api::HostLimits;
use axum::body::Body;
use axum::http::header;
use kit::documents::{artifact, wrap};
use kit::key::TIME;
use kit::test_ledger::{ORIGIN, submit};
use ledger::error::SubmitError;
use ledger_query::verdict::CLOSURE_EVIDENCE_BYTES_MAX;
use serde_json::json;
use verifier::assess::assess;
use verifier::check::check_pack;
use verifier::index::TreeSize;

/// A job with a token and a receipt, and another one.
async fn log_with_jobs() -> ApiLog {
    let log = ApiLog::start().await;
    let token = token_hash('a');
    log.logged(&log.job_event("job-1", "opened")).await;
    log.logged(&log.issuance(&token, "job-1", "run-1")).await;
    let context = json!({"job_id": "job-1", "token_hash": token, "stream": "s", "number": 0, "last": true});
    log.logged(&wrap(&log.receipt("rcpt-1", "run-1"), &context)).await;
    log.logged(&log.job_event("other", "opened")).await;
    log.logged(&log.job_event("job-1", "closed")).await;
    log
}

async fn pack(log: &ApiLog, job: &str, as_of: u64) -> ApiAnswer {
    log.get(&format!("/v1/jobs/{job}/pack?as_of={as_of}")).await
}

#[tokio::test]
async fn a_pack_gives_the_servers_assessment_byte_for_byte_as_of_any_size() {
    let log = log_with_jobs().await;
    let reader = log.state.engine();
    let mut packs = 0;
    for as_of in 1..=log.size() {
        let Some(closure) = reader.closure("job-1", TreeSize::new(as_of)).unwrap() else {
            assert_eq!(pack(&log, "job-1", as_of).await.code(), "NOT_FOUND");
            continue;
        };
        let answer = pack(&log, "job-1", as_of).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let found = check_pack(&answer.body, &reader.verifier_key(), None);
        let expected = assess(&closure);
        assert_eq!(
            found.assessment.as_deref(),
            Some(expected.to_jcs()),
            "{:?}",
            found.report
        );
        assert_eq!(found.report.status, expected.verdict);
        packs += 1;
    }
    assert!(packs >= 5, "the job has entries at five sizes");
}

#[tokio::test]
async fn a_refused_receipt_of_the_job_is_in_the_pack_with_its_bytes() {
    let log = log_with_jobs().await;
    let model = "m".repeat(4097);
    let odd = receipt_by(&log.keys().gateway, "rcpt-odd", "run-1", &model, TIME);
    let sent = vec![wrap(&odd, &json!({ "job_id": "job-1" }))];
    let refused = submit(&log.ledger, "clawproxy", sent).await.remove(0);
    assert!(matches!(refused, Err(SubmitError::Refused { .. })), "{refused:?}");
    let size = log.size();
    let answer = pack(&log, "job-1", size).await;
    let is_in = |bytes: &[u8]| answer.body.windows(bytes.len()).any(|part| part == bytes);
    assert!(is_in(odd.as_bytes()));
    let found = check_pack(&answer.body, &log.state.engine().verifier_key(), None);
    let told = log.get("/v1/jobs/job-1/assessment").await;
    assert_eq!(found.assessment.as_deref(), Some(told.text()));
    let alarms = told.json()["alarms"].clone();
    let mut alarms = alarms.as_array().unwrap().iter();
    let alarm = alarms.find(|alarm| alarm["code"] == "EVIDENCE_REFUSED").unwrap();
    assert_eq!(alarm["entries"], json!([size - 1]));
}

#[tokio::test]
async fn a_receipt_with_a_token_in_it_is_named_by_the_job_and_its_pack_and_the_token_is_in_neither() {
    let log = log_with_jobs().await;
    let leaking = receipt_by(&log.keys().gateway, "rcpt-odd", "run-1", COMPACT_JWS, TIME);
    let sent = wrap(&leaking, &json!({ "job_id": "job-1" }));
    let answer = log.post(&sent).await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "TOKEN_LEAKED"));
    assert_eq!(answer.json()["refused_index"], json!(log.size() - 1));
    // The gateway's own submitter speaks for it.
    let refused = submit(&log.ledger, "clawproxy", vec![sent]).await.remove(0);
    assert!(matches!(refused, Err(SubmitError::Refused { .. })), "{refused:?}");
    let size = log.size();
    let file = pack(&log, "job-1", size).await;
    let found = check_pack(&file.body, &log.state.engine().verifier_key(), None);
    let told = log.get("/v1/jobs/job-1/assessment").await;
    assert_eq!(found.assessment.as_deref(), Some(told.text()));
    let alarms = told.json()["alarms"].clone();
    let mut alarms = alarms.as_array().unwrap().iter();
    assert!(alarms.any(|alarm| alarm["code"] == "EVIDENCE_REFUSED" && alarm["entries"] == json!([size - 1])));
    let entry = log.get(&format!("/v1/entries/{}?evidence=true", size - 1)).await;
    let secret = COMPACT_JWS.split('.').nth(1).unwrap().as_bytes();
    for body in [&answer.body, &file.body, &told.body, &entry.body] {
        assert!(!body.windows(secret.len()).any(|part| part == secret));
    }
}

#[tokio::test]
async fn the_same_job_size_and_checkpoint_give_the_same_bytes() {
    let log = log_with_jobs().await;
    let size = log.size();
    let first = pack(&log, "job-1", size).await.body;
    assert_eq!(pack(&log, "job-1", size).await.body, first);
    log.logged(&log.job_event("third", "opened")).await;
    let later = pack(&log, "job-1", size).await.body;
    assert_ne!(later, first, "another checkpoint");
    let reader = log.state.engine();
    let assessment = |bytes: &[u8]| {
        check_pack(bytes, &reader.verifier_key(), None)
            .assessment
            .unwrap()
    };
    assert_eq!(assessment(&later), assessment(&first));
}

#[tokio::test]
async fn a_pack_is_a_file_with_a_harmless_name() {
    let log = ApiLog::start().await;
    log.logged(&log.job_event("a/b\"ü", "opened")).await;
    let answer = log.get("/v1/jobs/a%2Fb%22%C3%BC/pack").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        "application/vnd.evidence-ledger.pack+cbor"
    );
    let disposition = answer.header("content-disposition");
    let name = disposition
        .strip_prefix("attachment; filename=\"")
        .and_then(|rest| rest.strip_suffix("\""))
        .unwrap();
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    assert!(
        name.ends_with(".evidence") && name.chars().all(harmless),
        "{name}"
    );
}

#[tokio::test]
async fn unknown_jobs_and_future_sizes_have_no_pack() {
    let log = log_with_jobs().await;
    assert_eq!(log.get("/v1/jobs/nobody/pack").await.code(), "NOT_FOUND");
    assert_eq!(
        pack(&log, "job-1", log.size() + 1).await.code(),
        "INVALID_PARAMETER"
    );
}

/// Content of the largest artifact, in bytes; its base64 is a third longer.
const ARTIFACT_BYTES: usize = 512 << 10;

#[tokio::test]
async fn a_job_with_more_evidence_than_is_assessed_has_neither_pack_nor_assessment_and_says_what_is_too_much()
{
    let log = ApiLog::start().await;
    log.logged(&log.job_event("job-1", "opened")).await;
    let needed = CLOSURE_EVIDENCE_BYTES_MAX / ARTIFACT_BYTES;
    for filled in 0..u8::try_from(needed).unwrap() {
        let artifact = artifact(ORIGIN, "job-1", "a", "text/plain", &vec![filled; ARTIFACT_BYTES]);
        log.logged(&artifact.sign(&log.keys().orchestrator)).await;
    }
    for what in ["pack", "assessment"] {
        let answer = log.get(&format!("/v1/jobs/job-1/{what}")).await;
        assert_eq!(answer.status, 422, "{what}");
        assert_eq!(answer.code(), "CLOSURE_TOO_LARGE", "{what}");
        assert!(answer.text().contains("bytes of evidence"), "{}", answer.text());
    }
}

#[tokio::test]
async fn packs_that_nobody_takes_leave_no_room_for_others_until_they_are_taken() {
    let limits = HostLimits {
        pools: ledger_query::share::PoolLimits {
            pack_bytes: 32 << 10,
            ..Default::default()
        },
        ..HostLimits::default()
    };
    let log = ApiLog::start_with(limits).await;
    let request = || get("/v1/jobs/job-1/pack").body(Body::empty()).unwrap();
    log.logged(&log.job_event("job-1", "opened")).await;
    let mut slow = Vec::new();
    let refused = loop {
        let answer = log.open(request()).await;
        if answer.status() != 200 {
            break ApiAnswer::of(answer).await;
        }
        slow.push(answer);
        assert!(slow.len() < 32, "a pack takes a KiB and more");
    };
    assert!(!slow.is_empty());
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "TOO_MANY_REQUESTS")
    );
    assert_eq!(refused.header(header::RETRY_AFTER), "1");
    let other = log.send(from_peer(request(), 2)).await;
    assert_eq!(other.status, 200, "half of the room is kept for others");
    let first = ApiAnswer::of(slow.remove(0)).await;
    assert_eq!(first.header(header::CONTENT_LENGTH), first.body.len().to_string());
    assert_eq!(log.send(request()).await.body, first.body);
    // One that goes away gives its room back, too.
    drop(slow);
    assert_eq!(log.send(request()).await.status, 200);
}
