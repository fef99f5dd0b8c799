//! View models: plain structs made of verified records, tested without HTTP.

pub(crate) mod activity;
pub(crate) mod checks;
pub(crate) mod context;
pub(crate) mod cut_labels;
pub(crate) mod detail;
pub(crate) mod document;
pub(crate) mod exchange;
pub(crate) mod host;
pub(crate) mod kinds;
pub(crate) mod lanes;
pub(crate) mod path;
pub(crate) mod refusals;
pub(crate) mod registration;
pub(crate) mod row;
pub(crate) mod run;
pub(crate) mod signers;
pub(crate) mod standing;
pub(crate) mod subjects;
pub(crate) mod verdict;

use ledger::error::ReadError;
use ledger::reader::{EntryRecord, Reader};
use verifier::document::Document;
use verifier::evidence::Evidence;
use verifier::index::LeafIndex;
use verifier::refused::RefusedDocument;

use crate::error::PageError;

/// A verified record and what its evidence says, where it holds evidence.
pub(crate) struct Known {
    pub(crate) record: EntryRecord,
    /// The document that is kept, evidence or refused.
    pub(crate) document: Option<Document>,
    /// `None` also where a later version of the log logged a document that this one cannot read.
    pub(crate) evidence: Option<Evidence>,
    /// What was odd about a refused document.
    pub(crate) refused: Option<RefusedDocument>,
}

impl Known {
    pub(crate) fn new(record: EntryRecord, origin: &str) -> Self {
        let document = record.document().and_then(|bytes| Document::parse(bytes).ok());
        // A refused document is nobody's evidence, also where only the log could refuse it.
        let evidence = document
            .as_ref()
            .filter(|_| record.evidence.is_some())
            .and_then(|document| Evidence::verify(document, origin).ok());
        let refused = record
            .refused
            .as_deref()
            .and_then(|bytes| RefusedDocument::read(&record.entry, bytes, origin).ok());
        Self {
            record,
            document,
            evidence,
            refused,
        }
    }

    /// Reads one entry, `None` beyond the head.
    pub(crate) fn read(reader: &Reader, index: LeafIndex) -> Result<Option<Self>, ReadError> {
        Ok(reader
            .entry(index)?
            .map(|record| Self::new(record, reader.origin())))
    }

    /// Reads the entries that a lookup found; they are all in the log.
    pub(crate) fn read_all(reader: &Reader, indices: &[LeafIndex]) -> Result<Vec<Self>, PageError> {
        indices
            .iter()
            .map(|&index| {
                Self::read(reader, index)?
                    .ok_or_else(|| PageError::Internal(format!("entry {index} is listed and not there")))
            })
            .collect()
    }
}
