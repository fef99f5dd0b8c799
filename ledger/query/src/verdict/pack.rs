//! Packs of jobs, under the newest checkpoint that proves most.

use std::collections::BTreeMap;

use verifier::assess::Closure;
use verifier::index::{LeafIndex, TreeSize};
use verifier::merkle::multi::roots;
use verifier::merkle::plan::ProofPlan;
use verifier::pack::{Contents, PackError, encode};
use verifier::record::{Record, StoredBytes};
use verifier::subject_index::IndexProof;

use super::judged::JudgedJob;
use super::later_erasures::LaterErasures;
use super::pack_index::PackHead;
use ledger::error::ReadError;
use ledger::reader::{EntryRecord, Reader, ReaderTree};

/// Why there is no pack of a closure.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PackFault {
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The closure does not make a pack: it is too large, or it was put together wrongly.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Too much was said, after the assessed tree, about what was erased since.
    #[error("more than {max} later entries decide about what was erased")]
    TooManyLater {
        /// How many a pack may hold.
        max: usize,
    },
}

/// The pack of a job that this log judged, under the head of the newest index.root, if that covers the judged size, with the proof
/// that the index has no further entries; otherwise under the published checkpoint. One job under one checkpoint gives one file.
///
/// # Errors
/// [`PackFault::Pack`] with [`PackError::TooLarge`] where the job does not fit into one file,
/// [`PackFault::TooManyLater`] where the pack would need too many later entries. [`PackFault::Read`] as
/// every question to a [`Reader`].
pub(crate) fn pack(reader: &Reader, job: &JudgedJob) -> Result<Vec<u8>, PackFault> {
    let closure = job.closure();
    let beside = records_beside(reader, &reader.tree()?, closure)?;
    let last_beside = beside.last().and_then(|record| record.index.size_with());
    let at_least = closure.as_of.size.max(last_beside.unwrap_or_default());
    let under = PackHead::choose(reader, closure, at_least)?;
    let head = &under.published.head.tree;
    // Not before the head was chosen, so that it covers it.
    let tree = reader.tree()?;
    let mut alone = under.colliding(reader, &tree, closure)?;
    alone.extend(last_entries(reader, &tree, [closure.as_of.size, head.size])?);
    let index_proof = under.answer.as_ref().map(|answer| {
        IndexProof::new(answer.root.index, &answer.run_proofs).ok_or(PackError::Contents(
            "proofs of more runs than an index.root names",
        ))
    });
    let index_proof = index_proof.transpose()?;
    let signed = reader.known_lines(&under.published)?;
    let contents = Contents {
        key: &signed.key,
        checkpoint: &signed.note,
        cosigners: &signed.cosigners,
        closure,
        beside: &beside,
        alone: &alone,
        proof: &[],
        index_proof: index_proof.as_ref(),
        assessment: job.examined().assessment.to_jcs(),
    };
    let unplanned = |error| ReadError::corrupt("the proof of a pack", head.root, error);
    let indices = contents.indices();
    let plan = ProofPlan::multi(&indices, head.size).map_err(unplanned)?;
    let proof = tree.assemble(&plan)?;
    // Of the bytes that go into the file: whatever they are, the roots below tell.
    let leaves = contents.leaves();
    let found = roots(&leaves, closure.as_of.size, head.size, &proof).map_err(unplanned)?;
    if found.whole != head.root || found.prefix != closure.as_of.root {
        return Err(ReadError::corrupt("the proof of a pack", head.root, found.whole).into());
    }
    let contents = Contents {
        proof: &proof,
        ..contents
    };
    Ok(encode(&contents)?)
}

/// What a pack needs whole and a closure need not hold: entry 0, and what decides erasures that were ordered after it.
fn records_beside(
    reader: &Reader,
    tree: &ReaderTree<'_>,
    closure: &Closure,
) -> Result<Vec<Record>, PackFault> {
    let mut beside = LaterErasures { reader, tree }.of(closure)?;
    let first = LeafIndex::ZERO;
    if !closure.records.contains_key(&first) && !beside.contains_key(&first) {
        beside.insert(first, as_record(record(reader, tree, first)?));
    }
    Ok(beside.into_values().collect())
}

/// The last entries of trees, without what is stored with them.
fn last_entries(
    reader: &Reader,
    tree: &ReaderTree<'_>,
    sizes: [TreeSize; 2],
) -> Result<BTreeMap<LeafIndex, Vec<u8>>, ReadError> {
    let indices = sizes.into_iter().filter_map(TreeSize::last_index);
    indices
        .map(|index| Ok((index, record(reader, tree, index)?.bytes)))
        .collect()
}

fn record(reader: &Reader, tree: &ReaderTree<'_>, index: LeafIndex) -> Result<EntryRecord, ReadError> {
    reader.record(reader.leaf(tree, index)?)
}

pub(super) fn as_record(record: EntryRecord) -> Record {
    Record {
        index: record.index,
        bytes: record.bytes,
        entry: record.entry,
        evidence: match (record.erased, record.evidence.or(record.refused)) {
            (Some(_), _) => StoredBytes::Erased,
            (None, Some(bytes)) => StoredBytes::Bytes(bytes),
            (None, None) => StoredBytes::Nothing,
        },
        context: record.context,
    }
}
