//! clawsig envelopes: `payload_hash_b64u` is the hash of the payload, the signature is over the 43
//! ASCII characters of it.

use super::shape::{ENVELOPE_MEMBERS, EnvelopeHeader, EnvelopeMembers, hash_mismatch};
use super::{EnvelopeParts, EnvelopeRule};
use crate::code::Code;
use crate::digest::PayloadHash;
use crate::fault::Fault;
use crate::json::{self, Object, Value};
use tlog::hash::sha256;

/// Most co-signatures of one tool receipt; each costs a verification.
pub(super) const CO_SIGNATURES_MAX: usize = 16;

/// Reads the shape, checks the hash and the co-signatures; the signature is the caller's.
pub(super) fn read(
    document: &Object,
    envelope_type: &'static str,
    rule: EnvelopeRule,
) -> Result<EnvelopeParts, Fault> {
    let members = EnvelopeMembers::new(document, "");
    let versions: &[&str] = if envelope_type == "tool_receipt" {
        &["1", "2"]
    } else {
        &["1"]
    };
    let version = members.one_of("envelope_version", versions)?;
    let optional: &[&str] = match (rule, version) {
        (EnvelopeRule::ClawsigJcs, _) => &[],
        (_, "2") => &["expires_at", "co_signatures"],
        _ => &["expires_at"],
    };
    members.are(&ENVELOPE_MEMBERS, optional)?;
    let EnvelopeHeader {
        payload,
        payload_hash,
        signature,
        signer,
        issued_at,
    } = EnvelopeHeader::read(&members)?;
    let payload = signed_payload(payload, envelope_type, rule, &payload_hash)?;
    let message = payload_hash.to_string().into_bytes();
    let appendix = match document.get("co_signatures") {
        Some(_) => co_signatures(members.array("co_signatures")?, &message)?,
        None => String::new(),
    };
    Ok(EnvelopeParts {
        envelope_type,
        rule,
        signer,
        payload,
        payload_hash,
        signature,
        message,
        appendix,
        issued_at,
    })
}

/// The payload that has the stated hash.
fn signed_payload(
    payload: &Object,
    envelope_type: &str,
    rule: EnvelopeRule,
    stated: &PayloadHash,
) -> Result<Object, Fault> {
    let computed = hash(payload, rule);
    if computed == *stated {
        return Ok(payload.clone());
    }
    let detached = (envelope_type == "gateway_receipt")
        .then(|| without_log_proof(payload, stated))
        .flatten();
    detached.ok_or_else(|| hash_mismatch("payload_hash_b64u", &computed, stated))
}

fn hash(payload: &Object, rule: EnvelopeRule) -> PayloadHash {
    let text = match rule {
        EnvelopeRule::ClawsigJcs => json::jcs_of_object(payload),
        EnvelopeRule::ClawsigJs | EnvelopeRule::ExportBundle | EnvelopeRule::Own => {
            json::js_of_object(payload)
        }
    };
    PayloadHash::from_bytes(sha256(text.as_bytes()))
}

/// Gateways log a receipt after signing it and put the log's proof into its metadata, made for the
/// purpose where there was none. The payload without it, if that has the stated hash and the proof
/// is of that hash.
fn without_log_proof(payload: &Object, stated: &PayloadHash) -> Option<Object> {
    let metadata = payload.object("metadata")?;
    let proven = metadata.object("log_inclusion_proof")?.text("leaf_hash_b64u")?;
    if proven != stated.to_string() {
        return None;
    }
    let metadata = metadata.without("log_inclusion_proof");
    let emptied = metadata.members().is_empty();
    let stripped = payload.with("metadata", &Value::Object(metadata));
    if hash(&stripped, EnvelopeRule::ClawsigJs) == *stated {
        return Some(stripped);
    }
    let stripped = payload.without("metadata");
    (emptied && hash(&stripped, EnvelopeRule::ClawsigJs) == *stated).then_some(stripped)
}

/// Checks every co-signature over the envelope's own message; the JCS of the list.
fn co_signatures(items: &[Value], message: &[u8]) -> Result<String, Fault> {
    if items.is_empty() || items.len() > CO_SIGNATURES_MAX {
        let expected = format!("1 to {CO_SIGNATURES_MAX} co-signatures");
        return Err(Fault::new(
            Code::SchemaInvalid,
            "/co_signatures",
            expected,
            items.len().to_string(),
        ));
    }
    for (index, item) in items.iter().enumerate() {
        let pointer = format!("/co_signatures/{index}");
        let Some(object) = item.as_object() else {
            return Err(Fault::new(
                Code::SchemaInvalid,
                pointer,
                "an object",
                item.type_name(),
            ));
        };
        let members = EnvelopeMembers::new(object, &pointer);
        members.are(
            &["signer_did", "signature_b64u", "algorithm"],
            &["issued_at", "role"],
        )?;
        members.one_of("algorithm", &["Ed25519"])?;
        members.optional_time("issued_at")?;
        if object.get("role").is_some() {
            crate::id::check_id(members.text("role")?, &members.at("role"))?;
        }
        let (signer, signature) = (
            members.signer("signer_did")?,
            members.signature("signature_b64u")?,
        );
        if !signer.verify(message, &signature) {
            let pointer = members.at("signature_b64u");
            let expected = "an Ed25519 signature by the co-signer's key";
            return Err(Fault::new(
                Code::SignatureInvalid,
                pointer,
                expected,
                "one that does not verify",
            ));
        }
    }
    Ok(json::jcs_of_array(items))
}
