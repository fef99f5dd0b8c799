//! From the bytes of a record to evidence: document, signature, and everything that the entry says of them.

use tlog::hash::sha256;

use super::context::check_again;
use super::{Record, RecordError, StoredBytes, check_presence};
use crate::digest::RawDigest;
use crate::document::Document;
use crate::entry::{Entry, StreamPosition};
use crate::kind::Kind;
use crate::payload::Payload;
use crate::refused::RefusedDocument;
use crate::subject::{IndexSalt, target_subject_list};
use crate::verified::Evidence;

/// A document that an entry commits to, and what it says.
#[derive(Clone, PartialEq, Debug)]
pub struct VerifiedDocument {
    /// The document, parsed.
    pub document: Document,
    /// The statement that its signer made.
    pub evidence: Evidence,
}

/// What a record that holds has to say.
#[derive(Clone, PartialEq, Debug)]
pub enum RecordContent {
    /// A signed statement.
    Evidence(Box<VerifiedDocument>),
    /// A refused document, which says nothing that counts; `None` where its bytes are not kept.
    Refused(Option<Box<RefusedDocument>>),
    /// A submitter's context, which is nobody's document.
    Context,
    /// An `index.root`.
    IndexRoot,
    /// Document and context were erased. By which order is not looked at here.
    Erased,
}

impl Record {
    /// Verifies the record of the log `origin`, from the entry's bytes to the signature.
    ///
    /// That the entry is in the log, and that its signer had its role there, are other questions; so is whether an order
    /// in the log covers what was erased.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn verify(&self, origin: &str, salt: &IndexSalt) -> Result<RecordContent, RecordError> {
        let entry = &self.entry;
        if Entry::decode(&self.bytes).as_ref() != Ok(entry) {
            return Err(RecordError::EntryBytes);
        }
        if self.evidence == StoredBytes::Erased {
            return if entry.kind.is_erasable() {
                Ok(RecordContent::Erased)
            } else {
                Err(RecordError::NotErasable)
            };
        }
        check_again(entry, self.context.as_ref(), salt)?;
        verify_content(entry, self.evidence.borrowed(), origin, salt)
    }
}

/// Verifies what is kept of the document of an entry of the log `origin`. The context is not looked at.
///
/// # Errors
/// [`RecordError`], none about the context.
pub fn verify_content(
    entry: &Entry,
    document: StoredBytes<&[u8]>,
    origin: &str,
    salt: &IndexSalt,
) -> Result<RecordContent, RecordError> {
    // The digests are those that the functions below compute anyway.
    check_presence(entry, document)?;
    match (document, entry.kind) {
        (StoredBytes::Erased, _) => Ok(RecordContent::Erased),
        (StoredBytes::Bytes(bytes), Kind::Refused) => verify_refused(entry, bytes, origin)
            .map(|document| RecordContent::Refused(Some(Box::new(document)))),
        (StoredBytes::Bytes(bytes), _) => verify_document(entry, bytes, origin, salt)
            .map(|verified| RecordContent::Evidence(Box::new(verified))),
        (StoredBytes::Nothing, Kind::Refused) => Ok(RecordContent::Refused(None)),
        (StoredBytes::Nothing, Kind::IndexRoot) => Ok(RecordContent::IndexRoot),
        (StoredBytes::Nothing, _) => check_target(entry, salt).map(|()| RecordContent::Context),
    }
}

/// Reads the document of an entry of the log `origin`, verifies it, and compares it with what the entry says of it.
///
/// # Errors
/// `RawDigest`, `Malformed`, `EvidenceDigest`, `Rejected`, `Statement`, `Subjects`, `SignedStream`.
pub fn verify_document(
    entry: &Entry,
    bytes: &[u8],
    origin: &str,
    salt: &IndexSalt,
) -> Result<VerifiedDocument, RecordError> {
    let document = match Document::parse(bytes) {
        // What stands around a document is not part of it, and was not logged.
        Ok(document) if document.raw() == bytes && entry.raw_digest == Some(document.raw_digest()) => {
            document
        }
        parsed => {
            let found = RawDigest::from_bytes(sha256(bytes));
            return Err(match parsed {
                Err(fault) if entry.raw_digest == Some(found) => RecordError::Malformed(fault),
                // Of other bytes nothing else is told.
                Ok(_) | Err(_) => RecordError::RawDigest {
                    expected: entry.raw_digest,
                    found,
                },
            });
        }
    };
    if entry.evidence_digest != document.evidence_digest() {
        return Err(RecordError::EvidenceDigest {
            expected: entry.evidence_digest,
            found: document.evidence_digest(),
        });
    }
    let evidence = Evidence::verify(&document, origin).map_err(RecordError::Rejected)?;
    let signer = evidence.envelope().signer();
    if evidence.kind() != entry.kind || signer.as_str() != entry.signer {
        return Err(RecordError::Statement {
            expected: (entry.kind, entry.signer.clone()),
            found: (evidence.kind(), signer.to_string()),
        });
    }
    if evidence.subject_list(salt).as_ref() != Ok(&entry.subjects) {
        return Err(RecordError::Subjects);
    }
    check_signed_stream(&evidence, entry)?;
    Ok(VerifiedDocument { document, evidence })
}

/// Reads the document of a `refused` entry of the log `origin`.
///
/// # Errors
/// `Refused`.
pub fn verify_refused(entry: &Entry, bytes: &[u8], origin: &str) -> Result<RefusedDocument, RecordError> {
    Ok(RefusedDocument::read(entry, bytes, origin)?)
}

fn check_target(entry: &Entry, salt: &IndexSalt) -> Result<(), RecordError> {
    if target_subject_list(salt, entry.evidence_digest) == entry.subjects {
        Ok(())
    } else {
        Err(RecordError::TargetSubjects)
    }
}

fn check_signed_stream(evidence: &Evidence, entry: &Entry) -> Result<(), RecordError> {
    let Payload::SubmissionContext(signed) = evidence.payload() else {
        return Ok(());
    };
    let claim = signed.context.stream.as_ref();
    let stated = claim.map(|claim| StreamPosition::of(&entry.signer, claim));
    if stated == entry.stream && entry.context_subjects.is_none() {
        Ok(())
    } else {
        Err(RecordError::SignedStream)
    }
}
