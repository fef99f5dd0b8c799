//! Stored records: an entry with the document and the context that it commits to.
//!
//! [`Record::join`] puts the parts together and compares what can be compared without reading the document: which parts
//! there are, the raw digest, the context. [`Record::verify`] reads the document and holds all of it against the entry,
//! the signature included. Reader, `fsck`, pack and assessment get from stored bytes to evidence by these two functions
//! and by those that they are made of ([`verify_content`], [`verify_context`]).

mod context;
mod error;
mod verify;

pub use context::verify_context;
pub use error::RecordError;
pub use verify::{RecordContent, VerifiedDocument, verify_content, verify_document, verify_refused};

use crate::context::Context;
use crate::digest::RawDigest;
use crate::entry::Entry;
use crate::kind::Kind;
use crate::subject::IndexSalt;
use tlog::hash::sha256;
use tlog::index::LeafIndex;

/// What is kept of an entry's document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StoredBytes<B = Vec<u8>> {
    /// The bytes as received; their SHA-256 is the entry's raw digest.
    Bytes(B),
    /// The entry has no document of its own: `index.root`, a submitter's `context`, a `refused` one with a token in it.
    Nothing,
    /// The bytes, and the clear context with them, were erased by an order in the log.
    Erased,
}

impl StoredBytes {
    /// The same, borrowed.
    pub fn borrowed(&self) -> StoredBytes<&[u8]> {
        match self {
            Self::Bytes(bytes) => StoredBytes::Bytes(bytes),
            Self::Nothing => StoredBytes::Nothing,
            Self::Erased => StoredBytes::Erased,
        }
    }
}

/// The bytes that a store or a file holds for an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredRecord<'a> {
    /// The document's bytes, or why there are none.
    pub document: StoredBytes,
    /// The submitter's context, as JCS.
    pub context: Option<&'a [u8]>,
}

/// One entry with its document and its context.
///
/// The fields are public, so a record is only as good as the function that made it; [`Record::verify`] relies on
/// none of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Position in the log.
    pub index: LeafIndex,
    /// CBOR of the entry.
    pub bytes: Vec<u8>,
    /// The same, decoded.
    pub entry: Entry,
    /// The document's bytes, or why there are none.
    pub evidence: StoredBytes,
    /// The submitter's context, in clear; of a `refused` entry without the stream, to which that commits not.
    pub context: Option<Context>,
}

impl Record {
    /// Joins an entry, which `bytes` decode to, with what is stored for it.
    ///
    /// # Errors
    /// [`RecordError`] where a part is missing, there is one too many, or one is not what the entry commits to. The
    /// document is not read: its signature may still be wrong.
    pub fn join(
        index: LeafIndex,
        bytes: Vec<u8>,
        entry: Entry,
        stored: StoredRecord<'_>,
        salt: &IndexSalt,
    ) -> Result<Self, RecordError> {
        check_document(&entry, stored.document.borrowed())?;
        let context = match (&stored.document, stored.context) {
            (StoredBytes::Erased, None) => None,
            (StoredBytes::Erased, Some(_)) => return Err(RecordError::ContextUnexpected),
            (StoredBytes::Bytes(_) | StoredBytes::Nothing, context) => verify_context(&entry, context, salt)?,
        };
        Ok(Self {
            index,
            bytes,
            entry,
            evidence: stored.document,
            context,
        })
    }
}

/// Whether the document is there if and only if the entry has one, and has the entry's raw digest.
///
/// The raw digest decides alone: bytes that have it are those that were sequenced, and the evidence digest in the same
/// leaf was computed from those.
fn check_document(entry: &Entry, document: StoredBytes<&[u8]>) -> Result<(), RecordError> {
    check_presence(entry, document)?;
    let StoredBytes::Bytes(bytes) = document else {
        return Ok(());
    };
    let found = RawDigest::from_bytes(sha256(bytes));
    if entry.raw_digest == Some(found) {
        return Ok(());
    }
    Err(RecordError::RawDigest {
        expected: entry.raw_digest,
        found,
    })
}

/// Whether the document is there if and only if the entry has one. Its bytes are not looked at.
fn check_presence(entry: &Entry, document: StoredBytes<&[u8]>) -> Result<(), RecordError> {
    match (document, entry.keeps_document()) {
        (StoredBytes::Erased | StoredBytes::Bytes(_), true) | (StoredBytes::Nothing, false) => Ok(()),
        (StoredBytes::Erased, false) if entry.context_subjects.is_some() => Ok(()),
        (StoredBytes::Erased, false) => Err(RecordError::NothingToErase),
        (StoredBytes::Nothing, true) => Err(RecordError::DocumentMissing),
        (StoredBytes::Bytes(_), false) => Err(RecordError::DocumentUnexpected(entry.kind)),
    }
}

/// Whether an entry of this kind is about a document that somebody signed: `refused` and `index.root` do not.
pub const fn is_evidence(kind: Kind) -> bool {
    !matches!(kind, Kind::Refused | Kind::IndexRoot)
}
