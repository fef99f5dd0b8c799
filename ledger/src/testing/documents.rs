//! Signed documents of the kinds that most tests need.

use serde_json::{Value, json};
use verifier::digest::EvidenceDigest;

use super::ORIGIN;
use crate::signer::{EvidenceKey, KeyError};

/// `issued_at` of every test document: unsigned under the clawsig rule.
pub const ISSUED_AT: &str = "2026-02-11T00:00:00Z";

/// A gateway receipt in the making.
#[derive(Clone, Debug)]
pub struct TestReceipt {
    /// `receipt_id`.
    pub receipt_id: String,
    /// `binding.run_id`.
    pub run_id: String,
    /// `binding.nonce`.
    pub nonce: String,
    /// `model`.
    pub model: String,
    /// `issued_at` of the envelope.
    pub issued_at: String,
}

impl TestReceipt {
    /// The receipt with a number; receipts of different numbers share no identity.
    pub fn new(number: u64) -> Self {
        Self {
            receipt_id: format!("rcpt_{number}"),
            run_id: "run_test".to_owned(),
            nonce: format!("nonce_{number}"),
            model: "claude-test".to_owned(),
            issued_at: ISSUED_AT.to_owned(),
        }
    }

    /// The signed document.
    ///
    /// # Errors
    /// [`KeyError::Payload`] where the ids cannot stand in a document.
    pub fn sign(&self, gateway: &EvidenceKey) -> Result<String, KeyError> {
        let hash = "A".repeat(43);
        let payload = json!({
            "receipt_version": "1",
            "receipt_id": self.receipt_id,
            "gateway_id": "did:web:clawproxy.example",
            "provider": "anthropic",
            "model": self.model,
            "request_hash_b64u": hash,
            "response_hash_b64u": hash,
            "tokens_input": 1,
            "tokens_output": 2,
            "latency_ms": 3,
            "timestamp": ISSUED_AT,
            "binding": { "run_id": self.run_id, "event_hash_b64u": hash, "nonce": self.nonce },
        });
        gateway.sign_clawsig("gateway_receipt", &payload.to_string(), &self.issued_at)
    }
}

/// A signed erasure order, hold or release (`kind`) about a target: [`evidence_target`], or a job's id.
///
/// # Errors
/// [`KeyError::Payload`] where `target` is no object.
pub fn disposition(key: &EvidenceKey, kind: &str, target: &Value, reason: &str) -> Result<String, KeyError> {
    let mut payload = target.clone();
    if let Some(members) = payload.as_object_mut() {
        members.insert("event_version".to_owned(), json!("1"));
        members.insert("log_origin".to_owned(), json!(ORIGIN));
        members.insert("reason".to_owned(), json!(reason));
    }
    key.sign_own(kind, &payload, ISSUED_AT)
}

/// One document as the target of a [`disposition`].
pub fn evidence_target(digest: EvidenceDigest) -> Value {
    json!({ "evidence_digest": digest })
}
