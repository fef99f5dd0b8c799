//! `POST /v1/verify`: judged, and never logged.

use crate::support::{ApiAnswer, ApiLog, post};
use kit::documents::job_event;
use kit::test_ledger::ORIGIN;
use serde_json::{Value, json};
use verifier::check::{ProofFiles, check_proof};

async fn verify(log: &ApiLog, content_type: &str, body: impl Into<axum::body::Body>) -> ApiAnswer {
    let before = log.size();
    let answer = log.send(post("/v1/verify", content_type, body)).await;
    assert_eq!(log.size(), before, "nothing is logged");
    answer
}

/// The one item of an answer.
fn item(answer: &ApiAnswer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    assert_eq!(answer["items"].as_array().unwrap().len(), 1);
    answer["items"][0].clone()
}

#[tokio::test]
async fn a_logged_receipt_comes_back_with_a_proof_that_holds() {
    let log = ApiLog::start().await;
    let receipt = log.receipt("rcpt-1", "run-1");
    let index = log.logged(&receipt).await["index"].clone();
    let found = item(&verify(&log, "application/json", receipt.clone()).await);
    assert_eq!(found["kind"], "gateway_receipt", "{found}");
    assert_eq!(
        (&found["log"]["found"], &found["log"]["index"]),
        (&json!(true), &index)
    );
    assert_eq!(found["signer"]["roles"], json!(["gateway"]));
    assert_eq!(found["signer"]["reason_code"], "OK");
    let files = ProofFiles {
        proof: found["log"]["proof"].as_str().unwrap().as_bytes(),
        evidence: Some(receipt.as_bytes()),
        entry: None,
        genesis: None,
    };
    let report = check_proof(&files, &log.state.engine().verifier_key());
    assert_eq!(report.reason_code, "OK");
    assert_eq!(found["binding"]["status"], "no_bundle");
    assert!(found["missing"].as_array().unwrap().contains(&json!("bundle")));
}

#[tokio::test]
async fn a_receipt_that_is_not_in_the_log_says_so() {
    let log = ApiLog::start().await;
    let found = item(&verify(&log, "application/json", log.receipt("rcpt-1", "run-1")).await);
    assert_eq!(found["log"], json!({"found": false}));
    assert!(found["missing"].as_array().unwrap().contains(&json!("log_entry")));
}

#[tokio::test]
async fn a_forged_document_fails_and_a_strangers_is_not_trusted() {
    let log = ApiLog::start().await;
    let forged = log.receipt("rcpt-1", "run-1").replace("rcpt-1", "rcpt-2");
    assert_eq!(
        item(&verify(&log, "application/json", forged).await)["status"],
        "FAIL"
    );
    let strangers = job_event(ORIGIN, "j", "opened").sign(&log.stranger);
    let found = item(&verify(&log, "application/json", strangers).await);
    assert_eq!(
        (&found["status"], &found["reason_code"]),
        (&json!("INCOMPLETE"), &json!("SIGNER_NOT_TRUSTED"))
    );
    assert!(
        found["missing"]
            .as_array()
            .unwrap()
            .contains(&json!("signer_role"))
    );
}

#[tokio::test]
async fn lines_are_answered_in_order() {
    let log = ApiLog::start().await;
    let lines = format!(
        "{}\n\nnot json\n{}\n",
        log.job_event("a", "opened"),
        log.receipt("r", "run")
    );
    let answer = verify(&log, "application/x-ndjson", lines).await.json();
    let kinds: Vec<&Value> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["kind"])
        .collect();
    assert_eq!(kinds, ["job_event", "unknown", "gateway_receipt"]);
    assert_eq!(answer["items"][1]["reason_code"], "MALFORMED_JSON");
}

#[tokio::test]
async fn proofs_and_packs_are_looked_up_in_this_log() {
    let log = ApiLog::start().await;
    let event = log.job_event("job-1", "opened");
    let receipt = log.logged(&event).await;
    let proof = receipt["proof"].as_str().unwrap().to_owned();
    let found = item(&verify(&log, "text/plain", proof.clone()).await);
    assert_eq!(
        (&found["kind"], &found["reason_code"]),
        (&json!("tlog_proof"), &json!("EVIDENCE_NOT_SUPPLIED"))
    );
    assert_eq!(found["log"]["index"], receipt["index"]);
    let both = json!({"proof": proof, "evidence": event}).to_string();
    let found = item(&verify(&log, "application/json", both).await);
    assert_eq!(
        (&found["status"], &found["log"]["found"]),
        (&json!("PASS"), &json!(true))
    );

    let mut pack = log.get("/v1/jobs/job-1/pack").await.body;
    let found = item(&verify(&log, "application/cbor", pack.clone()).await);
    assert_eq!(
        (&found["kind"], &found["log"]["found"]),
        (&json!("pack"), &json!(true))
    );
    assert_ne!(found["reason_code"], "PACK_DAMAGED");
    pack[50] ^= 1;
    let found = item(&verify(&log, "application/cbor", pack).await);
    assert_eq!(
        (&found["status"], &found["reason_code"]),
        (&json!("FAIL"), &json!("PACK_DAMAGED"))
    );
}

#[tokio::test]
async fn tokens_other_types_and_large_bodies_are_refused() {
    let log = ApiLog::start().await;
    let token = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJkaWQ6a2V5OnoxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU";
    for (content_type, body) in [
        ("text/plain", token.to_owned()),
        ("application/json", json!({"token": token}).to_string()),
        (
            "application/json",
            json!({"proof": "x", "evidence": token}).to_string(),
        ),
        ("application/x-ndjson", format!("{{}}\n\"{token}\"\n")),
    ] {
        let answer = verify(&log, content_type, body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "TOKEN_LEAKED"),
            "{content_type}"
        );
    }
    let escaped = json!({"token": token}).to_string().replace('.', "\\u002e");
    assert_eq!(
        verify(&log, "application/json", escaped).await.code(),
        "TOKEN_LEAKED"
    );
    assert_eq!(
        verify(&log, "image/png", "").await.code(),
        "UNSUPPORTED_MEDIA_TYPE"
    );
    let large = vec![b' '; 16 * 1024 * 1024 + 1];
    assert_eq!(
        verify(&log, "application/json", large).await.code(),
        "BODY_TOO_LARGE"
    );
}
