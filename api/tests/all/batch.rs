//! Many documents in one request, each judged on its own.

use crate::support::{ApiLog, post};
use kit::documents::wrap;
use serde_json::json;

#[tokio::test]
async fn bad_lines_spoil_no_other_and_answers_keep_the_order() {
    let log = ApiLog::start().await;
    let before = log.size();
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024 + 20_000));
    let lines = [
        log.job_event("job-1", "opened"),
        "{\"a\":1,\"a\":2}".to_owned(),
        String::new(),
        large,
        wrap(&log.receipt("rcpt-1", "run-1"), &json!({"job_id": "job-1"})),
        log.job_event("job-1", "opened"),
    ];
    let answer = log.post_batch(&lines.join("\n")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let lines = answer.lines();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line["line"].as_u64().unwrap(), line["status"].as_u64().unwrap()))
        .collect();
    assert_eq!(told, [(1, 201), (2, 400), (4, 413), (5, 201), (6, 200)]);
    assert_eq!(lines[1]["problem"]["code"], "DUPLICATE_KEY");
    assert_eq!(lines[2]["problem"]["code"], "BODY_TOO_LARGE");
    assert_eq!(lines[0]["index"], lines[4]["index"]);
    assert!(lines[0].get("problem").is_none() && lines[1].get("index").is_none());
    assert_eq!(log.size(), before + 2);
}

#[tokio::test]
async fn a_batch_over_its_limits_is_refused_whole() {
    let log = ApiLog::start().await;
    let before = log.size();
    let event = log.job_event("job-1", "opened");
    let lines = vec![event.as_str(); 1_001].join("\n");
    let answer = log.post_batch(&lines).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "BODY_TOO_LARGE"));

    let mut bytes = event.into_bytes();
    bytes.resize(16 * 1024 * 1024 + 1, b'\n');
    let answer = log
        .send(post("/v1/evidence/batch", "application/x-ndjson", bytes))
        .await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "BODY_TOO_LARGE"));
    assert_eq!(log.size(), before);
}

#[tokio::test]
async fn a_batch_is_ndjson_and_not_json() {
    let log = ApiLog::start().await;
    let answer = log
        .send(post("/v1/evidence/batch", "application/json", "{}"))
        .await;
    assert_eq!(answer.code(), "UNSUPPORTED_MEDIA_TYPE");
    let answer = log
        .send(post(
            "/v1/evidence/batch?wait=witnessed",
            "application/x-ndjson",
            "{}",
        ))
        .await;
    assert_eq!(answer.code(), "WITNESS_NOT_CONFIGURED");
}

#[tokio::test]
async fn an_empty_batch_answers_nothing() {
    let log = ApiLog::start().await;
    let answer = log.post_batch("\n \n").await;
    assert_eq!((answer.status, answer.text()), (200, ""));
}

#[tokio::test]
async fn a_document_over_several_lines_gets_one_answer_and_hides_no_good_line() {
    let log = ApiLog::start().await;
    let document: serde_json::Value = serde_json::from_str(&log.receipt("rcpt_1", "run_1")).unwrap();
    let pretty = serde_json::to_string_pretty(&document)
        .unwrap()
        .replace('\n', "\r\n");
    let request = post("/v1/evidence/batch", "application/x-ndjson", pretty.clone());
    let answer = log.send(request).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "MALFORMED_JSON"));
    assert!(answer.text().contains("one document a line"), "{}", answer.text());
    // With a good line among them each line is answered.
    let both = format!("{pretty}\n{}", log.receipt("rcpt_2", "run_2"));
    let lines = log.post_batch(&both).await.lines();
    assert!(lines.len() > 10);
    assert_eq!(lines.last().unwrap()["status"], 201);
}
