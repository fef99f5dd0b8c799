//! Records that were verified. Each is verified once, however many closures hold it and however often these are judged.

use std::ops::Deref;
use std::sync::Arc;

use evidence::job_ids_of;
use evidence::record::{Record, StoredBytes};
use evidence::subject::IndexSalt;

use crate::facts::{DocumentBody, EntryDocument, SupposedLink};

/// Bytes that a verified record takes in memory on top of its own: the decoded entry and its evidence.
const BASE_BYTES: usize = 2 << 10;

/// The log whose records are verified.
#[derive(Clone, PartialEq, Eq, Debug)]
struct LogName {
    origin: String,
    salt: IndexSalt,
}

/// Verifies the records of one log.
#[derive(Clone, Debug)]
pub struct RecordVerifier(Arc<LogName>);

/// A record of a log that was verified, from the entry's bytes to the signature, with what it says; or with the reason
/// why it does not hold, which is for the assessment to tell. Only a [`RecordVerifier`] makes one.
///
/// That the entry is in the log, and that its signer had its role there, are other questions.
#[derive(Clone, PartialEq, Debug)]
pub struct VerifiedRecord {
    record: Record,
    log: Arc<LogName>,
    doc: EntryDocument,
    /// What it says if nobody looks at hashes and signatures, where these do not hold.
    unproved: Option<Box<EntryDocument>>,
}

impl RecordVerifier {
    /// For the log with this name and this salt of its subject hashes.
    pub fn new(origin: &str, salt: IndexSalt) -> Self {
        Self(Arc::new(LogName {
            origin: origin.to_owned(),
            salt,
        }))
    }

    /// Verifies a record. Never fails: what does not hold is kept with the reason.
    pub fn verify(&self, record: Record) -> Arc<VerifiedRecord> {
        Arc::new(self.verified(record, None))
    }

    /// The same of a record that no log holds.
    pub(crate) fn verify_supposed(&self, record: Record, tie: SupposedLink) -> Arc<VerifiedRecord> {
        Arc::new(self.verified(record, Some(tie)))
    }

    /// Whether a record was verified as one of this log.
    pub(crate) fn is_of(&self, record: &VerifiedRecord) -> bool {
        Arc::ptr_eq(&self.0, &record.log) || self.0 == record.log
    }

    fn verified(&self, record: Record, supposed: Option<SupposedLink>) -> VerifiedRecord {
        let doc = EntryDocument {
            supposed,
            ..EntryDocument::verify(&record, &self.0.origin, &self.0.salt)
        };
        let unproved = matches!(doc.body, DocumentBody::Broken(_)).then(|| {
            Box::new(EntryDocument {
                supposed,
                ..EntryDocument::read(&record)
            })
        });
        VerifiedRecord {
            record,
            log: Arc::clone(&self.0),
            doc,
            unproved,
        }
    }
}

impl VerifiedRecord {
    /// The record.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// The job ids that its document and the context on it name, where these hold.
    pub fn job_ids(&self) -> Vec<String> {
        let from_context = self
            .doc
            .context
            .as_ref()
            .and_then(|context| context.job_id.clone());
        let mut ids = self.doc.payload().map_or_else(Vec::new, job_ids_of);
        ids.extend(from_context);
        ids
    }

    /// About how many bytes it takes in memory.
    pub fn memory(&self) -> usize {
        let document = match &self.record.evidence {
            StoredBytes::Bytes(bytes) => bytes.len(),
            StoredBytes::Nothing | StoredBytes::Erased => 0,
        };
        // What the document says takes about as much again as its text.
        BASE_BYTES
            .saturating_add(self.record.bytes.len())
            .saturating_add(document.saturating_mul(2))
    }

    /// What the assessment reads.
    pub(crate) const fn doc(&self) -> &EntryDocument {
        &self.doc
    }

    /// What the planner of a closure reads, by which a signature that does not hold decides nothing.
    pub(crate) fn planned(&self) -> &EntryDocument {
        self.unproved.as_deref().unwrap_or(&self.doc)
    }
}

impl Deref for VerifiedRecord {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.record
    }
}
