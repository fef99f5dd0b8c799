//! A subject-proof: one question and its answer, in a file of its own (`schemas/index.cddl`).

use serde::{Deserialize, Serialize};
use tlog::hash::{LeafHash, NodeHash};
use tlog::index::{LeafIndex, TreeSize};

use super::proof::INDEX_PROOF_VERSION;
use super::question_wire::QuestionWire;
use super::{IndexError, IndexProof, IndexQuestion, RECORDS_MAX};
use crate::cbor::{self, BoundedArray, Bytes, Bytes32, LeadingVersion};
use crate::entry::{ENTRY_BYTES_MAX, entry_leaf_hash};
use serde::de::IgnoredAny;

/// Media type of a subject-proof.
pub const SUBJECT_PROOF_MEDIA_TYPE: &str = "application/vnd.evidence-ledger.subject-proof+cbor";
/// Largest subject-proof, in bytes.
pub const SUBJECT_PROOF_BYTES_MAX: usize = 256 << 20;
const VERSION: u64 = 1;
/// A record has at most 64 hashes on its path.
const HASHES_MAX: usize = RECORDS_MAX * 64;

/// A subject-proof as it was read. Nothing in it is verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubjectProof<'a> {
    /// The signed note.
    pub checkpoint: &'a str,
    /// The size as of which is asked, 1 or more.
    pub as_of: TreeSize,
    /// What is asked; never by hash.
    pub question: IndexQuestion,
    /// The proof of the answer.
    pub index_proof: IndexProof<'a>,
    /// Bytes of entries, 1 to 4096 each, ascending by index, none twice.
    pub entries: Vec<(LeafIndex, &'a [u8])>,
    /// One proof for all entries ([`tlog::merkle::multi`]).
    pub hashes: Vec<NodeHash>,
}

#[derive(Serialize, Deserialize)]
struct SubjectWire<'a>(
    u64,
    &'a str,
    u64,
    #[serde(borrow)] QuestionWire<'a>,
    #[serde(borrow)] IndexProof<'a>,
    #[serde(borrow)] BoundedArray<EntryWire<'a>, RECORDS_MAX>,
    BoundedArray<Bytes32, HASHES_MAX>,
);

#[derive(Clone, Copy, Serialize, Deserialize)]
struct EntryWire<'a>(u64, #[serde(borrow)] Bytes<'a>);

/// The versions of a file of seven members, whose other members are of any form.
#[derive(Deserialize)]
struct Versions(
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    LeadingVersion,
    IgnoredAny,
    IgnoredAny,
);

impl<'a> SubjectProof<'a> {
    /// Reads a file, in the one way in which it can be written.
    ///
    /// # Errors
    /// In this order: [`IndexError::UnknownFormat`] for another version of the file or its index-proof; [`IndexError::Form`] for
    /// what is no subject-proof, for which the one who made the file is at fault; [`IndexError::UnknownFormat`] for a field or kind
    /// of a later format.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, IndexError> {
        if bytes.len() > SUBJECT_PROOF_BYTES_MAX {
            return Err(IndexError::TooMany {
                what: "bytes",
                max: SUBJECT_PROOF_BYTES_MAX,
                found: bytes.len(),
            });
        }
        let form = IndexError::Form("a subject-proof");
        let Some(wire) = cbor::decode_borrowed::<SubjectWire<'a>>(bytes).filter(|wire| wire.0 == VERSION)
        else {
            return Err(if is_of_another_version(bytes) {
                IndexError::UnknownFormat("the version of a subject-proof")
            } else {
                form
            });
        };
        if !cbor::encodes_to(&wire, bytes) {
            return Err(form);
        }
        let SubjectWire(_, checkpoint, as_of, question, index_proof, entries, hashes) = wire;
        let is_ordered = entries.0.is_sorted_by(|one, next| one.0 < next.0);
        let are_entries = entries
            .0
            .iter()
            .all(|entry| (1..=ENTRY_BYTES_MAX).contains(&entry.1.0.len()));
        if as_of == 0
            || entries.0.is_empty()
            || !is_ordered
            || !are_entries
            || matches!(question, QuestionWire::Hashed(..))
        {
            return Err(form);
        }
        let question = question.question()?;
        let entries = entries.0.iter().map(|entry| (LeafIndex::new(entry.0), entry.1.0));
        Ok(Self {
            checkpoint,
            as_of: TreeSize::new(as_of),
            question,
            index_proof,
            entries: entries.collect(),
            hashes: hashes.0.iter().map(|hash| NodeHash::from_bytes(hash.0)).collect(),
        })
    }

    /// The file; `None` never, since all of it can be encoded.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let entries = self
            .entries
            .iter()
            .map(|(index, bytes)| EntryWire(index.value(), Bytes(bytes)));
        let hashes = self.hashes.iter().map(|hash| Bytes32(*hash.as_bytes()));
        cbor::encode(&SubjectWire(
            VERSION,
            self.checkpoint,
            self.as_of.value(),
            QuestionWire::of(&self.question),
            self.index_proof.clone(),
            BoundedArray(entries.collect()),
            BoundedArray(hashes.collect()),
        ))
    }

    /// The leaf of each entry, in the order of the log.
    pub fn leaves(&self) -> Vec<(LeafIndex, LeafHash)> {
        let entries = self.entries.iter();
        entries
            .map(|(index, bytes)| (*index, entry_leaf_hash(bytes)))
            .collect()
    }
}

fn is_of_another_version(bytes: &[u8]) -> bool {
    let file = cbor::decode_borrowed::<LeadingVersion>(bytes);
    let proof = cbor::decode_borrowed::<Versions>(bytes);
    file.is_some_and(|LeadingVersion(version)| version != VERSION)
        || proof.is_some_and(|file| file.4.0 != INDEX_PROOF_VERSION)
}
