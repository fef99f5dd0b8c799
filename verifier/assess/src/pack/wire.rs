//! The CBOR of a pack: nested arrays, as `schemas/pack.cddl` lists them. Only forms; what they must
//! satisfy together is checked elsewhere.

use serde::de::{self, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use evidence::cbor::{self, BoundedArray, Bytes, Bytes32, LeadingVersion};
use evidence::subject_index::{INDEX_PROOF_VERSION, IndexProof, IndexQuestion, QuestionWire};

/// The format version.
const VERSION: u64 = 2;
/// Records of one file: more than a closure may hold.
const RECORDS_MAX: usize = 1 << 20;
/// Lookups of one file.
const ANSWERS_MAX: usize = 1 << 20;
/// A record has at most 64 hashes on its path.
const PROOF_HASHES_MAX: usize = RECORDS_MAX * 64;
/// A note has at most so many lines.
const COSIGNERS_MAX: usize = tlog::note::SIGNATURES_MAX;

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

/// Whether an answer is all there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Completeness {
    /// The pack's index-proof proves it.
    Index,
    /// The server says so, and nothing proves it.
    NotProved,
}

impl Completeness {
    /// What all answers of a pack say.
    pub(crate) const fn of(index_proof: Option<&IndexProof<'_>>) -> Self {
        match index_proof {
            Some(_) => Self::Index,
            None => Self::NotProved,
        }
    }
}

/// `[query, indices, completeness]`
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct AnswerWire<'a>(
    #[serde(borrow)] pub(crate) QuestionWire<'a>,
    BoundedArray<u64, RECORDS_MAX>,
    pub(crate) Completeness,
);

impl<'a> AnswerWire<'a> {
    pub(crate) fn new(question: &'a IndexQuestion, indices: Vec<u64>, completeness: Completeness) -> Self {
        Self(QuestionWire::of(question), BoundedArray(indices), completeness)
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
    pub(crate) index_proof: Option<IndexProof<'a>>,
    pub(crate) records: BoundedArray<RecordWire<'a>, RECORDS_MAX>,
    pub(crate) answers: BoundedArray<AnswerWire<'a>, ANSWERS_MAX>,
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
            &self.index_proof,
            &self.records,
            &self.answers,
            self.assessment,
        );
        members.serialize(serializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PackBody<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (
            version,
            vkey,
            job_id,
            as_of,
            checkpoint,
            cosigners,
            proof,
            index_proof,
            records,
            answers,
            assessment,
        ) = Deserialize::deserialize(deserializer)?;
        expect_version(version)?;
        Ok(Self {
            vkey,
            job_id,
            as_of,
            checkpoint,
            cosigners,
            proof,
            index_proof,
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

/// Whether bytes are a file of another version, or one with an index-proof of another version.
pub(crate) fn is_of_another_version(bytes: &[u8]) -> bool {
    let file = cbor::decode_borrowed::<(LeadingVersion, IgnoredAny)>(bytes);
    let proof = cbor::decode_borrowed::<(BodyWithIndexProof, IgnoredAny)>(bytes);
    file.is_some_and(|(LeadingVersion(version), _)| version != VERSION)
        || proof.is_some_and(|(body, _)| body.7.0 != INDEX_PROOF_VERSION)
}

/// A body whose other members are of any form.
#[derive(Deserialize)]
struct BodyWithIndexProof(
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    LeadingVersion,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
);
