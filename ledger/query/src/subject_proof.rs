//! Proofs that an answer is whole: all entries of a subject, or that there are none (`schemas/index.md` §4).

use std::collections::BTreeMap;

use ledger::error::ReadError;
use ledger::index::{IndexAnswer, IndexProofError};
use ledger::reader::{Leaf, Reader};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::multi::roots;
use verifier::merkle::plan::ProofPlan;
use verifier::subject_index::{IndexError, IndexProof, IndexQuestion, SubjectProof};

/// Most entries of one answer: at the largest size of an entry, 80 MiB.
pub const PROVED_ENTRIES_MAX: usize = 20_000;

/// Why an answer was not proved.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectProofFault {
    /// The index has no rows of what was asked, or the question is put wrongly: the caller is at fault.
    #[error(transparent)]
    Question(#[from] IndexError),
    /// The index does not reach so far, the answer is too long, or the log could not be read.
    #[error(transparent)]
    Index(#[from] IndexProofError),
}

impl From<ReadError> for SubjectProofFault {
    fn from(error: ReadError) -> Self {
        Self::Index(error.into())
    }
}

/// An answer with its proof.
#[derive(Clone, Debug)]
pub struct ProvedSubject {
    /// The size as of which the answer holds.
    pub as_of: TreeSize,
    /// The index.root that proves it.
    pub index_root: LeafIndex,
    /// The entries of the answer, ascending.
    pub entries: Vec<LeafIndex>,
    /// The subject-proof, as `ledger-verify subject` reads it.
    pub file: Vec<u8>,
}

/// Proves the answer to a question as of a size, or, without one, as of everything that the newest index.root covers.
///
/// # Errors
/// [`SubjectProofFault`], each variant of which says who is at fault.
pub fn subject_proof(
    reader: &Reader,
    question: &IndexQuestion,
    as_of: Option<TreeSize>,
) -> Result<ProvedSubject, SubjectProofFault> {
    let lookup = question.lookup(&reader.index_salt())?;
    let as_of = match as_of {
        Some(as_of) => as_of,
        None => covered(reader)?,
    };
    let answer = reader.prove_lookups(&[lookup], as_of, PROVED_ENTRIES_MAX)?;
    let needed = answer.needed();
    let leaves = records(reader, &answer, as_of, &needed)?;
    let file = file_of(reader, question, as_of, &answer, &leaves)?;
    let mut entries = Vec::new();
    for leaf in needed.iter().filter_map(|index| leaves.get(index)) {
        if lookup.fits(&leaf.decode()?) {
            entries.push(leaf.index);
        }
    }
    Ok(ProvedSubject {
        as_of,
        index_root: answer.root.index,
        entries,
        file,
    })
}

/// What the newest index.root covers.
fn covered(reader: &Reader) -> Result<TreeSize, IndexProofError> {
    let root = reader.newest_index_root()?.ok_or(IndexProofError::NoIndex)?;
    Ok(root.list.covered())
}

/// The records of the file: those of the answer, entry 0, the last entry below as-of, and the index.root.
fn records(
    reader: &Reader,
    answer: &IndexAnswer,
    as_of: TreeSize,
    needed: &[LeafIndex],
) -> Result<BTreeMap<LeafIndex, Leaf>, ReadError> {
    let mut indices = needed.to_vec();
    indices.extend([LeafIndex::ZERO, answer.root.index]);
    indices.extend(as_of.last_index());
    indices.sort_unstable();
    indices.dedup();
    let tree = reader.tree()?;
    let leaves = reader.leaves_at(&tree, &indices)?;
    Ok(leaves.into_iter().map(|leaf| (leaf.index, leaf)).collect())
}

fn file_of(
    reader: &Reader,
    question: &IndexQuestion,
    as_of: TreeSize,
    answer: &IndexAnswer,
    records: &BTreeMap<LeafIndex, Leaf>,
) -> Result<Vec<u8>, ReadError> {
    let head = &answer.head.head.tree;
    let unplanned = |error| ReadError::corrupt("the proof of an answer", head.root, error);
    let indices: Vec<LeafIndex> = records.keys().copied().collect();
    let plan = ProofPlan::multi(&indices, head.size).map_err(unplanned)?;
    let hashes = reader.tree()?.assemble(&plan)?;
    let leaves: Vec<_> = records.values().map(|leaf| (leaf.index, leaf.hash)).collect();
    let found = roots(&leaves, as_of, head.size, &hashes).map_err(unplanned)?;
    if found.whole != head.root {
        return Err(ReadError::corrupt(
            "the proof of an answer",
            head.root,
            found.whole,
        ));
    }
    let unwritten = || ReadError::corrupt("the proof of an answer", "one of at most 32 runs", "more");
    let proof = SubjectProof {
        checkpoint: &answer.head.checkpoint,
        as_of,
        question: question.clone(),
        range: None,
        index_proof: IndexProof::new(answer.root.index, &answer.run_proofs).ok_or_else(unwritten)?,
        entries: records
            .values()
            .map(|leaf| (leaf.index, leaf.bytes.as_slice()))
            .collect(),
        hashes,
    };
    proof.encode().ok_or_else(unwritten)
}
