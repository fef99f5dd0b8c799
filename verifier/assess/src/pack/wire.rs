//! The CBOR of a pack: nested arrays, as `schemas/pack.cddl` lists them. Only forms; what they must
//! satisfy together is checked elsewhere.

use std::fmt;

use serde::de::{self, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Completeness, Query};
use evidence::cbor::{BoundedArray, Bytes, Bytes32};
use evidence::digest::EvidenceDigest;
use evidence::kind::Kind;
use evidence::subject::{Field, Subject, SubjectHash};

/// The format version.
pub(crate) const VERSION: u64 = 1;
/// Records of one file: more than a closure may hold.
const RECORDS_MAX: usize = 1 << 20;
/// Lookups of one file.
const ANSWERS_MAX: usize = 1 << 20;
/// A record has at most 64 hashes on its path.
const PROOF_HASHES_MAX: usize = RECORDS_MAX * 64;
/// A note has at most so many lines.
const COSIGNERS_MAX: usize = tlog::note::SIGNATURES_MAX;
const KINDS_MAX: usize = Kind::ALL.len();

const NOT_PROVED: &str = "not_proved";
const KIND: &str = "kind";
const SUBJECT: &str = "subject";
const EVIDENCE: &str = "evidence";
const HASHED: &str = "hashed";

/// The whole file.
#[derive(Serialize, Deserialize)]
pub(crate) struct PackFile<'a>(#[serde(borrow)] pub(crate) PackBody<'a>, pub(crate) Bytes32);

/// `[index, entry, document, context]`
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct RecordWire<'a>(
    pub(crate) u64,
    #[serde(borrow)] pub(crate) Bytes<'a>,
    #[serde(borrow)] pub(crate) Option<Bytes<'a>>,
    #[serde(borrow)] pub(crate) Option<&'a str>,
);

/// `[query, indices, completeness]`
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct AnswerWire(QueryWire, BoundedArray<u64, RECORDS_MAX>, CompletenessWire);

impl AnswerWire {
    pub(crate) fn new(query: Query, indices: Vec<u64>, completeness: Completeness) -> Self {
        Self(
            QueryWire(query),
            BoundedArray(indices),
            CompletenessWire(completeness),
        )
    }

    pub(crate) fn query(&self) -> &Query {
        &self.0.0
    }

    pub(crate) fn indices(&self) -> &[u64] {
        &self.1.0
    }
}

/// Everything but the checksum.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct PackBody<'a> {
    pub(crate) vkey: &'a str,
    pub(crate) job_id: &'a str,
    pub(crate) as_of: u64,
    pub(crate) checkpoint: &'a str,
    pub(crate) cosigners: BoundedArray<&'a str, COSIGNERS_MAX>,
    pub(crate) proof: BoundedArray<Bytes32, PROOF_HASHES_MAX>,
    pub(crate) records: BoundedArray<RecordWire<'a>, RECORDS_MAX>,
    pub(crate) answers: BoundedArray<AnswerWire, ANSWERS_MAX>,
    pub(crate) assessment: &'a str,
}

impl Serialize for PackBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = (
            VERSION,
            self.vkey,
            self.job_id,
            self.as_of,
            self.checkpoint,
            &self.cosigners,
            &self.proof,
            &self.records,
            &self.answers,
            self.assessment,
        );
        members.serialize(serializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PackBody<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (version, vkey, job_id, as_of, checkpoint, cosigners, proof, records, answers, assessment) =
            Deserialize::deserialize(deserializer)?;
        expect_version(version)?;
        Ok(Self {
            vkey,
            job_id,
            as_of,
            checkpoint,
            cosigners,
            proof,
            records,
            answers,
            assessment,
        })
    }
}

fn expect_version<E: de::Error>(found: u64) -> Result<(), E> {
    if found == VERSION {
        Ok(())
    } else {
        Err(E::custom("another version"))
    }
}

/// The version of a file whose other members are of any form.
pub(crate) struct FileVersion(pub(crate) u64);

impl<'de> Deserialize<'de> for FileVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (BodyVersion(version), _) = <(BodyVersion, IgnoredAny)>::deserialize(deserializer)?;
        Ok(Self(version))
    }
}

struct BodyVersion(u64);

impl<'de> Deserialize<'de> for BodyVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(BodyVersionVisitor)
    }
}

struct BodyVersionVisitor;

impl<'de> Visitor<'de> for BodyVersionVisitor {
    type Value = BodyVersion;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array that begins with a version")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<BodyVersion, A::Error> {
        let version = members
            .next_element()?
            .ok_or_else(|| de::Error::invalid_length(0, &self))?;
        while members.next_element::<IgnoredAny>()?.is_some() {}
        Ok(BodyVersion(version))
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct CompletenessWire(Completeness);

impl Serialize for CompletenessWire {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Completeness::NotProved => serializer.serialize_str(NOT_PROVED),
        }
    }
}

impl<'de> Deserialize<'de> for CompletenessWire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match <&str>::deserialize(deserializer)? {
            NOT_PROVED => Ok(Self(Completeness::NotProved)),
            _ => Err(de::Error::custom("another completeness")),
        }
    }
}

/// A lookup, as an array that begins with its form.
#[derive(Clone, PartialEq, Eq, Debug)]
struct QueryWire(Query);

impl Serialize for QueryWire {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Query::Kind(kind) => (KIND, kind).serialize(serializer),
            Query::Subject { field, value, kinds } => (SUBJECT, field, value, kinds).serialize(serializer),
            Query::Evidence(digest) => (EVIDENCE, Bytes32(*digest.as_bytes())).serialize(serializer),
            Query::Hashed { subject, kinds } => {
                let hash = Bytes32(*subject.hash.as_bytes());
                (HASHED, subject.field, hash, kinds).serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for QueryWire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(QueryVisitor)
    }
}

struct QueryVisitor;

impl<'de> Visitor<'de> for QueryVisitor {
    type Value = QueryWire;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a lookup")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<QueryWire, A::Error> {
        let query = match next::<&str, A>(&mut members)? {
            KIND => Query::Kind(named(Kind::parse, next(&mut members)?)?),
            SUBJECT => Query::Subject {
                field: named(Field::parse, next(&mut members)?)?,
                value: next(&mut members)?,
                kinds: kinds(&mut members)?,
            },
            EVIDENCE => Query::Evidence(EvidenceDigest::from_bytes(next::<Bytes32, A>(&mut members)?.0)),
            HASHED => Query::Hashed {
                subject: Subject {
                    field: named(Field::parse, next(&mut members)?)?,
                    hash: SubjectHash::from_bytes(next::<Bytes32, A>(&mut members)?.0),
                },
                kinds: kinds(&mut members)?,
            },
            _ => return Err(de::Error::custom("a lookup of an unknown form")),
        };
        // A surplus member shows in the comparison with what would have been written.
        while members.next_element::<IgnoredAny>()?.is_some() {}
        Ok(QueryWire(query))
    }
}

fn kinds<'de, A: SeqAccess<'de>>(members: &mut A) -> Result<Vec<Kind>, A::Error> {
    let kinds = next::<BoundedArray<&str, KINDS_MAX>, A>(members)?.0;
    kinds.into_iter().map(|kind| named(Kind::parse, kind)).collect()
}

fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(members: &mut A) -> Result<T, A::Error> {
    members
        .next_element()?
        .ok_or_else(|| de::Error::custom("a lookup with a member missing"))
}

fn named<T, E: de::Error>(parse: fn(&str) -> Option<T>, text: &str) -> Result<T, E> {
    parse(text).ok_or_else(|| E::custom("an unknown name"))
}
