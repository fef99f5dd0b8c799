//! The index-proof of a file (`schemas/index.cddl`).

use serde::de;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tlog::index::LeafIndex;
use tlog::runs::RUNS_MAX;

use super::IndexError;
use crate::cbor::{self, BoundedArray, Bytes, LeadingVersion};

/// The version of index-proofs that is read and written.
pub const INDEX_PROOF_VERSION: u64 = 1;

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
            return Err(match cbor::decode_borrowed::<LeadingVersion>(bytes) {
                Some(LeadingVersion(version)) if version != INDEX_PROOF_VERSION => {
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
        (INDEX_PROOF_VERSION, self.index_root.value(), &self.run_proofs).serialize(serializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for IndexProof<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (version, index_root, run_proofs): (u64, u64, _) = Deserialize::deserialize(deserializer)?;
        if version != INDEX_PROOF_VERSION {
            return Err(de::Error::custom("another version"));
        }
        Ok(Self {
            index_root: LeafIndex::new(index_root),
            run_proofs,
        })
    }
}
