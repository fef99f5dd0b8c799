//! The CBOR map of an entry: integer keys in ascending order.

use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Entry, EntryError, StreamPosition};
use crate::cbor::{Bytes, Bytes32, CopiedBytes};
use crate::context::SubmitterName;
use crate::digest::{EvidenceDigest, RawDigest};
use crate::kind::Kind;
use crate::subject::{Field, Subject, SubjectHash};
use tlog::index::{TimestampMs, TreeSize};

/// The format version, key 0.
const VERSION: u64 = 1;

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let optional = [
            self.submitter.is_some(),
            self.stream.is_some(),
            self.covered.is_some(),
            self.raw_digest.is_some(),
            self.context_subjects.is_some(),
            self.refused.is_some(),
            self.index_runs.is_some(),
        ];
        let length = optional
            .into_iter()
            .filter(|&present| present)
            .count()
            .saturating_add(6);
        let mut map = serializer.serialize_map(Some(length))?;
        map.serialize_entry(&0, &VERSION)?;
        map.serialize_entry(&1, self.kind.as_str())?;
        map.serialize_entry(&2, &Bytes32(*self.evidence_digest.as_bytes()))?;
        map.serialize_entry(&3, &self.signer)?;
        map.serialize_entry(&4, &self.logged_at.value())?;
        map.serialize_entry(&5, &SubjectPairs(&self.subjects))?;
        if let Some(submitter) = &self.submitter {
            map.serialize_entry(&6, submitter.as_str())?;
        }
        if let Some(position) = &self.stream {
            map.serialize_entry(&7, &(Bytes32(position.stream), position.number, position.last))?;
        }
        if let Some(covered) = self.covered {
            map.serialize_entry(&8, &covered.value())?;
        }
        if let Some(digest) = &self.raw_digest {
            map.serialize_entry(&9, &Bytes32(*digest.as_bytes()))?;
        }
        if let Some(subjects) = &self.context_subjects {
            map.serialize_entry(&10, &SubjectPairs(subjects))?;
        }
        if let Some(reason) = &self.refused {
            map.serialize_entry(&11, reason)?;
        }
        if let Some(runs) = &self.index_runs {
            map.serialize_entry(&13, &Bytes(runs))?;
        }
        map.end()
    }
}

struct SubjectPairs<'a>(&'a [Subject]);

impl Serialize for SubjectPairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.0
                .iter()
                .map(|subject| (subject.field.as_str(), Bytes32(*subject.hash.as_bytes()))),
        )
    }
}

/// The members as they were read: typed, but neither complete nor known.
#[derive(Default)]
pub(super) struct Wire {
    later_format: Option<&'static str>,
    kind: Option<String>,
    evidence_digest: Option<Bytes32>,
    signer: Option<String>,
    logged_at: Option<u64>,
    subjects: Option<Vec<(String, Bytes32)>>,
    submitter: Option<String>,
    stream: Option<(Bytes32, u64, bool)>,
    covered: Option<u64>,
    raw_digest: Option<Bytes32>,
    context_subjects: Option<Vec<(String, Bytes32)>>,
    refused: Option<String>,
    index_runs: Option<CopiedBytes>,
}

impl Wire {
    /// The entry, if every member that it must have is there and every name in it is known.
    pub(super) fn into_entry(self) -> Result<Entry, EntryError> {
        if let Some(what) = self.later_format {
            return Err(EntryError::UnknownFormat(what));
        }
        let (Some(kind), Some(digest), Some(signer), Some(logged_at), Some(subjects)) = (
            self.kind,
            self.evidence_digest,
            self.signer,
            self.logged_at,
            self.subjects,
        ) else {
            return Err(EntryError::Malformed("one of the members 1 to 5 is missing"));
        };
        let submitter = match self.submitter {
            None => None,
            Some(name) => Some(
                SubmitterName::parse(&name).ok_or(EntryError::Malformed("member 6 is no submitter name"))?,
            ),
        };
        Ok(Entry {
            kind: Kind::parse(&kind).ok_or(EntryError::UnknownFormat("kind"))?,
            evidence_digest: EvidenceDigest::from_bytes(digest.0),
            signer,
            logged_at: TimestampMs::new(logged_at),
            subjects: known_subjects(subjects)?,
            submitter,
            stream: self.stream.map(|(stream, number, last)| StreamPosition {
                stream: stream.0,
                number,
                last,
            }),
            covered: self.covered.map(TreeSize::new),
            raw_digest: self.raw_digest.map(|digest| RawDigest::from_bytes(digest.0)),
            context_subjects: self.context_subjects.map(known_subjects).transpose()?,
            refused: self.refused,
            index_runs: self.index_runs.map(|runs| runs.0),
        })
    }
}

fn known_subjects(pairs: Vec<(String, Bytes32)>) -> Result<Vec<Subject>, EntryError> {
    pairs
        .into_iter()
        .map(|(field, hash)| {
            let field = Field::parse(&field).ok_or(EntryError::UnknownFormat("subject field"))?;
            Ok(Subject {
                field,
                hash: SubjectHash::from_bytes(hash.0),
            })
        })
        .collect()
}

impl<'de> Deserialize<'de> for Wire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WireVisitor)
    }
}

struct WireVisitor;

impl<'de> Visitor<'de> for WireVisitor {
    type Value = Wire;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the map of an entry")
    }

    /// Reads the members. From the first sign of a later format on, nothing is known about the
    /// types of what follows, and the rest is skipped.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wire, A::Error> {
        let mut wire = Wire::default();
        if map.next_key::<u64>()? != Some(0) {
            return Err(A::Error::custom("no version in front"));
        }
        if map.next_value::<u64>()? != VERSION {
            wire.later_format = Some("version");
        }
        while let Some(key) = map.next_key::<u64>()? {
            if wire.later_format.is_some() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            match key {
                1 => wire.kind = Some(map.next_value()?),
                2 => wire.evidence_digest = Some(map.next_value()?),
                3 => wire.signer = Some(map.next_value()?),
                4 => wire.logged_at = Some(map.next_value()?),
                5 => wire.subjects = Some(map.next_value()?),
                6 => wire.submitter = Some(map.next_value()?),
                7 => wire.stream = Some(map.next_value()?),
                8 => wire.covered = Some(map.next_value()?),
                9 => wire.raw_digest = Some(map.next_value()?),
                10 => wire.context_subjects = Some(map.next_value()?),
                11 => wire.refused = Some(map.next_value()?),
                13 => wire.index_runs = Some(map.next_value()?),
                0 => return Err(A::Error::custom("two versions")),
                _ => {
                    wire.later_format = Some("field number");
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(wire)
    }
}
