//! Signs documents for tests. The verifier itself holds no private keys.

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use verifier::base64::encode_url;
use verifier::did::DidKey;
use verifier::document::Document;
use verifier::envelope::own_signing_message;
use verifier::json;

/// A time for envelopes and payloads.
pub(crate) const TIME: &str = "2026-02-12T00:00:00.000Z";

/// A key whose seed is 32 equal bytes.
pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    pub(crate) fn did(&self) -> String {
        DidKey::from_public_key(self.0.verifying_key().to_bytes())
            .unwrap()
            .to_string()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> String {
        encode_url(&self.0.sign(message).to_bytes())
    }

    /// An envelope under the clawsig rule.
    pub(crate) fn clawsig(&self, envelope_type: &str, payload: &Value) -> Value {
        let hash = encode_url(&json::hash_js(&parse(payload)));
        self.envelope(envelope_type, payload, &hash, &self.sign(hash.as_bytes()))
    }

    /// An envelope under the clawsig rule as text: the members of its payload stay in the order of `payload`.
    pub(crate) fn clawsig_text(&self, envelope_type: &str, payload: &str) -> String {
        let value = json::parse(payload.as_bytes()).unwrap();
        let hash = encode_url(&json::hash_js(&value));
        let envelope = self.envelope(
            envelope_type,
            &json!("@payload"),
            &hash,
            &self.sign(hash.as_bytes()),
        );
        envelope.to_string().replace("\"@payload\"", payload)
    }

    /// One of our own envelopes, signed again at another time.
    pub(crate) fn own_again(&self, envelope: &Value, issued_at: &str) -> Value {
        let mut again = envelope.clone();
        again["issued_at"] = json!(issued_at);
        let envelope_type = envelope["envelope_type"].as_str().unwrap();
        let message = own_signing_message(envelope_type, &parse(&again));
        again["signature_b64u"] = json!(self.sign(&message));
        again
    }

    /// The same with the hash of a work policy contract.
    pub(crate) fn clawsig_jcs(&self, envelope_type: &str, payload: &Value) -> Value {
        let hash = encode_url(&json::hash_jcs(&parse(payload)));
        self.envelope(envelope_type, payload, &hash, &self.sign(hash.as_bytes()))
    }

    /// An envelope of our own.
    pub(crate) fn own(&self, envelope_type: &str, payload: &Value) -> Value {
        let hash = encode_url(&json::hash_jcs(&parse(payload)));
        let mut envelope = self.envelope(envelope_type, payload, &hash, "");
        let message = own_signing_message(envelope_type, &parse(&envelope));
        envelope["signature_b64u"] = json!(self.sign(&message));
        envelope
    }

    fn envelope(&self, envelope_type: &str, payload: &Value, hash: &str, signature: &str) -> Value {
        json!({
            "envelope_version": "1",
            "envelope_type": envelope_type,
            "payload": payload,
            "payload_hash_b64u": hash,
            "hash_algorithm": "SHA-256",
            "signature_b64u": signature,
            "algorithm": "Ed25519",
            "signer_did": self.did(),
            "issued_at": TIME,
        })
    }
}

/// The strict value of a serde value.
pub(crate) fn parse(value: &Value) -> json::Value {
    json::parse(value.to_string().as_bytes()).unwrap()
}

/// The document of a serde value.
pub(crate) fn document(value: &Value) -> Document {
    Document::parse(value.to_string().as_bytes()).unwrap()
}

/// The text of an object with its members in the opposite order: the same to JCS, another to `H_js`.
pub(crate) fn turned_around(object: &Value) -> String {
    let members: Vec<String> = object
        .as_object()
        .unwrap()
        .iter()
        .rev()
        .map(|(name, value)| format!("{}:{value}", json!(name)))
        .collect();
    format!("{{{}}}", members.join(","))
}
