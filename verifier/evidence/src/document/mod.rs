//! A received document: its bytes, its value, its digests.

mod submission;

use crate::code::Code;
use crate::digest::{EvidenceDigest, RawDigest};
use crate::fault::{Fault, pointer_to};
use crate::foreign::documents_inside;
use crate::hash::sha256;
use crate::json::{self, Object, Value};
use crate::token::contains_compact_jws;

pub use submission::{SUBMISSION_BYTES_MAX, Submission};

/// A document that passed the JSON rules and holds no token. Nothing in it is verified.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    raw: Vec<u8>,
    value: Value,
    evidence_digest: EvidenceDigest,
    raw_digest: RawDigest,
}

impl Document {
    /// Parses one document; white space before and after is not part of it.
    ///
    /// Codes: those of [`json::parse`], `SCHEMA_INVALID` where it is no object, `TOKEN_LEAKED`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let raw = trim_json_space(bytes);
        let value = json::parse(raw)?;
        if value.as_object().is_none() {
            let kind = value.type_name();
            let found = match documents_inside(&value).as_slice() {
                [] => kind.to_owned(),
                inside => format!(
                    "{kind} with documents at {}: send each of them",
                    inside.join(", ")
                ),
            };
            return Err(Fault::new(Code::SchemaInvalid, "", "an object", found));
        }
        if let Some(pointer) = pointer_to_token(&value, "") {
            let expected = "no compact JWS: tokens are bearer secrets";
            return Err(Fault::new(Code::TokenLeaked, pointer, expected, "a compact JWS"));
        }
        let evidence_digest = EvidenceDigest::from_bytes(json::hash_jcs(&value));
        let raw_digest = RawDigest::from_bytes(sha256(raw));
        Ok(Self {
            raw: raw.to_vec(),
            value,
            evidence_digest,
            raw_digest,
        })
    }

    /// The bytes as received, from `{` to the matching `}`.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The value.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// SHA-256 of the JCS of the value.
    pub fn evidence_digest(&self) -> EvidenceDigest {
        self.evidence_digest
    }

    /// SHA-256 of [`raw`](Self::raw).
    pub fn raw_digest(&self) -> RawDigest {
        self.raw_digest
    }
}

/// The white space of RFC 8259 §2, which is less than that of Unicode.
fn trim_json_space(bytes: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let start = bytes
        .iter()
        .position(|byte| !is_space(byte))
        .unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|byte| !is_space(byte))
        .map_or(start, |last| last.saturating_add(1));
    bytes.get(start..end).unwrap_or_default()
}

/// The pointer to a string or member name with a compact JWS in it. A name is not repeated in the
/// pointer, which would hand on the token: the pointer is that of its object.
fn pointer_to_token(value: &Value, pointer: &str) -> Option<String> {
    match value {
        Value::String(text) => contains_compact_jws(text).then(|| pointer.to_owned()),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
            pointer_to_token(item, "").map(|below| pointer_to(pointer, &index.to_string()) + &below)
        }),
        Value::Object(object) => pointer_to_token_in(object, pointer),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn pointer_to_token_in(object: &Object, pointer: &str) -> Option<String> {
    object.members().iter().find_map(|(name, member)| {
        if contains_compact_jws(name) {
            return Some(pointer.to_owned());
        }
        pointer_to_token(member, "").map(|below| pointer_to(pointer, name) + &below)
    })
}
