//! Writing a pack.

use std::collections::BTreeMap;

use crate::Closure;
use evidence::cbor::{self, BoundedArray, Bytes, Bytes32};
use evidence::context::Context;
use evidence::entry::entry_leaf_hash;
use evidence::record::{Record, StoredBytes};
use evidence::subject_index::{IndexProof, IndexQuestion};
use tlog::hash::{LeafHash, NodeHash, sha256};
use tlog::index::LeafIndex;
use tlog::note::VerifierKey;

use super::wire::{AnswerWire, Completeness, PackBody, PackFile, RecordWire};
use super::{CoSigner, PACK_BYTES_MAX, PackError};

/// What a pack is made of.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The log's key, whose line is the first one.
    pub key: &'a VerifierKey,
    /// The signed note: the line of the log's key, then one for each cosigner, in their order.
    pub checkpoint: &'a str,
    /// Ascending by their text.
    pub cosigners: &'a [CoSigner],
    /// The job's closure.
    pub closure: &'a Closure,
    /// What is needed and not in the closure: entry 0, and what decides erasures that were ordered after it.
    pub beside: &'a [Record],
    /// Entries of which nothing else is needed, neither document nor context, by index: the last one below the closure's size,
    /// the last one of the checkpoint's tree, and those that the index has in an answer and the closure has not, since they
    /// only share 16 bytes of a hash with it.
    pub alone: &'a BTreeMap<LeafIndex, Vec<u8>>,
    /// The proof that [`ProofPlan::multi`](tlog::merkle::plan::ProofPlan::multi) plans for
    /// [`indices`](Self::indices) in the checkpoint's tree.
    pub proof: &'a [NodeHash],
    /// The proof of all answers of the closure: there exactly if the last entry of the checkpoint's tree is an index.root with
    /// runs that covers the closure's size.
    pub index_proof: Option<&'a IndexProof<'a>>,
    /// JCS of the assessment.
    pub assessment: &'a str,
}

impl<'a> Contents<'a> {
    /// Every record by index.
    fn records(&self) -> BTreeMap<LeafIndex, PackedRecord<'a>> {
        let alone = self.alone.iter().map(|(index, bytes)| {
            let alone = PackedRecord { bytes, whole: None };
            (*index, alone)
        });
        let closure = self.closure.records.values().map(|record| record.record());
        // What else needs an entry needs all of it.
        let whole = self.beside.iter().chain(closure).map(|record| {
            let whole = PackedRecord {
                bytes: &record.bytes,
                whole: Some(record),
            };
            (record.index, whole)
        });
        alone.chain(whole).collect()
    }

    /// The indices of all records, ascending.
    pub fn indices(&self) -> Vec<LeafIndex> {
        self.records().into_keys().collect()
    }

    /// The same with their leaves, as those bytes give them that go into the file.
    pub fn leaves(&self) -> Vec<(LeafIndex, LeafHash)> {
        let records = self.records().into_iter();
        records
            .map(|(index, record)| (index, entry_leaf_hash(record.bytes)))
            .collect()
    }
}

/// A record as it goes into the file.
#[derive(Clone, Copy)]
struct PackedRecord<'a> {
    bytes: &'a [u8],
    /// Absent where the entry is alone in the file, without document and context.
    whole: Option<&'a Record>,
}

/// Writes the one file that these contents make.
///
/// # Errors
/// [`PackError::Contents`] where a record holds a document or a context that its entry does not have: the one
/// who put them together is at fault. [`PackError::TooLarge`] beyond [`PACK_BYTES_MAX`].
pub fn encode(contents: &Contents<'_>) -> Result<Vec<u8>, PackError> {
    let records = contents.records();
    let context_texts = records
        .values()
        .map(|record| record.whole.map_or(Ok(None), context_text))
        .collect::<Result<Vec<_>, _>>()?;
    let vkey = contents.key.to_string();
    let cosigners: Vec<String> = contents.cosigners.iter().map(ToString::to_string).collect();
    let answers = &contents.closure.answers;
    let questions: Vec<IndexQuestion> = answers.iter().map(|answer| (&answer.query).into()).collect();
    let completeness = Completeness::of(contents.index_proof);
    let body = PackBody {
        vkey: &vkey,
        job_id: &contents.closure.job_id,
        as_of: contents.closure.as_of.size.value(),
        checkpoint: contents.checkpoint,
        cosigners: BoundedArray(cosigners.iter().map(String::as_str).collect()),
        proof: BoundedArray(
            contents
                .proof
                .iter()
                .map(|hash| Bytes32(*hash.as_bytes()))
                .collect(),
        ),
        index_proof: contents.index_proof.cloned(),
        records: BoundedArray(
            records
                .iter()
                .zip(&context_texts)
                .map(|((index, record), context)| {
                    RecordWire(
                        index.value(),
                        Bytes(record.bytes),
                        record.whole.and_then(document).map(Bytes),
                        context.as_deref(),
                    )
                })
                .collect(),
        ),
        answers: BoundedArray(
            answers
                .iter()
                .zip(&questions)
                .map(|(answer, question)| {
                    let indices = answer.indices.iter().map(|index| index.value()).collect();
                    AnswerWire::new(question, indices, completeness)
                })
                .collect(),
        ),
        assessment: contents.assessment,
    };
    let mut bytes =
        cbor::encode(&PackFile(body, Bytes32([0; 32]))).ok_or(PackError::Contents("not encodable"))?;
    if bytes.len() > PACK_BYTES_MAX {
        return Err(PackError::TooLarge);
    }
    let covered = bytes.len().saturating_sub(32);
    bytes.truncate(covered);
    let checksum = sha256(&bytes);
    bytes.extend_from_slice(&checksum);
    Ok(bytes)
}

fn document(record: &Record) -> Option<&[u8]> {
    match &record.evidence {
        StoredBytes::Bytes(bytes) => Some(bytes),
        StoredBytes::Nothing | StoredBytes::Erased => None,
    }
}

/// The context as it is in the file; document and context must be those that belong to the entry.
fn context_text(record: &Record) -> Result<Option<String>, PackError> {
    let has_context = record.entry.context_subjects.is_some();
    let keeps_document = record.entry.keeps_document();
    let fits = match &record.evidence {
        StoredBytes::Bytes(_) => keeps_document && record.context.is_some() == has_context,
        StoredBytes::Nothing => !keeps_document && record.context.is_some() == has_context,
        StoredBytes::Erased => (keeps_document || has_context) && record.context.is_none(),
    };
    if !fits {
        return Err(PackError::Contents(
            "a document or context that its entry does not have",
        ));
    }
    Ok(record.context.as_ref().map(Context::to_stored))
}
