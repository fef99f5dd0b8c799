//! A document goes in once, and its proof comes out checkable without the server.

use crate::documents::{receipt_by, tampered};
use crate::support::ApiLog;
use kit::documents::wrap;
use kit::key::TIME;
use serde_json::{Value, json};
use verifier::base64::decode_standard;
use verifier::checkpoint::Checkpoint;
use verifier::document::Document;
use verifier::entry::{Entry, entry_leaf_hash};
use verifier::proof::TlogProof;

/// Checks a receipt as its holder does: with the log's key, offline.
fn check(log: &ApiLog, document: &str, receipt: &Value) {
    let key = log.state.engine().verifier_key().clone();
    let bytes = decode_standard(receipt["entry"].as_str().unwrap()).unwrap();
    let leaf = entry_leaf_hash(&bytes);
    assert_eq!(receipt["leaf_hash"], leaf.to_string());
    let proof = TlogProof::parse(receipt["proof"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(proof.extra.as_deref(), Some(bytes.as_slice()));
    assert_eq!(receipt["index"], proof.index.value());
    let checkpoint = proof.verify(&leaf, &key).unwrap();
    let note = receipt["checkpoint"].as_str().unwrap();
    assert_eq!(Checkpoint::open(note.as_bytes(), &key).unwrap(), checkpoint);
    let entry = Entry::decode(&bytes).unwrap();
    assert_eq!(receipt["kind"], entry.kind.as_str());
    assert_eq!(receipt["logged_at"], entry.logged_at.value());
    let document = Document::parse(document.as_bytes()).unwrap();
    assert_eq!(entry.evidence_digest, document.evidence_digest());
    assert_eq!(receipt["evidence_digest"], document.evidence_digest().to_string());
}

#[tokio::test]
async fn a_new_document_answers_201_with_a_proof_that_checks_offline() {
    let log = ApiLog::start().await;
    let document = log.receipt("rcpt-1", "run-1");
    let receipt = log.logged(&document).await;
    check(&log, &document, &receipt);
    assert!(
        receipt.get("variant").is_none() && receipt.get("conflicts").is_none(),
        "{receipt}"
    );
}

#[tokio::test]
async fn a_repeated_document_answers_200_with_the_same_entry() {
    let log = ApiLog::start().await;
    let document = wrap(&log.receipt("rcpt-1", "run-1"), &json!({"job_id": "job-1"}));
    let first = log.logged(&document).await;
    log.logged(&log.job_event("job-2", "opened")).await;
    let again = log.post(&document).await;
    assert_eq!(again.status, 200);
    let again = again.json();
    assert_eq!(
        (&again["index"], &again["entry"]),
        (&first["index"], &first["entry"])
    );
    check(&log, &log.receipt("rcpt-1", "run-1"), &again);
}

#[tokio::test]
async fn other_bytes_of_one_statement_are_a_variant() {
    let log = ApiLog::start().await;
    let document = log.receipt("rcpt-1", "run-1");
    let first = log.logged(&document).await;
    let size = log.size();
    // Another issued_at, which is unsigned under the clawsig rule.
    let later = receipt_by(
        &log.keys().gateway,
        "rcpt-1",
        "run-1",
        "gpt-5",
        "2026-02-12T00:00:01Z",
    );
    let variant = log.post(&later).await;
    assert_eq!(variant.status, 200, "{}", variant.text());
    assert_eq!(
        (&variant.json()["variant"], &variant.json()["index"]),
        (&json!(true), &first["index"])
    );
    assert_eq!(log.size(), size);
}

#[tokio::test]
async fn a_context_that_comes_later_is_an_entry_of_its_own() {
    let log = ApiLog::start().await;
    let document = log.receipt("rcpt-1", "run-1");
    log.logged(&document).await;
    let later = log.logged(&wrap(&document, &json!({"job_id": "job-1"}))).await;
    assert_eq!(later["kind"], "context");
    let entries = log
        .get(&format!(
            "/v1/evidence/{}",
            later["evidence_digest"].as_str().unwrap()
        ))
        .await
        .json();
    assert_eq!(entries["evidence"], document);
    assert_eq!(entries["entries"].as_array().unwrap().len(), 2);
    assert_eq!(entries["entries"][1]["context"], json!({"job_id": "job-1"}));
}

#[tokio::test]
async fn contradicting_statements_are_both_logged_and_named() {
    let log = ApiLog::start().await;
    let first = log.logged(&log.receipt("rcpt-1", "run-1")).await;
    let other = receipt_by(&log.keys().gateway, "rcpt-1", "run-1", "gpt-5-mini", TIME);
    let second = log.logged(&other).await;
    assert_eq!(second["conflicts"], json!([first["index"]]));
}

#[tokio::test]
async fn a_damaged_copy_is_refused_and_names_the_entry_it_is_of() {
    let log = ApiLog::start().await;
    let document = log.receipt("rcpt-1", "run-1");
    let first = log.logged(&document).await;
    // Another order of the payload's members: the same digest, but the signature is over the order.
    let reordered = tampered(&document, "issued_at", json!(TIME));
    let answer = log.post(&reordered).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert_eq!(answer.json()["known_index"], first["index"]);
}
