//! Proofs that an answer is whole: all entries of a subject, or that there are none (`schemas/index.md` §4).

use std::collections::BTreeMap;

use ledger::error::ReadError;
use ledger::index::{IndexAnswer, IndexProofError};
use ledger::reader::{Leaf, Reader};
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::multi::roots;
use verifier::merkle::plan::ProofPlan;
use verifier::runs::RunRange;
use verifier::subject_index::{IndexError, IndexLookup, IndexProof, IndexQuestion, SubjectProof};

/// Most entries of one answer: at the largest size of an entry, 80 MiB.
pub const PROVED_ENTRIES_MAX: usize = 20_000;

/// A question, and how much of its answer is wanted.
#[derive(Clone, Debug)]
pub struct SubjectAsk {
    /// What is asked.
    pub question: IndexQuestion,
    /// The size as of which is asked.
    pub as_of: TreeSize,
    /// The entries below as-of that matter; all if absent.
    pub range: Option<RunRange>,
    /// Most entries that the caller takes, 1 or more.
    pub entries_max: usize,
}

/// Why an answer was not proved.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectProofFault {
    /// The index has no rows of what was asked, or the question is put wrongly: the caller is at fault.
    #[error(transparent)]
    Question(#[from] IndexError),
    /// The answer has more entries than the caller takes. Nobody is at fault: it comes in pieces.
    #[error("the answer has more than {max} entries, and those in {next} are a first piece")]
    TooLong {
        /// The most that the caller takes.
        max: usize,
        /// A range that begins where the asked one does, and whose answer is short enough.
        next: RunRange,
    },
    /// The index does not reach so far, or the log could not be read.
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
    /// The index.root that proves it.
    pub index_root: LeafIndex,
    /// The entries of the answer, ascending.
    pub entries: Vec<LeafIndex>,
    /// The subject-proof, as `ledger-verify subject` reads it.
    pub file: Vec<u8>,
}

/// The largest size as of which answers can be proved: what the newest index.root covers.
///
/// # Errors
/// [`IndexProofError::NoIndex`], and as every question to a [`Reader`].
pub fn newest_provable(reader: &Reader) -> Result<TreeSize, IndexProofError> {
    let root = reader.newest_index_root()?.ok_or(IndexProofError::NoIndex)?;
    Ok(root.list.covered())
}

/// Proves the answer to a question, or a part of it.
///
/// # Errors
/// [`SubjectProofFault`], each variant of which says who is at fault.
pub fn subject_proof(reader: &Reader, ask: &SubjectAsk) -> Result<ProvedSubject, SubjectProofFault> {
    let lookup = ask.question.lookup(&reader.index_salt())?;
    let answer = match reader.prove_lookups_in(&[lookup], ask.as_of, ask.range, ask.entries_max) {
        Err(IndexProofError::TooMany { max }) => {
            let next = short_enough(reader, lookup, ask)?;
            return Err(SubjectProofFault::TooLong { max, next });
        }
        answer => answer?,
    };
    let needed = answer.needed();
    let leaves = records(reader, &answer, ask.as_of, &needed)?;
    let file = file_of(reader, ask, &answer, &leaves)?;
    let mut entries = Vec::new();
    for leaf in needed.iter().filter_map(|index| leaves.get(index)) {
        if lookup.fits(&leaf.decode()?) {
            entries.push(leaf.index);
        }
    }
    Ok(ProvedSubject {
        index_root: answer.root.index,
        entries,
        file,
    })
}

/// The beginning of a range whose answer is too long, halved until its answer is short enough: a range of one entry has one row
/// of a key at most. Each look ends with the row that is too many.
fn short_enough(
    reader: &Reader,
    lookup: IndexLookup,
    ask: &SubjectAsk,
) -> Result<RunRange, SubjectProofFault> {
    let begin = ask.range.map_or(0, |range| range.begin().value());
    let mut end = ask.range.map_or(ask.as_of, |range| range.end()).value();
    loop {
        end = begin.midpoint(end);
        let Some(half) = RunRange::new(TreeSize::new(begin), TreeSize::new(end)) else {
            let found = "more rows of a key than entries";
            return Err(ReadError::corrupt("the stored index", "one row of a key an entry", found).into());
        };
        match reader.prove_lookups_in(&[lookup], ask.as_of, Some(half), ask.entries_max) {
            Err(IndexProofError::TooMany { .. }) => {}
            answer => return Ok(answer.map(|_| half)?),
        }
    }
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
    ask: &SubjectAsk,
    answer: &IndexAnswer,
    records: &BTreeMap<LeafIndex, Leaf>,
) -> Result<Vec<u8>, ReadError> {
    let head = &answer.head.head.tree;
    let unplanned = |error| ReadError::corrupt("the proof of an answer", head.root, error);
    let indices: Vec<LeafIndex> = records.keys().copied().collect();
    let plan = ProofPlan::multi(&indices, head.size).map_err(unplanned)?;
    let hashes = reader.tree()?.assemble(&plan)?;
    let leaves: Vec<_> = records.values().map(|leaf| (leaf.index, leaf.hash)).collect();
    let found = roots(&leaves, ask.as_of, head.size, &hashes).map_err(unplanned)?;
    if found.whole != head.root {
        return Err(ReadError::corrupt(
            "the proof of an answer",
            head.root,
            found.whole,
        ));
    }
    let unwritten = || ReadError::corrupt("the proof of an answer", "one of at most 32 runs", "more");
    let checkpoint = reader.own_lines_by_id(&answer.head.checkpoint)?;
    let proof = SubjectProof {
        checkpoint: &checkpoint,
        as_of: ask.as_of,
        question: ask.question.clone(),
        range: ask.range,
        index_proof: IndexProof::new(answer.root.index, &answer.run_proofs).ok_or_else(unwritten)?,
        entries: records
            .values()
            .map(|leaf| (leaf.index, leaf.bytes.as_slice()))
            .collect(),
        hashes,
    };
    proof.encode().ok_or_else(unwritten)
}
