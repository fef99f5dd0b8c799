//! Jobs by newest activity, and one job in short.

use crate::documents::token_hash;
use crate::support::ApiLog;
use kit::documents::wrap;
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<String> {
    page["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["job_id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn jobs_are_listed_once_by_newest_activity_and_pinned() {
    let log = ApiLog::start().await;
    for (job, action) in [("a", "opened"), ("b", "opened"), ("c", "opened"), ("a", "closed")] {
        log.logged(&log.job_event(job, action)).await;
    }
    let first = log.get("/v1/jobs?limit=2").await.json();
    assert_eq!(ids(&first), ["a", "c"]);
    assert_eq!(first["as_of_tree_size"], log.size());
    assert_eq!(first["jobs"][0]["last_index"], log.size() - 1);
    log.logged(&log.job_event("b", "closed")).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = log.get(&format!("/v1/jobs?limit=2&cursor={cursor}")).await.json();
    assert_eq!(ids(&second), ["b"]);
    assert!(second.get("next_cursor").is_none());
    assert_eq!(ids(&log.get("/v1/jobs").await.json()), ["b", "a", "c"]);
    let as_of = first["as_of_tree_size"].as_u64().unwrap() - 1;
    assert_eq!(
        ids(&log.get(&format!("/v1/jobs?as_of={as_of}")).await.json()),
        ["c", "b", "a"]
    );
}

#[tokio::test]
async fn a_job_names_what_its_documents_and_contexts_name() {
    let log = ApiLog::start().await;
    let token = token_hash('a');
    log.logged(&log.job_event("job/1 ü", "opened")).await;
    log.logged(&log.issuance(&token, "job/1 ü", "run-1")).await;
    let context = json!({"job_id": "job/1 ü", "token_hash": token, "stream": "s", "number": 0, "last": true});
    log.logged(&wrap(&log.receipt("rcpt-1", "run-1"), &context)).await;
    log.logged(&log.job_event("other", "opened")).await;

    let job = log.get("/v1/jobs/job%2F1%20%C3%BC").await.json();
    assert_eq!(job["job_id"], "job/1 ü");
    assert_eq!(
        job["kinds"],
        json!({"job.event": 1, "token.issued": 1, "receipt.gateway": 1})
    );
    assert_eq!((&job["counted"], &job["complete"]), (&json!(3), &json!(true)));
    assert_eq!(job["subjects"]["token"], json!([token]));
    assert_eq!(job["subjects"]["run"], json!(["run-1"]));

    let page = log.get("/v1/jobs/job%2F1%20%C3%BC/entries?limit=2").await.json();
    assert_eq!(page["entries"].as_array().unwrap().len(), 2);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = log
        .get(&format!("/v1/jobs/job%2F1%20%C3%BC/entries?cursor={cursor}"))
        .await
        .json();
    assert_eq!(rest["entries"][0]["context"], context);
}
