//! View models: plain structs made of verified records, tested without HTTP.

pub(crate) mod activity;
pub(crate) mod claims;
pub(crate) mod closed_log;
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
pub(crate) mod uncounted;
pub(crate) mod verdict;
pub(crate) mod witnessing;

use ledger::error::ReadError;
use ledger::reader::EntryRecord;
use ledger_query::QueryEngine;
use verifier::document::Document;
use verifier::evidence::Evidence;
use verifier::index::LeafIndex;
use verifier::payload::Payload;
use verifier::record::VerifiedDocument;
use verifier::refused::RefusedDocument;

use crate::error::PageError;

/// A verified record and what its evidence says, where it holds evidence.
pub(crate) struct KnownRecord {
    pub(crate) record: EntryRecord,
    /// The document that is kept, evidence or refused.
    pub(crate) document: Option<Document>,
    pub(crate) evidence: Option<Evidence>,
    /// What was odd about a refused document.
    pub(crate) refused: Option<RefusedDocument>,
}

impl KnownRecord {
    /// Reads one entry and verifies its document again; `None` beyond the head.
    pub(crate) fn read(engine: &QueryEngine, index: LeafIndex) -> Result<Option<Self>, ReadError> {
        let Some(record) = engine.entry(index)? else {
            return Ok(None);
        };
        let refused = engine.refused_document(&record)?;
        let (document, evidence) = match (engine.evidence(&record)?, &refused) {
            (Some(VerifiedDocument { document, evidence }), _) => (Some(document), Some(evidence)),
            // A refused document is nobody's evidence, also where only the log could refuse it.
            (None, Some(refused)) => (Some(refused.document.clone()), None),
            (None, None) => (None, None),
        };
        Ok(Some(Self {
            record,
            document,
            evidence,
            refused,
        }))
    }

    /// What its evidence says; `None` where it holds none.
    pub(crate) fn payload(&self) -> Option<&Payload> {
        self.evidence.as_ref().map(Evidence::payload)
    }

    /// Reads the entries that a lookup found; they are all in the log.
    pub(crate) fn read_all(engine: &QueryEngine, indices: &[LeafIndex]) -> Result<Vec<Self>, PageError> {
        indices
            .iter()
            .map(|&index| {
                Self::read(engine, index)?
                    .ok_or_else(|| PageError::Internal(format!("entry {index} is listed and not there")))
            })
            .collect()
    }
}
