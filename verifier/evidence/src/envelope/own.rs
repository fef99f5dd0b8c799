//! Our own envelopes: the members of clawsig's, all of them signed.

use super::shape::{ENVELOPE_MEMBERS, EnvelopeHeader, EnvelopeMembers, hash_mismatch};
use super::{EnvelopeParts, EnvelopeRule};
use crate::code::Code;
use crate::digest::PayloadHash;
use crate::fault::Fault;
use crate::json::{self, Object, Value};
use crate::payload::{SIGNING_KEY_MEMBER, signing_key};
use tlog::hash::sha256;
use tlog::signature::verify_ed25519;

/// The members that hold signatures and are therefore in no signed message.
const SIGNATURE_MEMBERS: [&str; 2] = ["signature_b64u", "counter_signature_b64u"];

/// The message that our own types sign: ASCII `evidence-ledger/<envelope_type>/v1`, one byte 0x0A,
/// and the 32 bytes of SHA-256(JCS(envelope without its signature members)).
///
/// The tag makes the message of one type that of no other type and of no other protocol.
pub fn own_signing_message(envelope_type: &str, envelope: &Value) -> Vec<u8> {
    let jcs = match envelope {
        Value::Object(object) => json::jcs_without(object, &SIGNATURE_MEMBERS),
        other => json::to_jcs(other),
    };
    message(envelope_type, &jcs)
}

fn message(envelope_type: &str, jcs: &str) -> Vec<u8> {
    let mut message = format!("evidence-ledger/{envelope_type}/v1\n").into_bytes();
    message.extend_from_slice(&sha256(jcs.as_bytes()));
    message
}

/// Reads the shape, and checks the payload's hash and the counter-signature of `log_key`. Whether the key that counter-signed
/// is in force, the log knows and the document does not.
pub(super) fn read(document: &Object, envelope_type: &'static str) -> Result<EnvelopeParts, Fault> {
    let members = EnvelopeMembers::new(document, "");
    members.one_of("envelope_version", &["1"])?;
    let mut counter_signature = None;
    if envelope_type == "log_key" {
        let required: Vec<&str> = ENVELOPE_MEMBERS
            .into_iter()
            .chain(["counter_signature_b64u"])
            .collect();
        members.are(&required, &["expires_at"])?;
        counter_signature = Some(members.signature("counter_signature_b64u")?);
    } else {
        members.are(&ENVELOPE_MEMBERS, &["expires_at"])?;
    }
    let header = EnvelopeHeader::read(&members)?;
    let computed = PayloadHash::from_bytes(sha256(json::jcs_of_object(header.payload).as_bytes()));
    if computed != header.payload_hash {
        return Err(hash_mismatch(
            "payload_hash_b64u",
            &computed,
            &header.payload_hash,
        ));
    }
    let message = message(envelope_type, &json::jcs_without(document, &SIGNATURE_MEMBERS));
    if let Some(signature) = counter_signature {
        check_counter_signature(header.payload, &message, &signature)?;
    }
    Ok(EnvelopeParts {
        envelope_type,
        rule: EnvelopeRule::Own,
        signer: header.signer,
        payload: header.payload.clone(),
        payload_hash: header.payload_hash,
        signature: header.signature,
        message,
        appendix: String::new(),
        issued_at: header.issued_at,
    })
}

/// The key that the payload names signed the same message. A payload that names none is refused when it is decoded.
fn check_counter_signature(payload: &Object, message: &[u8], signature: &[u8; 64]) -> Result<(), Fault> {
    let Some(key) = payload.text(SIGNING_KEY_MEMBER).and_then(signing_key) else {
        return Ok(());
    };
    if verify_ed25519(key.public_key(), message, signature) {
        return Ok(());
    }
    Err(Fault::new(
        Code::SignatureInvalid,
        "/counter_signature_b64u",
        format!("an Ed25519 signature by {}", key.label()),
        "one that does not verify",
    ))
}
