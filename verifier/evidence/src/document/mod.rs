//! A received document: its bytes, its value, its digests.

mod leaking;
mod submission;

use crate::code::Code;
use crate::compact_jws::contains_compact_jws;
use crate::digest::{EvidenceDigest, RawDigest};
use crate::fault::{Fault, pointer_to};
use crate::foreign::documents_inside;
use crate::json::{self, Object, Value};
use tlog::hash::sha256;

pub use leaking::{LeakingDocument, ReceivedDocument};
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
    /// # Errors
    /// The codes of [`json::parse`], `SCHEMA_INVALID` where it is no object, and `TOKEN_LEAKED` where it
    /// holds a compact JWS.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        match Self::receive(bytes)? {
            ReceivedDocument::Clean(document) => Ok(document),
            ReceivedDocument::Leaking(leaking) => Err(leaking.into_fault()),
        }
    }

    /// As [`parse`](Self::parse), but keeps a document with a token in it apart, so that its signer can be found.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), without `TOKEN_LEAKED`.
    pub fn receive(bytes: &[u8]) -> Result<ReceivedDocument, Fault> {
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
        let token = pointer_to_token(&value, "");
        let evidence_digest = EvidenceDigest::from_bytes(json::hash_jcs(&value));
        let raw_digest = RawDigest::from_bytes(sha256(raw));
        let document = Self {
            raw: raw.to_vec(),
            value,
            evidence_digest,
            raw_digest,
        };
        Ok(match token {
            None => ReceivedDocument::Clean(document),
            Some(pointer) => {
                let expected = "no compact JWS: tokens are bearer secrets";
                let fault = Fault::new(Code::TokenLeaked, pointer, expected, "a compact JWS");
                ReceivedDocument::Leaking(LeakingDocument::new(document, fault))
            }
        })
    }

    /// The bytes as received, from `{` to the matching `}`.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The parsed JSON value.
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
