//! Entries by position, byte for byte.

use crate::support::ApiLog;
use serde_json::{Value, json};
use verifier::proof::TlogProof;

#[tokio::test]
async fn an_entry_carries_its_document_and_a_proof_under_its_checkpoint() {
    let log = ApiLog::start().await;
    let document = log.receipt("rcpt-1", "run-1");
    let receipt = log.logged(&document).await;
    log.logged(&log.job_event("job-1", "opened")).await;
    let path = format!("/v1/entries/{}", receipt["index"]);
    let entry = log.get(&path).await.json();
    assert_eq!(entry["evidence"], document);
    assert_eq!(entry["entry"], receipt["entry"]);
    assert_eq!(entry["signer"], log.keys().gateway.did().as_str());
    assert_eq!(entry["submitter"], "local");
    let proof = TlogProof::parse(entry["proof"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(entry["checkpoint"], proof.checkpoint);

    let raw = log.get(&format!("{path}/evidence")).await;
    assert_eq!(
        (raw.header("content-type"), raw.text()),
        ("application/json", document.as_str())
    );
    let text = log.get(&format!("{path}/proof")).await;
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    let as_json = log
        .get_as(&format!("{path}/proof"), "application/json")
        .await
        .json();
    assert_eq!(as_json["proof"], text.text());
}

#[tokio::test]
async fn a_walk_over_pages_sees_each_entry_once_while_the_log_grows() {
    let log = ApiLog::start().await;
    for n in 0..6 {
        log.logged(&log.job_event(&format!("job-{n}"), "opened")).await;
    }
    let size = log.size();
    let mut seen = Vec::new();
    let mut path = "/v1/entries?limit=4".to_owned();
    loop {
        let page = log.get(&path).await.json();
        assert_eq!(page["as_of_tree_size"], size);
        seen.extend(
            page["entries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| entry["index"].as_u64().unwrap()),
        );
        log.logged(&log.job_event(&format!("later-{}", seen.len()), "opened"))
            .await;
        let Some(cursor) = page.get("next_cursor").and_then(Value::as_str) else {
            break;
        };
        path = format!("/v1/entries?limit=4&cursor={cursor}");
    }
    assert_eq!(seen, (0..size).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_list_starts_where_it_is_asked_to_and_carries_documents_on_request() {
    let log = ApiLog::start().await;
    let page = log.get("/v1/entries?from=2&limit=2").await.json();
    let indices: Vec<_> = page["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["index"].clone())
        .collect();
    assert_eq!(indices, [json!(2), json!(3)]);
    assert!(page["entries"][0].get("evidence").is_none());
    let page = log
        .get("/v1/entries?from=2&limit=1&include=evidence")
        .await
        .json();
    assert!(page["entries"][0]["evidence"].as_str().unwrap().starts_with('{'));
    // The next entry to come may be waited for.
    let past = log.get(&format!("/v1/entries?from={}", log.size())).await.json();
    assert_eq!(past["entries"], json!([]));
    assert!(past.get("next_cursor").is_none());
}

#[tokio::test]
async fn parameters_of_another_form_are_refused_and_named() {
    let log = ApiLog::start().await;
    for (path, name) in [
        ("/v1/entries?limit=201", "limit"),
        ("/v1/entries?limit=x", "limit"),
        ("/v1/entries?form=1", "form"),
        ("/v1/entries?cursor=x", "cursor"),
        ("/v1/entries/01", "index"),
        ("/v1/entries/+1", "index"),
        ("/v1/entries/x/proof", "index"),
        ("/v1/evidence/ABC", "digest"),
        ("/v1/tokens/ABC", "token_hash"),
        ("/v1/policies/ABC", "hash"),
        ("/v1/events?kinds=receipt.gateway,nothing", "kinds"),
        ("/v1/events?format=ocsf", "format"),
        ("/v1/events?wait_s=31", "wait_s"),
        ("/v1/checkpoints?at=yesterday", "at"),
        ("/v1/checkpoints?at=1&size=1", "at"),
        ("/v1/proofs/consistency?first=3&second=2", "first"),
        ("/v1/proofs/consistency", "first"),
        ("/v1/proofs/inclusion", "index"),
        ("/v1/proofs/inclusion?leaf_hash=zz", "leaf_hash"),
    ] {
        let answer = log.get(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "INVALID_PARAMETER"),
            "{path}"
        );
        let problem = answer.json();
        assert!(
            problem["detail"].as_str().unwrap().contains(name),
            "{path}: {problem}"
        );
    }
}
