//! Who signs, and the two rules by which documents are signed. The verifier itself holds no private keys.

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use verifier::base64::encode_url;
use verifier::did::DidKey;
use verifier::document::Document;
use verifier::envelope::own_signing_message;
use verifier::json;

/// A time for envelopes and payloads.
pub const TIME: &str = "2026-02-12T00:00:00.000Z";

/// Holds a private key.
pub trait Signer {
    /// Its DID, as documents spell it.
    fn signer_did(&self) -> String;
    /// Raw Ed25519.
    fn signature(&self, message: &[u8]) -> [u8; 64];
}

/// By which rule a document is hashed and signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// Our own: everything in the envelope is signed.
    Own,
    /// clawsig's: the payload's `H_js`, which depends on the order of members.
    Clawsig,
    /// clawsig's for work policy contracts: the payload's canonical form.
    ClawsigCanonical,
}

/// The text of a signed envelope around the text of a payload, with its members in the order in which clawsig emits them.
pub fn envelope<S: Signer + ?Sized>(
    signer: &S,
    rule: Rule,
    envelope_type: &str,
    payload: &str,
    issued_at: &str,
) -> String {
    let value = json::parse(payload.as_bytes()).unwrap();
    let hash = encode_url(&match rule {
        Rule::Clawsig => json::hash_js(&value),
        Rule::Own | Rule::ClawsigCanonical => json::hash_jcs(&value),
    });
    let did = signer.signer_did();
    let with = |signature: &str| {
        format!(
            r#"{{"envelope_version":"1","envelope_type":{},"payload":{payload},"payload_hash_b64u":"{hash}","hash_algorithm":"SHA-256","signature_b64u":"{signature}","algorithm":"Ed25519","signer_did":"{did}","issued_at":{}}}"#,
            json!(envelope_type),
            json!(issued_at),
        )
    };
    let message = match rule {
        Rule::Own => own_signing_message(envelope_type, &json::parse(with("").as_bytes()).unwrap()),
        Rule::Clawsig | Rule::ClawsigCanonical => hash.clone().into_bytes(),
    };
    with(&encode_url(&signer.signature(&message)))
}

/// A key whose seed is 32 equal bytes.
#[derive(Clone, Debug)]
pub struct Key(SigningKey);

impl Signer for Key {
    fn signer_did(&self) -> String {
        self.did()
    }

    fn signature(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

#[cfg(feature = "ledger")]
impl Signer for ledger::signer::EvidenceKey {
    fn signer_did(&self) -> String {
        self.did().to_string()
    }

    fn signature(&self, message: &[u8]) -> [u8; 64] {
        self.sign(message)
    }
}

impl Key {
    /// The key of a seed.
    pub fn new(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    /// Its DID, as documents spell it.
    pub fn did(&self) -> String {
        self.did_key().to_string()
    }

    /// Its DID.
    pub fn did_key(&self) -> DidKey {
        DidKey::from_public_key(self.public()).unwrap()
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// A signature of a message, in base64url.
    pub fn sign(&self, message: &[u8]) -> String {
        encode_url(&self.signature(message))
    }

    /// An envelope under the clawsig rule.
    pub fn clawsig(&self, envelope_type: &str, payload: &Value) -> Value {
        self.value(Rule::Clawsig, envelope_type, payload)
    }

    /// The same as text: the members of its payload stay in the order of `payload`.
    pub fn clawsig_text(&self, envelope_type: &str, payload: &str) -> String {
        envelope(self, Rule::Clawsig, envelope_type, payload, TIME)
    }

    /// The same with the hash of a work policy contract.
    pub fn clawsig_jcs(&self, envelope_type: &str, payload: &Value) -> Value {
        self.value(Rule::ClawsigCanonical, envelope_type, payload)
    }

    /// An envelope of our own.
    pub fn own(&self, envelope_type: &str, payload: &Value) -> Value {
        self.value(Rule::Own, envelope_type, payload)
    }

    /// One of our own envelopes, signed again at another time.
    pub fn own_again(&self, document: &Value, issued_at: &str) -> Value {
        let envelope_type = document["envelope_type"].as_str().unwrap();
        let payload = document["payload"].to_string();
        serde_json::from_str(&envelope(self, Rule::Own, envelope_type, &payload, issued_at)).unwrap()
    }

    fn value(&self, rule: Rule, envelope_type: &str, payload: &Value) -> Value {
        serde_json::from_str(&envelope(self, rule, envelope_type, &payload.to_string(), TIME)).unwrap()
    }
}

/// The strict value of a serde value.
pub fn parse(value: &Value) -> json::Value {
    json::parse(value.to_string().as_bytes()).unwrap()
}

/// The document of a serde value.
pub fn document(value: &Value) -> Document {
    Document::parse(value.to_string().as_bytes()).unwrap()
}

/// The text of an object with its members in the opposite order: the same to JCS, another to `H_js`.
pub fn turned_around(object: &Value) -> String {
    let members: Vec<String> = object
        .as_object()
        .unwrap()
        .iter()
        .rev()
        .map(|(name, value)| format!("{}:{value}", json!(name)))
        .collect();
    format!("{{{}}}", members.join(","))
}
