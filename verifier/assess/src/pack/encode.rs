//! Writing a pack.

use std::collections::BTreeMap;

use crate::Closure;
use evidence::cbor::{self, BoundedArray, Bytes, Bytes32};
use evidence::context::Context;
use evidence::record::{Record, StoredBytes};
use tlog::cosignature::CosignerKey;
use tlog::hash::{NodeHash, sha256};
use tlog::index::LeafIndex;
use tlog::note::VerifierKey;

use super::wire::{AnswerWire, PackBody, PackFile, RecordWire};
use super::{PACK_BYTES_MAX, PackError};

/// What a pack is made of.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The log's key.
    pub key: &'a VerifierKey,
    /// The signed note: one line of the log, then one for each cosigner, in their order.
    pub checkpoint: &'a str,
    /// Ascending by their text.
    pub cosigners: &'a [CosignerKey],
    /// The job's closure.
    pub closure: &'a Closure,
    /// What is needed and not in the closure: entry 0, the last entry below the closure's size, and what decides
    /// erasures that were ordered after it.
    pub beside: &'a [Record],
    /// The proof that [`ProofPlan::multi`](tlog::merkle::plan::ProofPlan::multi) plans for
    /// [`indices`](Self::indices) in the checkpoint's tree.
    pub proof: &'a [NodeHash],
    /// JCS of the assessment.
    pub assessment: &'a str,
}

impl<'a> Contents<'a> {
    /// Every record by index, and whether it is there with document and context.
    fn records(&self) -> BTreeMap<LeafIndex, (&'a Record, bool)> {
        let last = self.closure.as_of.size.last_index();
        let beside = self.beside.iter().map(|record| {
            let is_first = record.index == LeafIndex::default();
            (record.index, (record, is_first || Some(record.index) != last))
        });
        let closure = self.closure.records.iter();
        beside
            .chain(closure.map(|(index, record)| (*index, (record.record(), true))))
            .collect()
    }

    /// The indices of all records, ascending.
    pub fn indices(&self) -> Vec<LeafIndex> {
        self.records().into_keys().collect()
    }
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
        .map(|(record, whole)| context_text(record, *whole))
        .collect::<Result<Vec<_>, _>>()?;
    let vkey = contents.key.to_string();
    let cosigners: Vec<String> = contents.cosigners.iter().map(ToString::to_string).collect();
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
        records: BoundedArray(
            records
                .values()
                .zip(&context_texts)
                .map(|((record, whole), context)| {
                    RecordWire(
                        record.index.value(),
                        Bytes(&record.bytes),
                        document(record).filter(|_| *whole).map(Bytes),
                        context.as_deref(),
                    )
                })
                .collect(),
        ),
        answers: BoundedArray(
            contents
                .closure
                .answers
                .iter()
                .map(|answer| {
                    let indices = answer.indices.iter().map(|index| index.value()).collect();
                    AnswerWire::new(answer.query.clone(), indices, answer.completeness)
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
fn context_text(record: &Record, whole: bool) -> Result<Option<String>, PackError> {
    let has_context = record.entry.context_subjects.is_some();
    let keeps_document = record.entry.keeps_document();
    let fits = match &record.evidence {
        StoredBytes::Bytes(_) => keeps_document && record.context.is_some() == has_context,
        // Of an entry that stands there for its time alone, nothing else is written.
        StoredBytes::Nothing if !whole => true,
        StoredBytes::Nothing => !keeps_document && record.context.is_some() == has_context,
        StoredBytes::Erased => (keeps_document || has_context) && record.context.is_none(),
    };
    if !fits {
        return Err(PackError::Contents(
            "a document or context that its entry does not have",
        ));
    }
    Ok(record.context.as_ref().filter(|_| whole).map(Context::to_stored))
}
