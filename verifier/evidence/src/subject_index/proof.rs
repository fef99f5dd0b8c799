//! The index-proof of a file (`schemas/index.cddl`).

use std::fmt;

use serde::de::{self, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tlog::index::LeafIndex;
use tlog::runs::RUNS_MAX;

use super::IndexError;
use crate::cbor::{self, BoundedArray, Bytes};

const VERSION: u64 = 1;

/// An index-proof as it was read. Nothing in it is verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexProof<'a> {
    /// The index.root whose runs are proved.
    pub index_root: LeafIndex,
    run_proofs: BoundedArray<Bytes<'a>, RUNS_MAX>,
}

impl<'a> IndexProof<'a> {
    /// Puts proofs of runs together; `None` for more than a list can have.
    pub fn new(index_root: LeafIndex, run_proofs: &'a [Vec<u8>]) -> Option<Self> {
        (run_proofs.len() <= RUNS_MAX).then(|| Self {
            index_root,
            run_proofs: BoundedArray(run_proofs.iter().map(|proof| Bytes(proof)).collect()),
        })
    }

    /// Reads a proof, in the one way in which it can be written. The caller bounds its length, and nothing of that is copied.
    ///
    /// # Errors
    /// [`IndexError::UnknownFormat`] for a later version, and [`IndexError::Form`] for what is no proof: the one who made it is
    /// at fault.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, IndexError> {
        let form = IndexError::Form("an index-proof");
        let Some(proof) = cbor::decode_borrowed::<Self>(bytes) else {
            return Err(match cbor::decode_borrowed::<IndexProofVersion>(bytes) {
                Some(version) if version.is_another() => {
                    IndexError::UnknownFormat("the version of an index-proof")
                }
                _ => form,
            });
        };
        if cbor::encodes_to(&proof, bytes) {
            Ok(proof)
        } else {
            Err(form)
        }
    }

    /// The proof as it is in a file; `None` never, since all of it can be encoded.
    pub fn encode(&self) -> Option<Vec<u8>> {
        cbor::encode(self)
    }

    /// One proof for each run, in the order of the list.
    pub(super) fn run_proofs(&self) -> Vec<&'a [u8]> {
        self.run_proofs.0.iter().map(|proof| proof.0).collect()
    }
}

impl Serialize for IndexProof<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (VERSION, self.index_root.value(), &self.run_proofs).serialize(serializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for IndexProof<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (version, index_root, run_proofs): (u64, u64, _) = Deserialize::deserialize(deserializer)?;
        if version != VERSION {
            return Err(de::Error::custom("another version"));
        }
        Ok(Self {
            index_root: LeafIndex::new(index_root),
            run_proofs,
        })
    }
}

/// The version of an index-proof, or of a file that begins with one in the same way, whose other members are of any form.
#[derive(Clone, Copy, Debug)]
pub struct IndexProofVersion(u64);

impl IndexProofVersion {
    /// Whether it is none that is read here.
    pub const fn is_another(self) -> bool {
        self.0 != VERSION
    }
}

impl<'de> Deserialize<'de> for IndexProofVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(IndexProofVersionVisitor)
    }
}

struct IndexProofVersionVisitor;

impl<'de> Visitor<'de> for IndexProofVersionVisitor {
    type Value = IndexProofVersion;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array that begins with a version")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<IndexProofVersion, A::Error> {
        let version = members
            .next_element()?
            .ok_or_else(|| de::Error::invalid_length(0, &self))?;
        while members.next_element::<IgnoredAny>()?.is_some() {}
        Ok(IndexProofVersion(version))
    }
}
