//! `POST /v1/verify` for every kind of document, for bundles with what they embed, and for hostile bodies.

use crate::documents::{receipt_draft, sign};
use crate::support::{ApiAnswer, ApiLog, post};
use kit::documents::Draft;
use kit::key::TIME;
use ledger::signer::EvidenceKey;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use verifier::base64::encode_url;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

pub(crate) async fn verify(log: &ApiLog, content_type: &str, body: impl Into<axum::body::Body>) -> ApiAnswer {
    let before = log.size();
    let answer = log.send(post("/v1/verify", content_type, body)).await;
    assert_eq!(log.size(), before, "nothing is logged");
    answer
}

pub(crate) async fn item(log: &ApiLog, body: impl Into<axum::body::Body>) -> Value {
    let answer = verify(log, "application/json", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut items = answer.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 1);
    items.remove(0)
}

pub(crate) fn missing(item: &Value) -> Vec<&str> {
    let missing = item["missing"].as_array().unwrap();
    missing.iter().map(|what| what.as_str().unwrap()).collect()
}

/// Vectors of this repository: a document of each kind, and what is wrong with it.
fn vectors() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/vectors/clawsig-own");
    let mut vectors = Vec::new();
    for kind in ["valid", "invalid"] {
        for file in std::fs::read_dir(folder.join(kind)).unwrap() {
            let path = file.unwrap().path();
            let vector = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            vectors.push((path.display().to_string(), vector));
        }
    }
    vectors
}

/// A log that knows some signers, six days later: the time of verification of the vectors.
pub(crate) async fn log_with(signers: &[(&str, &str)]) -> ApiLog {
    let log = ApiLog::start().await;
    log.pass(6 * DAY_MS);
    for (did, role) in signers {
        let members = json!({
            "did": did, "name": "vectors", "roles": [role], "not_before": "2026-01-01T00:00:00Z",
        });
        log.logged(&sign(&log.keys().operator, "issuer_registration", &members))
            .await;
    }
    log
}

#[tokio::test]
async fn every_kind_of_document_is_judged_as_it_is_offline_and_nothing_is_logged() {
    let vectors = vectors();
    let gateway = vectors
        .iter()
        .find_map(|(_, vector)| vector["allow"]["gateways"][0].as_str())
        .unwrap();
    let fleet = vectors
        .iter()
        .filter(|(_, vector)| vector["kind"] == "aggregate_bundle" && vector["status"] == "PASS")
        .find_map(|(_, vector)| {
            let document: Value = serde_json::from_str(vector["document"].as_str().unwrap()).unwrap();
            document["signer_did"].as_str().map(str::to_owned)
        })
        .unwrap();
    let log = log_with(&[(gateway, "gateway"), (&fleet, "orchestrator")]).await;
    let gateways: Vec<String> = log
        .state
        .engine()
        .issuers()
        .into_iter()
        .map(|issuer| issuer.did)
        .filter(|did| did == gateway || did == log.keys().gateway.did().as_str())
        .collect();
    let options = verifier::clawsig::ClawsigOptions {
        at: Some(log.state.engine().published().head.time),
        gateways: &gateways,
        ..verifier::clawsig::ClawsigOptions::default()
    };
    let mut passed = std::collections::BTreeSet::new();
    for (path, vector) in &vectors {
        let text = vector["document"].as_str().unwrap();
        let offline = verifier::clawsig::verify(text.as_bytes(), &options);
        let answer = verify(&log, "application/x-ndjson", text.replace('\n', " ")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let found = &answer.json()["items"][0];
        if vector["status"] == "FAIL" {
            assert_ne!(found["status"], "PASS", "{path}");
        }
        // The log asks more than a file can answer: whether the signer has its role.
        let asked_more = missing(found).contains(&"signer_role") || found["reason_code"] == "WRONG_LOG";
        if !asked_more {
            assert_eq!(found["status"], offline.report.status.as_str(), "{path}");
        }
        if found["reason_code"] == "DEPENDENCY_NOT_CONFIGURED" {
            assert!(missing(found).contains(&"allowlist"), "{path}");
        }
        if vector["kind"] == "export_bundle" && vector["status"] == "PASS" {
            assert_eq!(found["signature"], "valid", "{path}");
            assert!(found["binding"]["bundles"][0]["index"].is_null(), "{path}");
        }
        if found["status"] == "PASS" {
            assert_eq!(found["signature"], "valid", "{path}");
            passed.insert(offline.kind);
        }
    }
    for kind in [
        "proof_bundle",
        "aggregate_bundle",
        "side_effect_receipt",
        "commit_sig",
        "commit_proof",
        "artifact_sig",
    ] {
        assert!(passed.contains(kind), "no {kind} among {passed:?}");
    }
}

fn hash_js(value: &Value) -> String {
    let value = verifier::json::parse(value.to_string().as_bytes()).unwrap();
    encode_url(&verifier::json::hash_js(&value))
}

/// A bundle of one event per receipt, each receipt bound to its event.
fn bundle(agent: &EvidenceKey, gateway: &EvidenceKey, ids: &[&str]) -> (String, Vec<String>) {
    let mut chain: Vec<Value> = Vec::new();
    let mut receipts = Vec::new();
    for id in ids {
        let previous = chain
            .last()
            .map_or(Value::Null, |event| event["event_hash_b64u"].clone());
        // In this order: the hash is over the text.
        let link = format!(
            "{{\"event_id\":\"evt-{id}\",\"run_id\":\"run-1\",\"event_type\":\"llm_call\",\"timestamp\":\"{TIME}\",\
             \"payload_hash_b64u\":\"{}\",\"prev_hash_b64u\":{previous}}}",
            hash_js(&json!({}))
        );
        let value = verifier::json::parse(link.as_bytes()).unwrap();
        let hash = encode_url(&verifier::json::hash_js(&value));
        let mut event: Value = serde_json::from_str(&link).unwrap();
        event["event_hash_b64u"] = json!(hash);
        chain.push(event);
        receipts.push(bound_receipt(gateway, id, &hash));
    }
    let mut payload = format!(
        "{{\"bundle_version\":\"1\",\"bundle_id\":\"bundle-1\",\"agent_did\":\"{}\",\"event_chain\":[",
        agent.did()
    );
    for (position, event) in chain.iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        write!(payload, "{comma}{event}").unwrap();
    }
    write!(payload, "],\"receipts\":[{}]}}", receipts.join(",")).unwrap();
    let document = agent.sign_clawsig("proof_bundle", &payload, TIME).unwrap();
    (document, receipts)
}

fn bound_receipt(gateway: &EvidenceKey, id: &str, event_hash: &str) -> String {
    receipt_draft(id, "run-1", "gpt-5")
        .with("/binding/event_hash_b64u", event_hash)
        .sign(gateway)
}

#[tokio::test]
async fn a_bundle_names_the_receipts_that_this_log_holds_and_those_that_it_lacks() {
    let log = ApiLog::start().await;
    let (document, receipts) = bundle(&log.keys().agent, &log.keys().gateway, &["r1", "r2"]);
    let index = log.logged(&receipts[1]).await["index"].clone();
    let found = item(&log, document.clone()).await;
    assert_eq!(
        (&found["kind"], &found["status"], &found["signature"]),
        (&json!("proof_bundle"), &json!("PASS"), &json!("valid")),
        "{found}"
    );
    assert_eq!(
        found["binding"],
        json!({
            "receipts": 2, "looked_up": 2, "refused": [],
            "logged": [{"bundle": 0, "position": 1, "index": index}],
            "not_logged": [{"bundle": 0, "position": 0}],
        })
    );
    assert_eq!(missing(&found), ["receipts", "log_entry"]);

    log.logged(&receipts[0]).await;
    let bundle_index = log.logged(&document).await["index"].clone();
    let found = item(&log, document.clone()).await;
    assert_eq!(missing(&found), [""; 0]);
    assert_eq!(found["log"]["index"], bundle_index);
    let receipt = item(&log, receipts[0].clone()).await;
    assert_eq!(
        (&receipt["binding"]["status"], &receipt["binding"]["bundle"]),
        (&json!("bound"), &bundle_index)
    );
    assert_eq!(missing(&receipt), [""; 0]);

    // The wrapping of the reference's vector files.
    let wrapped = format!("{{\"vector_version\":\"1\",\"bundle\":{document}}}");
    let found = item(&log, wrapped).await;
    assert_eq!(
        (&found["status"], &found["log"]["index"]),
        (&json!("PASS"), &bundle_index)
    );
}

#[tokio::test]
async fn a_receipt_that_was_changed_within_a_bundle_is_not_taken_for_the_logged_one() {
    let log = ApiLog::start().await;
    let (document, receipts) = bundle(&log.keys().agent, &log.keys().gateway, &["r1"]);
    log.logged(&receipts[0]).await;
    let changed = document.replace("\"tokens_input\":1", "\"tokens_input\":7");
    let found = item(&log, changed).await;
    assert_eq!(found["status"], "FAIL");
    assert_eq!(found["binding"]["logged"], json!([]));
    assert_eq!(found["binding"]["refused"], json!([{"bundle": 0, "position": 0}]));
}

#[tokio::test]
async fn a_logged_receipt_of_a_gateway_that_was_retired_since_is_in_order() {
    let log = ApiLog::start().await;
    let receipt = log.receipt("r1", "run-1");
    log.logged(&receipt).await;
    log.logged(&log.retirement(&log.keys().gateway)).await;
    let found = item(&log, receipt).await;
    assert_eq!(
        (&found["status"], &found["signer"]["reason_code"]),
        (&json!("PASS"), &json!("OK")),
        "{found}"
    );
    let late = item(&log, log.receipt("r2", "run-1")).await;
    assert_eq!(
        (&late["status"], &late["reason_code"]),
        (&json!("INCOMPLETE"), &json!("SIGNER_RETIRED"))
    );
    assert_eq!(missing(&late), ["signer_role", "bundle", "log_entry"]);
}

#[tokio::test]
async fn what_rests_on_the_signature_of_another_log_does_not_pass() {
    let log = ApiLog::start().await;
    let event = log.job_event("job-1", "opened");
    let proof = log.logged(&event).await["proof"].as_str().unwrap().to_owned();
    let good = item(&log, json!({"proof": proof, "evidence": event}).to_string()).await;
    assert_eq!(good["signer"]["roles"], json!(["orchestrator"]));
    assert_eq!(good["signature"], "valid");
    let forged: String = proof
        .lines()
        .map(|line| match line.strip_prefix("— ") {
            // The key's id stays, the signature is another.
            Some(_) => format!("{}AAAA\n", line.get(..line.len() - 4).unwrap()),
            None => format!("{line}\n"),
        })
        .collect();
    let found = item(&log, json!({"proof": forged, "evidence": event}).to_string()).await;
    assert_eq!(
        (&found["status"], &found["signature"]),
        (&json!("FAIL"), &json!("invalid")),
        "{found}"
    );
    assert!(found.get("signer").is_none());
    let found = item(
        &log,
        json!({"proof": proof, "evidence": log.job_event("job-2", "opened")}).to_string(),
    )
    .await;
    assert_eq!(
        (&found["status"], &found["reason_code"]),
        (&json!("FAIL"), &json!("EVIDENCE_DIGEST_MISMATCH"))
    );
}

#[tokio::test]
async fn garbage_is_a_fault_of_the_request_or_of_its_item() {
    let log = ApiLog::start().await;
    for (body, status, code) in [
        ("", 400, "MALFORMED_JSON"),
        ("nonsense", 400, "MALFORMED_JSON"),
        ("{\"a\":", 400, "MALFORMED_JSON"),
    ] {
        let answer = verify(&log, "application/json", body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{body:?}"
        );
    }
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    for (body, code) in [
        ("{\"a\":1,\"a\":2}".to_owned(), "DUPLICATE_KEY"),
        ("{\"a\":1e999}".to_owned(), "NUMBER_OUT_OF_RANGE"),
        (deep, "NESTING_TOO_DEEP"),
        (
            format!(
                "{{\"evidence\":{},\"context\":7}}",
                log.receipt("rcpt_1", "run_1")
            ),
            "SCHEMA_INVALID",
        ),
    ] {
        let found = item(&log, body.clone()).await;
        assert_eq!(
            (&found["status"], &found["reason_code"]),
            (&json!("FAIL"), &json!(code)),
            "{}",
            body.get(..20).unwrap_or(&body)
        );
    }
    for (content_type, body, code) in [
        ("text/plain", &b"\xff\xfe"[..], "PROOF_MALFORMED"),
        ("application/cbor", b"\x82\x8a\x01", "PACK_DAMAGED"),
    ] {
        let answer = verify(&log, content_type, body.to_vec()).await.json();
        let found = &answer["items"][0];
        assert_eq!(
            (&found["status"], &found["reason_code"]),
            (&json!("FAIL"), &json!(code))
        );
    }
    for content_type in ["text/plain", "application/cbor"] {
        let answer = verify(&log, content_type, "").await.json();
        let found = &answer["items"][0];
        assert_eq!(
            (&found["status"], &found["message"]),
            (&json!("UNKNOWN"), &json!("the file is empty"))
        );
    }
    // What comes under another name is looked at as what it is.
    let document = log.receipt("rcpt_1", "run_1");
    for (content_type, body, kind) in [
        ("application/cbor", document.as_bytes(), "gateway_receipt"),
        ("application/json", &b"\x82\x8a\x01"[..], "pack"),
    ] {
        let answer = verify(&log, content_type, body.to_vec()).await.json();
        assert_eq!(answer["items"][0]["kind"], kind, "{answer}");
    }
    let many = "{}\n".repeat(1_001);
    assert_eq!(
        verify(&log, "application/x-ndjson", many).await.code(),
        "BODY_TOO_LARGE"
    );
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(9 << 20));
    let answer = verify(&log, "application/json", large).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "BODY_TOO_LARGE"));
}

#[tokio::test]
async fn a_token_is_refused_however_it_is_spelled_and_wrapped() {
    let log = ApiLog::start().await;
    let token = crate::documents::COMPACT_JWS;
    let escaped = token.replace('.', "\\u002e");
    let filler = "x".repeat(2 << 20);
    for body in [
        format!("{{\"bundle\":{{\"note\":\"{escaped}\"}}}}"),
        format!("{{\"proof\":\"x\",\"evidence\":{{\"note\":\"{escaped}\"}}}}"),
        format!("{{\"filler\":\"{filler}\",\"note\":\"{escaped}\"}}"),
    ] {
        let answer = verify(&log, "application/json", body).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "TOKEN_LEAKED"));
        assert!(!answer.text().contains("eyJ"), "{}", answer.text());
    }
}

#[tokio::test]
async fn one_request_reads_a_bounded_number_of_bundles() {
    let log = ApiLog::start().await;
    // Anybody can log bundles that name the run.
    let mut lines = String::new();
    for number in 0..70_u8 {
        let agent = EvidenceKey::from_seed([100 + number; 32]).unwrap();
        writeln!(lines, "{}", crate::documents::bundle_of_runs(&agent, 2)).unwrap();
    }
    for line in log.post_batch(&lines).await.lines() {
        assert_eq!(line["status"], 201, "{line}");
    }
    let receipts = format!("{}\n{}", log.receipt("r1", "run-1"), log.receipt("r2", "run-1"));
    let answer = verify(&log, "application/x-ndjson", receipts).await.json();
    for item in answer["items"].as_array().unwrap() {
        assert_eq!(item["status"], "PASS");
        assert_eq!(item["binding"]["status"], "not_looked_up");
        assert!(missing(item).contains(&"bundle"));
    }
}

#[tokio::test]
async fn an_aggregate_larger_than_a_document_is_judged_without_a_place() {
    let log = ApiLog::start().await;
    let document =
        Draft::clawsig("aggregate_bundle", json!({"aggregate_version": "1"})).sign(&log.keys().agent);
    let filler = format!("{{\"filler\":\"{}\",", "x".repeat(2 << 20));
    let found = item(&log, document.replacen('{', &filler, 1)).await;
    assert_eq!(
        (&found["kind"], &found["status"]),
        (&json!("aggregate_bundle"), &json!("FAIL"))
    );
    assert_eq!(missing(&found), ["log_entry"]);
}
