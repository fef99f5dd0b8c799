//! Keys that sign evidence, and the documents that they sign.

use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use verifier::base64;
use verifier::did::DidKey;
use verifier::envelope::own_signing_message;
use verifier::json::{self, Value};
use verifier::payload::LogKeyChange;
use zeroize::Zeroizing;

use super::{HeldKeys, KeyError, file, random_seed};

/// The one clawsig type whose payload is hashed by its canonical form.
const CANONICAL_TYPE: &str = "work_policy_contract";
/// The type of a change of the log's keys, which alone has a second signature.
const LOG_KEY_TYPE: &str = "log_key";

/// A key that signs evidence: operator, issuers, agents.
pub struct EvidenceKey {
    key: SigningKey,
    did: DidKey,
}

impl EvidenceKey {
    /// From a seed.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] where the seed gives a weak key.
    pub fn from_seed(seed: [u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(&Zeroizing::new(seed));
        let did = DidKey::from_public_key(key.verifying_key().to_bytes())
            .ok_or(KeyError::Malformed("the seed gives a weak key"))?;
        Ok(Self { key, did })
    }

    /// A fresh one from the operating system's randomness.
    ///
    /// # Errors
    /// [`KeyError::Randomness`] where the operating system gives none; otherwise as
    /// [`from_seed`](Self::from_seed).
    pub fn generate() -> Result<Self, KeyError> {
        Self::from_seed(random_seed()?)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`KeyError::Io`] where the file cannot be read, [`KeyError::Malformed`] where it is not one line with
    /// a key: the person who named the file is at fault.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let line = file::read_line(path)?;
        let seed = base64::decode_url_array(&line)
            .ok_or(KeyError::Malformed("an evidence key is 32 bytes in base64url"))?;
        Self::from_seed(seed)
    }

    /// Writes a new file, mode 0600.
    ///
    /// # Errors
    /// [`KeyError::Io`] where the file exists or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let encoded = Zeroizing::new(base64::encode_url(self.key.as_bytes()));
        let line = Zeroizing::new(format!("{}\n", *encoded));
        file::write_new(path, line.as_bytes())
    }

    /// Its DID.
    pub fn did(&self) -> &DidKey {
        &self.did
    }

    /// Raw Ed25519.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    /// A signed envelope of our own rule: everything in it is signed. `issued_at` is
    /// RFC 3339. The text of the document.
    ///
    /// # Errors
    /// [`KeyError::Payload`] where the payload breaks a rule of [`json::parse`]: the caller is at fault.
    pub fn sign_own(
        &self,
        envelope_type: &str,
        payload: &serde_json::Value,
        issued_at: &str,
    ) -> Result<String, KeyError> {
        let payload = payload.to_string();
        let hash = json::hash_jcs(&parse(&payload)?);
        let unsigned = self.envelope(envelope_type, &payload, &hash, issued_at, "");
        let message = own_signing_message(envelope_type, &parse(&unsigned)?);
        Ok(self.envelope(
            envelope_type,
            &payload,
            &hash,
            issued_at,
            &signature_member(&self.sign(&message)),
        ))
    }

    /// The `log_key` envelope of a change, counter-signed with a key of the log that is in force. `issued_at` is RFC 3339. The text
    /// of the document.
    ///
    /// # Errors
    /// [`KeyError::Payload`] where the payload breaks a rule of [`json::parse`]; [`KeyError::Malformed`] where the key that is to
    /// counter-sign is not among `keys`: the caller is at fault.
    pub fn sign_key_change(
        &self,
        said: &LogKeyChange,
        keys: &HeldKeys,
        issued_at: &str,
    ) -> Result<String, KeyError> {
        let signed = self.sign_own(LOG_KEY_TYPE, &said.to_payload(), issued_at)?;
        let message = own_signing_message(LOG_KEY_TYPE, &parse(&signed)?);
        let counter_signature = keys
            .counter_sign(&said.change.by, &message)
            .ok_or(KeyError::Malformed("the key that counter-signs is not here"))?;
        let open = signed.strip_suffix('}').unwrap_or(&signed);
        let encoded = base64::encode_url(&counter_signature);
        Ok(format!("{open},\"counter_signature_b64u\":\"{encoded}\"}}"))
    }

    /// A clawsig envelope, version 1: the payload's text is kept byte for byte in member order, hashed by
    /// `H_js` (`work_policy_contract`: `H_jcs`), and the signature is over the ASCII of that hash's text.
    ///
    /// # Errors
    /// [`KeyError::Payload`] where the payload is not JSON or breaks a rule of [`json::parse`]: the caller is
    /// at fault.
    pub fn sign_clawsig(
        &self,
        envelope_type: &str,
        payload_json: &str,
        issued_at: &str,
    ) -> Result<String, KeyError> {
        let payload = parse(payload_json)?;
        let hash = if envelope_type == CANONICAL_TYPE {
            json::hash_jcs(&payload)
        } else {
            json::hash_js(&payload)
        };
        let signature = self.sign(base64::encode_url(&hash).as_bytes());
        Ok(self.envelope(
            envelope_type,
            payload_json,
            &hash,
            issued_at,
            &signature_member(&signature),
        ))
    }

    /// The members in the order that clawsig emits them; `signature` is the whole member, or empty.
    fn envelope(
        &self,
        envelope_type: &str,
        payload: &str,
        payload_hash: &[u8; 32],
        issued_at: &str,
        signature: &str,
    ) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        format!(
            "{{\"envelope_version\":\"1\",\"envelope_type\":{},\"payload\":{payload},\
             \"payload_hash_b64u\":\"{}\",\"hash_algorithm\":\"SHA-256\",{signature}\
             \"algorithm\":\"Ed25519\",\"signer_did\":{},\"issued_at\":{}}}",
            text(envelope_type),
            base64::encode_url(payload_hash),
            text(self.did.as_str()),
            text(issued_at),
        )
    }
}

impl std::fmt::Debug for EvidenceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EvidenceKey({})", self.did)
    }
}

fn signature_member(signature: &[u8; 64]) -> String {
    format!("\"signature_b64u\":\"{}\",", base64::encode_url(signature))
}

fn parse(text: &str) -> Result<Value, KeyError> {
    json::parse(text.as_bytes()).map_err(|fault| KeyError::Payload(fault.to_string()))
}
