//! `POST /v1/verify` for other formats, for what the caller expects, and for what else the log holds.

use crate::documents::sign;
use crate::support::{ApiLog, post};
use crate::verify_kinds::{item, log_with, missing, verify};
use kit::test_ledger::forked;
use serde_json::{Value, json};
use std::path::Path;

#[tokio::test]
async fn what_is_of_another_format_is_unknown_and_named_however_it_is_sent() {
    let log = ApiLog::start().await;
    let cose = b"\xd2\x84\x43\xa1\x01\x27\xa0\x40\x40".to_vec();
    let note = "example.com/log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n\
        — example.com/log +vl8/RmdczvwlL7wH7C642tl2hebWt9MW/efi1Gy9mmwBAyXNqTDtY5E/O+89YAswtfXuSJkU3P5AUC95fQMn5YLDA8=\n";
    let note = note.as_bytes().to_vec();
    for (content_type, body, name) in [
        ("application/cbor", cose.clone(), "COSE_Sign1"),
        ("application/cose", cose.clone(), "COSE_Sign1"),
        ("application/octet-stream", cose, "COSE_Sign1"),
        ("text/plain", note.clone(), "signed note"),
        ("application/octet-stream", note, "signed note"),
        ("application/octet-stream", b"%PDF-1.7\n".to_vec(), "PDF"),
        ("application/json", b"%PDF-1.7\n".to_vec(), "PDF"),
        (
            "application/json",
            br#"{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[]}"#.to_vec(),
            "in-toto",
        ),
        ("application/json", b"[]".to_vec(), "not known here"),
        ("application/json", b"{}".to_vec(), "not known here"),
        ("application/json", b"{\"a\":1}".to_vec(), "not known here"),
        ("application/cbor", b"\xff".to_vec(), "binary file"),
        (
            "application/json",
            br#"{"context":1,"a":2}"#.to_vec(),
            "not known here",
        ),
    ] {
        let answer = verify(&log, content_type, body).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        let found = &answer.json()["items"][0];
        assert_eq!(
            (&found["status"], &found["reason_code"], &found["kind"]),
            (&json!("UNKNOWN"), &json!("UNKNOWN_KIND"), &json!("unknown")),
            "{found}"
        );
        let message = found["message"].as_str().unwrap();
        assert!(
            message.contains(name) && message.contains("artifact"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn two_checkpoints_in_one_file_are_held_against_this_log() {
    let log = ApiLog::start().await;
    let published = log.ledger.reader().published();
    let fork = forked(&published).encode();
    for content_type in ["text/plain", "application/octet-stream", "application/json"] {
        let answer = verify(&log, content_type, fork.clone().into_bytes()).await;
        let found = answer.json()["items"][0].clone();
        assert_eq!(
            (
                &found["kind"],
                &found["status"],
                &found["reason_code"],
                &found["signature"]
            ),
            (
                &json!("fork_file"),
                &json!("FAIL"),
                &json!("LOG_FORKED"),
                &json!("valid")
            ),
            "{found}"
        );
    }
    let forged = fork.replace("\nBwcHBwcH", "\nCwcHBwcH").into_bytes();
    let found = verify(&log, "text/plain", forged).await.json()["items"][0].clone();
    assert_eq!(found["reason_code"], "CHECKPOINT_SIGNATURE_INVALID", "{found}");
    let answer = verify(&log, "text/plain", published.checkpoint.into_bytes()).await;
    assert_eq!(answer.json()["items"][0]["status"], "PASS");
}

#[tokio::test]
async fn a_checkpoint_of_this_log_is_found_and_a_document_inside_an_answer_is_named() {
    let log = ApiLog::start().await;
    let checkpoint = log.get("/log/checkpoint").await.body;
    let answer = verify(&log, "text/plain", checkpoint).await;
    let found = answer.json()["items"][0].clone();
    assert_eq!(
        (&found["kind"], &found["status"], &found["log"]["found"]),
        (&json!("checkpoint"), &json!("PASS"), &json!(true)),
        "{found}"
    );
    let receipt: Value = serde_json::from_str(&log.receipt("rcpt_1", "run_1")).unwrap();
    let answer = json!({"choices": [], "_receipt_envelope": receipt}).to_string();
    let found = item(&log, answer.clone()).await;
    assert_eq!(found["status"], "UNKNOWN");
    assert_eq!(
        found["message"],
        "the document is at /_receipt_envelope: send that"
    );
    let refused = log.post(&answer).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (422, "UNKNOWN_ENVELOPE_TYPE")
    );
    let problem = refused.json();
    assert_eq!(problem["pointer"], "/_receipt_envelope");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("/_receipt_envelope: send that") && detail.contains("gateway_receipt"),
        "{detail}"
    );
}

#[tokio::test]
async fn the_caller_says_which_kind_and_signer_it_expects() {
    let log = ApiLog::start().await;
    let receipt = log.receipt("rcpt_1", "run_1");
    let gateway = log.keys().gateway.did().to_string();
    for (query, status, code) in [
        (String::new(), "PASS", "OK"),
        ("?expect=gateway_receipt".to_owned(), "PASS", "OK"),
        ("?expect=proof_bundle,gateway_receipt".to_owned(), "PASS", "OK"),
        (format!("?signer={gateway}"), "PASS", "OK"),
        ("?expect=proof_bundle".to_owned(), "FAIL", "UNEXPECTED_KIND"),
        (
            "?signer=did:key:z6Mkother".to_owned(),
            "FAIL",
            "UNEXPECTED_SIGNER",
        ),
    ] {
        let request = post(&format!("/v1/verify{query}"), "application/json", receipt.clone());
        let answer = log.send(request).await.json();
        let found = &answer["items"][0];
        assert_eq!(
            (found["status"].as_str(), found["reason_code"].as_str()),
            (Some(status), Some(code)),
            "{query}: {found}"
        );
    }
    for query in ["expect=proof-bundle", "expect=", "signer=alice", "expekt=pack"] {
        let request = post(
            &format!("/v1/verify?{query}"),
            "application/json",
            receipt.clone(),
        );
        assert_eq!(log.send(request).await.status, 422, "{query}");
    }
}

#[tokio::test]
async fn the_manifest_that_a_bundle_cites_is_found_in_the_log() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../schemas/vectors/clawsig-own/invalid/bundle-without-its-manifest.json");
    let vector: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let log = log_with(&[(vector["allow"]["gateways"][0].as_str().unwrap(), "gateway")]).await;
    let bundle = vector["document"].as_str().unwrap();
    assert_eq!(item(&log, bundle.to_owned()).await["reason_code"], "URM_MISSING");
    let manifest = vector["urm"].as_str().unwrap().as_bytes();
    let artifact = json!({
        "label": "urm", "name": "urm.json", "media_type": "application/json", "size": manifest.len(),
        "sha256": verifier::digest::ArtifactHash::from_bytes(verifier::hash::sha256(manifest)).to_string(),
        "content_b64": verifier::base64::encode_standard(manifest),
    });
    let logged = log
        .logged(&sign(&log.keys().orchestrator, "evidence_artifact", &artifact))
        .await;
    let found = item(&log, bundle.to_owned()).await;
    assert_ne!(found["reason_code"], "URM_MISSING", "{found}");
    assert_eq!(found["details"]["urm_entry"], logged["index"]);
    assert!(!missing(&found).contains(&"urm"), "{found}");
}

#[tokio::test]
async fn another_encoding_is_named_at_intake_and_verification() {
    let log = ApiLog::start().await;
    let receipt = log.receipt("rcpt_1", "run_1");
    let marked = [b"\xef\xbb\xbf", receipt.as_bytes()].concat();
    let utf16: Vec<u8> = receipt.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (body, name) in [(marked, "byte order mark"), (utf16, "UTF-16")] {
        for path in ["/v1/verify", "/v1/evidence"] {
            let answer = log.send(post(path, "application/json", body.clone())).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "MALFORMED_JSON"));
            assert!(answer.text().contains(name), "{path}: {}", answer.text());
        }
    }
    let windows = receipt.replacen('{', "{\r\n", 1);
    assert_eq!(item(&log, windows.clone()).await["status"], "PASS");
    assert_eq!(log.post(&windows).await.status, 201);
    let proof = "c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\n";
    let answer = verify(&log, "text/plain", proof).await;
    assert!(answer.text().contains("CR LF"), "{}", answer.text());
}

#[tokio::test]
async fn a_file_of_another_format_is_named_at_intake_as_it_is_at_verification() {
    let log = ApiLog::start().await;
    for (body, name) in [
        (&b"\xd2\x84\x43\xa1\x01\x26"[..], "a COSE_Sign1 message"),
        (b"%PDF-1.7", "a PDF file"),
        (b"c2sp.org/tlog-proof@v1\nindex 0\n\n", "a tlog-proof"),
        (b"\x82\x8a\x01", "a pack"),
        (b"", "it is empty"),
    ] {
        let answer = log
            .send(post("/v1/evidence", "application/json", body.to_vec()))
            .await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "MALFORMED_JSON"));
        assert!(answer.text().contains(name), "{name}: {}", answer.text());
    }
}
