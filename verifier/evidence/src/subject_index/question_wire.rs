//! Questions as they are in a file (`schemas/index.cddl`).

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::rows::KIND_FIELD;
use super::{AskedField, IndexError, IndexQuestion};
use crate::cbor::{BoundedArray, Bytes32};
use crate::digest::EvidenceDigest;
use crate::kind::Kind;
use crate::subject::{Field, SubjectHash};

pub(super) const KIND: &str = "kind";
pub(super) const EVIDENCE: &str = "evidence";
pub(super) const SUBJECT: &str = "subject";
pub(super) const HASHED: &str = "hashed";
/// More than there are kinds.
pub(super) const KINDS_MAX: usize = 256;

fn known_kind(name: &str) -> Result<Kind, IndexError> {
    Kind::parse(name).ok_or(IndexError::UnknownFormat("a kind in a question"))
}

fn known_kinds(names: &BoundedArray<&str, KINDS_MAX>) -> Result<Vec<Kind>, IndexError> {
    names.0.iter().map(|name| known_kind(name)).collect()
}

fn known_field(name: &str) -> Result<AskedField, IndexError> {
    match Field::parse(name) {
        Some(field) => Ok(field.into()),
        None if name == KIND_FIELD => Ok(AskedField::Kind),
        None => Err(IndexError::UnknownFormat("a field in a question")),
    }
}

/// A question with the names that it has in a file, known here or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum QuestionWire<'a> {
    /// Every entry of a kind.
    Kind(&'a str),
    /// Every entry with this digest of evidence.
    Evidence(Bytes32),
    /// Every entry with a subject, by field and clear value, of these kinds.
    Subject(&'a str, &'a str, BoundedArray<&'a str, KINDS_MAX>),
    /// The same by field and hash.
    Hashed(&'a str, Bytes32, BoundedArray<&'a str, KINDS_MAX>),
}

impl<'a> QuestionWire<'a> {
    /// The question as it is in a file.
    pub fn of(question: &'a IndexQuestion) -> Self {
        let names = |kinds: &[Kind]| BoundedArray(kinds.iter().map(|kind| kind.as_str()).collect());
        match question {
            IndexQuestion::Kind(kind) => Self::Kind(kind.as_str()),
            IndexQuestion::Evidence(digest) => Self::Evidence(Bytes32(*digest.as_bytes())),
            IndexQuestion::Subject { field, value, kinds } => {
                Self::Subject(field.as_str(), value, names(kinds))
            }
            IndexQuestion::Hashed { field, hash, kinds } => {
                Self::Hashed(field.as_str(), Bytes32(*hash.as_bytes()), names(kinds))
            }
        }
    }

    /// The question, if its names are known here.
    ///
    /// # Errors
    /// [`IndexError::UnknownFormat`] for a field or kind of a later format.
    pub fn question(&self) -> Result<IndexQuestion, IndexError> {
        Ok(match self {
            Self::Kind(name) => IndexQuestion::Kind(known_kind(name)?),
            Self::Evidence(digest) => IndexQuestion::Evidence(EvidenceDigest::from_bytes(digest.0)),
            Self::Subject(name, value, kinds) => IndexQuestion::Subject {
                field: known_field(name)?,
                value: (*value).to_owned(),
                kinds: known_kinds(kinds)?,
            },
            Self::Hashed(name, hash, kinds) => IndexQuestion::Hashed {
                field: known_field(name)?,
                hash: SubjectHash::from_bytes(hash.0),
                kinds: known_kinds(kinds)?,
            },
        })
    }
}

impl Serialize for QuestionWire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Kind(kind) => (KIND, kind).serialize(serializer),
            Self::Evidence(digest) => (EVIDENCE, digest).serialize(serializer),
            Self::Subject(field, value, kinds) => (SUBJECT, field, value, kinds).serialize(serializer),
            Self::Hashed(field, hash, kinds) => (HASHED, field, hash, kinds).serialize(serializer),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for QuestionWire<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(QuestionVisitor)
    }
}

struct QuestionVisitor;

impl<'de> Visitor<'de> for QuestionVisitor {
    type Value = QuestionWire<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a question")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<QuestionWire<'de>, A::Error> {
        let question = match next::<&str, A>(&mut members)? {
            KIND => QuestionWire::Kind(next(&mut members)?),
            EVIDENCE => QuestionWire::Evidence(next(&mut members)?),
            SUBJECT => QuestionWire::Subject(next(&mut members)?, next(&mut members)?, next(&mut members)?),
            HASHED => QuestionWire::Hashed(next(&mut members)?, next(&mut members)?, next(&mut members)?),
            _ => return Err(de::Error::custom("a question of an unknown form")),
        };
        Ok(question)
    }
}

fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(members: &mut A) -> Result<T, A::Error> {
    members
        .next_element()?
        .ok_or_else(|| de::Error::custom("a question with a member missing"))
}
