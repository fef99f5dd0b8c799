//! The members of an envelope: the one list of them, the reader that leaves the order of its checks to the caller, and
//! the strict reading of single members, where each fault has the member's pointer.

use crate::code::Code;
use crate::did::DidKey;
use crate::digest::PayloadHash;
use crate::fault::{Fault, pointer_to, shorten};
use crate::id::check_id;
use crate::json::{Object, Value, hash_js};
use crate::rfc3339;
use tlog::base64;

/// The members of every envelope.
pub const ENVELOPE_MEMBERS: [&str; 9] = [
    "envelope_version",
    "envelope_type",
    "payload",
    "payload_hash_b64u",
    "hash_algorithm",
    "signature_b64u",
    "algorithm",
    "signer_did",
    "issued_at",
];

/// An envelope as it was received. Each check is a method of its own, because the log and clawsig's reference make them
/// in different orders and name their faults differently.
#[derive(Clone, Copy, Debug)]
pub struct UnverifiedEnvelope<'a>(&'a Object);

impl<'a> UnverifiedEnvelope<'a> {
    /// Takes a document for an envelope.
    pub const fn new(document: &'a Object) -> Self {
        Self(document)
    }

    /// The document.
    pub const fn document(&self) -> &'a Object {
        self.0
    }

    /// The first of [`ENVELOPE_MEMBERS`] that is missing.
    pub fn missing(&self) -> Option<&'static str> {
        ENVELOPE_MEMBERS
            .into_iter()
            .find(|name| self.0.get(name).is_none())
    }

    /// A member that is a string; "" where it is not.
    pub fn text(&self, name: &str) -> &'a str {
        self.0.text_or_empty(name)
    }

    /// The payload; `null` where there is none.
    pub fn payload(&self) -> &'a Value {
        self.0.get("payload").unwrap_or(&Value::Null)
    }

    /// A member of the payload.
    pub fn payload_member(&self, name: &str) -> Option<&'a Value> {
        self.payload().as_object().and_then(|payload| payload.get(name))
    }

    /// A member of the payload that is a string; "" where it is not.
    pub fn payload_text(&self, name: &str) -> &'a str {
        self.payload_member(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The hash of the payload as it is written, in base64url.
    pub fn payload_hash(&self) -> String {
        base64::encode_url(&hash_js(self.payload()))
    }

    /// Whether `payload_hash_b64u` is the payload's hash.
    pub fn has_payload_hash(&self) -> bool {
        self.payload_hash() == self.text("payload_hash_b64u")
    }

    /// Whether the signature over the characters of `payload_hash_b64u` is by a key. Trailing bits of its text are
    /// ignored: see [`has_canonical_signature`](Self::has_canonical_signature).
    pub fn is_signed_by(&self, signer: &DidKey) -> bool {
        base64::decode_url_array_lenient(self.text("signature_b64u"))
            .is_some_and(|signature| signer.verify(self.text("payload_hash_b64u").as_bytes(), &signature))
    }

    /// Whether the signature is written in the one text that its bytes have. Another text of the same signature would
    /// be another file of the same statement.
    pub fn has_canonical_signature(&self) -> bool {
        base64::decode_url_array::<64>(self.text("signature_b64u")).is_some()
    }
}

/// The members of one object, and the pointer to it.
pub(super) struct EnvelopeMembers<'a> {
    object: &'a Object,
    pointer: &'a str,
}

impl<'a> EnvelopeMembers<'a> {
    pub(super) fn new(object: &'a Object, pointer: &'a str) -> Self {
        Self { object, pointer }
    }

    pub(super) fn at(&self, name: &str) -> String {
        pointer_to(self.pointer, name)
    }

    fn fault(&self, code: Code, name: &str, expected: &str, found: &str) -> Fault {
        Fault::new(code, self.at(name), expected, shorten(found))
    }

    /// Every required member is there and no other than these and the optional ones.
    pub(super) fn are(&self, required: &[&str], optional: &[&str]) -> Result<(), Fault> {
        if let Some(missing) = required.iter().find(|name| self.object.get(name).is_none()) {
            return Err(self.fault(Code::SchemaInvalid, missing, "this member", "nothing"));
        }
        let known = |name: &str| required.contains(&name) || optional.contains(&name);
        match self.object.members().iter().find(|(name, _)| !known(name)) {
            Some((surplus, _)) => Err(self.fault(Code::SchemaInvalid, surplus, "no such member", surplus)),
            None => Ok(()),
        }
    }

    fn member(&self, name: &str) -> Result<&'a Value, Fault> {
        self.object
            .get(name)
            .ok_or_else(|| self.fault(Code::SchemaInvalid, name, "this member", "nothing"))
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a str, Fault> {
        let value = self.member(name)?;
        value
            .as_str()
            .ok_or_else(|| self.fault(Code::SchemaInvalid, name, "a string", value.type_name()))
    }

    pub(super) fn object(&self, name: &str) -> Result<&'a Object, Fault> {
        let value = self.member(name)?;
        value
            .as_object()
            .ok_or_else(|| self.fault(Code::SchemaInvalid, name, "an object", value.type_name()))
    }

    pub(super) fn array(&self, name: &str) -> Result<&'a [Value], Fault> {
        let value = self.member(name)?;
        value
            .as_array()
            .ok_or_else(|| self.fault(Code::SchemaInvalid, name, "an array", value.type_name()))
    }

    /// A string out of a fixed few.
    pub(super) fn one_of(&self, name: &str, allowed: &[&str]) -> Result<&'a str, Fault> {
        let text = self.text(name)?;
        if allowed.contains(&text) {
            return Ok(text);
        }
        Err(self.fault(Code::SchemaInvalid, name, &allowed.join(" or "), text))
    }

    /// The only algorithms there are: Ed25519 over SHA-256.
    pub(super) fn algorithms(&self) -> Result<(), Fault> {
        self.one_of("algorithm", &["Ed25519"])?;
        self.one_of("hash_algorithm", &["SHA-256"])?;
        Ok(())
    }

    /// 43 characters of canonical base64url.
    pub(super) fn hash(&self, name: &str) -> Result<PayloadHash, Fault> {
        let text = self.text(name)?;
        let expected = "43 characters of canonical base64url";
        PayloadHash::parse(text).ok_or_else(|| self.fault(Code::InvalidBase64url, name, expected, text))
    }

    /// 86 characters of canonical base64url.
    pub(super) fn signature(&self, name: &str) -> Result<[u8; 64], Fault> {
        let text = self.text(name)?;
        let expected = "86 characters of canonical base64url";
        base64::decode_url_array(text).ok_or_else(|| self.fault(Code::InvalidBase64url, name, expected, text))
    }

    /// The did:key of an Ed25519 key that is not of small order.
    pub(super) fn signer(&self, name: &str) -> Result<DidKey, Fault> {
        let text = self.text(name)?;
        check_id(text, &self.at(name))?;
        let expected = "the did:key of an Ed25519 key";
        DidKey::parse(text).ok_or_else(|| self.fault(Code::SchemaInvalid, name, expected, text))
    }

    /// An RFC 3339 time, kept as it is written.
    pub(super) fn time(&self, name: &str) -> Result<&'a str, Fault> {
        let text = self.text(name)?;
        match rfc3339::parse(text) {
            Some(_) => Ok(text),
            None => Err(self.fault(Code::SchemaInvalid, name, "an RFC 3339 time with offset", text)),
        }
    }

    /// [`time`](Self::time) where the member is present.
    pub(super) fn optional_time(&self, name: &str) -> Result<(), Fault> {
        if self.object.get(name).is_some() {
            self.time(name)?;
        }
        Ok(())
    }
}

/// The members of an envelope whose forms are checked; hash and signature are not.
pub(super) struct EnvelopeHeader<'a> {
    pub(super) payload: &'a Object,
    pub(super) payload_hash: PayloadHash,
    pub(super) signature: [u8; 64],
    pub(super) signer: DidKey,
    pub(super) issued_at: String,
}

impl<'a> EnvelopeHeader<'a> {
    /// Algorithms, then each member's form.
    pub(super) fn read(members: &EnvelopeMembers<'a>) -> Result<Self, Fault> {
        members.algorithms()?;
        let header = Self {
            payload: members.object("payload")?,
            payload_hash: members.hash("payload_hash_b64u")?,
            signature: members.signature("signature_b64u")?,
            signer: members.signer("signer_did")?,
            issued_at: members.time("issued_at")?.to_owned(),
        };
        members.optional_time("expires_at")?;
        Ok(header)
    }
}

/// The fault of a stated hash that is not the hash of what it states.
pub(super) fn hash_mismatch(name: &str, computed: &PayloadHash, stated: &PayloadHash) -> Fault {
    Fault::new(
        Code::HashMismatch,
        pointer_to("", name),
        computed.to_string(),
        stated.to_string(),
    )
}
