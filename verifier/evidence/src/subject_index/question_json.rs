//! Questions as JSON, which people write and reports name.

use serde_json::{Value, json};

use super::question_wire::{EVIDENCE, HASHED, KIND, KINDS_MAX, QuestionWire, SUBJECT};
use super::{IndexError, IndexQuestion, code_of};
use crate::cbor::{BoundedArray, Bytes32};
use crate::digest::EvidenceDigest;
use crate::subject::SubjectHash;

impl IndexQuestion {
    /// The question as JSON, in the form of `index.cddl` with digests and hashes in hexadecimal:
    /// `["subject", "token", "…", ["token.revoked"]]`. Equal questions have equal JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Kind(kind) => json!(["kind", kind]),
            Self::Evidence(digest) => json!(["evidence", digest.to_string()]),
            Self::Subject { field, value, kinds } => json!(["subject", field.as_str(), value, kinds]),
            Self::Hashed { field, hash, kinds } => {
                json!(["hashed", field.as_str(), hash.to_string(), kinds])
            }
        }
    }

    /// Reads a question that [`to_json`](Self::to_json) wrote, or that a person did: kinds in any order.
    ///
    /// # Errors
    /// [`IndexError::Form`] for what is no question, [`IndexError::UnknownFormat`] for names that are not known here, and what
    /// [`check_provable`](Self::check_provable) and [`check_value`](Self::check_value) say. The one who asks is at fault.
    pub fn from_json(question: &Value) -> Result<Self, IndexError> {
        let form = || IndexError::Form("a question");
        let Some((Value::String(name), members)) = question.as_array().and_then(|all| all.split_first())
        else {
            return Err(form());
        };
        let wire = match (name.as_str(), members) {
            (KIND, [Value::String(kind)]) => QuestionWire::Kind(kind),
            (EVIDENCE, [Value::String(digest)]) => {
                let digest = EvidenceDigest::parse_hex(digest).ok_or_else(form)?;
                QuestionWire::Evidence(Bytes32(*digest.as_bytes()))
            }
            (SUBJECT, [Value::String(field), Value::String(value), Value::Array(kinds)]) => {
                QuestionWire::Subject(field, value, names(kinds).ok_or_else(form)?)
            }
            (HASHED, [Value::String(field), Value::String(hash), Value::Array(kinds)]) => {
                let hash = SubjectHash::parse_hex(hash).ok_or_else(form)?;
                QuestionWire::Hashed(field, Bytes32(*hash.as_bytes()), names(kinds).ok_or_else(form)?)
            }
            _ => return Err(form()),
        };
        let mut question = wire.question()?;
        if let Self::Subject { kinds, .. } | Self::Hashed { kinds, .. } = &mut question {
            kinds.sort_unstable_by_key(|kind| code_of(*kind));
            kinds.dedup();
        }
        question.check_provable()?;
        question.check_value()?;
        Ok(question)
    }
}

/// The names of kinds; `None` for more than a question has, or other values.
fn names(kinds: &[Value]) -> Option<BoundedArray<&str, KINDS_MAX>> {
    let names: Option<Vec<&str>> = kinds.iter().map(Value::as_str).collect();
    names.filter(|names| names.len() <= KINDS_MAX).map(BoundedArray)
}
