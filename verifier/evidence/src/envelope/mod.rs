//! The signed envelope, clawsig's and ours: shape, hash rule, signed message.
//!
//! Four rules, normative in `schemas/signing.md`. Under the clawsig rules the signature covers the
//! 43 characters of the payload's hash and nothing else: the header members (type, version, signer,
//! times) are read by no check. Our own types sign the whole envelope under a tag of their own, so
//! that a signature of one type can never pass for that of another.

mod clawsig;
mod export;
mod own;
mod shape;

use crate::code::Code;
use crate::did::DidKey;
use crate::digest::{PayloadHash, StatementDigest, statement_digest};
use crate::envelope_types;
use crate::fault::{Fault, shorten};
use crate::foreign;
use crate::json::{self, Object, Value};
use tlog::hash::sha256;
use tlog::signature::SignatureClaim;

pub use crate::envelope_types::EnvelopeRule;
pub use own::own_signing_message;
pub use shape::{ENVELOPE_MEMBERS, UnverifiedEnvelope};

/// An envelope whose hash and signature hold. Only [`verify`] makes one.
#[derive(Clone, PartialEq, Debug)]
pub struct VerifiedEnvelope {
    envelope_type: String,
    rule: EnvelopeRule,
    signer: DidKey,
    payload: Object,
    payload_hash: PayloadHash,
    statement: StatementDigest,
    issued_at: String,
}

impl VerifiedEnvelope {
    /// The type as received; `export_bundle` for the flat form, which has none.
    pub fn envelope_type(&self) -> &str {
        &self.envelope_type
    }

    /// The rule by which the envelope was verified.
    pub fn rule(&self) -> EnvelopeRule {
        self.rule
    }

    /// The signer's DID.
    pub fn signer(&self) -> &DidKey {
        &self.signer
    }

    /// What was signed: the payload (export bundles: the whole document). A log proof that a
    /// gateway attached after signing is not part of it.
    pub fn payload(&self) -> &Object {
        &self.payload
    }

    /// The payload's hash.
    pub fn payload_hash(&self) -> &PayloadHash {
        &self.payload_hash
    }

    /// SHA-256(JCS(payload)), of an export bundle over its signable members: the same for a payload that is signed
    /// again, and for one whose members are in another order.
    pub fn payload_digest(&self) -> PayloadHash {
        match self.rule {
            EnvelopeRule::ClawsigJs => {
                PayloadHash::from_bytes(sha256(json::jcs_of_object(&self.payload).as_bytes()))
            }
            EnvelopeRule::ClawsigJcs | EnvelopeRule::ExportBundle | EnvelopeRule::Own => self.payload_hash,
        }
    }

    /// Identifies the statement whatever the unsigned bytes.
    pub fn statement(&self) -> StatementDigest {
        self.statement
    }

    /// RFC 3339; unsigned under the clawsig rule.
    pub fn issued_at(&self) -> &str {
        &self.issued_at
    }
}

/// An envelope whose shape and hash hold, and whose signature was not verified: what the rules have in common.
pub(crate) struct EnvelopeParts {
    envelope_type: &'static str,
    rule: EnvelopeRule,
    signer: DidKey,
    payload: Object,
    payload_hash: PayloadHash,
    signature: [u8; 64],
    /// The exact bytes given to Ed25519.
    message: Vec<u8>,
    /// What the statement digest covers after the message.
    appendix: String,
    issued_at: String,
}

impl EnvelopeParts {
    fn verify(self) -> Result<VerifiedEnvelope, Fault> {
        let holds = self.claim().holds();
        self.verified(holds)
    }

    /// What its signature is to hold for.
    pub(crate) fn claim(&self) -> SignatureClaim<'_> {
        SignatureClaim {
            key: *self.signer.key(),
            message: &self.message,
            signature: &self.signature,
        }
    }

    /// The verified envelope, if `holds` says of its claim that it does.
    pub(crate) fn verified(self, holds: bool) -> Result<VerifiedEnvelope, Fault> {
        if !holds {
            let expected = "an Ed25519 signature by the signer's key";
            return Err(Fault::new(
                Code::SignatureInvalid,
                "/signature_b64u",
                expected,
                "one that does not verify",
            ));
        }
        let mut message = self.message;
        message.extend_from_slice(self.appendix.as_bytes());
        Ok(VerifiedEnvelope {
            statement: statement_digest(self.envelope_type, self.signer.as_str(), &message),
            envelope_type: self.envelope_type.to_owned(),
            rule: self.rule,
            signer: self.signer,
            payload: self.payload,
            payload_hash: self.payload_hash,
            issued_at: self.issued_at,
        })
    }
}

/// Checks shape, algorithm names, hash and signature. A gateway receipt that hashes only without
/// `payload.metadata.log_inclusion_proof` is accepted: gateways attach it after signing.
///
/// Success says nothing about who may sign what, nor about anything embedded in the payload.
///
/// # Errors
/// `UNKNOWN_ENVELOPE_TYPE`, `SCHEMA_INVALID`, `INVALID_BASE64URL`, `INVALID_ID`, `HASH_MISMATCH` or
/// `SIGNATURE_INVALID`.
pub fn verify(value: &Value) -> Result<VerifiedEnvelope, Fault> {
    read(value)?.verify()
}

/// [`verify`] without the signature, for callers who verify many together.
///
/// # Errors
/// As [`verify`], without `SIGNATURE_INVALID`.
pub(crate) fn read(value: &Value) -> Result<EnvelopeParts, Fault> {
    let Some(document) = value.as_object() else {
        return Err(Fault::new(
            Code::SchemaInvalid,
            "",
            "an object",
            value.type_name(),
        ));
    };
    match document.get("envelope_type") {
        None if document.get("export_version").is_some() => export::read(document),
        None => Err(no_type(value)),
        Some(Value::String(text)) => match envelope_types::find(text) {
            Some((envelope_type, EnvelopeRule::Own)) => own::read(document, envelope_type),
            Some((envelope_type, rule)) => clawsig::read(document, envelope_type, rule),
            None if clawsig_kind(text) => Err(unknown_type(crate::detect::not_logged(text))),
            None => Err(unknown_type(shorten(text))),
        },
        Some(other) => Err(unknown_type(other.type_name())),
    }
}

/// Checks a document of one type of our own that no log takes: shape, hash and signature.
///
/// # Errors
/// `UNKNOWN_ENVELOPE_TYPE` where the document is of another type; otherwise as [`verify`].
pub fn verify_own(document: &Value, envelope_type: &'static str) -> Result<VerifiedEnvelope, Fault> {
    let object = document.as_object();
    let found = object.and_then(|object| object.text("envelope_type"));
    match object.filter(|_| found == Some(envelope_type)) {
        Some(object) => own::read(object, envelope_type)?.verify(),
        None => Err(Fault::new(
            Code::UnknownEnvelopeType,
            "/envelope_type",
            envelope_type,
            shorten(found.unwrap_or_default()),
        )),
    }
}

/// Whether the payload of envelopes of this type is hashed in its canonical form, and not as it is written.
pub fn hashes_canonical_form(envelope_type: &str) -> bool {
    envelope_types::find(envelope_type)
        .is_some_and(|(_, rule)| matches!(rule, EnvelopeRule::ClawsigJcs | EnvelopeRule::Own))
}

/// The rule by which envelopes of this type are signed; `None` for a type that the log does not take.
pub fn rule_of(envelope_type: &str) -> Option<EnvelopeRule> {
    envelope_types::find(envelope_type).map(|(_, rule)| rule)
}

/// Every type that the log takes, for people.
pub fn type_names() -> String {
    envelope_types::names()
}

/// Whether a type is one that [`clawsig`] verifies.
fn clawsig_kind(envelope_type: &str) -> bool {
    crate::detect::Kind::parse(envelope_type).is_some()
}

/// A document without a type. Where it is something else, or holds the document, it is told so.
fn no_type(value: &Value) -> Fault {
    let elsewhere = |pointer: &str, hint: String| {
        let expected = format!("a signed envelope ({hint}) of {}", taken());
        Fault::new(Code::UnknownEnvelopeType, pointer, expected, "no envelope itself")
    };
    match foreign::documents_inside(value).as_slice() {
        [] => unknown_type(foreign::no_envelope(value).unwrap_or_else(|| "nothing".to_owned())),
        [one] => elsewhere(one, format!("the document is at {one}: send that")),
        many => {
            let hint = format!("documents are at {}: send each of them", many.join(", "));
            elsewhere("/envelope_type", hint)
        }
    }
}

/// What is taken, in words.
fn taken() -> String {
    format!(
        "a type that this log takes: {}, or an export bundle",
        envelope_types::names()
    )
}

fn unknown_type(found: impl Into<String>) -> Fault {
    Fault::new(Code::UnknownEnvelopeType, "/envelope_type", taken(), found)
}
