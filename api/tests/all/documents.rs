//! Signed documents of the kinds that the tests need.

use crate::support::Log;
use ledger::signer::EvidenceKey;
use ledger::testing::ISSUED_AT;
use ledger::testing::ORIGIN;
use serde_json::{Value, json};
use verifier::base64::encode_url;
use verifier::hash::sha256;

/// Three base64url parts, the first a JOSE header: what no path, query or document may hold.
pub(crate) const COMPACT_JWS: &str =
    "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZ2VudCJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

/// 64 hex digits.
pub(crate) fn token_hash(digit: char) -> String {
    digit.to_string().repeat(64)
}

/// Members of our own payloads.
pub(crate) fn own(members: &Value) -> Value {
    let mut payload = json!({"event_version": "1", "log_origin": ORIGIN});
    let target = payload.as_object_mut().unwrap();
    target.extend(members.as_object().unwrap().clone());
    payload
}

pub(crate) fn sign(key: &EvidenceKey, envelope_type: &str, members: &Value) -> String {
    key.sign_own(envelope_type, &own(members), ISSUED_AT).unwrap()
}

impl Log {
    pub(crate) fn registration(&self, key: &EvidenceKey, name: &str, role: &str) -> String {
        let members = json!({
            "did": key.did().as_str(), "name": name, "roles": [role],
            "not_before": "2026-01-01T00:00:00Z",
        });
        sign(&self.keys().operator, "issuer_registration", &members)
    }

    pub(crate) fn retirement(&self, key: &EvidenceKey) -> String {
        let members = json!({"did": key.did().as_str(), "reason": "rotated"});
        sign(&self.keys().operator, "issuer_retirement", &members)
    }

    pub(crate) fn job_event(&self, job_id: &str, action: &str) -> String {
        let members = json!({"job_id": job_id, "action": action, "at": "2026-02-11T00:00:00Z"});
        sign(&self.keys().orchestrator, "job_event", &members)
    }

    pub(crate) fn issuance(&self, token_hash: &str, job_id: &str, run_id: &str) -> String {
        sign(
            &self.keys().token_issuer,
            "cst_issuance",
            &issuance_members(token_hash, job_id, run_id),
        )
    }

    pub(crate) fn revocation(&self, token_hash: &str, revoked_at: u64) -> String {
        let members = json!({"token_hash": token_hash, "revoked_at": revoked_at});
        sign(&self.keys().token_issuer, "cst_revocation", &members)
    }

    pub(crate) fn policy(&self, policy_id: &str, policy: &Value) -> String {
        sign(
            &self.keys().policy_publisher,
            "wpc_publication",
            &json!({"policy_id": policy_id, "policy": policy}),
        )
    }

    pub(crate) fn receipt(&self, receipt_id: &str, run_id: &str) -> String {
        receipt_by(&self.keys().gateway, receipt_id, run_id, "gpt-5", ISSUED_AT)
    }
}

pub(crate) fn issuance_members(token_hash: &str, job_id: &str, run_id: &str) -> Value {
    json!({
        "token_hash": token_hash, "kid": "key-1", "job_id": job_id, "run_id": run_id,
        "claims": {
            "token_version": "1", "sub": "did:key:zAgent", "aud": ["clawproxy.com"],
            "scope": ["clawproxy:call:openai"], "iat": 1_770_768_000, "exp": 1_770_771_600,
            "jti": format!("jti-{run_id}"),
        },
    })
}

/// A clawsig gateway receipt. Its member order is part of what is hashed.
pub(crate) fn receipt_by(
    key: &EvidenceKey,
    receipt_id: &str,
    run_id: &str,
    model: &str,
    issued_at: &str,
) -> String {
    let hash = encode_url(&sha256(receipt_id.as_bytes()));
    let payload = format!(
        "{{\"receipt_version\":\"1\",\"receipt_id\":\"{receipt_id}\",\"gateway_id\":\"did:web:clawproxy.com\",\
         \"provider\":\"openai\",\"model\":\"{model}\",\"request_hash_b64u\":\"{hash}\",\
         \"response_hash_b64u\":\"{hash}\",\"tokens_input\":1,\"tokens_output\":2,\"latency_ms\":3,\
         \"timestamp\":\"2026-02-11T00:00:00.000Z\",\"binding\":{{\"run_id\":\"{run_id}\",\
         \"event_hash_b64u\":\"{hash}\",\"nonce\":\"nonce-{receipt_id}\"}}}}"
    );
    key.sign_clawsig("gateway_receipt", &payload, issued_at).unwrap()
}

/// A proof bundle whose event chain names `runs` runs, each a subject.
pub(crate) fn bundle_of_runs(key: &EvidenceKey, runs: usize) -> String {
    let hash = encode_url(&sha256(b"event"));
    let event = |n: usize| {
        json!({
            "event_id": format!("evt-{n}"), "run_id": format!("run-{n}"), "event_type": "llm_call",
            "timestamp": ISSUED_AT, "payload_hash_b64u": hash,
            "prev_hash_b64u": if n == 0 { Value::Null } else { json!(hash) }, "event_hash_b64u": hash,
        })
    };
    let chain: Vec<Value> = (0..runs).map(event).collect();
    let payload = json!({
        "bundle_version": "1", "bundle_id": "bundle-1", "agent_did": key.did().as_str(), "event_chain": chain,
    });
    key.sign_clawsig("proof_bundle", &payload.to_string(), ISSUED_AT)
        .unwrap()
}

/// The document with one member of its envelope put to another value.
pub(crate) fn tampered(document: &str, member: &str, value: Value) -> String {
    let mut envelope: Value = serde_json::from_str(document).unwrap();
    envelope[member] = value;
    envelope.to_string()
}
