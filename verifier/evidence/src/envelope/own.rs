//! Our own envelopes: the members of clawsig's, all of them signed.

use super::shape::{ENVELOPE_MEMBERS, EnvelopeHeader, EnvelopeMembers, hash_mismatch};
use super::{EnvelopeParts, EnvelopeRule};
use crate::digest::PayloadHash;
use crate::fault::Fault;
use crate::json::{self, Object, Value};
use tlog::hash::sha256;

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

/// Reads the shape and checks the payload's hash. The counter-signature of `log_key` is read for
/// its form only: it is by the note key in force, which the log knows and the document does not.
pub(super) fn read(document: &Object, envelope_type: &'static str) -> Result<EnvelopeParts, Fault> {
    let members = EnvelopeMembers::new(document, "");
    members.one_of("envelope_version", &["1"])?;
    if envelope_type == "log_key" {
        let required: Vec<&str> = ENVELOPE_MEMBERS
            .into_iter()
            .chain(["counter_signature_b64u"])
            .collect();
        members.are(&required, &["expires_at"])?;
        members.signature("counter_signature_b64u")?;
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
    Ok(EnvelopeParts {
        envelope_type,
        rule: EnvelopeRule::Own,
        signer: header.signer,
        payload: header.payload.clone(),
        payload_hash: header.payload_hash,
        signature: header.signature,
        message: message(envelope_type, &json::jcs_without(document, &SIGNATURE_MEMBERS)),
        appendix: String::new(),
        issued_at: header.issued_at,
    })
}
