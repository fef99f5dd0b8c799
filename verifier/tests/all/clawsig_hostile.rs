//! Documents made to cost time, memory or stack. Each is answered; how long it takes decides nothing here.

use serde_json::{Value, json};
use verifier::base64::encode_url;
use verifier::check::Report;
use verifier::clawsig::{ClawsigOptions, FILE_BYTES_MAX, verify};
use verifier::hash::sha256;
use verifier::json;

use crate::clawsig_bundle::event;
use kit::key::{Key, TIME, parse};

fn report(document: &Value) -> Report {
    verify(document.to_string().as_bytes(), &ClawsigOptions::default()).report
}

/// A member with a chain of one event in a run of its own.
fn member(number: usize) -> Value {
    let agent = Key::new(40);
    let mut event = event("evt", None);
    let run = format!("run_{number}");
    let signed = format!(
        "{{\"event_id\":\"evt\",\"run_id\":{run:?},\"event_type\":\"llm_call\",\"timestamp\":{TIME:?},\
         \"payload_hash_b64u\":\"abcdefgh\",\"prev_hash_b64u\":null}}"
    );
    let hash = encode_url(&json::hash_js(&json::parse(signed.as_bytes()).unwrap()));
    event["run_id"] = json!(run);
    event["event_hash_b64u"] = json!(hash);
    let payload = json!({
        "bundle_version": "1", "bundle_id": format!("bundle_{number}"), "agent_did": agent.did(), "event_chain": [event],
    });
    agent.clawsig("proof_bundle", &payload)
}

fn aggregate(members: usize) -> Value {
    let mut members: Vec<(String, usize, Value)> = (0..members)
        .map(|number| {
            let member = member(number);
            let jcs = json::to_jcs(&parse(&member));
            (encode_url(&sha256(jcs.as_bytes())), jcs.len(), member)
        })
        .collect();
    members.sort_by(|one, other| one.0.cmp(&other.0));
    let entries: Vec<Value> = members
        .iter()
        .enumerate()
        .map(|(index, (hash, size, _))| {
            json!({
                "path": format!("artifacts/member_bundles/{index}.json"), "sha256_b64u": hash,
                "content_type": "application/json", "size_bytes": size,
            })
        })
        .collect();
    let count = members.len();
    let members: Vec<Value> = members.into_iter().map(|(_, _, member)| member).collect();
    let issuer = Key::new(41);
    issuer.clawsig("aggregate_bundle", &json!({
        "aggregate_version": "1", "aggregate_id": "agg", "created_at": TIME, "issuer_did": issuer.did(),
        "manifest": { "manifest_version": "1", "generated_at": TIME, "entries": entries },
        "artifacts": { "member_bundles": members },
        "metadata": { "fleet_summary": { "total_members": count, "unique_agents": 1, "total_runs": count } },
    }))
}

#[test]
fn a_thousand_members_pass_and_one_more_does_not() {
    let largest = report(&aggregate(1000));
    assert_eq!(largest.reason_code, "OK", "{}", largest.message);
    assert_eq!(largest.details.get("members"), Some(&json!(1000)));
    assert_eq!(report(&aggregate(1001)).reason_code, "SCHEMA_VALIDATION_FAILED");
}

#[test]
fn nesting_is_refused_before_the_stack_ends() {
    for (open, close) in [("[", "]"), ("{\"envelope\":", "}"), ("{\"payload\":", "}")] {
        let document = open.repeat(100_000) + "1" + &close.repeat(100_000);
        let report = verify(document.as_bytes(), &ClawsigOptions::default()).report;
        assert_eq!(report.reason_code, "NESTING_TOO_DEEP", "{open}");
    }
}

#[test]
fn a_hundred_thousand_items_anywhere_are_answered() {
    let many = vec![json!({}); 100_000];
    let texts = vec![json!("abcdefgh"); 100_000];
    let signer = Key::new(1);
    let payload = json!({ "bundle_version": "1", "bundle_id": "b", "agent_did": signer.did() });
    for list in [
        "receipts",
        "tool_receipts",
        "event_chain",
        "attestations",
        "rate_limit_claims",
    ] {
        let mut payload = payload.clone();
        payload[list] = json!(many);
        let code = report(&signer.clawsig("proof_bundle", &payload)).reason_code;
        assert_eq!(code, "SCHEMA_VALIDATION_FAILED", "{list}");
    }
    let mut aggregate = aggregate(1);
    aggregate["payload"]["manifest"]["entries"] = json!(vec![
        json!({ "path": "p", "sha256_b64u": "abcdefgh", "content_type": "t", "size_bytes": 1 });
        10_000
    ]);
    let aggregate = Key::new(41).clawsig("aggregate_bundle", &aggregate["payload"]);
    assert_eq!(report(&aggregate).reason_code, "AGGREGATE_BUNDLE_INVALID");
    let proof = json!({
        "proof_version": "1", "log_id": "l", "tree_size": 9_007_199_254_740_991_u64, "leaf_hash_b64u": "abcdefgh",
        "root_hash_b64u": "abcdefgh", "audit_path": texts, "root_published_at": TIME,
        "root_signature": { "signer_did": signer.did(), "sig_b64u": "abcdefgh" }, "metadata": { "leaf_index": 0 },
    });
    assert_eq!(report(&proof).reason_code, "INCLUSION_PROOF_INVALID");
}

#[test]
fn a_disclosure_of_many_leaves_is_hashed_once_each() {
    let leaves: serde_json::Map<String, Value> = (0..10_000)
        .map(|index| {
            let leaf = json!({ "type": "number", "value": index, "salt_b64u": "abcdefgh" });
            (format!("path.{index}"), leaf)
        })
        .collect();
    let signer = Key::new(1);
    let receipt = json!({
        "receipt_version": "2", "receipt_id": "r", "tool_name": "t", "args_hash_b64u": "abcdefgh",
        "result_hash_b64u": "abcdefgh", "hash_algorithm": "SHA-256", "agent_did": signer.did(), "timestamp": TIME,
        "latency_ms": 1, "args_salt_b64u": "abcdefgh", "result_salt_b64u": "abcdefgh",
        "args_disclosure": {
            "disclosure_algorithm": "vir_v2_typed_lexicographical", "merkle_root_b64u": "abcdefgh",
            "redacted_leaf_hashes_b64u": [], "disclosed_leaves": leaves,
        },
    });
    let mut envelope = signer.clawsig("tool_receipt", &receipt);
    envelope["envelope_version"] = json!("2");
    assert_eq!(report(&envelope).reason_code, "DISCLOSURE_ROOT_MISMATCH");
}

#[test]
fn a_file_beyond_the_limit_is_refused_unread() {
    let document = " ".repeat(FILE_BYTES_MAX + 1);
    let report = verify(document.as_bytes(), &ClawsigOptions::default()).report;
    assert_eq!(report.reason_code, "BODY_TOO_LARGE");
}
