//! A subject-proof: one question and its answer, in a file of its own (`schemas/index.cddl`).

use tlog::hash::{LeafHash, NodeHash};
use tlog::index::{LeafIndex, TreeSize};
use tlog::runs::RunRange;

use super::file_wire::{EntryWire, FileWire, RangeWire};
use super::question_wire::QuestionWire;
use super::{IndexError, IndexProof, IndexQuestion};
use crate::cbor::{BoundedArray, Bytes, Bytes32};
use crate::entry::{ENTRY_BYTES_MAX, entry_leaf_hash};

/// Media type of a subject-proof.
pub const SUBJECT_PROOF_MEDIA_TYPE: &str = "application/vnd.evidence-ledger.subject-proof+cbor";
/// Largest subject-proof, in bytes.
pub const SUBJECT_PROOF_BYTES_MAX: usize = 256 << 20;

/// A subject-proof as it was read. Nothing in it is verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubjectProof<'a> {
    /// The signed note.
    pub checkpoint: &'a str,
    /// The size as of which is asked, 1 or more.
    pub as_of: TreeSize,
    /// What is asked; never by hash.
    pub question: IndexQuestion,
    /// The entries to which the answer is restricted, all of them below as-of: the file is then of version 2. Without a range the
    /// answer is about all entries below as-of.
    pub range: Option<RunRange>,
    /// The proof of the answer.
    pub index_proof: IndexProof<'a>,
    /// Bytes of entries, 1 to 4096 each, ascending by index, none twice.
    pub entries: Vec<(LeafIndex, &'a [u8])>,
    /// One proof for all entries ([`tlog::merkle::multi`]).
    pub hashes: Vec<NodeHash>,
}

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
        let wire = FileWire::decode(bytes)?;
        let as_of = TreeSize::new(wire.as_of);
        let range = match wire.range {
            Some(range) => Some(range_below(range, as_of)?),
            None => None,
        };
        let entries = &wire.entries.0;
        let is_ordered = entries.is_sorted_by(|one, next| one.0 < next.0);
        let are_entries = entries
            .iter()
            .all(|entry| (1..=ENTRY_BYTES_MAX).contains(&entry.1.0.len()));
        if as_of.value() == 0
            || entries.is_empty()
            || !is_ordered
            || !are_entries
            || matches!(wire.question, QuestionWire::Hashed(..))
        {
            return Err(IndexError::Form("a subject-proof"));
        }
        let question = wire.question.question()?;
        let entries = entries.iter().map(|entry| (LeafIndex::new(entry.0), entry.1.0));
        let hashes = wire.hashes.0.iter().map(|hash| NodeHash::from_bytes(hash.0));
        Ok(Self {
            checkpoint: wire.checkpoint,
            as_of,
            question,
            range,
            entries: entries.collect(),
            hashes: hashes.collect(),
            index_proof: wire.index_proof,
        })
    }

    /// The file; `None` never, since all of it can be encoded.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let entries = self
            .entries
            .iter()
            .map(|(index, bytes)| EntryWire(index.value(), Bytes(bytes)));
        let hashes = self.hashes.iter().map(|hash| Bytes32(*hash.as_bytes()));
        let range = self.range;
        FileWire {
            checkpoint: self.checkpoint,
            as_of: self.as_of.value(),
            question: QuestionWire::of(&self.question),
            range: range.map(|range| RangeWire(range.begin().value(), range.end().value())),
            index_proof: self.index_proof.clone(),
            entries: BoundedArray(entries.collect()),
            hashes: BoundedArray(hashes.collect()),
        }
        .encode()
    }

    /// The leaf of each entry, in the order of the log.
    pub fn leaves(&self) -> Vec<(LeafIndex, LeafHash)> {
        let entries = self.entries.iter();
        entries
            .map(|(index, bytes)| (*index, entry_leaf_hash(bytes)))
            .collect()
    }
}

/// A range with at least one entry, and all of them below as-of.
fn range_below(RangeWire(from, to): RangeWire, as_of: TreeSize) -> Result<RunRange, IndexError> {
    RunRange::new(TreeSize::new(from), TreeSize::new(to))
        .filter(|range| range.end() <= as_of)
        .ok_or(IndexError::Form("a range of entries below as-of"))
}
