//! Both versions of a subject-proof as they are written (`schemas/index.cddl`).

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::proof::INDEX_PROOF_VERSION;
use super::question_wire::QuestionWire;
use super::{IndexError, IndexProof, RECORDS_MAX};
use crate::cbor::{self, BoundedArray, Bytes, Bytes32, LeadingVersion};

/// An answer about all entries below as-of.
const WHOLE: u64 = 1;
/// An answer about a range of them.
const RANGED: u64 = 2;
/// A record has at most 64 hashes on its path.
const HASHES_MAX: usize = RECORDS_MAX * 64;

/// The members of both versions.
pub(super) struct FileWire<'a> {
    pub(super) checkpoint: &'a str,
    pub(super) as_of: u64,
    pub(super) question: QuestionWire<'a>,
    /// In version 2 alone.
    pub(super) range: Option<RangeWire>,
    pub(super) index_proof: IndexProof<'a>,
    pub(super) entries: BoundedArray<EntryWire<'a>, RECORDS_MAX>,
    pub(super) hashes: BoundedArray<Bytes32, HASHES_MAX>,
}

/// Where the range begins, and where it ends.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct RangeWire(pub(super) u64, pub(super) u64);

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct EntryWire<'a>(pub(super) u64, #[serde(borrow)] pub(super) Bytes<'a>);

#[derive(Serialize, Deserialize)]
struct WholeWire<'a>(
    u64,
    &'a str,
    u64,
    #[serde(borrow)] QuestionWire<'a>,
    #[serde(borrow)] IndexProof<'a>,
    #[serde(borrow)] BoundedArray<EntryWire<'a>, RECORDS_MAX>,
    BoundedArray<Bytes32, HASHES_MAX>,
);

#[derive(Serialize, Deserialize)]
struct RangedWire<'a>(
    u64,
    &'a str,
    u64,
    #[serde(borrow)] QuestionWire<'a>,
    RangeWire,
    #[serde(borrow)] IndexProof<'a>,
    #[serde(borrow)] BoundedArray<EntryWire<'a>, RECORDS_MAX>,
    BoundedArray<Bytes32, HASHES_MAX>,
);

/// The versions of a file of seven members, whose other members are of any form.
#[derive(Deserialize)]
struct WholeVersions(
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    LeadingVersion,
    IgnoredAny,
    IgnoredAny,
);

/// The same of a file of eight.
#[derive(Deserialize)]
struct RangedVersions(
    u64,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    LeadingVersion,
    IgnoredAny,
    IgnoredAny,
);

impl<'a> FileWire<'a> {
    /// Reads a file, in the one way in which it can be written.
    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self, IndexError> {
        let form = IndexError::Form("a subject-proof");
        let (wire, is_exact) = if let Some(wire) = whole(bytes) {
            let is_exact = cbor::encodes_to(&wire, bytes);
            (wire.into(), is_exact)
        } else if let Some(wire) = ranged(bytes) {
            let is_exact = cbor::encodes_to(&wire, bytes);
            (wire.into(), is_exact)
        } else if is_of_another_version(bytes) {
            return Err(IndexError::UnknownFormat("the version of a subject-proof"));
        } else {
            return Err(form);
        };
        if is_exact { Ok(wire) } else { Err(form) }
    }

    /// The file; `None` never, since all of it can be encoded.
    pub(super) fn encode(self) -> Option<Vec<u8>> {
        let Self {
            checkpoint,
            as_of,
            question,
            range,
            index_proof,
            entries,
            hashes,
        } = self;
        match range {
            Some(range) => cbor::encode(&RangedWire(
                RANGED,
                checkpoint,
                as_of,
                question,
                range,
                index_proof,
                entries,
                hashes,
            )),
            None => cbor::encode(&WholeWire(
                WHOLE,
                checkpoint,
                as_of,
                question,
                index_proof,
                entries,
                hashes,
            )),
        }
    }
}

impl<'a> From<WholeWire<'a>> for FileWire<'a> {
    fn from(wire: WholeWire<'a>) -> Self {
        let WholeWire(_, checkpoint, as_of, question, index_proof, entries, hashes) = wire;
        Self {
            checkpoint,
            as_of,
            question,
            range: None,
            index_proof,
            entries,
            hashes,
        }
    }
}

impl<'a> From<RangedWire<'a>> for FileWire<'a> {
    fn from(wire: RangedWire<'a>) -> Self {
        let RangedWire(_, checkpoint, as_of, question, range, index_proof, entries, hashes) = wire;
        Self {
            checkpoint,
            as_of,
            question,
            range: Some(range),
            index_proof,
            entries,
            hashes,
        }
    }
}

fn whole(bytes: &[u8]) -> Option<WholeWire<'_>> {
    cbor::decode_borrowed::<WholeWire<'_>>(bytes).filter(|wire| wire.0 == WHOLE)
}

fn ranged(bytes: &[u8]) -> Option<RangedWire<'_>> {
    cbor::decode_borrowed::<RangedWire<'_>>(bytes).filter(|wire| wire.0 == RANGED)
}

/// Whether bytes are of another version of the file, or of its index-proof. A version is a number and a number of members.
fn is_of_another_version(bytes: &[u8]) -> bool {
    let Some(LeadingVersion(version)) = cbor::decode_borrowed(bytes) else {
        return false;
    };
    if let Some(versions) = cbor::decode_borrowed::<RangedVersions>(bytes)
        && versions.0 == RANGED
    {
        return versions.5.0 != INDEX_PROOF_VERSION;
    }
    let whole = cbor::decode_borrowed::<WholeVersions>(bytes);
    version != WHOLE || whole.is_some_and(|versions| versions.4.0 != INDEX_PROOF_VERSION)
}
