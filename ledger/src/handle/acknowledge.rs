//! Receipts: an entry with its proof under a published head.

use verifier::digest::RawDigest;
use verifier::entry::{Entry, entry_leaf_hash};
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::text::misplaced::Warning;

use super::submit::unavailable;
use super::{Ack, SubmissionOutcome};
use crate::erasure::Erasure;
use crate::error::{ReadError, SubmitError};
use crate::reader::Reader;
use crate::sequencer::SequencerAnswer;
use crate::shared::PublishedHead;

/// When to try again after a failed read.
const RETRY_READ_S: u64 = 5;

/// What the sequencer said about a submission.
pub(super) struct Answered {
    /// Of the submission.
    pub(super) raw_digest: RawDigest,
    pub(super) warnings: Vec<Warning>,
    pub(super) answer: SequencerAnswer,
}

/// The receipt. A failed read does not undo the entry: sent again, the document is known.
pub(super) fn acknowledge(
    reader: &Reader,
    published: &PublishedHead,
    answered: Answered,
) -> Result<Ack, SubmitError> {
    receipt(reader, published, answered).map_err(|error| {
        tracing::error!(%error, "a receipt could not be made");
        unavailable("storage cannot be read", RETRY_READ_S)
    })
}

fn receipt(reader: &Reader, published: &PublishedHead, answered: Answered) -> Result<Ack, ReadError> {
    match answered.answer {
        SequencerAnswer::Logged {
            index,
            entry: bytes,
            variant,
            conflicts,
        } => {
            let entry = Entry::decode(&bytes).map_err(|error| corrupt(index, "an entry", &error))?;
            let proof = reader.tlog_proof_of(index, &bytes, published)?;
            Ok(Ack {
                outcome: SubmissionOutcome::Created,
                index,
                kind: entry.kind,
                evidence_digest: entry.evidence_digest,
                logged_at: entry.logged_at,
                leaf_hash: entry_leaf_hash(&bytes),
                entry: bytes,
                checkpoint: published.checkpoint.clone(),
                proof,
                variant,
                conflicts,
                erased: None,
                about: about(reader, &entry)?,
                warnings: answered.warnings,
                erasure: erasure_of(reader, entry.kind, index)?,
            })
        }
        SequencerAnswer::Known {
            index,
            variant,
            erased,
        } => {
            let record = reader
                .entry(index)?
                .ok_or_else(|| corrupt(index, "an entry", &"none"))?;
            // An index row is only a hint: what it led to must hold what was submitted.
            if !variant && record.entry.raw_digest != Some(answered.raw_digest) {
                return Err(corrupt(index, &answered.raw_digest, &"another raw digest"));
            }
            let proof = reader.tlog_proof_of(index, &record.bytes, published)?;
            Ok(Ack {
                outcome: SubmissionOutcome::Known,
                index,
                kind: record.entry.kind,
                evidence_digest: record.entry.evidence_digest,
                logged_at: record.entry.logged_at,
                leaf_hash: record.leaf_hash,
                entry: record.bytes,
                checkpoint: published.checkpoint.clone(),
                proof,
                variant,
                conflicts: Vec::new(),
                erased,
                about: about(reader, &record.entry)?,
                warnings: answered.warnings,
                erasure: erasure_of(reader, record.entry.kind, index)?,
            })
        }
    }
}

/// The first entry of the evidence that a submitter's context is about.
fn about(reader: &Reader, entry: &Entry) -> Result<Option<LeafIndex>, ReadError> {
    if entry.kind != Kind::Context {
        return Ok(None);
    }
    Ok(reader.by_evidence(&entry.evidence_digest)?.first().copied())
}

/// What an order covers, told with its receipt.
fn erasure_of(reader: &Reader, kind: Kind, index: LeafIndex) -> Result<Option<Box<Erasure>>, ReadError> {
    if kind != Kind::ErasureOrdered {
        return Ok(None);
    }
    Ok(reader.erasure(index)?.map(Box::new))
}

fn corrupt(
    index: LeafIndex,
    expected: &(impl std::fmt::Display + ?Sized),
    found: &(impl std::fmt::Display + ?Sized),
) -> ReadError {
    ReadError::Corrupt {
        what: format!("entry {index}"),
        expected: expected.to_string(),
        found: found.to_string(),
    }
}
