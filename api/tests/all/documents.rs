//! Signed documents of the kinds that the tests need.

use crate::support::ApiLog;
use kit::documents::{self, Draft};
use kit::key::TIME;
use kit::test_ledger::ORIGIN;
use ledger::signer::EvidenceKey;
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

pub(crate) fn sign(key: &EvidenceKey, envelope_type: &'static str, members: &Value) -> String {
    Draft::own(ORIGIN, envelope_type, members.clone()).sign(key)
}

impl ApiLog {
    pub(crate) fn registration(&self, key: &EvidenceKey, name: &str, role: &str) -> String {
        let draft = documents::registration(ORIGIN, key.did().as_str(), name, &[role]);
        draft.without("submitters").sign(&self.keys().operator)
    }

    pub(crate) fn retirement(&self, key: &EvidenceKey) -> String {
        self.keys().retire(ORIGIN, key)
    }

    /// The operator's order, hold or release.
    pub(crate) fn disposition(&self, kind: &'static str, target: &Value) -> String {
        documents::disposition(ORIGIN, kind, target, "asked").sign(&self.keys().operator)
    }

    pub(crate) fn job_event(&self, job_id: &str, action: &str) -> String {
        documents::job_event(ORIGIN, job_id, action).sign(&self.keys().orchestrator)
    }

    pub(crate) fn issuance(&self, token_hash: &str, job_id: &str, run_id: &str) -> String {
        let members = issuance_members(token_hash, job_id, run_id);
        sign(&self.keys().token_issuer, "cst_issuance", &members)
    }

    pub(crate) fn revocation(&self, token_hash: &str, revoked_at: u64) -> String {
        let draft = documents::revocation(ORIGIN, token_hash, revoked_at);
        draft.sign(&self.keys().token_issuer)
    }

    pub(crate) fn policy(&self, policy_id: &str, policy: &Value) -> String {
        let draft = documents::publication(ORIGIN, policy_id, policy);
        draft.sign(&self.keys().policy_publisher)
    }

    pub(crate) fn receipt(&self, receipt_id: &str, run_id: &str) -> String {
        receipt_by(&self.keys().gateway, receipt_id, run_id, "gpt-5", TIME)
    }
}

pub(crate) fn issuance_members(token_hash: &str, job_id: &str, run_id: &str) -> Value {
    let scope = ["clawproxy:call:openai"];
    let claims = documents::claims(
        "did:key:zAgent",
        &format!("jti-{run_id}"),
        &scope,
        1_770_854_400,
        1_770_858_000,
    );
    documents::issuance(ORIGIN, token_hash, &claims, job_id, run_id)
        .payload()
        .clone()
}

/// A receipt of a model of openai's.
pub(crate) fn receipt_draft(receipt_id: &str, run_id: &str, model: &str) -> Draft {
    documents::gateway_receipt(receipt_id, run_id)
        .with("/provider", "openai")
        .with("/model", model)
}

pub(crate) fn receipt_by(
    key: &EvidenceKey,
    receipt_id: &str,
    run_id: &str,
    model: &str,
    issued_at: &str,
) -> String {
    receipt_draft(receipt_id, run_id, model)
        .issued_at(issued_at)
        .sign(key)
}

/// A proof bundle whose event chain names `runs` runs, each a subject.
pub(crate) fn bundle_of_runs(key: &EvidenceKey, runs: usize) -> String {
    let hash = encode_url(&sha256(b"event"));
    let event = |n: usize| {
        json!({
            "event_id": format!("evt-{n}"), "run_id": format!("run-{n}"), "event_type": "llm_call",
            "timestamp": TIME, "payload_hash_b64u": hash,
            "prev_hash_b64u": if n == 0 { Value::Null } else { json!(hash) }, "event_hash_b64u": hash,
        })
    };
    let chain: Vec<Value> = (0..runs).map(event).collect();
    documents::bundle("bundle-1", key.did().as_str(), &chain, &[], &[])
        .without("receipts")
        .sign(key)
}

/// The document with one member of its envelope put to another value.
pub(crate) fn tampered(document: &str, member: &str, value: Value) -> String {
    let mut envelope: Value = serde_json::from_str(document).unwrap();
    envelope[member] = value;
    envelope.to_string()
}
